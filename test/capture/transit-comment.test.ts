import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { PcapngWriter } from '../../server/capture/pcapng-writer.ts'
import { readTransitComment, transitComment } from '../../server/capture/transit-comment.ts'
import type { Frame, Transit } from '../../server/protocols/packet.ts'
import { concat, hex, START_TIME } from '../frames.ts'
import { damaged } from '../lab-script.ts'
import { readAll } from './captures.ts'

const TRANSIT: Transit = {
  cable: 'server',
  direction: 'up',
  fates: ['delivered'],
  sentAt: START_TIME,
  arrivals: [START_TIME + 20_000_000n],
  queue: 3,
  delay: 0.02,
  seen: true,
  other: undefined,
}

test('names and values as the link layer has them', () => {
  assert.equal(
    transitComment(TRANSIT, hex('aabb')),
    'link.fate=delivered link.cable=server link.direction=up link.sent=1700000000.000000000 link.arrived=1700000000.020000000 link.delay=0.02 link.queue=3',
  )
  const lost: Transit = { ...TRANSIT, fates: ['queue full'], arrivals: [], delay: undefined, rate: 1e6 }
  assert.equal(
    transitComment(lost, hex('aabb')),
    'link.fate="queue full" link.cable=server link.direction=up link.sent=1700000000.000000000 link.rate=1000000 link.queue=3',
  )
})

const anyTime = fc.bigInt({ min: 0n, max: 4_000_000_000_000_000_000n })
const anyFrame: fc.Arbitrary<Frame> = fc
  .record({
    time: anyTime,
    bytes: fc.uint8Array({ minLength: 14, maxLength: 100 }),
    cable: fc.constantFrom('server', 'clients', 'r1-r2', 'my server'),
    direction: fc.constantFrom<'up' | 'down'>('up', 'down'),
    fates: fc.subarray(['corrupted', 'duplicated', 'reordered', 'queue full'], { minLength: 1 }),
    sentAt: anyTime,
    arrivals: fc.array(anyTime, { maxLength: 2 }),
    queue: fc.nat(),
    delay: fc.option(fc.double({ min: 0, max: 100, noNaN: true, noDefaultInfinity: true }), {
      nil: undefined,
    }),
    rate: fc.option(fc.integer({ min: 1, max: 1e9 }), { nil: undefined }),
    harmed: fc.boolean(),
  })
  .map(({ time, bytes, harmed, rate, delay, ...transit }) => ({
    time,
    bytes,
    originalLength: bytes.length,
    linkType: 1,
    transit: {
      ...transit,
      // Only its size matters: -0 is written as 0.
      delay: delay === undefined ? undefined : delay + 0,
      ...(rate !== undefined && { rate }),
      seen: true,
      other: harmed ? damaged(bytes, 14 % bytes.length) : undefined,
    },
  }))

test('a capture gives back what the cable said of its frames', () => {
  fc.assert(
    fc.property(fc.array(anyFrame, { maxLength: 8 }), (frames) => {
      const writer = new PcapngWriter('lab', 'provenance=lab at=client')
      const blocks = frames.map((frame) => {
        assert.ok(frame.transit)
        return writer.packet(frame, transitComment(frame.transit, frame.bytes))
      })
      const file = concat(...(blocks.length === 0 ? [writer.begin()] : blocks))
      assert.deepEqual(readAll([file]).frames, frames)
    }),
  )
})

test('any other comment is no word of the cable, however it begins', () => {
  const strange = fc.oneof(
    fc.string(),
    fc.string().map((rest) => `link.fate=lost ${rest}`),
  )
  fc.assert(
    fc.property(strange, (comment) => {
      const read = readTransitComment(comment, hex('aabbcc'))
      assert.ok(read === undefined || comment.includes('link.sent='))
    }),
  )
  for (const comment of [
    'link.fate=lost',
    'link.fate=lost link.direction=sideways link.sent=1.000000000',
    'link.fate=lost link.direction=up link.sent=never',
  ]) {
    assert.equal(readTransitComment(comment, hex('aa')), undefined, comment)
  }
})

test('a word of the cable that makes no sense in part loses that part', () => {
  const comment =
    'link.fate=lost link.direction=up link.sent=1.000000000 link.queue=-4 link.delay=x link.other=9:zz'
  const read = readTransitComment(comment, hex('aa'))
  assert.deepEqual([read?.queue, read?.delay, read?.other], [0, undefined, undefined])
  const beyond = readTransitComment(`${comment.replace('9:zz', '900000:aa')}`, hex('aa'))
  assert.deepEqual(beyond?.other, hex('aa'))
})
