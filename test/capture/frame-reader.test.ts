import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FrameReader } from '../../server/capture/frame-reader.ts'
import { CaptureError } from '../../server/errors.ts'
import { concat, hex, utf8 } from '../frames.ts'
import { BIG, cut, LITTLE, readAll } from './captures.ts'

const NAME = LITTLE.option(2, utf8('lo'))

/** Something of everything that a reader must keep apart. */
const MIXED = concat(
  LITTLE.section(),
  LITTLE.interface(1, 0, NAME, LITTLE.option(9, hex('09')), LITTLE.option(0, hex(''))),
  LITTLE.block(0x0bad, utf8('a block that nobody knows')),
  LITTLE.packet(0, 1_700_000_000_123_456_789n, hex('aabbccddee'), 5, LITTLE.option(1, utf8('hello'))),
  LITTLE.interface(101, 0),
  LITTLE.packet(1, 1_700_000_000_000_001n, hex('45')),
  BIG.section(),
  BIG.interface(113, 64),
  BIG.packet(0, 7n, hex('0102'), 900),
  BIG.block(5, BIG.u32(0, 0, 0), BIG.option(5, BIG.i64(3n)), BIG.option(0, hex(''))),
)

const CLASSIC = concat(
  LITTLE.pcapHeader(0xa1b23c4d),
  LITTLE.pcapRecord(1, 5, hex('0a0b0c')),
  LITTLE.pcapRecord(2, 6, hex(''), 1500),
)

for (const [name, capture] of [
  ['pcapng', MIXED],
  ['pcap', CLASSIC],
] as const) {
  test(`a ${name} capture reads the same at every split point`, () => {
    const whole = readAll([capture])
    for (let at = 0; at <= capture.length; at++) assert.deepEqual(readAll(cut(capture, at)), whole)
  })

  test(`a ${name} capture reads the same byte by byte`, () => {
    const pieces = Array.from(capture, (_, at) => capture.slice(at, at + 1))
    assert.deepEqual(readAll(pieces), readAll([capture]))
  })

  test(`a ${name} capture cut anywhere keeps what stands before the cut`, () => {
    const { frames } = readAll([capture])
    for (let at = 1; at < capture.length; at++) {
      const got: unknown[] = []
      const notes: string[] = []
      const reader = new FrameReader({
        frame: ({ record: _, ...frame }) => void got.push(frame),
        note: (note) => void notes.push(note.message),
      })
      reader.push(capture.slice(0, at))
      try {
        reader.end()
      } catch (error) {
        assert.ok(error instanceof CaptureError && at < 28, `${error} at ${at}`)
      }
      assert.deepEqual(got, frames.slice(0, got.length))
      for (const note of notes) assert.match(note, /cut short|without a time|lost|custom blocks/)
    }
  })
}

test('frames come as soon as their last byte is there', () => {
  const got: number[] = []
  const reader = new FrameReader({ frame: (frame) => void got.push(frame.bytes.length) })
  const end = CLASSIC.length - 16
  reader.push(CLASSIC.slice(0, end - 1))
  assert.deepEqual(got, [])
  reader.push(CLASSIC.slice(end - 1, end))
  assert.deepEqual(got, [3])
})

test("frames keep their bytes when the reader's later input differs", () => {
  const { frames } = readAll(Array.from(CLASSIC, (_, at) => CLASSIC.slice(at, at + 1)))
  assert.deepEqual(frames[0]?.bytes, hex('0a0b0c'))
})

test('what is no capture is refused, and it says what was found', () => {
  assert.throws(() => readAll([utf8('GET / HTTP/1.1\r\n')]), {
    name: 'CaptureError',
    message: 'not a pcap or pcapng capture: it begins with 47455420',
  })
  assert.throws(() => readAll([hex('1f8b08000000')]), /gunzip/)
  assert.throws(() => readAll([]), /it is empty/)
  assert.throws(() => readAll([hex('d4c3b2a1 0200')]), /ends after 6 bytes, inside its header/)
})

test('after an error every call gives the same error', () => {
  const reader = new FrameReader({ frame: () => {} })
  assert.throws(() => reader.push(utf8('nonsense')), CaptureError)
  assert.throws(() => reader.push(CLASSIC), /not a pcap/)
  assert.throws(() => reader.end(), /not a pcap/)
})

test('any bytes behind a good beginning give frames, notes or a CaptureError, and nothing else', () => {
  const beginnings = [MIXED, CLASSIC, concat(BIG.pcapHeader(0xa1b2c3d4)), concat(BIG.section())]
  fc.assert(
    fc.property(fc.constantFrom(...beginnings), fc.uint8Array({ maxLength: 400 }), (beginning, rest) => {
      let seen = 0
      const reader = new FrameReader({
        frame: (frame) => {
          seen++
          assert.ok(frame.time >= 0n && frame.time < 1n << 63n)
        },
      })
      try {
        reader.push(concat(beginning, rest))
        reader.end()
      } catch (error) {
        assert.ok(error instanceof CaptureError, String(error))
      }
      assert.ok(seen <= (beginning.length + rest.length) / 16)
    }),
  )
})

test('any one byte changed gives frames, notes or a CaptureError, and nothing else', () => {
  for (const capture of [MIXED, CLASSIC]) {
    for (let at = 0; at < capture.length; at++) {
      for (const bits of [0x01, 0x80, 0xff]) {
        const changed = capture.slice()
        changed[at]! ^= bits
        try {
          readAll([changed])
        } catch (error) {
          assert.ok(error instanceof CaptureError, `${error} at ${at}`)
        }
      }
    }
  }
})
