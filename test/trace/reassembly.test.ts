import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Frame } from '../../server/protocols/packet.ts'
import type { StreamProtocol } from '../../server/protocols/protocol.ts'
import { Trace } from '../../server/trace/trace.ts'
import { CLIENT, cutTo, SERVER, START_TIME, TcpConversation, tcpFrame, utf8 } from '../frames.ts'
import { lengthPrefixed, longPrefixed, untilClose } from './stream-protocols.ts'

function traceOf(protocol: StreamProtocol): Trace {
  return new Trace({ decodeAs: [{ table: 'tcp.port', port: SERVER.port, protocol }] })
}

/** The bodies of the messages that a trace found, in the order of their packets, by who sent them. */
function bodies(trace: Trace, fromClient: boolean, field = 'test.body'): string[] {
  const found: string[] = []
  for (let number = trace.first; number <= trace.last; number++) {
    const packet = trace.packet(number)
    assert.ok(typeof packet !== 'string')
    if (packet.segment?.fromClient !== fromClient) continue
    for (const layer of packet.layers) {
      for (const span of layer.fields) {
        if (span.field.name === field && span.value instanceof Uint8Array) {
          found.push(Buffer.from(span.value).toString('latin1'))
        }
      }
    }
  }
  return found
}

function encode(messages: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(messages.flatMap((body) => [Uint8Array.of(body.length), body])))
}

const without = (frames: readonly Frame[], index: number) => frames.filter((_, i) => i !== index)

const texts = (messages: readonly Uint8Array[]) =>
  messages.map((body) => Buffer.from(body).toString('latin1'))

const messages = fc.array(fc.uint8Array({ minLength: 0, maxLength: 40 }), { minLength: 1, maxLength: 20 })

/** Pieces of a stream that together cover it, some of them overlapping, repeated, and out of order by a few. */
const pieces = (length: number) =>
  fc
    .record({
      cuts: fc.array(fc.nat({ max: length }), { maxLength: 25 }),
      extra: fc.array(fc.tuple(fc.nat({ max: length }), fc.nat({ max: 60 })), { maxLength: 10 }),
      order: fc.array(fc.nat({ max: 1000 }), { minLength: 40, maxLength: 40 }),
    })
    .map(({ cuts, extra, order }) => {
      const edges = [...new Set([0, ...cuts, length])].sort((a, b) => a - b)
      const cover = edges.slice(1).map((to, i): [number, number] => [edges[i] ?? 0, to])
      const all = [
        ...cover,
        ...extra.map(([from, size]): [number, number] => [from, Math.min(length, from + size)]),
      ]
      const real = all.filter(([from, to]) => to > from)
      return real.map((piece, i) => ({ piece, at: order[i % order.length] ?? 0 })).sort((a, b) => a.at - b.at)
    })
    .map((sorted) => sorted.map(({ piece }) => piece))

function segmentsOf(stream: Uint8Array, parts: readonly [number, number][], isn: number): Frame[] {
  return parts.map(([from, to], i) =>
    tcpFrame(CLIENT, SERVER, {
      seq: (isn + 1 + from) >>> 0,
      ack: 1,
      flags: 'A',
      payload: stream.slice(from, to),
      time: START_TIME + BigInt(i) * 1000n,
    }),
  )
}

test('every message is found once and in order, however its bytes were cut, repeated, overlapped and reordered', () => {
  const property = fc
    .tuple(messages, fc.constantFrom(0, 1000, 0xffff_fff0, 0xffff_ffff))
    .chain(([sent, isn]) => fc.tuple(fc.constant(sent), fc.constant(isn), pieces(encode(sent).length)))
  fc.assert(
    fc.property(property, ([sent, isn, parts]) => {
      const trace = traceOf(lengthPrefixed)
      trace.add(tcpFrame(CLIENT, SERVER, { seq: isn, flags: 'S' }))
      for (const frame of segmentsOf(encode(sent), parts, isn)) trace.add(frame)
      assert.deepEqual(bodies(trace, true), texts(sent))
    }),
    { numRuns: 300 },
  )
})

test('both directions of a conversation are cut apart, whatever the segments', () => {
  fc.assert(
    fc.property(messages, messages, fc.integer({ min: 1, max: 50 }), (up, down, size) => {
      const conversation = new TcpConversation({ clientSeq: 0xffff_ff00 })
      conversation.handshake()
      conversation.send('client', encode(up), size)
      conversation.send('server', encode(down), size)
      conversation.close()
      const trace = traceOf(lengthPrefixed)
      for (const frame of conversation.frames) trace.add(frame)
      assert.deepEqual(bodies(trace, true), texts(up))
      assert.deepEqual(bodies(trace, false), texts(down))
    }),
    { numRuns: 100 },
  )
})

