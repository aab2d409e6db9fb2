/**
 * Internet Protocol version 4, RFC 791 §3.1.
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |Version|  IHL  |Type of Service|          Total Length         |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |         Identification        |Flags|      Fragment Offset    |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |  Time to Live |    Protocol   |         Header Checksum       |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                       Source Address                          |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                    Destination Address                        |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                    Options (up to 40 bytes)                   |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { at8, at16, at32, put16, put32 } from './big-endian.ts'
import { BAD, CHECKSUM_STATUS, expectedChecksum, GOOD, internetChecksum, UNVERIFIED } from './checksum.ts'
import type { Cursor } from './cursor.ts'
import { bits, flag, heading, hex8, hex16, ipv4Address, layout, scaledBits, u8, u16, uint } from './field.ts'
import { DSCP, ECN, IP_PROTOCOLS, ipProtocolName } from './ip-protocols.ts'
import { OPTION_FIELDS, readOptions } from './ipv4-options.ts'
import { type NamedFields, protocol } from './protocol.ts'

export const SMALLEST_HEADER = 20
/** What the total length can say. */
export const LARGEST_PACKET = 65_535

const FIELDS = {
  version: bits('Version', 1, 0xf0, {
    about: 'Always 4 here; it tells a receiver how to read all that follows.',
  }),
  hdr_len: scaledBits('Header Length', 1, 0x0f, 4, {
    unit: 'bytes',
    about:
      'Where the header ends and the payload begins: 20 bytes, more with options; sent in words of 4 bytes.',
  }),
  dsfield: hex8('Differentiated Services Field', {
    spec: 'RFC 2474 §3',
    about: 'Asks routers for a treatment, such as low delay, and carries their congestion signal back.',
  }),
  'dsfield.dscp': bits('Differentiated Services Codepoint', 1, 0xfc, {
    values: DSCP,
    spec: 'RFC 2474 §3',
    about: 'Which treatment each router on the way should give the packet; most send 0, the default.',
  }),
  'dsfield.ecn': bits('Explicit Congestion Notification', 1, 0x03, {
    values: ECN,
    spec: 'RFC 3168 §5',
    about:
      'Lets a congested router mark the packet instead of dropping it, if both ends understand the mark.',
  }),
  len: u16('Total Length', {
    unit: 'bytes',
    about: 'Header and payload together, so that padding which the link adds behind is not taken for data.',
  }),
  id: hex16('Identification', {
    about: 'The same in all fragments of one packet, so that the receiver can put them together again.',
  }),
  flags: bits('Flags', 1, 0xe0, {
    base: 'hex',
    about: 'Whether the packet may be cut in fragments, and whether more follow.',
  }),
  'flags.rb': flag('Reserved bit', 1, 0x80, {
    about: 'Must be zero (RFC 3514 of 1 April calls it the evil bit).',
  }),
  'flags.df': flag("Don't fragment", 1, 0x40, {
    about:
      'A router whose link is too small must drop the packet and say so (ICMP 3/4): path MTU discovery uses that.',
  }),
  'flags.mf': flag('More fragments', 1, 0x20, { about: 'Set in every fragment but the last.' }),
  frag_offset: bits('Fragment Offset', 2, 0x1fff, {
    about: 'Where this fragment belongs in the whole payload; sent in units of 8 bytes.',
  }),
  ttl: u8('Time to Live', {
    about: 'Each router takes one off and drops the packet at zero, so that a routing loop cannot last.',
  }),
  proto: u8('Protocol', { values: IP_PROTOCOLS, about: 'Who gets the payload: 6 is TCP, 17 UDP, 1 ICMP.' }),
  checksum: hex16('Header Checksum', {
    about: 'Guards the header only; every router computes it anew because it changes the TTL.',
  }),
  'checksum.status': uint('Header checksum status', {
    values: CHECKSUM_STATUS,
    about: 'What came out when the checksum was computed here over the bytes of the header.',
  }),
  checksum_calculated: hex16('Calculated Checksum', { about: 'What the header checksum should be.' }),
  'checksum_bad.expert': heading('Bad checksum', {
    about: 'The header is not the one that was sent: whoever receives this throws it away and says nothing.',
  }),
  src: ipv4Address('Source Address', {
    aliases: ['ip.addr'],
    about: 'Who sent the packet, and where an answer goes.',
  }),
  dst: ipv4Address('Destination Address', {
    aliases: ['ip.addr'],
    about: 'Whom it is for: the one thing by which each router picks the next step.',
  }),
  ...OPTION_FIELDS,
} as const

