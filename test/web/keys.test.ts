import assert from 'node:assert/strict'
import { test } from 'node:test'
import { COMMAND_KEYS, commandOf, keyGroups, keyWords, LOCAL_KEYS } from '../../web/lib/keys.ts'

test('every key does one thing', () => {
  const keys = Object.values(COMMAND_KEYS).flatMap((entry) => entry.keys)
  assert.equal(new Set(keys).size, keys.length)
  for (const key of keys) assert.doesNotMatch(key, /^[1-9]$/, 'digits are the panes’')
})

test('a key is the command that the table has', () => {
  for (const [command, { keys }] of Object.entries(COMMAND_KEYS)) {
    for (const key of keys)
      assert.equal(commandOf(key.replace('Shift+', ''), key.startsWith('Shift+')), command)
  }
  assert.equal(commandOf('?', true), 'help', 'a sign that needs Shift is its own key')
  assert.equal(commandOf('x', false), undefined)
})

test('the list of keys has all of them', () => {
  const listed = keyGroups(['ladder', 'packets']).flatMap(({ entries }) => entries)
  assert.equal(listed.length, 2 + Object.keys(COMMAND_KEYS).length + LOCAL_KEYS.length)
  assert.deepEqual(listed.find(({ keys }) => keys[0] === '2')?.does, 'packets')
})

test('keys are called what stands on them', () => {
  assert.deepEqual(keyWords('Shift+ '), ['Shift', 'Space'])
  assert.deepEqual(keyWords('ArrowUp'), ['↑'])
})
