import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SeenBytes } from '../../server/trace/seen-bytes.ts'
import { BinCounter, binWidth } from '../../server/trace/series-bins.ts'
import { SLICES, SPECIALS_A_SLICE, Thinner } from '../../server/trace/thinner.ts'

test('each byte is new once, in whatever order and however often it comes', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(60), fc.nat(20))), (runs) => {
      const seen = new SeenBytes()
      const bytes = new Set<number>()
      for (const [start, length] of runs) {
        const before = bytes.size
        for (let at = start; at < start + length; at++) bytes.add(at)
        assert.equal(seen.add(start, start + length), bytes.size - before)
      }
    }),
  )
})

test('a copy goes its own way', () => {
  const seen = new SeenBytes()
  seen.add(0, 10)
  seen.add(20, 30)
  const copy = seen.copy()
  assert.equal(copy.add(10, 20), 10)
  assert.equal(seen.add(5, 25), 10)
})

test('bins are as wide as round numbers, and few enough', () => {
  assert.equal(binWidth(0), 0.001)
  assert.equal(binWidth(15.6), 0.05)
  assert.equal(binWidth(100), 0.5)
  assert.equal(binWidth(15.6, 0.02), 0.02)
  assert.equal(binWidth(1e6, 0.02), 5000)
})

test('a clock that goes back counts where the bytes are told', () => {
  const counter = new BinCounter(0.1)
  counter.add(0.05, 100, 50, 0)
  counter.add(0.25, 100, 0, 50)
  counter.add(0.15, 100, 50, 0)
  assert.deepEqual(counter.bins, {
    at: [0, 2],
    packets: [1, 2],
    wire: [100, 200],
    fresh: [50, 50],
    again: [0, 50],
  })
})

test('few points are all kept; of many the extremes, both ends, and what is out of the ordinary', () => {
  const make = (most: number) =>
    new Thinner<{ time: number; value: number; odd: boolean }>({
      most,
      end: 1,
      timeOf: ({ time }) => time,
      measures: [({ value }) => value],
      isSpecial: ({ odd }) => odd,
    })
  const few = make(10)
  for (let i = 0; i < 10; i++) few.add({ time: i / 10, value: i, odd: false })
  assert.deepEqual([few.points().length, few.isThinned], [10, false])

  const many = make(100)
  const COUNT = 100_000
  for (let i = 0; i < COUNT; i++)
    many.add({ time: i / COUNT, value: (i * 7919) % 1000, odd: i % 1000 === 500 })
  const kept = many.points()
  assert.equal(many.count, COUNT)
  assert.ok(kept.length <= SLICES * (4 + SPECIALS_A_SLICE))
  assert.equal(kept.filter(({ odd }) => odd).length, 100)
  assert.deepEqual([kept[0]?.time, kept.at(-1)?.time], [0, (COUNT - 1) / COUNT])
  assert.deepEqual(
    [Math.min(...kept.map(({ value }) => value)), Math.max(...kept.map(({ value }) => value))],
    [0, 999],
  )
  assert.deepEqual(
    [...kept].sort((a, b) => a.time - b.time),
    kept,
  )

  const wild = make(100)
  for (let i = 0; i < 10_000; i++) wild.add({ time: i / 10_000, value: 0, odd: true })
  assert.ok(wild.specialsDropped > 0)
})
