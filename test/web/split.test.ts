import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { clampSize, LIMITS, readSizes, sizeAfterKey, startSizes } from '../../web/lib/split.ts'

const START = startSizes(1440, 900)

test('an arrow makes a pane larger or smaller by a step, and never past its limits', () => {
  assert.equal(sizeAfterKey('left', 280, 'ArrowRight', 'ArrowRight'), 296)
  assert.equal(sizeAfterKey('right', 500, 'ArrowRight', 'ArrowLeft'), 484)
  assert.equal(sizeAfterKey('left', LIMITS.left.max, 'ArrowRight', 'ArrowRight'), LIMITS.left.max)
  assert.equal(sizeAfterKey('left', 280, 'Home', 'ArrowRight'), LIMITS.left.min)
  assert.equal(sizeAfterKey('left', 280, 'ArrowUp', 'ArrowRight'), undefined)
})

test('sizes are remembered as they were', () => {
  const sizes = { ...START, left: 300, stack: 40 }
  assert.deepEqual(readSizes(JSON.stringify(sizes), START), sizes)
})

test('whatever is found in the memory, the sizes are within their limits', () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string(), fc.constant(null)), (text) => {
      const sizes = readSizes(text, START)
      for (const [split, size] of Object.entries(sizes)) {
        assert.equal(size, clampSize(split as keyof typeof sizes, size))
      }
    }),
  )
})

test('what the panes begin with goes by the window, within their limits, and leaves the ladder most of its height', () => {
  for (const [width, height] of [
    [1280, 720],
    [1440, 900],
    [1920, 1080],
  ] as const) {
    const sizes = startSizes(width, height)
    for (const [split, size] of Object.entries(sizes))
      assert.equal(size, clampSize(split as keyof typeof sizes, size))
    assert.ok(sizes.bottom <= height / 4)
    assert.ok(sizes.left + sizes.right < 0.55 * width)
  }
  assert.ok(startSizes(1280, 720).right <= 380)
})
