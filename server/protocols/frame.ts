/** A frame as it was captured, and what became of it on its way. */
import type { FileRecord } from './file-record.ts'

/** What a capture source hands over. */
export interface Frame {
  /** Nanoseconds since 1970-01-01T00:00Z. */
  readonly time: bigint
  readonly bytes: Uint8Array
  /** Length on the wire; more than `bytes.length` when the snaplen cut it. */
  readonly originalLength: number
  /** LINKTYPE_ value (tcpdump.org/linktypes.html): 1 is Ethernet. */
  readonly linkType: number
  /** What its cable did to it; left out on networks that can't know. */
  readonly transit?: Transit | undefined
  /** What else its capture file says of it; left out where it came from no file, or from one that says no more. */
  readonly record?: FileRecord | undefined
}

/** A frame's way over a cable of the lab network: the truth beside what a capture lets one guess. */
export interface Transit {
  /** `server` for the impaired one. */
  readonly cable: string
  /** `up` is towards the server. */
  readonly direction: 'up' | 'down'
  /** `delivered`, or what befell it: `lost`, `queue full`, `cut`, `corrupted`, `duplicated`, `reordered`. */
  readonly fates: readonly string[]
  /** Nanoseconds since 1970 at which it entered the cable. */
  readonly sentAt: bigint
  /** When it came out: none while it travels and if it never does, two if it was duplicated. Another list when it grows. */
  arrivals: readonly bigint[]
  /** Frames before it in the queue. */
  readonly queue: number
  /** Seconds on the cable as decided; undefined if it never arrives. */
  readonly delay: number | undefined
  /** Bits a second of its cable in this direction; 0, or left out, where there was no limit. */
  readonly rate?: number
  /** False for a frame that a capture on the host whose trace this is would not show: lost before it, or on another cable. */
  readonly seen: boolean
  /** The frame at the cable's other end, where it is not the same: corrupted. */
  other?: Uint8Array | undefined
}
