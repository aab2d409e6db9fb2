/** What is said of real sessions: questions and answers find each other, over every connection of a session. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { engineIo } from '../../server/protocols/engine-io.ts'
import { socketIo } from '../../server/protocols/socket-io.ts'
import { Trace } from '../../server/trace/trace.ts'
import { hubSession, type SessionOptions } from '../wireshark/hub-sessions.ts'
import { type Dissected, readBack } from './dissected.ts'

/** Every one that Engine.IO and Socket.IO have; those of others (notes) left out. */
const FIELDS = [engineIo, socketIo].flatMap(({ id, fields }) =>
  Object.values(fields)
    .map(({ name }) => name)
    .filter((name) => name.startsWith(`${id}.`)),
)

const SESSIONS: Readonly<Record<string, SessionOptions>> = {
  'by polling alone': { transports: ['polling'] },
  'by WebSocket alone': { transports: ['websocket'] },
  'that is upgraded': { transports: ['polling', 'websocket'] },
  'inside TLS': { transports: ['polling', 'websocket'], sealed: true },
}

/** Pairs of packets: the asking one's field, the answering one's, and the interval's. */
const PAIRS = [
  ['engineio.response_in', 'engineio.response_to', 'engineio.rtt'],
  ['socketio.ack_in', 'socketio.ack_to', 'socketio.ack_time'],
] as const

async function traced(options: SessionOptions): Promise<{ trace: Trace; packets: readonly Dissected[] }> {
  const { frames, keyLog } = await hubSession(options)
  const trace = new Trace()
  if (keyLog !== undefined) trace.secrets.add(keyLog)
  for (const frame of frames) trace.add(frame)
  return { trace, packets: frames.map((_, i) => readBack(trace, i + 1)) }
}

describe('in a real session', () => {
  const seen = new Set<string>()

  for (const [name, options] of Object.entries(SESSIONS)) {
    test(`${name}, whoever is answered knows by whom, and after how long`, { timeout: 20_000 }, async () => {
      const { trace, packets } = await traced(options)
      for (const field of FIELDS) if (packets.some((packet) => packet.all(field).length > 0)) seen.add(field)
      for (const [asking, answering, interval] of PAIRS) {
        const links = (field: string) =>
          packets.flatMap((packet, i) => packet.all(field).map((to) => [i + 1, Number(to)]))
        const asked = links(asking)
        assert.ok(asked.length > 1, asking)
        const order = (a: number[], b: number[]) => a[0]! - b[0]! || a[1]! - b[1]!
        assert.deepEqual(
          links(answering)
            .map(([from, to]) => [to!, from!])
            .sort(order),
          asked.sort(order),
        )
        for (const packet of packets) {
          const times = packet
            .all(answering)
            .map((to) => Number(packet.packet.time - trace.frame(Number(to))!.time) / 1e9)
          assert.deepEqual(packet.all(interval), times)
        }
      }
      const attachments = packets.flatMap((packet, i) =>
        packet.all('socketio.attachment.of').map((of) => [Number(of), i + 1]),
      )
      const placeholders = packets.flatMap((packet, i) =>
        packet.all('socketio.placeholder.frame').map((frame) => [i + 1, Number(frame)]),
      )
      assert.deepEqual(placeholders, attachments)
      assert.equal(attachments.length, 3)
    })
  }

  test('every field that Wireshark has not is found', () => {
    assert.deepEqual(
      FIELDS.filter((name) => !seen.has(name)),
      [],
    )
  })

  test('all connections of a session are one session, and its id is on every packet of it', async () => {
    const { trace, packets } = await traced({ transports: ['polling', 'websocket'] })
    const [first] = trace.sessions()
    assert.ok(first!.flows.length > 1, 'polling and the websocket')
    assert.equal(first!.transport, 'websocket')
    const carrying = packets.filter(
      ({ packet }) => packet.flow !== undefined && first!.flows.includes(packet.flow.id),
    )
    const sids = carrying.flatMap((packet) => packet.all('engineio.sid'))
    assert.deepEqual([...new Set(sids)], [first!.sid])
    for (const packet of carrying) {
      // The handshake's request has no id yet; the 101 is HTTP's.
      if (packet.all('engineio.type').length > 0)
        assert.ok(packet.all('engineio.sid').length > 0, packet.info)
    }
    const transports = new Set(carrying.flatMap((packet) => packet.all('engineio.transport')))
    assert.deepEqual([...transports].sort(), ['polling', 'websocket'])
  })

  test('the probe is answered, and is no heartbeat', async () => {
    const { trace, packets } = await traced({ transports: ['polling', 'websocket'] })
    const probes = packets.filter((packet) => packet.all('engineio.payload').includes('probe'))
    assert.ok(probes.length >= 2)
    assert.equal(probes[0]!.one('engineio.type'), 2)
    assert.equal(probes[1]!.one('engineio.type'), 3)
    assert.equal(probes[1]!.one('engineio.response_to'), probes[0]!.packet.number)
    for (const session of trace.sessions()) {
      for (const beat of session.beats) assert.ok(!probes.some(({ packet }) => packet.number === beat.ping))
    }
  })

  test('a client that comes back names what it had, and gets the same socket', async () => {
    const { packets } = await traced({ transports: ['websocket'] })
    const connects = packets.filter((packet) => packet.all('socketio.type').includes(0))
    const asked = connects.find(
      ({ packet, all }) => packet.fromClient === true && all('socketio.offset').length > 0,
    )!
    const [pid] = asked.all('socketio.pid')
    const answers = connects.filter(
      ({ packet, all }) => packet.fromClient === false && all('socketio.pid').includes(pid!),
    )
    assert.equal(answers.length, 2)
    assert.equal(answers[0]!.all('socketio.sid')[0], answers[1]!.all('socketio.sid')[0])
  })
})
