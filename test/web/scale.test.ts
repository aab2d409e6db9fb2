import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scaleLinear, scaleSymlog } from 'd3-scale'
import fc from 'fast-check'
import { clamped, linear, symlog } from '../../web/lib/scale.ts'

const value = fc.double({ min: -1e6, max: 1e6, noNaN: true })
const pair = fc.tuple(value, value)
const apart = pair.filter(([first, last]) => Math.abs(last - first) > 1e-3)

function near(one: number, other: number): void {
  assert.ok(Math.abs(one - other) <= 1e-6 * Math.max(1, Math.abs(one), Math.abs(other)), `${one}, ${other}`)
}

test('a value stands where d3-scale puts it', () => {
  fc.assert(
    fc.property(apart, pair, value, (domain, range, at) => {
      near(linear(domain, range)(at), scaleLinear(domain, range)(at))
      near(clamped(domain, range)(at), scaleLinear(domain, range).clamp(true)(at))
    }),
  )
})

test('a domain that is one value stands in the middle', () => {
  assert.equal(linear([3, 3], [0, 10])(3), 5)
  assert.equal(clamped([3, 3], [0, 10])(8), 5)
})

test('tenfolds are equally far apart once they are far above the constant', () => {
  const positive = fc.double({ min: 1e-6, max: 1e6, noNaN: true })
  fc.assert(
    fc.property(positive, positive, positive, (most, at, constant) => {
      near(symlog([0, most], [8, 600], constant)(at), scaleSymlog([0, most], [8, 600]).constant(constant)(at))
    }),
  )
  const place = symlog([0, 1e6], [0, 600], 1e-3)
  near(place(1e6) - place(1e5), place(1e5) - place(1e4))
})