test('the first copy of a byte wins over a later one that differs', () => {
  const trace = traceOf(lengthPrefixed)
  const send = (seq: number, text: string) =>
    trace.add(tcpFrame(CLIENT, SERVER, { seq, ack: 1, flags: 'A', payload: utf8(text) }))
  trace.add(tcpFrame(CLIENT, SERVER, { seq: 99, flags: 'S' }))
  send(104, 'EF')
  send(101, 'abcdef')
  send(100, '\x06')
  assert.deepEqual(bodies(trace, true), ['abcEFf'])
})

test('a message that lies in one frame is shown in that frame, one of several frames in a buffer of its own', () => {
  const conversation = new TcpConversation()
  conversation.handshake()
  conversation.send('client', encode([utf8('whole'), utf8('divided')]).slice(0, 9))
  conversation.send('client', encode([utf8('whole'), utf8('divided')]).slice(9))
  const trace = traceOf(lengthPrefixed)
  for (const frame of conversation.frames) trace.add(frame)
  const first = trace.packet(4)
  const second = trace.packet(5)
  assert.ok(typeof first !== 'string' && typeof second !== 'string')
  assert.deepEqual(
    first.buffers.map(({ name }) => name),
    ['Frame'],
  )
  assert.deepEqual(
    second.buffers.map(({ name }) => name),
    ['Frame', 'Reassembled TCP'],
  )
  assert.equal(second.layers.at(-1)?.buffer, 1)
})

test('bytes that were acknowledged but not captured leave a gap, and the next message is found behind it', () => {
  const conversation = new TcpConversation()
  conversation.handshake()
  conversation.send('client', encode([utf8('one')]))
  conversation.ack('server')
  conversation.send('client', encode([utf8('lost')]))
  const lost = conversation.frames.length - 1
  conversation.ack('server')
  conversation.send('client', encode([utf8('three')]))
  const trace = traceOf(lengthPrefixed)
  for (const frame of without(conversation.frames, lost)) trace.add(frame)
  assert.deepEqual(bodies(trace, true), ['one', 'three'])
})

test('a gap inside a message of known length does not lose the place of the next message', () => {
  const conversation = new TcpConversation()
  conversation.handshake()
  const stream = encode([utf8('a'.repeat(90)), utf8('after')])
  for (const [from, to] of [
    [0, 30],
    [30, 60],
    [60, stream.length],
  ] as const) {
    conversation.send('client', stream.slice(from, to))
    conversation.ack('server')
  }
  const trace = traceOf(lengthPrefixed)
  for (const frame of without(conversation.frames, 5)) trace.add(frame)
  assert.equal(bodies(trace, true).at(-1), 'after')
})

test('payload that the snaplen cut is a message as far as it was captured, and the next one is found', () => {
  const conversation = new TcpConversation()
  conversation.handshake()
  const [long] = conversation.send('client', encode([utf8('x'.repeat(100))]))
  const [short] = conversation.send('client', encode([utf8('next')]))
  assert.ok(long && short)
  const trace = traceOf(lengthPrefixed)
  for (const frame of conversation.frames) trace.add(frame === long ? cutTo(frame, 80) : frame)
  assert.deepEqual(bodies(trace, true), ['next'])
  assert.equal(trace.row(4)?.malformed, true)
})

test('a body beyond 1 MiB is counted to its end, and the message behind it is found', () => {
  const size = 3 * 1024 * 1024
  const body = new Uint8Array(4 + size)
  new DataView(body.buffer).setUint32(0, size)
  const conversation = new TcpConversation()
  conversation.handshake()
  conversation.send('client', body, 1400)
  conversation.send('client', Uint8Array.of(0, 0, 0, 2, 104, 105))
  const trace = traceOf(longPrefixed)
  for (const frame of conversation.frames) trace.add(frame)
  const found = bodies(trace, true)
  assert.equal(found.length, 2)
  assert.equal(found[0]?.length, 1024 * 1024)
  assert.equal(found[1], '\0\0\0\x02hi')
  const last = trace.packet(trace.last - 1)
  assert.ok(typeof last !== 'string')
  assert.equal(last.segment?.messages[0]?.length, size + 4)
})

