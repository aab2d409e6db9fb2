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
import { at16, put16 } from './big-endian.ts'
import { BAD, CHECKSUM_STATUS, ILLEGAL, internetChecksum } from './checksum.ts'
import type { Flow } from './conversation.ts'
import type { Cursor } from './cursor.ts'
import { echo } from './echo.ts'
import { bytes, duration, heading, hex16, layout, u16, uint } from './field.ts'
import { UDP } from './ip-protocols.ts'
import { pseudoHeaderSum } from './ipv4.ts'
import type { Packet } from './packet.ts'
import { type NamedFields, protocol } from './protocol.ts'
import {
  badChecksum,
  calculatedChecksum,
  leftOut,
  putFinding,
  verifyTransport,
} from './transport-checksum.ts'
import { claim, claimedBy, takeReply } from './udp-reply.ts'

export const UDP_HEADER = 8
const HEADER = UDP_HEADER
/** What the length can say. */
const LARGEST = 65_535
/** Bytes of both addresses. */
const IPV6_ADDRESSES = 32

const FIELDS = {
  srcport: u16('Source Port', {
    aliases: ['udp.port'],
    about: 'Where a reply should go; 0 if none is wanted.',
  }),
  dstport: u16('Destination Port', {
    aliases: ['udp.port'],
    about: 'Which program on the receiving host gets the datagram.',
  }),
  length: u16('Length', { unit: 'bytes', about: 'Header and payload together: at least 8.' }),
  checksum: hex16('Checksum', {
    about: 'Guards header, payload and addresses; 0 over IPv4 means that none was computed.',
  }),
  'checksum.status': uint('Checksum Status', {
    values: CHECKSUM_STATUS,
    about:
      'Verified on the lab network only: elsewhere the card finishes the checksum after the capture saw it, and on the loopback nobody does.',
  }),
  checksum_calculated: calculatedChecksum,
  'checksum.bad': badChecksum,
  stream: uint('Stream index', {
    about: 'Which conversation of the capture this datagram belongs to; UDP itself knows none.',
  }),
  time_relative: duration('Time since first frame', {
    about: "Since the conversation's first datagram in this capture.",
  }),
  time_delta: duration('Time since previous frame', {
    about: "Since the conversation's datagram before this one; 0 for the first.",
  }),
  'length.bad': heading('Bad length value', {
    about: 'Less than the header of 8 bytes, or more than the IP packet holds.',
  }),
  'length.bad_zero': heading('Length is zero but payload < 65536', {
    spec: 'RFC 2675 §4',
    about: 'Zero says that the datagram is longer than 16 bits can tell, and it is not.',
  }),
  'checksum.zero': heading('Illegal checksum value (0)', {
    spec: 'RFC 8200 §8.1',
    about: 'IPv6 has no header checksum of its own, so UDP must not leave its out.',
  }),
  possible_traceroute: heading('Possible traceroute', {
    about: 'traceroute sends to ports from 33435 on, one further with each hop, where nobody listens.',
  }),
  payload: bytes('UDP payload', {
    about: 'What one call of send() handed over: it arrives whole or not at all.',
  }),
} as const

const LAYOUT = layout(FIELDS, ['srcport', 'dstport', 'length', 'checksum'])

export interface UdpHeader {
  readonly sourcePort: number
  readonly destinationPort: number
  /** Header and payload. */
  readonly length: number
}

/**
 * Writes the header of a datagram whose payload stands behind it already, its checksum over both and over the
 * addresses. Returns where the payload begins.
 */
export function encodeUdp(
  header: UdpHeader,
  bytes: Uint8Array,
  at: number,
  source: number,
  destination: number,
): number {
  put16(bytes, at + LAYOUT.srcport, header.sourcePort)
  put16(bytes, at + LAYOUT.dstport, header.destinationPort)
  put16(bytes, at + LAYOUT.length, header.length)
  put16(bytes, at + LAYOUT.checksum, 0)
  const pseudo = pseudoHeaderSum(source, destination, UDP, header.length)
  // Zero would say that there is none; all ones is the same number in ones' complement (RFC 768).
  const checksum = internetChecksum(bytes, at, at + header.length, pseudo) || 0xffff
  put16(bytes, at + LAYOUT.checksum, checksum)
  return at + HEADER
}

