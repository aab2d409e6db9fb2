/** What a dissection leaves behind: layers with their fields, and the buffers that they stand in. */
import type { Span } from './cursor.ts'
import type { Field } from './field.ts'
import type { AnyProtocol } from './protocol.ts'

export interface Layer {
  readonly protocol: AnyProtocol
  readonly buffer: number
  readonly start: number
  /** Where its own bytes (its header, for those that carry another) end. */
  end: number
  /** Index of the layer that carries it; -1 for the first. */
  readonly parent: number
  readonly fields: Span[]
}

export interface PacketBuffer {
  readonly name: string
  readonly bytes: Uint8Array
}

/** Some fields of some protocols. */
export interface Recorded {
  readonly fields: ReadonlySet<Field>
  readonly protocols: ReadonlySet<AnyProtocol>
}

/** What a dissection leaves behind of a packet. */
export interface Mode {
  readonly recording: boolean
  /** Whether the packet list's words are made; as `recording` when left out. */
  readonly worded?: boolean
  readonly wanted?: Recorded | undefined
  /** What dissectors kept on the first pass; left out there. */
  readonly memory?: unknown[] | undefined
}
