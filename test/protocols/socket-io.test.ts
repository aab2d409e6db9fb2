import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { after, describe, test } from 'node:test'
import fc from 'fast-check'
import { Server } from 'socket.io'
import { io } from 'socket.io-client'
import { parsePacket } from '../../server/protocols/socket-io-packet.ts'
import { Trace } from '../../server/trace/trace.ts'
import { concat, utf8 } from '../frames.ts'
import { readBack } from './dissected.ts'
import { Relay } from './recorded-session.ts'
import { assertSound, get, ok, post, upgrade, Wire, wsFrame } from './wire.ts'

/** The parser of Socket.IO itself, which it does not re-export. */
const { Encoder } = createRequire(createRequire(import.meta.url).resolve('socket.io'))(
  'socket.io-parser',
) as {
  Encoder: new () => { encode(packet: object): (string | Uint8Array)[] }
}

const SID = '6UMIabcdefghijklAAAA'
const OPEN = `0{"sid":"${SID}","upgrades":[],"pingInterval":400,"pingTimeout":200,"maxPayload":1000000}`

/** A session by polling, in which each side has said the packets given; the last packet. */
function polled(...said: ['in' | 'out', string][]) {
  const wire = new Wire()
  const line = wire.open()
  line.client(get('transport=polling'))
  let last = line.server(ok(OPEN))
  const numbers = said.map(([direction, packet]) => {
    if (direction === 'in') last = line.client(post(`transport=polling&sid=${SID}`, packet))
    else {
      line.client(get(`transport=polling&sid=${SID}`))
      last = line.server(ok(packet))
    }
    return last
  })
  return { wire, numbers, read: (n: number) => wire.read(numbers[n]!) }
}

describe('a packet’s text', () => {
  test('is read back as Socket.IO’s own encoder wrote it', () => {
    const nsp = fc.constantFrom('/', '/chat', '/a-b/1')
    const id = fc.option(fc.nat(), { nil: undefined })
    const args = fc.array(fc.oneof(fc.string(), fc.nat(), fc.constant(null), fc.constant(Uint8Array.of(1))), {
      maxLength: 3,
    })
    fc.assert(
      fc.property(fc.constantFrom(2, 3), nsp, id, fc.string(), args, (type, nsp, id, name, args) => {
        const data = type === 2 ? [name, ...args] : args
        const [text, ...attachments] = new Encoder().encode({ type, nsp, id, data, options: {} })
        const bytes = utf8(String(text))
        const packet = parsePacket(bytes, 0, bytes.length)!
        assert.equal(packet.type, attachments.length > 0 ? type + 3 : type)
        assert.equal(packet.attachments?.value, attachments.length || undefined)
        assert.equal(packet.nsp?.value ?? '/', nsp)
        assert.equal(packet.ackId?.value, id?.toString())
        assert.equal(JSON.parse(String(text).slice(packet.json)).length, data.length)
      }),
    )
  })

  test('that is none is left to Engine.IO', () => {
    for (const text of ['', '7', 'x', '5["a"]', '51["a"]', '2x', 'hello', '2 ["a"]']) {
      assert.equal(parsePacket(utf8(text), 0, text.length), undefined, text)
    }
    assert.equal(polled(['in', '4hello']).read(0).info, 'Engine.IO message 4')
  })
})

