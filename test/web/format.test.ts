import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  between,
  formatBytes,
  formatCount,
  formatGap,
  formatInterval,
  formatOffset,
  inWords,
  plural,
} from '../../web/lib/format.ts'

test('an interval is told in the unit one can think in', () => {
  const told: [number, string][] = [
    [0, '0 s'],
    [1e-9, '1 ns'],
    [0.000042, '42 µs'],
    [0.0018, '1.8 ms'],
    [0.0121, '12.1 ms'],
    [0.2, '200 ms'],
    [3.1, '3.1 s'],
    [150, '2.5 min'],
    [3600, '1 h'],
    [259_200, '3 d'],
    [-0.002, '−2 ms'],
  ]
  for (const [seconds, text] of told) assert.equal(formatInterval(seconds), text)
})

test('how long after the first is told as a clock counts, once it is a minute', () => {
  const told: [number, string][] = [
    [0, '0 s'],
    [0.0018, '1.8 ms'],
    [59.94, '59.9 s'],
    [59.96, '1:00.0'],
    [168.06, '2:48.1'],
    [3599.94, '59:59.9'],
    [3599.96, '1:00:00'],
    [93_784.5, '26:03:04'],
  ]
  for (const [seconds, text] of told) assert.equal(formatOffset(seconds), text)
})

test('an interval that rounds to the next unit takes it', () => {
  assert.equal(formatInterval(0.0009999), '1 ms')
  assert.equal(formatInterval(0.000999), '999 µs')
  assert.equal(formatInterval(59.99), '1 min')
})

test('an interval never has more than three digits', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 8e7, noNaN: true }), (seconds) => {
      const digits = formatInterval(seconds).replace(/\D/g, '')
      assert.ok(digits.length <= 3, formatInterval(seconds))
    }),
  )
})

test('an interval that is told reads back within five percent', () => {
  const size: Record<string, number> = { ns: 1e-9, µs: 1e-6, ms: 1e-3, s: 1, min: 60, h: 3600, d: 86_400 }
  fc.assert(
    fc.property(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), (seconds) => {
      const [amount = '', unit = ''] = formatInterval(seconds).split(' ')
      assert.ok(Math.abs(Number(amount) * (size[unit] ?? Number.NaN) - seconds) <= seconds * 0.051)
    }),
  )
})

test('an interval that is none is a dash', () => {
  assert.equal(formatInterval(Number.NaN), '–')
  assert.equal(formatInterval(Number.POSITIVE_INFINITY), '–')
})

test('less than a microsecond between two packets only says which came first', () => {
  assert.equal(formatGap(0.0018), '+1.8 ms')
  assert.equal(formatGap(1e-9), '+<1 µs')
})

test('bytes are counted exactly below a thousand and rounded above', () => {
  assert.equal(formatBytes(1), '1 byte')
  assert.equal(formatBytes(999), '999 bytes')
  assert.equal(formatBytes(1540), '1.5 kB')
  assert.equal(formatBytes(999_999), '1 MB')
  assert.equal(formatBytes(256_000_000), '256 MB')
})

test('counts have a space between thousands that does not break', () => {
  assert.equal(formatCount(1_234_567), '1\u202f234\u202f567')
  assert.equal(plural(1, 'packet'), '1 packet')
  assert.equal(plural(12, 'packet'), '12 packets')
  assert.equal(inWords(3), 'three')
  assert.equal(inWords(40), '40')
})

test('the time between two packets is exact to the nanosecond, though epoch seconds as a number are not', () => {
  assert.equal(between('1700000000.000000001', '1700000000.000000002'), 1e-9)
  assert.equal(between('1700000000.9', '1700000001.1'), 0.2)
})
