/** The options that TCP segments carry (RFC 9293 §3.2): their kinds, their lengths, and what the stream needs of them. */
import { at8, at16, at32 } from './big-endian.ts'

export const END = 0
export const NO_OPERATION = 1
export const MAXIMUM_SEGMENT_SIZE = 2
export const WINDOW_SCALE = 3
export const SACK_PERMITTED = 4
export const SACK = 5
export const ECHO = 6
export const ECHO_REPLY = 7
export const TIMESTAMPS = 8
export const CC = 11
export const CC_NEW = 12
export const CC_ECHO = 13
export const MD5 = 19
export const QUICK_START = 27
export const USER_TIMEOUT = 28
export const AUTHENTICATION = 29
export const MULTIPATH = 30
export const FAST_OPEN = 34
export const ACCURATE_ECN_0 = 172
export const ACCURATE_ECN_1 = 174
export const EXPERIMENT_1 = 253
export const EXPERIMENT_2 = 254

/** The experiment that became Fast Open (RFC 7413 §8), and Accurate ECN's two orders before they had kinds of their own. */
export const FAST_OPEN_TRIAL = 0xf989

/** Lengths that the RFCs fix; an option of another length is wrong. */
export const FIXED_LENGTH: Readonly<Record<number, number>> = {
  [MAXIMUM_SEGMENT_SIZE]: 4,
  [WINDOW_SCALE]: 3,
  [SACK_PERMITTED]: 2,
  [ECHO]: 6,
  [ECHO_REPLY]: 6,
  [TIMESTAMPS]: 10,
  [CC]: 6,
  [CC_NEW]: 6,
  [CC_ECHO]: 6,
  [MD5]: 18,
  [QUICK_START]: 8,
  [USER_TIMEOUT]: 4,
}

/** The shortest that the others may be, where that is more than kind and length. */
const LEAST_LENGTH: Readonly<Record<number, number>> = {
  [AUTHENTICATION]: 4,
  [EXPERIMENT_1]: 4,
  [EXPERIMENT_2]: 4,
}

/** RFC 7323 §2.3: a larger shift is taken as 14. */
export const LARGEST_SHIFT = 14

/** What the stream needs of a segment's options. */
export interface StreamOptions {
  /** The window scale shift, at most 14; -1 where there is none. */
  windowScale: number
  /** Bytes that have arrived behind what is acknowledged: the blocks of SACK (RFC 2018 §3). */
  sacked: number
  /** One of Accurate ECN is there. */
  accurateEcn: boolean
}

/** NOP NOP TSopt, the form that RFC 7323 appendix A recommends: all that most segments carry. */
const TIMESTAMPS_ALONE = (NO_OPERATION << 24) | (NO_OPERATION << 16) | (TIMESTAMPS << 8) | 10
const TIMESTAMPS_LENGTH = 12

/** Whether the options from `start` to `end` are that form and nothing else. */
export function isTimestampsAlone(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start === TIMESTAMPS_LENGTH && (at32(bytes, start) | 0) === TIMESTAMPS_ALONE
}

/** Finds that in the options from `start` to `end`. */
export function scanOptions(bytes: Uint8Array, start: number, end: number, into: StreamOptions): void {
  into.windowScale = -1
  into.sacked = 0
  into.accurateEcn = false
  if (start === end) return
  if (isTimestampsAlone(bytes, start, end)) return
  for (let at = start; at < end; ) {
    const kind = at8(bytes, at)
    if (kind === END) return
    const length = optionLength(bytes, at, end)
    if (runsOver(length, end - at) && kind > NO_OPERATION) return
    if (kind === WINDOW_SCALE && length === 3) into.windowScale = Math.min(LARGEST_SHIFT, at8(bytes, at + 2))
    else if (kind === SACK) into.sacked = bytesOfBlocks(bytes, at + 2, at + length)
    else if (kind === ACCURATE_ECN_0 || kind === ACCURATE_ECN_1) into.accurateEcn = true
    at += length
  }
}

/** Wireshark counts no more; neither does it leave out a D-SACK (RFC 2883), whose bytes are none of those in flight. */
const BLOCKS_COUNTED = 3

function bytesOfBlocks(bytes: Uint8Array, start: number, end: number): number {
  const last = Math.min(end, start + 8 * BLOCKS_COUNTED)
  let sum = 0
  for (let at = start; at + 8 <= last; at += 8) sum += (at32(bytes, at + 4) - at32(bytes, at)) | 0
  return sum
}

/** The length of the option at `at`; 0 when its length byte is not there. */
export function optionLength(bytes: Uint8Array, at: number, end: number): number {
  if (at8(bytes, at) <= NO_OPERATION) return 1
  return at + 1 < end ? at8(bytes, at + 1) : 0
}

/** Whether an option of that length is none, or goes past the end of the header. */
export function runsOver(length: number, room: number): boolean {
  return length < 2 || length > room
}

/** What is wrong with the length of an option that ends within the header; `undefined` when nothing is. */
export function lengthProblem(kind: number, length: number): string | undefined {
  const fixed = FIXED_LENGTH[kind]
  if (fixed !== undefined && length !== fixed) return `expected a length of ${fixed}, found ${length}`
  const least = LEAST_LENGTH[kind] ?? 0
  return length < least ? `expected a length of at least ${least}, found ${length}` : undefined
}

/** What a receiver finds wrong with an option's length, its place in the header included. */
export function problem(kind: number, length: number, room: number): string | undefined {
  if (kind <= NO_OPERATION) return undefined
  const fixed = FIXED_LENGTH[kind]
  if (length < 2 || length > room) return `expected a length from 2 to ${room}, found ${length}`
  if (fixed !== undefined && length !== fixed) return `expected a length of ${fixed}, found ${length}`
  if (kind === SACK && (length - 2) % 8 !== 0) return `expected blocks of 8 bytes, found ${length - 2} bytes`
  return undefined
}

/** Whether they hold a Fast Open cookie (RFC 7413 §4.1.1), not the request for one. */
export function hasCookie(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; ) {
    const kind = at8(bytes, at)
    const length = optionLength(bytes, at, end)
    if (kind === END || (kind > NO_OPERATION && runsOver(length, end - at))) return false
    if (kind === FAST_OPEN && length > 2) return true
    if ((kind === EXPERIMENT_1 || kind === EXPERIMENT_2) && length > 4) {
      if (at16(bytes, at + 2) === FAST_OPEN_TRIAL) return true
    }
    at += length
  }
  return false
}
