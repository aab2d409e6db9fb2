/** What the capture formats have in common. */
import type { Frame } from '../protocols/packet.ts'
import type { PlacedFrame } from '../protocols/placed-frame.ts'
import type { ByteInput } from './byte-input.ts'
import type { HostName } from './host-names.ts'
import type { SessionItem } from './session-item.ts'

/** Something about the capture that its reader should know, and that is no reason to stop. */
export interface Note {
  readonly message: string
  /** Packets that the capturing system lost, in all that this capture counts; set on notes about losses. */
  readonly dropped?: number
}

/** What a capture hands over as it is read, in the order in which it stands there. */
export interface CaptureHandlers {
  /** Each packet, at once; its bytes are never changed afterwards. */
  frame(frame: Frame): void
  /**
   * Instead of `frame`, those of which the file says nothing beside time and bytes, in the buffer where they stand: lent
   * for the call. For who reads a whole file and keeps nothing.
   */
  placed?(frame: PlacedFrame): void
  /** What the user should know about the capture as a whole. */
  note?(note: Note): void
  /** Lines of an NSS key log, for what is encrypted in packets that follow. */
  secrets?(keyLog: string): void
  /** What Wirelab itself told of the lab in which the packets were seen; `back` counts from the last frame on. */
  session?(item: SessionItem): void
  /** Names of hosts that the file knows. */
  names?(names: readonly HostName[]): void
  /** Each block of a pcapng that holds no packet, as it is; the bytes are the caller's to keep. */
  block?(bytes: Uint8Array): void
}

/** One capture format: reads every whole record that is there and leaves the rest in the input. */
export interface FormatReader {
  read(input: ByteInput): void
  /** Whether its file header has been read. */
  readonly begun: boolean
  readonly packets: number
}

/**
 * A record longer than this is taken for damage: libpcap's largest snapshot length (MAXIMUM_SNAPLEN), which is
 * also what tshark accepts.
 */
export const MAX_RECORD = 262_144
