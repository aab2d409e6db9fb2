import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readTyped } from '../../server/labs/keys.ts'

const free = { choices: [] }
const flags = { choices: ['FIN', 'SYN', 'next', 'A'] }

test('a key is its word or its first letters', () => {
  for (const [line, key] of [
    ['n', 'next'],
    ['hint', 'hint'],
    ['  H ', 'hint'],
    ['l', 'list'],
    ['r', 'run'],
    ['re', 'reset'],
    ['s', 'solution'],
    ['Q', 'quit'],
  ] as const) {
    assert.deepEqual(readTyped(line, undefined), { kind: 'key', key })
    assert.deepEqual(readTyped(line, free), { kind: 'key', key })
  }
})

test('anything else is an answer where something is asked, and unknown where nothing is', () => {
  assert.deepEqual(readTyped(' 7 ', free), { kind: 'answer', answer: '7' })
  assert.deepEqual(readTyped('segment', free), { kind: 'answer', answer: 'segment' })
  assert.deepEqual(readTyped('quite', free), { kind: 'answer', answer: 'quite' })
  assert.deepEqual(readTyped('7', undefined), { kind: 'unknown', text: '7' })
  assert.deepEqual(readTyped('  ', free), { kind: 'nothing' })
})

test('an answer that looks like a key: one of the choices, or behind =', () => {
  assert.deepEqual(readTyped('Next', flags), { kind: 'answer', answer: 'next' })
  assert.deepEqual(readTyped('fin', flags), { kind: 'answer', answer: 'FIN' })
  assert.deepEqual(readTyped('s', flags), { kind: 'key', key: 'solution' })
  assert.deepEqual(readTyped('fi', flags), { kind: 'answer', answer: 'FIN' })
  const times = { choices: ['about 3 times', 'about 30 times'] }
  assert.deepEqual(readTyped('about 3', times), { kind: 'answer', answer: 'about 3 times' })
  assert.deepEqual(readTyped('about', times), { kind: 'answer', answer: 'about' })
  assert.deepEqual(readTyped('= list', free), { kind: 'answer', answer: 'list' })
  assert.deepEqual(readTyped('=h', flags), { kind: 'answer', answer: 'h' })
  assert.deepEqual(readTyped('=h', undefined), { kind: 'unknown', text: '=h' })
})

test('a choice by its beginning, where no other begins so and it is no key', () => {
  const when = { choices: ['at once', 'after pingTimeout', 'after pingInterval', 'next time', 'nobody'] }
  assert.deepEqual(readTyped('At o', when), { kind: 'answer', answer: 'at once' })
  assert.deepEqual(readTyped('after', when), { kind: 'answer', answer: 'after' })
  assert.deepEqual(readTyped('after pingT', when), { kind: 'answer', answer: 'after pingTimeout' })
  assert.deepEqual(readTyped('next', when), { kind: 'key', key: 'next' })
  assert.deepEqual(readTyped('n', when), { kind: 'key', key: 'next' })
  assert.deepEqual(readTyped('nob', when), { kind: 'answer', answer: 'nobody' })
})
