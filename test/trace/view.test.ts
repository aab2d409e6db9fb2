import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileFilter } from '../../server/trace/filter.ts'
import { Trace } from '../../server/trace/trace.ts'
import { View } from '../../server/trace/view.ts'
import { udpFrame } from '../frames.ts'

const A = { address: '10.0.0.1', port: 1000 }
const B = { address: '10.0.0.2', port: 2000 }

const add = (trace: Trace, size: number) => trace.add(udpFrame(A, B, new Uint8Array(size)))

test('a view pages through its matches by number and by index', () => {
  const trace = new Trace()
  for (let i = 1; i <= 50; i++) add(trace, i)
  const view = trace.view(compileFilter('udp.length in {18..27}'))
  assert.equal(view.complete, false)
  assert.equal(view.advance(10_000), true)
  assert.equal(view.total, 10)
  assert.deepEqual(view.page({ limit: 3 }), { index: 0, numbers: [10, 11, 12] })
  assert.deepEqual(view.page({ after: 12, limit: 3 }), { index: 3, numbers: [13, 14, 15] })
  assert.deepEqual(view.page({ after: 0, limit: 2 }), { index: 0, numbers: [10, 11] })
  assert.deepEqual(view.page({ before: 13, limit: 2 }), { index: 1, numbers: [11, 12] })
  assert.deepEqual(view.page({ before: 1e15, limit: 3 }), { index: 7, numbers: [17, 18, 19] })
  assert.deepEqual(view.page({ index: 8, limit: 9 }), { index: 8, numbers: [18, 19] })
  assert.deepEqual(view.page({ after: 19, limit: 9 }), { index: -1, numbers: [] })
  assert.deepEqual(view.page({ index: 99, limit: 9 }), { index: -1, numbers: [] })
  assert.deepEqual(view.page({ before: 10, limit: 9 }), { index: -1, numbers: [] })
})

test('without a filter a view is everything held, at once', () => {
  const trace = new Trace()
  assert.deepEqual(trace.view(undefined).page({ limit: 5 }), { index: -1, numbers: [] })
  assert.equal(trace.view(undefined).total, 0)
  for (let i = 0; i < 9; i++) add(trace, 1)
  const view = trace.view(undefined)
  assert.equal(view.complete, true)
  assert.equal(view.total, 9)
  assert.deepEqual(view.page({ before: 1e15, limit: 2 }), { index: 7, numbers: [8, 9] })
  assert.deepEqual(view.page({ after: 3, limit: 2 }), { index: 3, numbers: [4, 5] })
})

test('the newest packets are matched first, so that a page has something to show at once', () => {
  const trace = new Trace()
  for (let i = 0; i < 20_000; i++) add(trace, 10)
  const view = trace.view(compileFilter('udp.length == 18'))
  view.advance(0)
  assert.equal(view.complete, false)
  const { numbers } = view.page({ before: 1e15, limit: 2 })
  assert.deepEqual(numbers, [19_999, 20_000])
})

test('a view stays right while packets come and old ones go, however its work is sliced', () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ add: fc.integer({ min: 1, max: 300 }) }),
      fc.constant({ advance: 0 }),
      fc.constant({ advance: 20 }),
    ),
    { minLength: 1, maxLength: 30 },
  )
  fc.assert(
    fc.property(steps, (sequence) => {
      const trace = new Trace({ limitBytes: 60_000 })
      for (let i = 0; i < 200; i++) add(trace, i % 3)
      const view = new View(trace, compileFilter('udp.length == 9'))
      for (const step of sequence) {
        if ('add' in step) for (let i = 0; i < step.add; i++) add(trace, trace.total % 3)
        else view.advance(step.advance)
        const { numbers } = view.page({ index: 0, limit: 1e6 })
        assert.equal(numbers.length, view.total)
        assert.ok(
          numbers.every((number, i) => number >= trace.first && (i === 0 || number > (numbers[i - 1] ?? 0))),
        )
      }
      while (!view.advance(50));
      const wanted: number[] = []
      for (let number = trace.first; number <= trace.last; number++)
        if ((number - 1) % 3 === 1) wanted.push(number)
      assert.deepEqual(view.page({ index: 0, limit: 1e6 }).numbers, wanted)
      assert.equal(view.complete, true)
    }),
    { numRuns: 30 },
  )
})

test('the same text gives the same view, and the one unused the longest is forgotten', () => {
  const trace = new Trace()
  const first = trace.view(compileFilter('udp'))
  assert.equal(trace.view(compileFilter('udp')), first)
  for (let i = 0; i < 16; i++) trace.view(compileFilter(`frame.number == ${i}`))
  assert.notEqual(trace.view(compileFilter('udp')), first)
})
