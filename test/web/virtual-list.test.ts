import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  atTail,
  fromBar,
  type ListShape,
  listWindow,
  moveAlong,
  requestFor,
  reshaped,
  reveal,
  startAt,
  TALLEST,
  tail,
  toBar,
} from '../../web/lib/virtual-list.ts'

const small: ListShape = { total: 1000, rowHeight: 24, viewport: 240 }

const shapes = fc.record({
  total: fc.integer({ min: 0, max: 20_000_000 }),
  rowHeight: fc.constantFrom(20, 24, 48),
  viewport: fc.integer({ min: 1, max: 2000 }),
})

test('the window at the top holds the rows in sight and a few more', () => {
  assert.deepEqual(listWindow(small, 0), { height: 24_000, first: 0, count: 14, offset: 0 })
})

test('a row that is partly above the window stands at a negative offset', () => {
  const window = listWindow(small, 250)
  assert.equal(window.first, 6)
  assert.equal(window.offset, 6 * 24 - 250)
})

test('every row in sight is in the window, at any position of any list', () => {
  fc.assert(
    fc.property(shapes, fc.double({ min: 0, max: 1, noNaN: true }), (shape, part) => {
      const top = tail(shape) * part
      const { first, count } = listWindow(shape, top)
      const firstInSight = Math.floor(top / shape.rowHeight)
      const lastInSight = Math.min(shape.total, Math.ceil((top + shape.viewport) / shape.rowHeight))
      assert.ok(first <= firstInSight && first + count >= lastInSight)
      assert.ok(first >= 0 && first + count <= shape.total)
      assert.ok(count <= Math.ceil(shape.viewport / shape.rowHeight) + 10)
    }),
  )
})

test('no list is taller than a browser can make it', () => {
  fc.assert(fc.property(shapes, (shape) => listWindow(shape, 0).height <= TALLEST))
})

test('the bar and the rows reach both ends together', () => {
  fc.assert(
    fc.property(shapes, (shape) => {
      assert.equal(fromBar(shape, 0), 0)
      const end = toBar(shape, tail(shape))
      assert.ok(Math.abs(fromBar(shape, end) - tail(shape)) < 1e-6 * Math.max(1, tail(shape)))
    }),
  )
})

test('a position that goes to the bar and back is the same', () => {
  fc.assert(
    fc.property(shapes, fc.double({ min: 0, max: 1, noNaN: true }), (shape, part) => {
      const top = tail(shape) * part
      assert.ok(Math.abs(fromBar(shape, toBar(shape, top)) - top) < 1e-3)
    }),
  )
})

test('in a short list a pixel of the bar is a pixel of the rows', () => {
  assert.equal(fromBar(small, 1234), 1234)
})

test('the tail is in sight within half a row of the end', () => {
  assert.equal(atTail(small, tail(small) - 11), true)
  assert.equal(atTail(small, tail(small) - 13), false)
})

test('a list that fits has its tail in sight at the top', () => {
  assert.equal(atTail({ ...small, total: 3 }, 0), true)
})

test('a revealed row is wholly in sight after the shortest way', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999 }), fc.integer({ min: 0, max: 23_760 }), (index, top) => {
      const next = reveal(small, top, index)
      assert.ok(index * 24 >= next && (index + 1) * 24 <= next + 240)
      if (index * 24 >= top && (index + 1) * 24 <= top + 240) assert.equal(next, top)
    }),
  )
})

test('keys move along and stop at the ends', () => {
  assert.equal(moveAlong('ArrowDown', 999, small), 999)
  assert.equal(moveAlong('ArrowUp', 0, small), 0)
  assert.equal(moveAlong('j', 4, small), 5)
  assert.equal(moveAlong('PageDown', 0, small), 9)
  assert.equal(moveAlong('End', 3, small), 999)
  assert.equal(moveAlong('x', 3, small), undefined)
  assert.equal(moveAlong('ArrowDown', 3, { ...small, total: 0 }), undefined)
})

test('from nowhere, up goes to the newest and down to the oldest', () => {
  assert.equal(moveAlong('ArrowUp', -1, small), 999)
  assert.equal(moveAlong('ArrowDown', -1, small), 0)
})

test('what is asked of the server covers the window and is bounded', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e7 }), fc.integer({ min: 0, max: 90 }), (first, count) => {
      const { index, limit } = requestFor({ first, count })
      assert.ok(index >= 0 && index <= first && index + limit >= first + count && limit <= 500)
    }),
  )
})

test('a short scroll asks for the same rows', () => {
  assert.deepEqual(requestFor({ first: 210, count: 30 }), requestFor({ first: 214, count: 30 }))
})

test('from nowhere one goes to the newest while that is followed, else to the first row wholly in sight', () => {
  assert.equal(startAt(small, tail(small), true), 999)
  assert.equal(startAt(small, 480, false), 20)
  assert.equal(startAt(small, 481, false), 21, 'the row that is partly above the window is not it')
  assert.equal(startAt({ ...small, total: 0 }, 0, false), -1)
  const from = (key: string) => moveAlong(key, -1, small, 20)
  assert.deepEqual([from('j'), from('ArrowDown'), from('k'), from('ArrowUp')], [20, 20, 20, 20])
  assert.equal(moveAlong('j', 20, small, 20), 21, 'from a row its neighbour')
})

test('rows that become taller, or a window lower, leave the same row on top, and the chosen one in sight', () => {
  const tall: ListShape = { ...small, rowHeight: 48 }
  assert.equal(reshaped(tall, small, 24 * 100, null), 48 * 100)
  assert.equal(reshaped(small, tall, 48 * 100, null), 24 * 100)
  assert.equal(reshaped(tall, tall, 77, null), 77)
  const inSight = (shape: ListShape, top: number, row: number) =>
    top <= shape.rowHeight * row && top + shape.viewport >= shape.rowHeight * (row + 1)
  // The last of ten in sight, of which there is room for five.
  assert.ok(inSight(tall, reshaped(tall, small, 24 * 100, 109), 109))
  const low: ListShape = { ...small, viewport: 100 }
  assert.ok(inSight(low, reshaped(low, small, 24 * 100, 109), 109))
  assert.equal(reshaped(tall, small, 24 * 100, 500), 48 * 100, 'one that was out of sight stays so')
})
