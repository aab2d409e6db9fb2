/** Writes the classic capture file (draft-ietf-opsawg-pcap): little-endian, times in nanoseconds, packets and nothing else. */
import type { Frame } from '../protocols/packet.ts'
import { MAX_RECORD } from './capture-format.ts'

const NANOSECOND_MAGIC = 0xa1b23c4d
const NANOSECONDS = 1_000_000_000n
/** The format counts seconds since 1970 in 32 bits. */
const LAST_SECOND = 0xffff_ffffn

/** What a file begins with; all its packets are of this link type. */
export function pcapHeader(linkType: number): Uint8Array {
  const bytes = Buffer.alloc(24)
  bytes.writeUInt32LE(NANOSECOND_MAGIC, 0)
  bytes.writeUInt16LE(2, 4)
  bytes.writeUInt16LE(4, 6)
  bytes.writeUInt32LE(MAX_RECORD, 16)
  bytes.writeUInt32LE(linkType & 0xffff, 20)
  return bytes
}

/** One packet; a time that the format can't hold, after the year 2106, is the last that it can. */
export function pcapRecord(frame: Frame): Uint8Array {
  const { length } = frame.bytes
  const bytes = Buffer.alloc(16 + length)
  const seconds = frame.time / NANOSECONDS
  bytes.writeUInt32LE(Number(seconds > LAST_SECOND ? LAST_SECOND : seconds), 0)
  bytes.writeUInt32LE(Number(frame.time % NANOSECONDS), 4)
  bytes.writeUInt32LE(length, 8)
  bytes.writeUInt32LE(frame.originalLength, 12)
  bytes.set(frame.bytes, 16)
  return bytes
}
