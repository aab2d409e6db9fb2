import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type LadderShape, ladderNeed, ladderSpan } from '../../web/lib/ladder-window.ts'
import { TALLEST } from '../../web/lib/virtual-list.ts'

const shape = (rest: Partial<LadderShape> = {}): LadderShape => ({
  above: 1000,
  below: 1000,
  rows: 600,
  height: 20_000,
  viewport: 800,
  ...rest,
})

test('in the middle of its window the ladder lacks nothing', () => {
  assert.equal(ladderNeed(shape(), ladderSpan(shape()).above + 10_000), undefined)
})

test('towards an edge it asks for what is next to it, and at the very ends for nothing', () => {
  const { above } = ladderSpan(shape())
  assert.equal(ladderNeed(shape(), above + 100)?.kind, 'earlier')
  assert.equal(ladderNeed(shape(), above + 19_000)?.kind, 'later')
  assert.equal(ladderNeed(shape({ above: 0 }), 0), undefined)
  assert.equal(ladderNeed(shape({ below: 0 }), above + 19_200), undefined)
})

test('a place far outside the window is asked for by its share of all', () => {
  const span = ladderSpan(shape({ above: 90_000 }))
  assert.deepEqual(ladderNeed(shape({ above: 90_000 }), span.above / 2), { kind: 'at', index: 45_000 })
  const far = ladderNeed(shape(), ladderSpan(shape()).all - 800)
  assert.ok(far?.kind === 'at' && far.index > 2000 && far.index < 2600)
})

test('a window that folds to little is made larger, but not without end', () => {
  const folded = shape({ rows: 600, height: 900 })
  const need = ladderNeed(folded, ladderSpan(folded).above + 50)
  assert.ok(need?.kind === 'earlier' && need.most > 400)
  const full = shape({ rows: 3000, height: 900 })
  assert.equal(ladderNeed(full, ladderSpan(full).above + 50), undefined)
})

test('no conversation is taller than a browser can make it, and a place asked for is one that there is', () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 10_000_000 }),
      fc.nat({ max: 10_000_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (above, below, share) => {
        const given = shape({ above, below })
        const span = ladderSpan(given)
        assert.ok(span.all <= TALLEST + given.height + 2)
        const need = ladderNeed(given, share * (span.all - given.viewport))
        if (need?.kind !== 'at') return
        assert.ok(need.index >= 0 && need.index <= above + given.rows + below)
        assert.ok(need.index < above || need.index >= above + given.rows)
      },
    ),
  )
})
