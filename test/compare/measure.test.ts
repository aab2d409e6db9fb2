import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { measure } from '../../server/compare/measure.ts'
import type { Exchange } from '../../server/control.ts'
import { echo } from '../../server/protocols/echo.ts'
import type { Frame } from '../../server/protocols/packet.ts'
import { Trace } from '../../server/trace/trace.ts'
import { CLIENT, concat, TcpConversation, udpFrame, utf8 } from '../frames.ts'

const HTTP_SERVER = { address: '127.0.0.1', port: 4000 }

function traceOf(frames: readonly Frame[]): Trace {
  const trace = new Trace({
    decodeAs: [
      { table: 'tcp.port', port: 4001, protocol: echo },
      { table: 'udp.port', port: 4002, protocol: echo },
    ],
  })
  for (const frame of frames) trace.add(frame)
  return trace
}

function exchangeOf(talk: Pick<TcpConversation, 'client' | 'server'>, reply: string | null): Exchange {
  return {
    reply,
    clients: [talk.client],
    server: talk.server,
    transport: 'tcp',
    programTime: 0.001,
    error: null,
  }
}

async function wireOf(frames: readonly Frame[], exchange: Exchange, message: string) {
  const { wire } = await measure(traceOf(frames), exchange, message, { from: 0, waitMs: 50 })
  assert.ok(wire)
  const { total, ...layers } = wire.bytes
  const sum = Object.values(layers).reduce((all, bytes) => all + bytes, 0)
  const lengths = frames.reduce((all, frame) => all + frame.originalLength, 0)
  assert.equal(sum, total, 'the layers add up to the whole')
  assert.equal(total, lengths, 'the whole is what was on the wire')
  return wire
}

