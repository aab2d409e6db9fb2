import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concat, hex } from '../frames.ts'
import { BIG, LITTLE, readAll, type Words } from './captures.ts'

const ORDERS: [string, Words][] = [
  ['little-endian', LITTLE],
  ['big-endian', BIG],
]

for (const [order, words] of ORDERS) {
  test(`a ${order} capture in microseconds`, () => {
    const capture = concat(
      words.pcapHeader(0xa1b2c3d4, 101),
      words.pcapRecord(1_700_000_000, 999_999, hex('4500')),
      words.pcapRecord(1_700_000_001, 0, hex('4501'), 1500),
    )
    assert.deepEqual(readAll([capture]).frames, [
      { time: 1_700_000_000_999_999_000n, bytes: hex('4500'), originalLength: 2, linkType: 101 },
      { time: 1_700_000_001_000_000_000n, bytes: hex('4501'), originalLength: 1500, linkType: 101 },
    ])
  })

  test(`a ${order} capture in nanoseconds`, () => {
    const capture = concat(words.pcapHeader(0xa1b23c4d), words.pcapRecord(7, 999_999_999, hex('00')))
    assert.equal(readAll([capture]).frames[0]?.time, 7_999_999_999n)
  })

  test(`a ${order} capture in Kuznetsov's form`, () => {
    const record = concat(words.u32(7, 8, 2, 60, 3), words.u16(0x0800), hex('0400'), hex('beef'))
    const { frames } = readAll([concat(words.pcapHeader(0xa1b2cd34), record, record)])
    assert.equal(frames.length, 2)
    assert.deepEqual(frames[1], { time: 7_000_008_000n, bytes: hex('beef'), originalLength: 60, linkType: 1 })
  })
}

test('a link type with an FCS length in its upper bits', () => {
  const capture = concat(LITTLE.pcapHeader(0xa1b2c3d4, 0x2400_0001), LITTLE.pcapRecord(0, 0, hex('00')))
  assert.equal(readAll([capture]).frames[0]?.linkType, 1)
})

test('a capture without packets', () => {
  assert.deepEqual(readAll([LITTLE.pcapHeader(0xa1b2c3d4)]), { frames: [], notes: [], dropped: [] })
})

test('a capture cut inside its last record keeps the others and says so', () => {
  const capture = concat(
    LITTLE.pcapHeader(0xa1b2c3d4),
    LITTLE.pcapRecord(1, 0, hex('aa')),
    LITTLE.pcapRecord(2, 0, hex('bbcc')).slice(0, -1),
  )
  const { frames, notes } = readAll([capture])
  assert.equal(frames.length, 1)
  assert.deepEqual(notes, [
    'the capture is cut short in the middle of a record at byte 41; the packet before it is kept',
  ])
})

test('a record longer than 256 KiB names its place, and the frames before it are handed over', () => {
  const capture = concat(
    LITTLE.pcapHeader(0xa1b2c3d4),
    LITTLE.pcapRecord(1, 0, hex('aa')),
    LITTLE.u32(1, 0, 262_145, 262_145),
  )
  assert.throws(() => readAll([capture]), {
    message: 'damaged at byte 41: a packet of 262145 bytes, where 262144 is the most',
    offset: 41,
  })
})

test('a record of exactly 256 KiB is read', () => {
  const capture = concat(LITTLE.pcapHeader(0xa1b2c3d4), LITTLE.pcapRecord(1, 0, new Uint8Array(262_144)))
  assert.equal(readAll([capture]).frames[0]?.bytes.length, 262_144)
})

test('a version other than 2', () => {
  const capture = LITTLE.pcapHeader(0xa1b2c3d4)
  capture[4] = 3
  assert.throws(() => readAll([capture]), /pcap version 3: only version 2/)
})