/** Where the fixed header's fields stand: `version` shares its byte with the header length, `frag_offset` its 16 bits with the flags. */
export const IPV4_LAYOUT = layout(FIELDS, [
  'version',
  'dsfield',
  'len',
  'id',
  'frag_offset',
  'ttl',
  'proto',
  'checksum',
  'src',
  'dst',
])

const DONT_FRAGMENT = 0x4000
const MORE_FRAGMENTS = 0x2000
const OFFSET_BITS = 0x1fff
const OFFSET = IPV4_LAYOUT

/** A header as the lab network sends and takes it. One object serves for any number of packets. */
export class Ipv4Header {
  /** DSCP and ECN. */
  dsfield = 0
  /** Of the packet, header included. */
  totalLength = SMALLEST_HEADER
  identification = 0
  dontFragment = false
  moreFragments = false
  /** In bytes, a multiple of 8. */
  fragmentOffset = 0
  ttl = 64
  protocol = 0
  source = 0
  destination = 0
  /** More than 20 where there are options: read, but never written. */
  headerLength = SMALLEST_HEADER

  constructor(fields: Partial<Ipv4Header> = {}) {
    Object.assign(this, fields)
  }
}

/** Writes a header without options, its checksum right, and returns where the payload begins. */
export function encodeIpv4(header: Ipv4Header, bytes: Uint8Array, at: number): number {
  bytes[at + OFFSET.version] = 0x45
  bytes[at + OFFSET.dsfield] = header.dsfield
  put16(bytes, at + OFFSET.len, header.totalLength)
  put16(bytes, at + OFFSET.id, header.identification)
  const flags = (header.dontFragment ? DONT_FRAGMENT : 0) | (header.moreFragments ? MORE_FRAGMENTS : 0)
  put16(bytes, at + OFFSET.frag_offset, flags | (header.fragmentOffset >> 3))
  bytes[at + OFFSET.ttl] = header.ttl
  bytes[at + OFFSET.proto] = header.protocol
  put16(bytes, at + OFFSET.checksum, 0)
  put32(bytes, at + OFFSET.src, header.source)
  put32(bytes, at + OFFSET.dst, header.destination)
  const end = at + SMALLEST_HEADER
  put16(bytes, at + OFFSET.checksum, internetChecksum(bytes, at, end))
  return end
}

/**
 * Reads the header of the packet that begins at `start` into `into`; bytes between the packet's end and `end` are
 * the link's padding. False if it is none: another version, a length that can't be, or, unless it is only `quoted`
 * by an ICMP error, not all of it there or its checksum wrong (RFC 1122 §3.2.1.2).
 */
export function decodeIpv4(
  bytes: Uint8Array,
  start: number,
  end: number,
  into: Ipv4Header,
  quoted = false,
): boolean {
  if (end - start < SMALLEST_HEADER) return false
  const first = at8(bytes, start)
  const headerLength = (first & 0x0f) << 2
  const totalLength = at16(bytes, start + OFFSET.len)
  if (first >> 4 !== 4 || headerLength < SMALLEST_HEADER || totalLength < headerLength) return false
  if (headerLength > end - start || (!quoted && totalLength > end - start)) return false
  if (!quoted && internetChecksum(bytes, start, start + headerLength) !== 0) return false
  const fragment = at16(bytes, start + OFFSET.frag_offset)
  into.dsfield = at8(bytes, start + OFFSET.dsfield)
  into.totalLength = totalLength
  into.identification = at16(bytes, start + OFFSET.id)
  into.dontFragment = (fragment & DONT_FRAGMENT) !== 0
  into.moreFragments = (fragment & MORE_FRAGMENTS) !== 0
  into.fragmentOffset = (fragment & OFFSET_BITS) << 3
  into.ttl = at8(bytes, start + OFFSET.ttl)
  into.protocol = at8(bytes, start + OFFSET.proto)
  into.source = at32(bytes, start + OFFSET.src)
  into.destination = at32(bytes, start + OFFSET.dst)
  into.headerLength = headerLength
  return true
}

/** The 16-bit words of the pseudo-header that TCP and UDP put before their own in the checksum, summed (RFC 768). */
export function pseudoHeaderSum(
  source: number,
  destination: number,
  protocol: number,
  length: number,
): number {
  return (
    (source >>> 16) + (source & 0xffff) + (destination >>> 16) + (destination & 0xffff) + protocol + length
  )
}