describe('an event', () => {
  test('keeps its arguments as they were sent', () => {
    const seen = polled(['in', '42["say", {"a" : 1.0},  "é" ]']).read(0)
    assert.equal(seen.one('socketio.event'), 'say')
    assert.equal(seen.one('socketio.args'), '[{"a" : 1.0},  "é" ]')
  })

  test('without a name is said to be wrong', () => {
    for (const packet of ['42', '42{}', '42[]', '42[{}]']) {
      assert.match(
        polled(['in', packet]).read(0).all('_ws.expert.message').join(),
        /begins with its name/,
        packet,
      )
    }
  })

  test('whose JSON breaks off keeps what was good', () => {
    const seen = polled(['in', '42["a",1,']).read(0)
    assert.equal(seen.one('socketio.event'), 'a')
    assert.equal(seen.one('socketio.args'), '[1]')
    assert.match(seen.all('_ws.expert.message').join(), /expected a value, found the end/)
  })

  test('is joined with the ack of the other side, the same namespace and id', () => {
    const { read, numbers } = polled(
      ['in', '420["a"]'],
      ['out', '420["b"]'],
      ['out', '43/x,0[]'],
      ['out', '430[1]'],
      ['in', '430[2]'],
    )
    assert.equal(read(0).one('socketio.ack_in'), numbers[3])
    assert.equal(read(1).one('socketio.ack_in'), numbers[4])
    assert.equal(read(2).one('socketio.ack_to'), undefined)
    assert.equal(read(3).one('socketio.ack_to'), numbers[0])
    assert.equal(read(4).one('socketio.ack_to'), numbers[1])
  })

  test('of a connection that can be recovered has an offset', () => {
    const { read } = polled(
      ['in', '40'],
      ['out', '40{"sid":"s","pid":"p"}'],
      ['out', '42["a","off1"]'],
      ['out', '427["a","no"]'],
      ['in', '42["a","no"]'],
      ['out', '42/other,["a","no"]'],
    )
    assert.equal(read(1).one('socketio.pid'), 'p')
    assert.deepEqual(
      [2, 3, 4, 5].map((n) => read(n).one('socketio.offset')),
      ['off1', undefined, undefined, undefined],
    )
  })

  test('that was missed has its offset too, though it comes before the CONNECT is answered', () => {
    const { read } = polled(
      ['in', '40{"pid":"p","offset":"off1"}'],
      ['out', '42["missed","off2"]\x1e40{"sid":"s","pid":"p"}'],
    )
    assert.equal(read(0).one('socketio.offset'), 'off1')
    assert.equal(read(1).one('socketio.offset'), 'off2')
  })
})

test('attachments that never come leave their placeholders open', () => {
  const { read } = polled(['in', '452-["a",{"_placeholder":true,"num":0}]\x1ebAQID'], ['in', '42["b"]'])
  assert.equal(read(0).one('socketio.attachments'), 2)
  assert.equal(read(0).all('socketio.placeholder.frame').length, 1)
  assert.match(polled(['in', '4599999-["a"]']).read(0).all('_ws.expert.message').join(), /at most 1000/)
})

test('packets are counted for each direction, attachments not', () => {
  const { wire } = polled(
    ['in', '40'],
    ['out', '40{"sid":"s"}\x1e42["a"]'],
    ['in', '451-["b",{"_placeholder":true,"num":0}]\x1ebAQID\x1e42["c"]'],
  )
  const told: string[] = []
  const trace = new (class extends Trace {
    override socketIoPacket(sid: string, direction: 'in' | 'out', index: number): void {
      assert.equal(sid, SID)
      told.push(`${direction} ${index}`)
    }
  })()
  for (const frame of wire.frames) trace.add(frame)
  assert.deepEqual(told, ['in 0', 'out 0', 'out 1', 'in 1', 'in 2'])
})

test('a segment with thousands of packets loses none of them', () => {
  const wire = new Wire()
  const line = wire.open()
  upgrade(line, '/socket.io/?EIO=4&transport=websocket')
  line.server(wsFrame('server', 1, OPEN))
  const event = wsFrame('server', 1, '42["n"]')
  line.server(concat(...Array.from({ length: 5000 }, () => event)))
  const last = line.server(wsFrame('server', 1, '42["last"]'))
  let count = 0
  const trace = new (class extends Trace {
    override socketIoPacket(_sid: string, _direction: 'in' | 'out', index: number): void {
      assert.equal(index, count++)
    }
  })()
  for (const frame of wire.frames) trace.add(frame)
  assert.equal(count, 5001)
  assert.ok(readBack(trace, last - 1).packet.layers.length <= 2000)
  assert.equal(readBack(trace, last).one('socketio.event'), 'last')
})

