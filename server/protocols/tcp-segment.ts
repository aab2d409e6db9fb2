/**
 * A TCP segment as the lab network sends and takes it: the header of tcp.ts, read into numbers and written from
 * them. One object serves for any number of segments, so that a segment costs no garbage.
 */
import { at8, at16, at32, put16, put32 } from './big-endian.ts'
import { internetChecksum } from './checksum.ts'
import { layout } from './field.ts'
import { TCP_FIELDS } from './tcp-fields.ts'
import {
  LARGEST_SHIFT,
  MAXIMUM_SEGMENT_SIZE,
  NO_OPERATION,
  optionLength,
  problem,
  SACK,
  SACK_PERMITTED,
  TIMESTAMPS,
  WINDOW_SCALE,
} from './tcp-option-kinds.ts'

/** Where the fixed header's fields stand, from its first byte; `flags` shares its 16 bits with the header length. */
export const TCP_LAYOUT = layout(TCP_FIELDS, [
  'srcport',
  'dstport',
  'seq_raw',
  'ack_raw',
  'flags',
  'window_size_value',
  'checksum',
  'urgent_pointer',
])

export const SMALLEST_HEADER = 20
/** The protocol number in the IP header. */
export const TCP_PROTOCOL = 6

export const FIN = 0x01
export const SYN = 0x02
export const RST = 0x04
export const PSH = 0x08
export const ACK = 0x10
export const URG = 0x20

/** NOP NOP TSopt, the form that RFC 7323 appendix A recommends: all that most segments carry. */
const TIMESTAMPS_ALONE = (NO_OPERATION << 24) | (NO_OPERATION << 16) | (TIMESTAMPS << 8) | 10
const TIMESTAMPS_LENGTH = 12

/** Blocks that fit into 40 bytes of options without timestamps; three fit beside them. */
export const MOST_SACK_BLOCKS = 4

const OFFSET = TCP_LAYOUT

export class TcpSegment {
  sourcePort = 0
  destinationPort = 0
  /** As on the wire, modulo 2^32; so is `ack`. */
  seq = 0
  ack = 0
  /** FIN, SYN and so on, or-ed. */
  flags = 0
  /** As on the wire: not scaled. */
  window = 0
  urgentPointer = 0
  /** RFC 9293 §3.7.1; -1 where the option is left out. */
  mss = -1
  /** RFC 7323 §2, at most 14; -1 where the option is left out. */
  windowShift = -1
  /** RFC 2018 §2. */
  sackPermitted = false
  /** RFC 7323 §3: whether the next two are there. */
  timestamps = false
  tsVal = 0
  tsEcr = 0
  /** RFC 2018 §3: blocks in `sackEdges`, each a left and a right edge. */
  sackBlocks = 0
  readonly sackEdges = new Uint32Array(2 * MOST_SACK_BLOCKS)
  /** Where the data begins and ends in the bytes that were decoded. */
  dataStart = 0
  dataEnd = 0

  /** No flags, no options; ports and numbers stay. */
  clear(): void {
    this.flags = 0
    this.urgentPointer = 0
    this.clearOptions()
  }

  clearOptions(): void {
    this.mss = -1
    this.windowShift = -1
    this.sackPermitted = false
    this.timestamps = false
    this.sackBlocks = 0
  }
}

/**
 * Reads the segment in `bytes` from `start` to `end` into `into`; false if it is too short to be one, or its header
 * length is wrong. Its checksum is not looked at. From an option of a wrong length on, options are skipped
 * (RFC 9293 §3.1, MUST-7).
 */
export function decodeSegment(bytes: Uint8Array, start: number, end: number, into: TcpSegment): boolean {
  if (end - start < SMALLEST_HEADER) return false
  const dataStart = start + ((at8(bytes, start + OFFSET.flags) >> 4) << 2)
  const optionsStart = start + SMALLEST_HEADER
  if (dataStart < optionsStart || dataStart > end) return false
  into.sourcePort = at16(bytes, start + OFFSET.srcport)
  into.destinationPort = at16(bytes, start + OFFSET.dstport)
  into.seq = at32(bytes, start + OFFSET.seq_raw)
  into.ack = at32(bytes, start + OFFSET.ack_raw)
  into.flags = at8(bytes, start + OFFSET.flags + 1)
  into.window = at16(bytes, start + OFFSET.window_size_value)
  into.urgentPointer = at16(bytes, start + OFFSET.urgent_pointer)
  into.dataStart = dataStart
  into.dataEnd = end
  into.clearOptions()
  if (
    dataStart - optionsStart === TIMESTAMPS_LENGTH &&
    (at32(bytes, optionsStart) | 0) === TIMESTAMPS_ALONE
  ) {
    decodeTimestamps(bytes, optionsStart + 2, into)
  } else if (dataStart > optionsStart) decodeOptions(bytes, optionsStart, dataStart, into)
  return true
}

function decodeTimestamps(bytes: Uint8Array, at: number, into: TcpSegment): void {
  into.timestamps = true
  into.tsVal = at32(bytes, at + 2)
  into.tsEcr = at32(bytes, at + 6)
}

