/**
 * The Internet checksum (RFC 1071): the ones' complement of the ones' complement sum of 16-bit words. A header
 * with its right checksum inside sums to 0xffff, so its checksum is 0.
 */

/** Wireshark's codes for `*.checksum.status`. */
export const CHECKSUM_STATUS = {
  0: 'Bad',
  1: 'Good',
  2: 'Unverified',
  3: 'Not present',
  4: 'Illegal',
} as const

export const BAD = 0
export const GOOD = 1
export const UNVERIFIED = 2
export const NOT_PRESENT = 3
/** Zero where the protocol forbids to leave it out. */
export const ILLEGAL = 4

/**
 * The checksum of `bytes` from `start` to `end`, an odd last byte padded with zero (RFC 1071 §4.1). `initial` is
 * the sum of what else it covers, such as a pseudo-header.
 */
export function internetChecksum(bytes: Uint8Array, start = 0, end = bytes.length, initial = 0): number {
  return ~fold(sum(bytes, start, end, initial)) & 0xffff
}

/** The unfolded sum of the 16-bit words; exact for far more than the 64 kB of a packet. */
export function sum(bytes: Uint8Array, start: number, end: number, initial = 0): number {
  let total = initial
  let at = start
  for (; at + 1 < end; at += 2) total += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
  if (at < end) total += (bytes[at] ?? 0) << 8
  return total
}

function fold(total: number): number {
  let folded = total
  while (folded > 0xffff) folded = (folded % 0x10000) + Math.floor(folded / 0x10000)
  return folded
}

/**
 * What the checksum field should hold, when `found` is what it holds and the range covers it: the sum without
 * the field, complemented.
 */
export function expectedChecksum(
  bytes: Uint8Array,
  start: number,
  end: number,
  found: number,
  initial = 0,
): number {
  return ~fold(sum(bytes, start, end, initial) - found) & 0xffff
}
