import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileFilter } from '../../server/trace/filter.ts'
import { EXAMPLES, readHistory, withFilter, without } from '../../web/lib/filter-history.ts'

test('a filter that comes into force again moves to the top', () => {
  assert.deepEqual(withFilter(['tcp', 'udp'], ' udp '), ['udp', 'tcp'])
  assert.deepEqual(withFilter(['tcp'], ''), ['tcp'])
  assert.deepEqual(without(['tcp', 'udp'], 'tcp'), ['udp'])
})

test('the history is bounded', () => {
  let history: string[] = []
  for (let port = 1; port < 100; port++) history = withFilter(history, `tcp.port == ${port}`)
  assert.equal(history.length, 30)
  assert.equal(history[0], 'tcp.port == 99')
  assert.deepEqual(withFilter([], 'x'.repeat(501)), [])
})

test('whatever is found in the memory, the history is filters', () => {
  assert.deepEqual(readHistory(JSON.stringify(['tcp', 5, '', 'udp'])), ['tcp', 'udp'])
  assert.deepEqual(readHistory('{'), [])
  assert.deepEqual(readHistory('{}'), [])
  assert.deepEqual(readHistory(null), [])
})

test('every example is a filter', () => {
  for (const [filter] of EXAMPLES) compileFilter(filter)
})
