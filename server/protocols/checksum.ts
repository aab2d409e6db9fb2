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
  const total =
    end - start < WORTH_WORDS ? sum(bytes, start, end, initial) : initial + sumWords(bytes, start, end)
  return ~fold(total) & 0xffff
}

/** The unfolded sum of the 16-bit words; exact for far more than the 64 kB of a packet. */
export function sum(bytes: Uint8Array, start: number, end: number, initial = 0): number {
  let total = initial
  let at = start
  for (; at + 1 < end; at += 2) total += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
  if (at < end) total += (bytes[at] ?? 0) << 8
  return total
}

/** Shorter ranges are summed before a view of words is made. */
const WORTH_WORDS = 96
/** Words of 32 bits whose halves sum up to less than 2^31. */
const WORDS_AT_ONCE = 32_768
const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/**
 * The sum, folded, taken 32 bits at a time in the machine's own byte order: the sum of swapped words is the swapped
 * sum (RFC 1071 §2 B), and a word's two halves may be added in any order. Twice as fast as byte by byte and more.
 */
function sumWords(bytes: Uint8Array, start: number, end: number): number {
  // Words begin at a multiple of 4 in the buffer; what stands before the first and behind the last is added by bytes.
  const first = start + (-(bytes.byteOffset + start) & 3)
  const length = (end - first) >> 2
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset + first, length)
  let native = 0
  for (let from = 0; from < length; from += WORDS_AT_ONCE) {
    const to = Math.min(length, from + WORDS_AT_ONCE)
    let low = 0
    let high = 0
    for (let i = from; i < to; i++) {
      const word = words[i] ?? 0
      low = (low + (word & 0xffff)) | 0
      high = (high + (word >>> 16)) | 0
    }
    native += low + high
  }
  const middle = LITTLE_ENDIAN ? swap(fold(native)) : fold(native)
  // Behind an odd number of bytes each word stands across two of the message's: swapped once more.
  const oddly = ((first - start) & 1) === 1
  const behind = first + 4 * length
  const tail = sum(bytes, behind, end)
  return sum(bytes, start, first) + (oddly ? swap(fold(middle + tail)) : middle + tail)
}

const swap = (word: number): number => ((word & 0xff) << 8) | (word >>> 8)

function fold(total: number): number {
  let folded = total
  while (folded > 0xffff) folded = (folded % 0x10000) + Math.floor(folded / 0x10000)
  return folded
}

/**
 * The checksum of a header in which one 16-bit word changes from `before` to `after`, from what it was: a router
 * that takes one off the TTL need not sum the whole (RFC 1624 §3, equation 3).
 */
export function updatedChecksum(checksum: number, before: number, after: number): number {
  return ~fold((~checksum & 0xffff) + (~before & 0xffff) + after) & 0xffff
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
  if (end - start >= WORTH_WORDS) {
    const rest = initial + sumWords(bytes, start, end) - found
    // No rest may mean nothing but zeros or a sum that folds to all ones: their checksums differ, so it is looked at again.
    if (rest % 0xffff !== 0) return ~fold(rest > 0 ? rest : rest + 0xffff) & 0xffff
  }
  return ~fold(sum(bytes, start, end, initial) - found) & 0xffff
}