function decodeOptions(bytes: Uint8Array, start: number, end: number, into: TcpSegment): void {
  for (let at = start; at < end; ) {
    const kind = at8(bytes, at)
    if (kind === 0) return
    const length = optionLength(bytes, at, end)
    if (problem(kind, length, end - at) !== undefined) return
    switch (kind) {
      case MAXIMUM_SEGMENT_SIZE:
        into.mss = at16(bytes, at + 2)
        break
      case WINDOW_SCALE:
        into.windowShift = Math.min(LARGEST_SHIFT, at8(bytes, at + 2))
        break
      case SACK_PERMITTED:
        into.sackPermitted = true
        break
      case TIMESTAMPS:
        decodeTimestamps(bytes, at, into)
        break
      case SACK:
        into.sackBlocks = Math.min(MOST_SACK_BLOCKS, (length - 2) >> 3)
        for (let i = 0; i < 2 * into.sackBlocks; i++) into.sackEdges[i] = at32(bytes, at + 2 + 4 * i)
        break
    }
    at += length
  }
}

/** The header's length with its options, padded to a multiple of 4. */
export function headerLength(segment: TcpSegment): number {
  let length = SMALLEST_HEADER
  if (segment.mss >= 0) length += 4
  if (segment.sackPermitted && !segment.timestamps) length += 4
  if (segment.timestamps) length += TIMESTAMPS_LENGTH
  if (segment.windowShift >= 0) length += 4
  if (segment.sackBlocks > 0) length += 4 + 8 * segment.sackBlocks
  return length
}

/**
 * Writes the header with its options at `at`, its checksum 0, and returns where the data begins. The options stand in
 * the order in which Linux sends them, aligned by NOPs.
 */
export function encodeHeader(segment: TcpSegment, bytes: Uint8Array, at: number): number {
  put16(bytes, at + OFFSET.srcport, segment.sourcePort)
  put16(bytes, at + OFFSET.dstport, segment.destinationPort)
  put32(bytes, at + OFFSET.seq_raw, segment.seq)
  put32(bytes, at + OFFSET.ack_raw, segment.ack)
  put16(bytes, at + OFFSET.window_size_value, segment.window)
  put16(bytes, at + OFFSET.checksum, 0)
  put16(bytes, at + OFFSET.urgent_pointer, segment.urgentPointer)
  const end = encodeOptions(segment, bytes, at + SMALLEST_HEADER)
  put16(bytes, at + OFFSET.flags, (((end - at) >> 2) << 12) | segment.flags)
  return end
}

function encodeOptions(segment: TcpSegment, bytes: Uint8Array, start: number): number {
  let at = start
  if (segment.mss >= 0) {
    put16(bytes, at, (MAXIMUM_SEGMENT_SIZE << 8) | 4)
    put16(bytes, at + 2, segment.mss)
    at += 4
  }
  if (segment.timestamps) {
    // In a SYN the SACK-permitted option takes the place of the padding.
    if (segment.sackPermitted) put16(bytes, at, (SACK_PERMITTED << 8) | 2)
    else put16(bytes, at, (NO_OPERATION << 8) | NO_OPERATION)
    put16(bytes, at + 2, (TIMESTAMPS << 8) | 10)
    put32(bytes, at + 4, segment.tsVal)
    put32(bytes, at + 8, segment.tsEcr)
    at += TIMESTAMPS_LENGTH
  } else if (segment.sackPermitted) {
    put32(bytes, at, (NO_OPERATION << 24) | (NO_OPERATION << 16) | (SACK_PERMITTED << 8) | 2)
    at += 4
  }
  if (segment.windowShift >= 0) {
    put32(bytes, at, (NO_OPERATION << 24) | (WINDOW_SCALE << 16) | (3 << 8) | segment.windowShift)
    at += 4
  }
  if (segment.sackBlocks > 0) {
    const length = 2 + 8 * segment.sackBlocks
    put32(bytes, at, (NO_OPERATION << 24) | (NO_OPERATION << 16) | (SACK << 8) | length)
    for (let i = 0; i < 2 * segment.sackBlocks; i++) put32(bytes, at + 4 + 4 * i, segment.sackEdges[i] ?? 0)
    at += 2 + length
  }
  return at
}

/** The 16-bit words of the pseudo-header (RFC 9293 §3.1), summed; the addresses as numbers. */
export function pseudoHeaderSum(source: number, destination: number, length: number): number {
  return (
    (source >>> 16) +
    (source & 0xffff) +
    (destination >>> 16) +
    (destination & 0xffff) +
    TCP_PROTOCOL +
    length
  )
}

/** Writes the checksum of the segment that fills `bytes` from `start` to `end`: header, data and pseudo-header. */
export function putChecksum(
  bytes: Uint8Array,
  start: number,
  end: number,
  source: number,
  destination: number,
): void {
  const pseudo = pseudoHeaderSum(source, destination, end - start)
  put16(bytes, start + OFFSET.checksum, internetChecksum(bytes, start, end, pseudo))
}

/** Whether it is what it should be (MUST-3: no segment is taken without this). */
export function checksumIsGood(
  bytes: Uint8Array,
  start: number,
  end: number,
  source: number,
  destination: number,
): boolean {
  return internetChecksum(bytes, start, end, pseudoHeaderSum(source, destination, end - start)) === 0
}
