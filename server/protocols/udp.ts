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
import { hex16, u16, uint } from './field.ts'
import { protocol } from './protocol.ts'

export const udp = protocol({
  id: 'udp',
  name: 'User Datagram Protocol',
  short: 'UDP',
  osi: 4,
  unit: 'datagram',
  spec: 'RFC 768',
  about: 'Names the sending and the receiving program by port; promises neither arrival nor order.',
  fields: {
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
    stream: uint('Stream index', { about: 'Which conversation of the capture this datagram belongs to.' }),
  },
  dissect(c, f) {
    const start = c.pos
    const source = c.take(f.srcport)
    const destination = c.take(f.dstport)
    const length = c.take(f.length)
    c.take(f.checksum)
    if (length !== 0 && length < 8) c.fail('Length', `expected at least 8, found ${length}`)
    c.packet.sourcePort = source
    c.packet.destinationPort = destination
    const flow = c.remember(() =>
      c.packet.surroundings.conversations.datagram(
        { number: c.packet.number, time: c.packet.time, length: length || c.end - start },
        { address: c.packet.source, port: source },
        { address: c.packet.destination, port: destination },
      ),
    )
    c.packet.flow = flow
    c.put(f.stream, flow.index)
    if (length !== 0) c.limit(length - 8)
    c.info(`${source} → ${destination} Len=${length === 0 ? c.left : length - 8}`)
    return { table: 'udp.port', keys: [destination, source] }
  },
})
