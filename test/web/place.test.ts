import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { placeBeside } from '../../web/lib/place.ts'

const view = { width: 1000, height: 800 }
const button = { left: 400, right: 480, top: 100, bottom: 124 }

test('a menu stands under its button, its edge at the button’s', () => {
  assert.deepEqual(placeBeside(button, { width: 200, height: 300 }, view), {
    left: 400,
    top: 128,
    maxHeight: 664,
  })
  assert.equal(placeBeside(button, { width: 200, height: 300 }, view, 'end').left, 280)
})

test('where there is no room under it, it stands over its button', () => {
  const low = { ...button, top: 700, bottom: 724 }
  assert.equal(placeBeside(low, { width: 200, height: 300 }, view).top, 396)
})

test('wherever it is asked for, it is inside the window', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1000 }),
      fc.integer({ min: 0, max: 800 }),
      fc.integer({ min: 20, max: 900 }),
      fc.integer({ min: 20, max: 2000 }),
      fc.constantFrom('start' as const, 'end' as const),
      (x, y, width, height, align) => {
        const at = placeBeside({ left: x, right: x, top: y, bottom: y }, { width, height }, view, align)
        const shown = Math.min(height, at.maxHeight)
        assert.ok(at.left >= 8 && at.left + width <= view.width - 8)
        assert.ok(at.top >= 4 && at.top + shown <= view.height)
      },
    ),
  )
})