export const ipv4 = protocol({
  id: 'ip',
  name: 'Internet Protocol Version 4',
  short: 'IPv4',
  osi: 3,
  unit: 'packet',
  spec: 'RFC 791 §3.1',
  about:
    'Carries a packet from host to host across any number of networks, as best it can and without promises.',
  fields: FIELDS,
  dissect(c, f) {
    const start = c.pos
    const version = c.peek(f.version)
    if (version !== 4) c.fail('Version', `expected 4, found ${version}`)
    const headerLength = c.peek(f.hdr_len)
    if (headerLength < SMALLEST_HEADER)
      c.fail('Header Length', `expected at least 20 bytes, found ${headerLength}`)
    c.skip(1, 'Version and Header Length')
    trafficClass(c, f)
    const totalLength = readLength(c, f, start)
    if (totalLength < headerLength) {
      c.fail('Total Length', `expected at least the header's ${headerLength} bytes, found ${totalLength}`)
    }
    const available = c.wireEnd - start
    if (totalLength > available && !c.packet.quoted) {
      c.problem(
        'Total Length',
        `expected at most the frame's ${available} bytes, found ${totalLength}`,
        start + 2,
      )
    }
    c.limit(totalLength - (c.pos - start))
    const id = c.take(f.id)
    const more = flags(c, f)
    const offset = readOffset(c, f)
    c.take(f.ttl)
    const next = c.take(f.proto)
    checksum(c, f, start, headerLength)
    c.packet.addressesAt = c.pos
    c.packet.addressesLength = 8
    const source = c.take(f.src)
    const destination = c.take(f.dst)
    c.packet.source = source
    c.packet.destination = destination
    const headerEnd = start + headerLength
    if (c.pos < headerEnd) readOptions(c, f, headerEnd)

    if (offset > 0) {
      c.info(fragmentText(next, offset, id))
      return { table: 'ip.proto', keys: [] }
    }
    if (more) c.packet.fragmented = true
    c.info(`${ipProtocolName(next)} (${next})`)
    return { table: 'ip.proto', keys: [next] }
  },
})

type Fields = NamedFields<typeof FIELDS>

/** The total length. Zero: the kernel handed its card more than 64 kB to cut up, and it ends with the frame. */
function readLength(c: Cursor, f: Fields, start: number): number {
  const stated = c.glance(f.len)
  const length = stated === 0 ? c.wireEnd - start : stated
  const text =
    stated === 0
      ? `${length} bytes (reported as 0, presumed to be because of segmentation offload)`
      : undefined
  c.put(f.len, length, c.pos, c.pos + 2, text)
  c.skip(2)
  return length
}

function trafficClass(c: Cursor, f: Fields): void {
  const value = c.glance(f.dsfield)
  c.group(f.dsfield, value, () => {
    c.peek(f['dsfield.dscp'])
    c.take(f['dsfield.ecn'])
  })
}

/** The three flags share their first byte with the fragment offset, so the cursor stays. Returns more-fragments. */
function flags(c: Cursor, f: Fields): boolean {
  const more = c.glance(f['flags.mf'])
  c.group(f.flags, c.glance(f.flags), () => {
    c.peek(f['flags.rb'])
    c.peek(f['flags.df'])
    c.peek(f['flags.mf'])
  })
  return more
}

/** The fragment's place in bytes; the field's value stays in the units of 8 that are sent, as in Wireshark 4. */
function readOffset(c: Cursor, f: Fields): number {
  const units = c.glance(f.frag_offset)
  c.put(f.frag_offset, units, c.pos, c.pos + 2, `${units * 8} bytes (${units} × 8)`)
  c.skip(2)
  return units * 8
}

function checksum(c: Cursor, f: Fields, start: number, headerLength: number): void {
  const at = c.pos
  const found = c.take(f.checksum)
  if (!c.recording && !c.packet.verifies) return
  if (start + headerLength > c.end) {
    c.put(f['checksum.status'], UNVERIFIED, at, c.pos)
    return
  }
  const expected = expectedChecksum(c.bytes, start, start + headerLength, found)
  if (found !== expected) {
    if (c.packet.verifies && !c.packet.quoted) c.packet.damaged = true
    const should = `[should be 0x${expected.toString(16).padStart(4, '0')}]`
    c.put(f['checksum_bad.expert'], '', at, c.pos, `Bad checksum ${should}`)
  }
  c.put(f['checksum.status'], found === expected ? GOOD : BAD, at, c.pos)
  c.put(f.checksum_calculated, expected, at, c.pos)
}

function fragmentText(next: number, offset: number, id: number): string {
  const hex = id.toString(16).padStart(4, '0')
  return `Fragmented IP protocol (proto=${ipProtocolName(next)} ${next}, off=${offset}, ID=${hex})`
}
