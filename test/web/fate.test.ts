import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TransitNode } from '../../server/dashboard/api-network.ts'
import { fateShape, fateWords, later, reachOf, unseenWords, wayOf } from '../../web/lib/fate.ts'
import { time } from './rows.ts'

const transit = (rest: Partial<TransitNode> = {}): TransitNode => ({
  cable: 'server',
  direction: 'down',
  sentAt: time(1),
  arrivals: [],
  delay: 0.05,
  queue: 0,
  seen: true,
  ...rest,
})

test('of several fates the worst is the shape, and all are said', () => {
  assert.equal(fateShape({ fate: null }), 'plain')
  assert.equal(fateShape({ fate: 'delivered' }), 'plain')
  assert.equal(fateShape({ fate: 'duplicated, corrupted' }), 'corrupted')
  assert.equal(fateWords({ fate: 'duplicated, corrupted' }), 'duplicated, corrupted')
  for (const fate of ['lost', 'queue full', 'cut']) {
    assert.equal(fateShape({ fate }), 'lost')
    assert.match(fateWords({ fate }), /lost/)
    assert.ok(reachOf({ fate }) < 1)
  }
})

test('a frame that never arrived is told to be so, by the end that would not show it', () => {
  assert.equal(unseenWords({ transit: null }), '')
  assert.equal(unseenWords({ transit: transit() }), '')
  const gone = { delay: null, seen: false } as const
  assert.match(unseenWords({ transit: transit(gone) }), /^never arrived: the client’s own capture/)
  assert.match(unseenWords({ transit: transit({ ...gone, direction: 'up' }) }), /the server’s own capture/)
  assert.match(unseenWords({ transit: transit({ seen: false }) }), /another cable/)
})

test('a way ends where the frame came out, and until then where it will', () => {
  assert.deepEqual(wayOf({ transit: transit() }), { sentAt: time(1), arrivals: [time(1.05)] })
  const twice = [time(1.06), time(1.07)]
  assert.deepEqual(wayOf({ transit: transit({ arrivals: twice }) })?.arrivals, twice)
  assert.deepEqual(wayOf({ transit: transit({ delay: null }) })?.arrivals, [])
  assert.equal(wayOf({ transit: transit({ delay: 0.000_01 }) }), undefined)
})

test('times are added to the nanosecond', () => {
  assert.equal(later('1753000000.999999999', 1e-9), '1753000001.000000000')
})
