import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readNumbered, readTyped, wordsOfNoChoice } from '../../server/labs/keys.ts'

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

test('a choice by words from within, where none begins so and no other has them', () => {
  const waits = { choices: ['5 ms', 'about 40 ms', 'about 200 ms', 'a second'] }
  assert.deepEqual(readTyped('40', waits), { kind: 'answer', answer: 'about 40 ms' })
  assert.deepEqual(readTyped('200 ms', waits), { kind: 'answer', answer: 'about 200 ms' })
  assert.deepEqual(readTyped('Second', waits), { kind: 'answer', answer: 'a second' })
  assert.deepEqual(readTyped('ms', waits), { kind: 'answer', answer: 'ms' })
  assert.deepEqual(readTyped('4', waits), { kind: 'answer', answer: '4' })
})

test('a choice by its beginning, where no other begins so and it is no key', () => {
  const when = { choices: ['at once', 'after pingTimeout', 'after pingInterval', 'next time', 'nobody'] }
  assert.deepEqual(readTyped('At o', when), { kind: 'answer', answer: 'at once' })
  assert.deepEqual(readTyped('after', when), { kind: 'answer', answer: 'after' })
  assert.deepEqual(readTyped('after pingT', when), { kind: 'answer', answer: 'after pingTimeout' })
  assert.deepEqual(readTyped('next', when), { kind: 'key', key: 'next' })
  assert.deepEqual(readTyped('n', when), { kind: 'key', key: 'next' })
  assert.deepEqual(readTyped('nob', when), { kind: 'answer', answer: 'nobody' })
  const first = { choices: ['101, but no news', '101 and the news', '3 of them', '30 of them'] }
  assert.deepEqual(readTyped('101', first), { kind: 'answer', answer: '101' })
  assert.deepEqual(readTyped('101 and', first), { kind: 'answer', answer: '101 and the news' })
  assert.deepEqual(readTyped('3', first), { kind: 'answer', answer: '3 of them' })
})

test('a beginning of several choices is told so, and what is none of them as well', () => {
  const choices = ['what the server has emitted', 'what the client has emitted', 'both']
  assert.match(wordsOfNoChoice('What the', choices), /“What the” is the beginning of 2 choices/)
  assert.equal(wordsOfNoChoice('none', choices), 'One of the choices is asked for; found none.')
})

test('a number and = name the step that is answered', () => {
  const steps = [
    { number: 2, choices: [] },
    { number: 5, choices: ['the client', 'the server'] },
  ]
  const read = (line: string) => {
    const found = readNumbered(line, steps)
    return found && [found.step.number, found.answer]
  }
  assert.deepEqual(read('2=14'), [2, '14'])
  assert.deepEqual(read(' 5 = the s '), [5, 'the server'])
  assert.deepEqual(read('2=next'), [2, 'next'])
  for (const line of ['=14', '2=', '3=14', '14', 'a=14']) assert.equal(read(line), undefined, line)
})