test('a session that is joined in the middle has no indexes', () => {
  const { wire } = polled(['in', '40'], ['in', '42["a"]'])
  const trace = new (class extends Trace {
    override socketIoPacket(): void {
      assert.fail('its first packets were not seen')
    }
  })()
  // Without the handshake.
  for (const frame of wire.frames.slice(5)) trace.add(frame)
  assert.equal(readBack(trace, trace.total).one('socketio.event'), 'a')
})

describe('a real client and server', () => {
  const http = createServer()
  const server = new Server(http, { pingInterval: 100, pingTimeout: 5000, connectionStateRecovery: {} })
  after(() => server.close())
  server.on('connection', (socket) => {
    socket.emit('welcome', 'é')
    socket.on('sum', (a: number, b: number, done: (sum: number) => void) => done(a + b))
    socket.on('flip', (bytes: Uint8Array, done: (flipped: Uint8Array) => void) =>
      done(bytes.slice().reverse()),
    )
    socket.on('burst', (done: (text: string) => void) => {
      for (let n = 0; n < 300; n++) socket.emit('n', n)
      done('x'.repeat(200_000))
    })
  })

  for (const transports of [['polling'], ['websocket'], ['polling', 'websocket']]) {
    test(`by ${transports.join(' then ')}: every packet is read, in order`, { timeout: 15_000 }, async () => {
      if (!http.listening) {
        http.listen(0, '127.0.0.1')
        await once(http, 'listening')
      }
      const relay = new Relay((http.address() as AddressInfo).port)
      const url = `http://127.0.0.1:${await relay.listen()}`
      const socket = io(url, { transports, forceNew: true, reconnection: false, auth: { token: 't' } })
      const heard: number[] = []
      socket.on('n', (n: number) => heard.push(n))
      await new Promise((resolve) => socket.once('welcome', resolve))
      const { engine } = socket.io
      if (transports.length > 1 && engine.transport.name !== 'websocket')
        await new Promise((r) => engine.once('upgrade', r))
      assert.equal(await socket.emitWithAck('sum', 2, 3), 5)
      await socket.emitWithAck('flip', Uint8Array.of(1, 2, 3))
      assert.equal((await socket.emitWithAck('burst')).length, 200_000)
      await new Promise<void>((resolve) => engine.once('heartbeat', resolve))
      await new Promise<void>((resolve) => engine.once('heartbeat', resolve))
      const { id } = socket
      socket.disconnect()
      await new Promise((resolve) => setImmediate(resolve))
      relay.close()
      check(relay.wire, String(id), heard)
    })
  }

  function check(wire: Wire, id: string, heard: number[]): void {
    const trace = wire.trace()
    const packets = Array.from({ length: trace.total }, (_, i) => readBack(trace, i + 1))
    const all = (name: string) => packets.flatMap((packet) => packet.all(name))
    assert.deepEqual(
      packets.flatMap((packet) => packet.problems),
      [],
    )
    assert.deepEqual(all('_ws.expert.message'), [])
    assert.equal(heard.length, 300)
    assert.deepEqual(all('socketio.event').filter((name) => name === 'n').length, 300)
    assert.ok(all('socketio.sid').includes(id))
    assert.deepEqual(all('socketio.attachment'), ['010203', '030201'])
    assert.equal(all('socketio.placeholder.frame').length, 2)
    assert.equal(all('socketio.ack_in').length, 3)
    assert.equal(all('socketio.ack_to').length, 3)
    const [session] = trace.sessions()
    assert.equal(session!.sockets[0]!.sid, id)
    assert.ok(session!.beats.length >= 1)
    assert.ok(session!.beats.every((beat, i) => beat.pong !== null || i === session!.beats.length - 1))
    assertSound(trace)
  }
})