test('a body that ends with the stream is delivered with the FIN, and with a reset', () => {
  for (const finish of ['close', 'reset'] as const) {
    const conversation = new TcpConversation()
    conversation.handshake()
    conversation.send('client', 'all of ')
    conversation.send('client', 'it')
    conversation[finish]('client')
    const trace = traceOf(untilClose)
    for (const frame of conversation.frames) trace.add(frame)
    assert.deepEqual(bodies(trace, true), ['all of it'], finish)
  }
})

test('a FIN that overtakes the last data waits for it', () => {
  const conversation = new TcpConversation()
  conversation.handshake()
  const [data] = conversation.send('client', 'late')
  const fin = conversation.segment('client', 'FA')
  assert.ok(data)
  const trace = traceOf(untilClose)
  for (const frame of [...conversation.frames.slice(0, 3), fin, data]) trace.add(frame)
  assert.deepEqual(bodies(trace, true), ['late'])
})

test('a keep-alive probe with one old byte adds nothing to the stream', () => {
  const conversation = new TcpConversation({ clientSeq: 1000 })
  conversation.handshake()
  conversation.send('client', encode([utf8('a')]))
  const probe = tcpFrame(CLIENT, SERVER, { seq: 1002, ack: 9001, flags: 'A', payload: utf8('!') })
  const trace = traceOf(lengthPrefixed)
  for (const frame of [...conversation.frames, probe]) trace.add(frame)
  assert.deepEqual(bodies(trace, true), ['a'])
  assert.deepEqual(trace.row(5)?.analysis, ['keep_alive'])
})

test('data in the SYN belongs to the stream', () => {
  const trace = traceOf(lengthPrefixed)
  trace.add(tcpFrame(CLIENT, SERVER, { seq: 5, flags: 'S', payload: utf8('\x05fa') }))
  trace.add(tcpFrame(CLIENT, SERVER, { seq: 9, ack: 1, flags: 'A', payload: utf8('st!') }))
  assert.deepEqual(bodies(trace, true), ['fast!'])
})

test('a stream that nobody recognises is shown as the data of each segment', () => {
  const conversation = new TcpConversation({ server: { address: '127.0.0.1', port: 9999 } })
  conversation.handshake()
  conversation.send(
    'client',
    'what is this? it is longer than any recogniser needs to make up its mind about it',
  )
  conversation.send('client', 'more')
  const trace = new Trace()
  for (const frame of conversation.frames) trace.add(frame)
  assert.deepEqual(bodies(trace, true, 'data.data').at(-1), 'more')
  assert.equal(bodies(trace, true, 'data.data').length, 2)
})

test('a parser that throws, or answers nonsense, costs its own message and nothing else', () => {
  for (const frameLength of [
    () => {
      throw new Error('a defect')
    },
    () => -1,
    () => Number.NaN,
    () => 0,
  ]) {
    const trace = traceOf({ ...untilClose, frameLength })
    const conversation = new TcpConversation()
    conversation.handshake()
    conversation.send('client', 'one')
    conversation.send('client', 'two')
    for (const frame of conversation.frames) trace.add(frame)
    assert.deepEqual(bodies(trace, true), ['one', 'two'])
  }
})

test('segments of one byte are parsed in time that grows with their number', () => {
  let asked = 0
  const trace = traceOf({
    ...untilClose,
    frameLength: (held) => {
      asked += held.length
      return undefined
    },
  })
  const frames: Frame[] = [tcpFrame(CLIENT, SERVER, { seq: 0, flags: 'S' })]
  for (let i = 0; i < 40_000; i++) {
    frames.push(tcpFrame(CLIENT, SERVER, { seq: 1 + i, ack: 1, flags: 'A', payload: Uint8Array.of(65) }))
  }
  for (const frame of frames) trace.add(frame)
  assert.ok(asked < 150_000_000, `${asked} bytes were looked at`)
})

test('after a body without a known end that is too long to keep, the next message is found where one begins', () => {
  const conversation = new TcpConversation({ server: { address: '127.0.0.1', port: 80 } })
  conversation.handshake()
  conversation.send('client', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  const chunk = `fffff\r\n${'x'.repeat(0xfffff)}\r\n`
  const body = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}${chunk}0\r\n\r\n`
  conversation.send('server', body, 60_000)
  conversation.send('server', 'HTTP/1.1 204 No Content\r\n\r\n')
  const trace = new Trace()
  for (const frame of conversation.frames) trace.add(frame)
  assert.equal(trace.row(trace.last)?.label, '200 OK · 204 No Content')
})
