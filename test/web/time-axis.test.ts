import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  between,
  isWhole,
  moved,
  roundNumbers,
  showing,
  timeLabels,
  zoomed,
} from '../../web/lib/time-axis.ts'

const WHOLE = { from: 0, to: 10 }

test('zooming keeps the time under the pointer where it is, and stops at the whole', () => {
  const near = zoomed(WHOLE, WHOLE, 0.5, 8)
  assert.deepEqual(near, { from: 4, to: 9 })
  assert.deepEqual(zoomed(near, WHOLE, 2, 8), WHOLE)
  assert.equal(isWhole(zoomed(near, WHOLE, 100, 5), WHOLE), true)
  const nearest = zoomed({ from: 1, to: 1.0000011 }, WHOLE, 0.1)
  assert.ok(nearest.to - nearest.from >= 0.99e-6)
})

test('moving stops at both ends', () => {
  assert.deepEqual(moved({ from: 2, to: 4 }, WHOLE, 3), { from: 5, to: 7 })
  assert.deepEqual(moved({ from: 2, to: 4 }, WHOLE, -5), { from: 0, to: 2 })
  assert.deepEqual(moved({ from: 2, to: 4 }, WHOLE, 50), { from: 8, to: 10 })
})

test('a range may be drawn from either side; a click is none', () => {
  assert.deepEqual(between(7, 3, WHOLE), { from: 3, to: 7 })
  assert.deepEqual(between(-4, 3, WHOLE), { from: 0, to: 3 })
  assert.equal(between(3, 3, WHOLE), undefined)
})

test('what is out of sight is brought into it', () => {
  assert.deepEqual(showing({ from: 2, to: 4 }, WHOLE, 3), { from: 2, to: 4 })
  const later = showing({ from: 2, to: 4 }, WHOLE, 6)
  assert.ok(later.from < 6 && later.to > 6)
})

test('ticks are round numbers within the span', () => {
  assert.deepEqual(roundNumbers(0, 10, 5), { step: 2, values: [0, 2, 4, 6, 8, 10] })
  assert.deepEqual(roundNumbers(0.13, 0.42, 3).values, [0.2, 0.3, 0.4])
  assert.deepEqual(roundNumbers(5, 5, 3).values, [5])
})

test('times are labelled in the unit of the largest', () => {
  assert.deepEqual(timeLabels([0, 0.2, 0.4], 0.2), ['0 ms', '200 ms', '400 ms'])
  assert.deepEqual(timeLabels([0, 5, 10], 5), ['0 s', '5 s', '10 s'])
  assert.deepEqual(timeLabels([1, 1.5, 2], 0.5), ['1.0 s', '1.5 s', '2.0 s'])
})

test('deep in a long capture the first label says where, the others how much further', () => {
  assert.deepEqual(timeLabels([61.23, 61.232, 61.234], 0.002), ['61.230 s', '+2 ms', '+4 ms'])
})
