import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import {
  CONTROL,
  control,
  FRAME,
  header,
  MAX_BODY,
  MessageReader,
} from '../../../server/network/socket/join-messages.ts'
import { readHello, readListening, readSample } from '../../../server/network/socket/join-reading.ts'

/** All that a reader hands out, in order: a frame as hex, a control message as itself. */
function read(chunks: readonly Buffer[]): unknown[] {
  const out: unknown[] = []
  const reader = new MessageReader({
    frame: (bytes) => out.push(Buffer.from(bytes).toString('hex')),
    control: (value) => out.push(value),
  })
  for (const chunk of chunks) reader.take(chunk)
  return out
}

const frame = (bytes: Uint8Array) => Buffer.concat([header(FRAME, bytes.length), bytes])

test('a frame and a control message come out as they went in, wherever the stream is split', () => {
  const hello = { type: 'hello', version: 1, role: 'client', name: 'a', pid: 7 } as const
  const stream = Buffer.concat([
    control(hello),
    frame(Buffer.from('0102030405', 'hex')),
    frame(Buffer.alloc(0)),
  ])
  const whole = [hello, '0102030405', '']
  for (let at = 0; at <= stream.length; at++) {
    assert.deepEqual(read([stream.subarray(0, at), stream.subarray(at)]), whole, `split at ${at}`)
  }
  assert.deepEqual(read([...stream].map((byte) => Buffer.from([byte]))), whole)
})

test('the header is the kind and a length of 24 bits', () => {
  assert.equal(header(FRAME, 1514).toString('hex'), '010005ea')
  assert.equal(header(CONTROL, 2).toString('hex'), '02000002')
})

test('any frames in any pieces arrive in order', () => {
  const pieces = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 })
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 60 })), pieces, (frames, lengths) => {
      let rest = Buffer.concat(frames.map(frame))
      const chunks: Buffer[] = []
      for (let i = 0; rest.length > 0; i++) {
        const length = lengths[i % lengths.length]!
        chunks.push(rest.subarray(0, length))
        rest = rest.subarray(length)
      }
      assert.deepEqual(
        read(chunks),
        frames.map((bytes) => Buffer.from(bytes).toString('hex')),
      )
    }),
  )
})

test('an unknown kind, a length beyond any frame and JSON that is none are errors that say so', () => {
  assert.throws(() => read([header(3, 1)]), /kind 1 or 2 .* found kind 3/)
  assert.throws(() => read([header(FRAME, MAX_BODY + 1)]), /at most 65600 bytes/)
  assert.throws(() => read([Buffer.concat([header(CONTROL, 2), Buffer.from('{x')])]), /expected JSON/)
})

test('any bytes are read or refused, never anything else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        read([Buffer.from(bytes)])
      } catch (error) {
        assert.match((error as Error).message, /^expected /)
      }
    }),
  )
})

test('any JSON is a message or refused with what was expected', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      for (const reading of [readHello, readListening, readSample]) {
        try {
          reading(value)
        } catch (error) {
          assert.match((error as Error).message, /^expected /)
        }
      }
    }),
  )
})

test('a name that would spoil a terminal loses what spoils it', () => {
  const { name } = readHello({ type: 'hello', version: 1, role: 'server', name: 'a\u001b[2Jb\n', pid: 1 })
  assert.equal(name, 'a[2Jb')
})

test('a sample keeps its numbers; null is what JSON lacks', () => {
  const end = { address: '10.0.0.100', port: 4 }
  const numbers = Object.fromEntries(
    [
      'time',
      'sndUna',
      'sndNxt',
      'sndWnd',
      'rcvNxt',
      'rcvWnd',
      'cwnd',
      'rto',
      'inFlight',
      'retransmissions',
    ].map((name, index) => [name, index]),
  )
  const words = { because: 'ack', state: 'ESTABLISHED', recovery: 'open' }
  const sample = { ...numbers, ...words, ssthresh: null, srtt: null, rttvar: 2 }
  const read = readSample({ type: 'sample', local: end, remote: end, sample })
  assert.equal(read?.sample.ssthresh, Number.POSITIVE_INFINITY)
  assert.equal(read?.sample.srtt, undefined)
  assert.equal(read?.sample.rttvar, 2)
  assert.equal(read?.sample.cwnd, 6)
})
