import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FrameStore } from '../../server/trace/store.ts'
import { Trace } from '../../server/trace/trace.ts'
import { frameOf, START_TIME, TcpConversation, udpFrame, utf8 } from '../frames.ts'

const A = { address: '127.0.0.1', port: 1000 }
const B = { address: '127.0.0.1', port: 2000 }

test('what is held is always the newest frames, as they came, within the limit', () => {
  const frames = fc.array(fc.nat({ max: 9000 }), { minLength: 1, maxLength: 400 })
  fc.assert(
    fc.property(frames, fc.integer({ min: 10_000, max: 200_000 }), (sizes, limit) => {
      const store = new FrameStore(limit)
      sizes.forEach((size, i) => {
        const number = store.append(frameOf(new Uint8Array(size).fill(i), START_TIME + BigInt(i)))
        assert.equal(number, i + 1)
        assert.equal(store.last, number)
        assert.equal(store.held + store.evicted, number)
        // The newest chunk always stays, however little the limit allows.
        assert.ok(store.bytes <= limit + 9000, `${store.bytes} bytes held with a limit of ${limit}`)
      })
      for (let number = 1; number < store.first; number++) assert.equal(store.frame(number), undefined)
      let bytes = 0
      for (let number = store.first; number <= store.last; number++) {
        const frame = store.frame(number)
        assert.ok(frame)
        assert.equal(frame.time, START_TIME + BigInt(number - 1))
        assert.equal(frame.bytes.length, sizes[number - 1])
        assert.ok(frame.bytes.every((byte) => byte === (number - 1) % 256))
        bytes += frame.bytes.length
      }
      assert.equal(store.bytes, bytes)
    }),
    { numRuns: 50 },
  )
})

test('a frame larger than a slab, or than the whole limit, is held', () => {
  const store = new FrameStore(100_000)
  store.append(frameOf(new Uint8Array(10)))
  store.append(frameOf(new Uint8Array(300_000).fill(7)))
  assert.equal(store.frame(2)?.bytes.length, 300_000)
  assert.equal(store.evicted, 1)
})

test('the bytes are copied: what the giver does with its buffer afterwards is of no matter', () => {
  const trace = new Trace()
  const frame = udpFrame(A, B, utf8('hello'))
  trace.add(frame)
  frame.bytes.fill(0)
  assert.equal(trace.row(1)?.label, '"hello"')
})

test('tiny frames are limited by number, since each costs memory beside its bytes', () => {
  const store = new FrameStore(256 * 1000)
  for (let i = 0; i < 5000; i++) store.append(frameOf(new Uint8Array(1)))
  assert.ok(store.held <= 1000, `${store.held} held`)
  assert.ok(store.held >= 800, `${store.held} held`)
})

test('an evicted packet, one that never was, and one that is held are told apart', () => {
  const trace = new Trace({ limitBytes: 100_000 })
  for (let i = 0; i < 3000; i++) trace.add(udpFrame(A, B, new Uint8Array(100)))
  assert.ok(trace.first > 1)
  assert.equal(trace.total, 3000)
  assert.equal(trace.evicted, trace.first - 1)
  assert.equal(trace.packet(1), 'evicted')
  assert.equal(trace.detail(1), 'evicted')
  assert.equal(trace.row(1), undefined)
  assert.equal(trace.frame(1), undefined)
  for (const number of [0, -1, 3001, 1.5, Number.NaN])
    assert.equal(trace.detail(number), 'unknown', String(number))
  assert.equal(trace.row(3000)?.number, 3000)
})

test('time since the first packet still counts from the very first one after that was evicted', () => {
  const trace = new Trace({ limitBytes: 50_000 })
  for (let i = 0; i < 2000; i++)
    trace.add(udpFrame(A, B, new Uint8Array(100), START_TIME + BigInt(i) * 1_000_000_000n))
  assert.equal(trace.row(2000)?.timeRelative, 1999)
})

test('a message whose first segments were evicted says so', () => {
  const conversation = new TcpConversation({ server: { address: '127.0.0.1', port: 80 } })
  conversation.handshake()
  conversation.send(
    'client',
    `GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 60000\r\n\r\n${'x'.repeat(60_000)}`,
    1000,
  )
  const trace = new Trace({ limitBytes: 30_000 })
  for (const frame of conversation.frames) trace.add(frame)
  const row = trace.row(trace.last)
  assert.equal(row?.malformed, true)
  assert.match(row.info, /no longer kept/)
})

test('packets of thousands of messages are limited by what is kept of them, since that is more than their bytes', () => {
  const store = new FrameStore(1_000_000)
  for (let i = 0; i < 100; i++) {
    const number = store.append(frameOf(new Uint8Array(1000)))
    store.conclude(number, { memory: [], part: 0, protocols: 0, flow: -1, messages: 1000 })
  }
  assert.ok(store.held < 100 && store.held > 0, `${store.held} held`)
})
