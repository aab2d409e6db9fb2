/** What `wirelab read` gathers from all packets before it says something: statistics, a stream's bytes, a file. */
import type { Frame, Packet } from '../protocols/packet.ts'
import type { Trace } from '../trace/trace.ts'
import type { Needs } from './read-printers.ts'
import type { TextOutput } from './text-output.ts'

export interface Collector {
  readonly needs: Exclude<Needs, 'line'>
  /** Each packet that matches, in its order. */
  packet(packet: Packet, frame: Frame, trace: Trace): void
  /** Called between packets, where it may wait; rejects with what went wrong. */
  settle?(): Promise<void>
  /** After the last packet. Rejects with what went wrong. */
  finish(trace: Trace, output: TextOutput): Promise<void>
}
