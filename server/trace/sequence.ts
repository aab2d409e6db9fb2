/** Sequence numbers are 32 bits and wrap (RFC 9293 §3.4); here they become positions that only grow. */

/**
 * The position whose low 32 bits are `number - base` and which lies nearest to `near`.
 * Positions count from 0 at `base` and are exact for 2^53 bytes of a stream.
 */
export function position(number: number, base: number, near: number): number {
  return near + ((number - base - near) | 0)
}

/** The same as a 32-bit number from the base, as tshark shows `tcp.seq`. */
export function relative(number: number, base: number): number {
  return (number - base) >>> 0
}
