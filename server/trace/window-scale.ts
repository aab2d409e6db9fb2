/** Window scaling (RFC 7323 §2): both sides must offer it in their SYN, else neither may use it. */
import type { SegmentHeader } from '../protocols/conversation.ts'
import { ACK, SYN } from '../protocols/tcp-segment.ts'

/** Wireshark's values of `tcp.window_size_scalefactor` besides the factors themselves, here in place of a shift. */
export const UNKNOWN = -1
export const NOT_USED = -2

/** One side: how far its windows are shifted, from 0 to 14, or one of the two above. */
export interface Scaling {
  scale: number
}

/** Takes in what a segment of `own` side says of it; it holds from the next one on, for a SYN's own is never scaled. */
export function learnScale(own: Scaling, other: Scaling, header: SegmentHeader): void {
  const { windowScale, flags } = header
  if (windowScale >= 0) own.scale = windowScale
  if ((flags & SYN) === 0 || windowScale < -1) return
  // Without the option on one side the other's is void, even if its SYN is still to come.
  if (own.scale === UNKNOWN) own.scale = other.scale = NOT_USED
  else if (flags & ACK && other.scale === NOT_USED) own.scale = NOT_USED
}

/** In bytes. */
export function scaledWindow(header: SegmentHeader, scale: number): number {
  const { window, flags } = header
  return scale <= 0 || flags & SYN ? window : window << scale
}
