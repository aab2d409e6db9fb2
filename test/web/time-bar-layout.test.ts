import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Timeline } from '../../server/dashboard/api-time.ts'
import { layoutTimeBar, placeOf, timeAt } from '../../web/views/time-bar-layout.ts'

const SIZE = { width: 800, height: 28 }

/** A second a bucket; the first packet is a quarter into the first bucket, the last three quarters into the last. */
function timeline(packets: number[], more: Partial<Timeline> = {}): Timeline {
  const at = (seconds: number) =>
    `${1000 + Math.floor(seconds)}.${String(Math.round((seconds % 1) * 1e9)).padStart(9, '0')}`
  return {
    run: 'r',
    first: { number: 1, time: at(0.25) },
    last: { number: 99, time: at(packets.length - 0.25) },
    start: at(0),
    width: 1,
    packets,
    bytes: packets.map((count) => count * 60),
    osi: packets.map((count) => (count === 0 ? 0 : 4)),
    trouble: packets.map(() => 0),
    matches: null,
    complete: true,
    ...more,
  }
}

test('without silences time runs evenly from edge to edge', () => {
  const { stops, span, bars } = layoutTimeBar(timeline([1, 2, 3, 4]), SIZE)
  assert.equal(span, 3.5)
  assert.equal(placeOf(stops, 0), 0)
  assert.equal(placeOf(stops, span), SIZE.width)
  assert.ok(Math.abs(placeOf(stops, span / 2) - SIZE.width / 2) < 1e-6)
  assert.deepEqual(
    bars.map(({ height }) => height),
    [11, 16, 19, 22],
  )
})

test('a silence takes less room than it lasted, and is marked', () => {
  const packets = [5, ...new Array<number>(200).fill(0), 5]
  const { stops, silences, bars } = layoutTimeBar(timeline(packets), SIZE)
  assert.deepEqual(
    silences.map(({ seconds }) => seconds),
    [200],
  )
  assert.equal(bars.length, 2)
  const silence = placeOf(stops, 200) - placeOf(stops, 1)
  assert.ok(silence < SIZE.width * 0.95 && silence > SIZE.width / 2)
  const plain = layoutTimeBar(timeline([5, 0, 0, 5]), SIZE)
  assert.deepEqual(plain.silences, [])
})

test('what matches the filter is a part of its bar', () => {
  const { bars } = layoutTimeBar(timeline([16, 4, 4], { matches: [4, 4, 0] }), SIZE)
  assert.deepEqual(
    bars.map(({ matched, height }) => [matched, height]),
    [
      [11, 22],
      [11, 11],
      [0, 11],
    ],
  )
})

test('one packet is a moment, and nothing is nothing', () => {
  const one = timeline([1], { last: { number: 1, time: '1000.250000000' } })
  const layout = layoutTimeBar(one, SIZE)
  assert.equal(layout.bars.length, 1)
  assert.equal(timeAt(layout.stops, 400), 0)
  const none = layoutTimeBar(timeline([], { first: null, last: null }), SIZE)
  assert.deepEqual([none.bars, none.span], [[], 0])
  assert.equal(timeAt(none.stops, 400), 0)
})

test('from a time to its place and back it is the same time; later is never further left', () => {
  const packets = fc.array(fc.constantFrom(0, 0, 0, 1, 7), { minLength: 2, maxLength: 120 })
  fc.assert(
    fc.property(packets, fc.double({ min: 0, max: 1, noNaN: true }), (counts, part) => {
      const edges = [1, ...counts, 1]
      const { stops, span, width } = layoutTimeBar(timeline(edges), SIZE)
      const at = part * span
      const place = placeOf(stops, at)
      assert.ok(place >= 0 && place <= width + 1e-6)
      assert.ok(Math.abs(timeAt(stops, place) - at) < span * 1e-6)
      assert.ok(placeOf(stops, Math.min(span, at + 0.5)) >= place - 1e-9)
    }),
  )
})
