import assert from 'node:assert/strict'
import { test } from 'node:test'
import { numberBefore } from '../../web/lib/run-begin.ts'

test('a run’s packets begin behind the last before its start, be the nearest that one or the first of its own', () => {
  const started = '1767225600.500000000'
  assert.equal(numberBefore({ number: 40, time: '1767225600.499999999' }, started), 40)
  assert.equal(numberBefore({ number: 41, time: '1767225600.500000001' }, started), 40)
})
