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
import { BAD, expectedChecksum, GOOD, internetChecksum, UNVERIFIED } from './checksum.ts'
import type { Cursor } from './cursor.ts'
import { TYPE_IPV6 } from './ethertypes.ts'
import { layout } from './field.ts'
import { type FragmentFields, joinFragments } from './ip-fragments.ts'
import { ipProtocolName } from './ip-protocols.ts'
import { IPV4_FIELDS, type Ipv4Fields } from './ipv4-fields.ts'
import { readOptions, routedTo } from './ipv4-options.ts'
import { type Next, protocol } from './protocol.ts'

export const SMALLEST_HEADER = 20
/** What the total length can say. */
export const LARGEST_PACKET = 65_535

/** Where the fixed header's fields stand: `version` shares its byte with the header length, `frag_offset` its 16 bits with the flags. */
export const IPV4_LAYOUT = layout(IPV4_FIELDS, [
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

/** Of a header without options. */
const PLAIN_HEADER = 0x45

export const ipv4 = protocol({
  id: 'ip',
  name: 'Internet Protocol Version 4',
  short: 'IPv4',
  osi: 3,
  unit: 'packet',
  spec: 'RFC 791 §3.1',
  about:
    'Carries a packet from host to host across any number of networks, as best it can and without promises.',
  fields: IPV4_FIELDS,
  dissect(c, f) {
    const start = c.pos
    const version = c.peek(f.version)
    if (version !== 4) {
      c.put(f.bogus_ip_version, '', start, start + 1)
      if (version === 6) return { table: 'ethertype', keys: [TYPE_IPV6] }
      c.fail('Version', `expected 4, found ${version}`)
    }
    const headerLength = c.peek(f.hdr_len)
    if (headerLength < SMALLEST_HEADER) {
      c.put(f.bogus_header_length, '', start, start + 1)
      c.fail('Header Length', `expected at least 20 bytes, found ${headerLength}`)
    }
    c.skip(1, 'Version and Header Length')
    trafficClass(c, f)
    const totalLength = readLength(c, f, start)
    if (totalLength < headerLength) {
      c.put(f.bogus_ip_length, '', start + 2, start + 4)
      c.fail('Total Length', `expected at least the header's ${headerLength} bytes, found ${totalLength}`)
    }
    const available = c.wireEnd - start
    if (totalLength > available && !c.packet.quoted) {
      c.put(f.bogus_ip_length, '', start + 2, start + 4)
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
    const ttlAt = c.pos
    const ttl = c.take(f.ttl)
    const next = c.take(f.proto)
    checksum(c, f, start, headerLength)
    c.packet.addressesAt = c.pos
    c.packet.addressesLength = 8
    c.packet.addressesBuffer = c.buffer
    c.packet.source = c.take(f.src)
    const headerEnd = start + headerLength
    const routed =
      headerEnd > start + SMALLEST_HEADER ? routedTo(c.bytes, c.pos + 4, Math.min(headerEnd, c.end)) : 0
    if (routed === 0) c.packet.destination = c.take(f.dst)
    else {
      c.take(f.cur_rt)
      c.packet.destination = f.dst.read(c.view, routed)
      // The checksum covers the last destination, which does not stand beside the source.
      c.packet.addressesLength = 0
    }
    if (c.recording) putTtlNotes(c, f, ttl, next, ttlAt)
    if (c.pos < headerEnd) readOptions(c, f, headerEnd, routed)

    c.info(`${ipProtocolName(next)} (${next})`)
    if (offset === 0 && !more) return carried(next)
    const length = totalLength - headerLength
    // Of one that an error quotes, or that the capture cut, the beginning is read and the rest is lost.
    const whole = !c.packet.quoted && !c.packet.unseen && !c.packet.damaged && length > 0 && c.left === length
    if (whole) {
      const header = { id, protocol: next, offset, length, more }
      if (joinFragments(c, roles(f), header, 'Reassembled IPv4', carried(next))) return undefined
    } else if (offset === 0) {
      c.packet.fragmented = true
      return carried(next)
    }
    c.info(fragmentText(next, offset, id))
    return { table: 'ip.proto', keys: [] }
  },
  places: {
    ...IPV4_LAYOUT,
    hdr_len: IPV4_LAYOUT.version,
    'dsfield.dscp': IPV4_LAYOUT.dsfield,
    'dsfield.ecn': IPV4_LAYOUT.dsfield,
    flags: IPV4_LAYOUT.frag_offset,
    'flags.rb': IPV4_LAYOUT.frag_offset,
    'flags.df': IPV4_LAYOUT.frag_offset,
    'flags.mf': IPV4_LAYOUT.frag_offset,
  },
  skim(s) {
    const { bytes, at: start } = s
    if (s.end - start < SMALLEST_HEADER || bytes[start] !== PLAIN_HEADER) return false
    const length = at16(bytes, start + OFFSET.len)
    // Zero is a packet that the card cuts up; one that is too long, or a fragment, is a case for the notes.
    if (length < SMALLEST_HEADER || length > s.wireEnd - start) return false
    if (at16(bytes, start + OFFSET.frag_offset) & (MORE_FRAGMENTS | OFFSET_BITS)) return false
    const headerEnd = start + SMALLEST_HEADER
    if (s.verifiesIp && internetChecksum(bytes, start, headerEnd) !== 0) return false
    s.limit(start + length)
    s.family = 4
    s.addressesAt = start + OFFSET.src
    s.from0 = at32(bytes, start + OFFSET.src) | 0
    s.to0 = at32(bytes, start + OFFSET.dst) | 0
    s.at = headerEnd
    return s.next('ip.proto', at8(bytes, start + OFFSET.proto))
  },
})

const carried = (next: number): Next => ({ table: 'ip.proto', keys: [next] })

const roles = (f: Ipv4Fields): FragmentFields => ({
  fragments: f.fragments,
  fragment: f.fragment,
  error: f['fragment.error'],
  overlap: f['fragment.overlap'],
  conflict: f['fragment.overlap.conflict'],
  multipleTails: f['fragment.multipletails'],
  tooLong: f['fragment.toolongfragment'],
  count: f['fragment.count'],
  length: f['reassembled.length'],
  data: f['reassembled.data'],
  reassembledIn: f.reassembled_in,
})

/** The total length. Zero: the kernel handed its card more than 64 kB to cut up, and it ends with the frame. */
function readLength(c: Cursor, f: Ipv4Fields, start: number): number {
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

/** Protocols of 224.0.0.x that have a TTL of their own, 0 for any; all others have 1 (RFC 5771 §4). */
const LINK_TTLS: Readonly<Record<string, number>> = {
  '224.0.0.18': 255,
  '224.0.0.102': 255,
  '224.0.0.251': 255,
  '224.0.0.252': 0,
}
const SMALL_TTL = 5
const OSPF = 89
const PIM = 103

/** What Wireshark remarks about the time to live. */
function putTtlNotes(c: Cursor, f: Ipv4Fields, ttl: number, next: number, at: number): void {
  const { destination } = c.packet
  if (destination.startsWith('224.0.0.')) {
    const wanted = LINK_TTLS[destination] ?? 1
    if (wanted !== 0 && wanted !== ttl) c.put(f['ttl.lncb'], '', at, at + 1)
    return
  }
  const group = /^2(?:2[4-9]|3\d)\./.test(destination)
  if (ttl < SMALL_TTL && !group && next !== OSPF && next !== PIM) c.put(f['ttl.too_small'], '', at, at + 1)
}

function trafficClass(c: Cursor, f: Ipv4Fields): void {
  const value = c.glance(f.dsfield)
  c.group(f.dsfield, value, () => {
    c.peek(f['dsfield.dscp'])
    c.take(f['dsfield.ecn'])
  })
}

/** The three flags share their first byte with the fragment offset, so the cursor stays. Returns more-fragments. */
function flags(c: Cursor, f: Ipv4Fields): boolean {
  const more = c.glance(f['flags.mf'])
  c.group(f.flags, c.glance(f.flags), () => {
    c.peek(f['flags.rb'])
    c.peek(f['flags.df'])
    c.peek(f['flags.mf'])
  })
  return more
}

/** The fragment's place in bytes; the field's value stays in the units of 8 that are sent, as in Wireshark 4. */
function readOffset(c: Cursor, f: Ipv4Fields): number {
  const units = c.glance(f.frag_offset)
  c.put(f.frag_offset, units, c.pos, c.pos + 2, `${units * 8} bytes (${units} × 8)`)
  c.skip(2)
  return units * 8
}

function checksum(c: Cursor, f: Ipv4Fields, start: number, headerLength: number): void {
  const at = c.pos
  const found = c.take(f.checksum)
  const { packet } = c
  if (!packet.verifiesAt('ip') || start + headerLength > c.end) {
    c.put(f['checksum.status'], UNVERIFIED, at, c.pos)
    return
  }
  const expected = expectedChecksum(c.bytes, start, start + headerLength, found)
  if (found !== expected) {
    if (!packet.quoted) packet.damaged = true
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