/**
 * The header of the datagram that begins at `start` in an IP payload that ends at `end`. Undefined if its length
 * can't be, or its checksum is wrong; none at all is taken (RFC 1122 §4.1.3.4).
 */
export function decodeUdp(
  bytes: Uint8Array,
  start: number,
  end: number,
  source: number,
  destination: number,
): UdpHeader | undefined {
  if (end - start < HEADER) return undefined
  const length = at16(bytes, start + LAYOUT.length)
  if (length < HEADER || length > end - start) return undefined
  if (at16(bytes, start + LAYOUT.checksum) !== 0) {
    const pseudo = pseudoHeaderSum(source, destination, UDP, length)
    if (internetChecksum(bytes, start, start + length, pseudo) !== 0) return undefined
  }
  return { ...decodePorts(bytes, start), length }
}

/** The ports alone: TCP has its own at the same place, and an ICMP error need quote little more. */
export function decodePorts(
  bytes: Uint8Array,
  start: number,
): { sourcePort: number; destinationPort: number } {
  return {
    sourcePort: at16(bytes, start + LAYOUT.srcport),
    destinationPort: at16(bytes, start + LAYOUT.dstport),
  }
}

export const udp = protocol({
  id: 'udp',
  name: 'User Datagram Protocol',
  short: 'UDP',
  osi: 4,
  unit: 'datagram',
  spec: 'RFC 768',
  about: 'Names the sending and the receiving program by port; promises neither arrival nor order.',
  fields: FIELDS,
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
      if (!quoted && length > HEADER) {
        c.put(f.time_relative, seen.since)
        c.put(f.time_delta, seen.sincePrevious)
      }
    }
    // Shown to the end of the IP packet, as Wireshark does, although the datagram may end before it.
    if (c.left > 0 && length > HEADER) c.put(f.payload, c.bytes.subarray(c.pos, c.end), c.pos, c.end)
    const excess = length - available
    c.limit(length - HEADER)
    if (quoted) return { table: 'udp.port', keys: [destination, source] }
    c.info(`${source} → ${destination} Len=${length - HEADER}${remark}`)
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
})

type Fields = NamedFields<typeof FIELDS>

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
  if (stated < HEADER || tooLong) c.put(f['length.bad'], '', at, c.pos)
  if (stated < HEADER) c.fail('Length', `expected at least ${HEADER}, found ${stated}`)
  return stated
}

/** What the conversation says of a datagram: kept with its packet. */
interface Seen {
  readonly flow: Flow
  /** Seconds since the first of the conversation, and since the one before. */
  readonly since: number
  readonly sincePrevious: number
}

/** When a conversation's datagrams were seen, in nanoseconds since 1970. */
interface Times {
  readonly first: bigint
  latest: bigint
}

const TIMES = 'udp.times'

/** Takes a datagram into account, on the first pass. One that an error quotes belongs to its conversation as well. */
function see(packet: Packet, source: number, destination: number, length: number): Seen | undefined {
  const { conversations } = packet.surroundings
  const { number, time, quoted } = packet
  const from = { address: packet.source, port: source }
  const to = { address: packet.destination, port: destination }
  const flow = packet.unseen
    ? conversations.glimpseDatagram(from, to)
    : conversations.datagram({ number, time, length }, from, to)
  if (flow === undefined) return undefined
  if (!quoted && !packet.unseen) {
    takeReply(conversations, flow, from, to, number)
    if (conversations.isEcho?.(flow)) claim(flow, echo, number)
  }
  const known = flow.state.get(TIMES) as Times | undefined
  const times = known ?? { first: time, latest: time }
  const since = Number(time - times.first) / 1e9
  const seen = { flow, since, sincePrevious: Number(time - times.latest) / 1e9 }
  if (packet.unseen) return seen
  if (known === undefined) flow.state.set(TIMES, times)
  // Wireshark measures neither from those that an error quotes nor from empty ones, but for the first of all.
  if (!quoted && length > HEADER) times.latest = time
  return seen
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
