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
import { BAD, CHECKSUM_STATUS, internetChecksum } from './checksum.ts'
import type { Cursor } from './cursor.ts'
import { bytes, hex16, layout, u16, uint } from './field.ts'
import { UDP } from './ip-protocols.ts'
import { pseudoHeaderSum } from './ipv4.ts'
import { type NamedFields, protocol } from './protocol.ts'
import {
  badChecksum,
  calculatedChecksum,
  leftOut,
  putFinding,
  verifyTransport,
} from './transport-checksum.ts'

export const UDP_HEADER = 8
const HEADER = UDP_HEADER

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
    const source = c.take(f.srcport)
    const destination = c.take(f.dstport)
    const length = c.take(f.length)
    const remark = putChecksum(c, f, start, length)
    // Zero is a jumbogram's (RFC 2675 §4), or a datagram that the card will cut up: it ends with the IP packet.
    if (length !== 0 && length < HEADER) c.fail('Length', `expected at least ${HEADER}, found ${length}`)
    const excess = length - HEADER - c.wireLeft
    if (length !== 0) c.limit(length - HEADER)
    if (c.packet.quoted) {
      if (c.left > 0) c.takeBytes(f.payload, c.left)
      return undefined
    }
    c.packet.sourcePort = source
    c.packet.destinationPort = destination
    const flow = c.remember(() => {
      const { conversations } = c.packet.surroundings
      const from = { address: c.packet.source, port: source }
      const to = { address: c.packet.destination, port: destination }
      if (c.packet.unseen) return conversations.glimpseDatagram(from, to)
      const { number, time } = c.packet
      return conversations.datagram({ number, time, length: length || c.wireEnd - start }, from, to)
    })
    c.packet.flow = flow
    if (flow !== undefined) c.put(f.stream, flow.index, start, start + 4)
    if (c.left > 0) c.put(f.payload, c.bytes.subarray(c.pos, c.end), c.pos, c.end)
    c.info(`${source} → ${destination} Len=${length === 0 ? c.wireLeft : length - HEADER}${remark}`)
    if (excess > 0 && !c.packet.fragmented) {
      c.problem('Length', `expected at most the ${length - excess} bytes of the IP payload, found ${length}`)
    }
    // What nobody took in is no message to anyone.
    if (c.packet.unseen || c.packet.damaged) return undefined
    return { table: 'udp.port', keys: [destination, source] }
  },
})

/** Returns what the info column says of a checksum that is wrong, or left out where it must not be. */
function putChecksum(c: Cursor, f: NamedFields<typeof FIELDS>, start: number, length: number): string {
  const at = c.pos
  const found = c.take(f.checksum)
  const end = length === 0 ? c.wireEnd : start + length
  const finding = found === 0 ? leftOut(c) : verifyTransport(c, UDP, start, end, found)
  if (finding.status === BAD) c.packet.damaged = true
  const beside = { status: f['checksum.status'], calculated: f.checksum_calculated, bad: f['checksum.bad'] }
  return putFinding(c, beside, 'UDP', at, finding)
}
