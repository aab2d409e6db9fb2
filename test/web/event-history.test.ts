import assert from 'node:assert/strict'
import { test } from 'node:test'
import { joinEvents, newestGap } from '../../web/lib/event-history.ts'
import { event } from './rows.ts'

const events = (...ids: number[]) => ids.map((id) => event(id, id, 'on'))
const idsOf = (list: readonly { id: number }[]) => list.map(({ id }) => id)

test('events are joined in their order, newer versions in place of older ones, and the oldest go', () => {
  assert.deepEqual(idsOf(joinEvents(events(1, 2), events(3, 4), 3)), [2, 3, 4])
  const met = { ...event(2, 2, 'on'), packet: 7 }
  const joined = joinEvents(events(1, 2, 5), [met, event(3, 3, 'on')], 10)
  assert.deepEqual(idsOf(joined), [1, 2, 3, 5])
  assert.equal(joined[1]?.packet, 7)
  const before = events(1)
  assert.equal(joinEvents(before, [], 10), before)
})

test('the newest gap is asked about first, then what is older than all, and nothing that nobody can fill', () => {
  const known = events(10, 11, 20, 21, 30)
  assert.deepEqual(newestGap(known, new Set(), 10), { after: 21, before: 30 })
  assert.deepEqual(newestGap(known, new Set([30]), 10), { after: 11, before: 20 })
  assert.deepEqual(newestGap(known, new Set([30, 20]), 10), { after: 0, before: 10 })
  assert.equal(newestGap(known, new Set([30, 20, 10]), 10), null)
  assert.equal(newestGap(events(10, 11), new Set(), 2), null, 'there is no room for older ones')
  assert.equal(newestGap([], new Set(), 10), null)
})
