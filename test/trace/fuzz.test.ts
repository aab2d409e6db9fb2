import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import type { Frame } from '../../server/protocols/packet.ts'
import { Trace } from '../../server/trace/trace.ts'
import { frameOf, TcpConversation, tcpFrame } from '../frames.ts'

const LINKS = [0, 1, 12, 101, 108, 113, 276, 228, 229, 147]

/** Everything that can be asked of a trace. */
function look(trace: Trace): void {
  for (let number = trace.first; number <= trace.last && number > 0; number++) {
    assert.ok(trace.row(number))
    const detail = trace.detail(number)
    assert.ok(typeof detail !== 'string')
    for (const layer of detail.layers) {
      const length = Buffer.from(detail.buffers[layer.buffer]?.base64 ?? '', 'base64').length
      assert.ok(layer.start >= 0 && layer.start <= layer.end && layer.end <= length)
    }
  }
  JSON.stringify([trace.flows.list(), trace.sessions(), trace.events.list()])
}

test('any bytes can be added and looked at', () => {
  const frame = fc.record({
    bytes: fc.uint8Array({ maxLength: 200 }),
    link: fc.constantFrom(...LINKS),
    more: fc.nat(100),
  })
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 20 }), (frames) => {
      const trace = new Trace()
      for (const { bytes, link, more } of frames) {
        trace.add({ ...frameOf(bytes, 0n, link), originalLength: bytes.length + more })
      }
      look(trace)
    }),
    { numRuns: 200 },
  )
})

const conversation = new TcpConversation({ server: { address: '127.0.0.1', port: 8080 } })
conversation.handshake()
conversation.send(
  'client',
  'POST /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n40{"a":"b"}\x1e2',
  30,
)
conversation.send('server', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n', 7)
conversation.send('client', 'GET /ws HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
conversation.send(
  'server',
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
)
conversation.send('server', Uint8Array.of(0x81, 5, 104, 101, 108, 108, 111, 0x88, 0))
conversation.close()

test('a conversation with bytes changed, frames lost, repeated and cut can be added and looked at', () => {
  const change = fc.record({
    at: fc.nat(conversation.frames.length - 1),
    offset: fc.nat(150),
    value: fc.nat(255),
    cut: fc.option(fc.integer({ min: 14, max: 150 })),
    fate: fc.constantFrom('kept', 'lost', 'twice', 'later'),
  })
  fc.assert(
    fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
      const frames: Frame[] = conversation.frames.map((frame) => ({ ...frame, bytes: frame.bytes.slice() }))
      const order = frames.map((frame) => [frame])
      for (const { at, offset, value, cut, fate } of changes) {
        const frame = frames[at]
        if (frame === undefined) continue
        if (offset < frame.bytes.length) frame.bytes[offset] = value
        const kept = cut === null ? frame : { ...frame, bytes: frame.bytes.slice(0, cut) }
        order[at] = fate === 'lost' ? [] : fate === 'twice' ? [kept, kept] : [kept]
        if (fate === 'later') order.push(order.splice(at, 1, []).flat())
      }
      const trace = new Trace()
      for (const frame of order.flat()) trace.add(frame)
      look(trace)
    }),
    { numRuns: 300 },
  )
})

test('hostile segments leave memory bounded: gaps that never fill, and messages that never end', () => {
  const trace = new Trace({ limitBytes: 8 << 20, limitFlows: 100 })
  const server = { address: '10.0.0.1', port: 80 }
  const before = memoryInUse()
  for (let i = 0; i < 60_000; i++) {
    const client = { address: '10.0.0.2', port: 1024 + (i % 500) }
    const hole = i % 2 === 0
    trace.add(
      tcpFrame(client, server, {
        seq: hole ? i * 50 : 1,
        ack: 1,
        flags: 'A',
        payload: Buffer.from(hole ? 'x'.repeat(20) : 'GET / HTTP/1.1\r\nContent-Length: 999999999\r\n\r\n'),
      }),
    )
  }
  const grown = memoryInUse() - before
  assert.ok(trace.flows.size <= 100)
  assert.ok(trace.bytes <= 8 << 20)
  assert.ok(grown < 60 << 20, `${grown >> 20} MiB grown`)
})

/** After a collection, so that garbage does not count. */
function memoryInUse(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
