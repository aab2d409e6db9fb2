/**
 * User Datagram Protocol, RFC 768.
 *
 *   0      7 8     15 16    23 24    31
 *  +--------+--------+--------+--------+
 *  |   Source Port   | Destination Port|
 *  +--------+--------+--------+--------+
 *  |     Length      |    Checksum     |
 *  +--------+--------+--------+--------+
 */
import { BAD, ILLEGAL } from './checksum.ts'
import type { Cursor } from './cursor.ts'
import { UDP } from './ip-protocols.ts'
import { type NamedFields, protocol } from './protocol.ts'
import { leftOut, putFinding, verifyTransport } from './transport-checksum.ts'
import { UDP_FIELDS, UDP_HEADER, UDP_LAYOUT } from './udp-header.ts'
import { claimedBy } from './udp-reply.ts'
import { see } from './udp-seen.ts'
import { skimUdp } from './udp-skim.ts'

/** What the length can say. */
const LARGEST = 65_535
/** Bytes of both addresses. */
const IPV6_ADDRESSES = 32

export const udp = protocol({
  id: 'udp',
  name: 'User Datagram Protocol',
  short: 'UDP',
  osi: 4,
  unit: 'datagram',
  spec: 'RFC 768',
  about: 'Names the sending and the receiving program by port; promises neither arrival nor order.',
  fields: UDP_FIELDS,
  dissect(c, f) {
    const start = c.pos
    if (c.left < 4) c.need('Ports', 4)
    const source = c.take(f.srcport)
    const destination = c.take(f.dstport)
    if (mayTrace(source) || mayTrace(destination)) c.put(f.possible_traceroute, '', start, c.pos)
    const available = c.wireEnd - start
    const length = readLength(c, f, available)
    const remark = putChecksum(c, f, start, length)
    const { quoted } = c.packet
    if (!quoted) {
      c.packet.sourcePort = source
      c.packet.destinationPort = destination
    }
    const seen = c.remember(() => see(c.packet, source, destination, length))
    const flow = seen?.flow
    if (!quoted) c.packet.flow = flow
    if (seen !== undefined) {
      c.put(f.stream, seen.flow.index, start, start + 4)
      if (!quoted && length > UDP_HEADER) {
        c.put(f.time_relative, seen.since)
        c.put(f.time_delta, seen.sincePrevious)
      }
    }
    // Shown to the end of the IP packet, as Wireshark does, although the datagram may end before it.
    if (c.left > 0 && length > UDP_HEADER) c.put(f.payload, c.bytes.subarray(c.pos, c.end), c.pos, c.end)
    const excess = length - available
    c.limit(length - UDP_HEADER)
    if (quoted) return { table: 'udp.port', keys: [destination, source] }
    c.info(`${source} → ${destination} Len=${length - UDP_HEADER}${remark}`)
    if (excess > 0 && !c.packet.fragmented) {
      c.problem('Length', `expected at most the ${available} bytes of the IP payload, found ${length}`)
    }
    // What nobody took in is no message to anyone.
    if (c.packet.unseen || c.packet.damaged) return undefined
    const claimed = claimedBy(flow, c.packet.number)
    if (claimed === undefined) return { table: 'udp.port', keys: [destination, source] }
    if (c.wireLeft > 0) c.carry(claimed)
    return undefined
  },
  places: { ...UDP_LAYOUT, stream: ({ flow }) => flow?.index },
  skim: skimUdp,
})

type Fields = NamedFields<typeof UDP_FIELDS>

/** Ports that traceroute begins with: three for each of the first ten hops. */
const mayTrace = (port: number): boolean => port > 33_434 && port < 33_465

/**
 * The length of header and payload. Zero is a jumbogram's (RFC 2675 §4), or a datagram that the card will cut up: it
 * ends with the IP packet.
 */
function readLength(c: Cursor, f: Fields, available: number): number {
  const stated = c.take(f.length)
  const at = c.pos - 2
  const overIpv6 = c.packet.addressesLength === IPV6_ADDRESSES
  if (stated === 0 && (overIpv6 || available > LARGEST)) {
    if (available <= LARGEST) c.put(f['length.bad_zero'], '', at, c.pos)
    return available
  }
  const tooLong = stated > available && !c.packet.fragmented && !c.packet.quoted
  if (stated < UDP_HEADER || tooLong) c.put(f['length.bad'], '', at, c.pos)
  if (stated < UDP_HEADER) c.fail('Length', `expected at least ${UDP_HEADER}, found ${stated}`)
  return stated
}

/** Returns what the info column says of a checksum that is wrong, or left out where it must not be. */
function putChecksum(c: Cursor, f: Fields, start: number, length: number): string {
  const at = c.pos
  const found = c.take(f.checksum)
  const finding = found === 0 ? leftOut(c) : verifyTransport(c, UDP, start, start + length, found)
  if (finding.status === BAD && !c.packet.quoted) c.packet.damaged = true
  if (finding.status === ILLEGAL) c.put(f['checksum.zero'], '', at, c.pos)
  const beside = { status: f['checksum.status'], calculated: f.checksum_calculated, bad: f['checksum.bad'] }
  return putFinding(c, beside, 'UDP', at, finding)
}
