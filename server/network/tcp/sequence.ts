/**
 * Sequence numbers, RFC 9293 §3.4. On the wire they count modulo 2^32 from a number that is hard to guess (ISS for what
 * we send, IRS for what the peer sends). In here they are *positions*: counted from that first number, never wrapping.
 * The SYN is position 0, the first byte 1, as Wireshark shows them. So "earlier" is simply `<`, and the arithmetic
 * modulo 2^32 stands in these two functions alone.
 */

/** The number on the wire of a position in the stream that began with `initial`. */
export const wireNumber = (initial: number, position: number): number => (initial + position) >>> 0

/**
 * The position that a number from the wire means: of all that share it, the one closest to `near`, less than 2^31 away.
 * A window is never larger than 2^30 (RFC 7323 §2.3), so for every segment that matters there is no doubt.
 */
export const positionOf = (initial: number, wire: number, near: number): number =>
  near + ((wire - initial - near) | 0)

/** How much later `a` is than `b`, both modulo 2^32: negative if earlier. For timestamps and the numbers of strangers. */
export const later = (a: number, b: number): number => (a - b) | 0
