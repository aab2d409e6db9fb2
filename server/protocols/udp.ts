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
import { CHECKSUM_STATUS, ILLEGAL, NOT_PRESENT, UNVERIFIED } from './checksum.ts'
import type { Cursor } from './cursor.ts'
import { bytes, hex16, u16, uint } from './field.ts'
import { type NamedFields, protocol } from './protocol.ts'

const HEADER = 8

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
      'Not verified: on the sending machine the card finishes the checksum after the capture saw it, and on the loopback nobody does.',
  }),
  stream: uint('Stream index', {
    about: 'Which conversation of the capture this datagram belongs to; UDP itself knows none.',
  }),
  payload: bytes('UDP payload', {
    about: 'What one call of send() handed over: it arrives whole or not at all.',
  }),
} as const

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
    const illegal = putChecksum(c, f)
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
    const flow = c.remember(() =>
      c.packet.surroundings.conversations.datagram(
        { number: c.packet.number, time: c.packet.time, length: length || c.wireEnd - start },
        { address: c.packet.source, port: source },
        { address: c.packet.destination, port: destination },
      ),
    )
    c.packet.flow = flow
    c.put(f.stream, flow.index, start, start + 4)
    if (c.left > 0) c.put(f.payload, c.bytes.subarray(c.pos, c.end), c.pos, c.end)
    c.info(`${source} → ${destination} Len=${length === 0 ? c.wireLeft : length - HEADER}${illegal}`)
    if (excess > 0 && !c.packet.fragmented) {
      c.problem('Length', `expected at most the ${length - excess} bytes of the IP payload, found ${length}`)
    }
    return { table: 'udp.port', keys: [destination, source] }
  },
})

/** Returns what the info column says of a checksum that is left out where it must not be. */
function putChecksum(c: Cursor, f: NamedFields<typeof FIELDS>): string {
  const at = c.pos
  const found = c.take(f.checksum)
  if (found !== 0) {
    c.put(
      f['checksum.status'],
      UNVERIFIED,
      at,
      c.pos,
      'Unverified (may be finished after capture, by offload)',
    )
    return ''
  }
  // IPv6 has no header checksum, so UDP must bring one (RFC 8200 §8.1), but for some tunnels (RFC 6936).
  const illegal = c.packet.source.includes(':')
  c.put(f['checksum.status'], illegal ? ILLEGAL : NOT_PRESENT, at, c.pos)
  return illegal ? ' [ILLEGAL CHECKSUM (0)]' : ''
}
