/** A TCP header to be filled for each segment in turn and lent to the conversations: none of them costs an object. */
import type { SegmentHeader } from './conversation.ts'

type Lent<T> = { -readonly [K in keyof T]: T[K] extends object ? Lent<T[K]> : T[K] }

export function lentHeader(): Lent<SegmentHeader> {
  return {
    source: { address: '', port: 0 },
    destination: { address: '', port: 0 },
    seq: 0,
    ack: 0,
    window: 0,
    flags: 0,
    windowScale: -1,
    sacked: 0,
    accurateEcn: false,
    payload: { offset: 0, length: 0, bytes: undefined },
    damaged: false,
  }
}
