/** What the capture formats have in common. */
import type { ByteInput } from './byte-input.ts'

/** Something about the capture that its reader should know, and that is no reason to stop. */
export interface Note {
  readonly message: string
  /** Packets that the capturing system lost, in all that this capture counts; set on notes about losses. */
  readonly dropped?: number
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
