/** How much of a connection's life was captured: Wireshark's `tcp.completeness`, a bit for each step that was seen. */
import { ACK, FIN, RST, SYN } from '../protocols/tcp-segment.ts'

export const SYN_SEEN = 1
export const SYN_ACK_SEEN = 2
export const ACK_SEEN = 4
export const DATA_SEEN = 8
export const FIN_SEEN = 16
export const RST_SEEN = 32

/** What a conversation's first segment shows: a life that did not begin before the capture, or nothing. */
export function begunWith(flags: number, length: number): number {
  if ((flags & (SYN | ACK)) !== SYN) return 0
  return length > 0 ? SYN_SEEN | DATA_SEEN : SYN_SEEN
}

/** The same with what a later segment shows. */
export function completedBy(seen: number, flags: number, length: number): number {
  let now = seen
  if (flags & ACK) {
    if (flags & SYN) now |= SYN_ACK_SEEN
    else now |= length > 0 ? DATA_SEEN : ACK_SEEN
    if (flags & FIN) now |= FIN_SEEN
  }
  return flags & RST ? now | RST_SEEN : now
}