describe('what an exchange cost on the wire', () => {
  it('TCP echo: one round trip before the message, twenty bytes of IP and of TCP a frame', async () => {
    const talk = new TcpConversation()
    talk.handshake()
    talk.send('client', 'hello')
    talk.ack('server')
    talk.send('server', 'hello')
    talk.close()
    const wire = await wireOf(talk.frames, exchangeOf(talk, 'hello'), 'hello')
    assert.deepEqual(wire.bytes, {
      link: 9 * 14,
      ip: 9 * 20,
      // The SYNs carry eight bytes of options each.
      transport: 9 * 20 + 16,
      framing: 0,
      session: 0,
      payload: 10,
      total: 9 * 54 + 16 + 10,
    })
    assert.equal(wire.packets, 9)
    assert.equal(wire.roundTripsBefore, 1)
    assert.equal(wire.echoTime, 0.002)
    assert.equal(wire.totalTime, 0.005)
    assert.deepEqual(wire.frames[3]?.fromClient, true)
    assert.deepEqual(
      wire.frames.map((frame) => frame.at),
      [0, 0.001, 0.002, 0.003, 0.004, 0.005, 0.006, 0.007, 0.008],
    )
  })

  it('the delimiter of a line is framing, not the message', async () => {
    const talk = new TcpConversation()
    talk.handshake()
    talk.send('client', 'hello\n')
    talk.send('server', 'hello\n')
    talk.close()
    const { bytes } = await wireOf(talk.frames, exchangeOf(talk, 'hello\n'), 'hello')
    assert.deepEqual([bytes.payload, bytes.framing], [10, 2])
  })

  it('UDP echo: no round trip before it', async () => {
    const server = { address: '127.0.0.1', port: 4002 }
    const frames = [
      udpFrame(CLIENT, server, utf8('hello'), 1_000_000_000n),
      udpFrame(server, CLIENT, utf8('hello'), 1_000_250_000n),
    ]
    const exchange: Exchange = { ...exchangeOf({ client: CLIENT, server }, 'hello'), transport: 'udp' }
    const wire = await wireOf(frames, exchange, 'hello')
    assert.deepEqual(wire.bytes, {
      link: 28,
      ip: 40,
      transport: 16,
      framing: 0,
      session: 0,
      payload: 10,
      total: 94,
    })
    assert.deepEqual([wire.roundTripsBefore, wire.echoTime], [0, 0.00025])
  })

  it("a frame's padding is the link's", async () => {
    const server = { address: '127.0.0.1', port: 4002 }
    const short = udpFrame(CLIENT, server, utf8('hi'))
    const padded = { ...short, bytes: concat(short.bytes, new Uint8Array(16)), originalLength: 60 }
    assert.equal(padded.bytes.length, 60)
    const exchange: Exchange = { ...exchangeOf({ client: CLIENT, server }, null), transport: 'udp' }
    const { bytes } = await wireOf([padded], exchange, 'hi')
    assert.deepEqual([bytes.link, bytes.ip, bytes.transport, bytes.payload], [30, 20, 8, 2])
  })

  it('bytes that a stream carried twice are the transport’s', async () => {
    const talk = new TcpConversation()
    talk.handshake()
    const [sent] = talk.send('client', 'hello')
    talk.frames.push({ ...sent!, time: sent!.time + 500_000n })
    talk.send('server', 'hello')
    talk.close()
    const { bytes } = await wireOf(talk.frames, exchangeOf(talk, 'hello'), 'hello')
    assert.deepEqual([bytes.payload, bytes.transport], [10, 9 * 20 + 16 + 5])
  })

  const UPGRADE = [
    'GET / HTTP/1.1\r\nHost: 127.0.0.1:4000\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n',
  ] as const

  const masked = (text: string) => {
    const payload = utf8(text)
    const key = [0x37, 0xfa, 0x21, 0x3d]
    return concat(
      Uint8Array.of(0x81, 0x80 | payload.length, ...key),
      payload.map((byte, at) => byte ^ key[at & 3]!),
    )
  }
  const plain = (text: string) => concat(Uint8Array.of(0x81, utf8(text).length), utf8(text))

  it('WebSocket: the handshake, headers and masks are framing, whatever the segments', async () => {
    for (const size of [Number.POSITIVE_INFINITY, 7, 1]) {
      const talk = new TcpConversation({ server: HTTP_SERVER })
      talk.handshake()
      talk.send('client', UPGRADE[0], size)
      talk.send('server', UPGRADE[1], size)
      talk.send('client', masked('hello'), size)
      talk.send('server', plain('hello'), size)
      talk.close()
      const wire = await wireOf(talk.frames, exchangeOf(talk, 'hello'), 'hello')
      const { bytes } = wire
      const framing = UPGRADE[0].length + UPGRADE[1].length + 6 + 2
      assert.deepEqual([bytes.payload, bytes.framing, bytes.session], [10, framing, 0], `segments of ${size}`)
      assert.equal(wire.roundTripsBefore, 2)
    }
  })

  it('Socket.IO: what is neither message nor framing is the session', async () => {
    const query = '/socket.io/?EIO=4&transport=websocket'
    const open =
      '0{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":[],"pingInterval":5000,"pingTimeout":4000,"maxPayload":1000000}'
    const talk = new TcpConversation({ server: HTTP_SERVER })
    talk.handshake()
    const request = UPGRADE[0].replace('/ HTTP', `${query} HTTP`)
    talk.send('client', request)
    talk.send('server', concat(utf8(UPGRADE[1]), plain(open)))
    talk.send('client', masked('40'))
    talk.send('server', plain('40{"sid":"x"}'))
    // The event is called as the message is, and the server happens to say the same word by itself.
    talk.send('server', plain('42["welcome","echo"]'))
    talk.send('client', masked('420["echo","echo"]'))
    talk.send('server', plain('430["echo"]'))
    talk.close()
    const { bytes, roundTripsBefore } = await wireOf(talk.frames, exchangeOf(talk, 'echo'), 'echo')
    const session = open.length + 2 + 13 + 20 + ('420["echo","echo"]'.length - 4) + ('430["echo"]'.length - 4)
    assert.deepEqual([bytes.payload, bytes.session], [8, session])
    assert.equal(bytes.framing, request.length + UPGRADE[1].length + 2 * 6 + 4 * 2)
    assert.equal(roundTripsBefore, 3)
  })

  it('a flow that was not captured has nothing to say', async () => {
    const talk = new TcpConversation()
    const started = performance.now()
    const found = await measure(traceOf([]), exchangeOf(talk, 'hello'), 'hello', { from: 0, waitMs: 50 })
    assert.deepEqual(found, { flows: [], wire: undefined })
    assert.ok(performance.now() - started < 1000)
  })

  it('waits for the frames that come later, and no longer than that', async () => {
    const talk = new TcpConversation()
    talk.handshake()
    talk.send('client', 'hello')
    talk.send('server', 'hello')
    talk.close()
    const trace = traceOf([])
    const measured = measure(trace, exchangeOf(talk, 'hello'), 'hello', { from: 0, waitMs: 10_000 })
    const started = performance.now()
    setImmediate(() => {
      for (const frame of talk.frames) trace.add(frame)
    })
    assert.equal((await measured).wire?.packets, talk.frames.length)
    assert.ok(performance.now() - started < 1000)
  })

  it('finds the flow by both its ends', async () => {
    const talk = new TcpConversation({ client: { address: '127.0.0.1', port: 50_077 } })
    const other = new TcpConversation()
    for (const one of [other, talk]) {
      one.handshake()
      one.send('client', 'hello')
      one.close()
    }
    const trace = traceOf([...other.frames, ...talk.frames])
    const found = await measure(trace, exchangeOf(talk, null), 'hello', { from: 0, waitMs: 50 })
    assert.deepEqual(found.flows, ['tcp.1'])
    assert.equal(found.wire?.packets, talk.frames.length)
  })
})
