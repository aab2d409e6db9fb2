import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import type { LabDetail, LabStepNode } from '../../server/dashboard/api-labs.ts'
import { firstOpen, nextLab, plain, renderBoard, renderList } from '../../server/labs/board.ts'

const step = (id: string, more: Partial<LabStepNode>): LabStepNode => ({
  id,
  number: 1,
  title: id,
  text: `Text of ${id}`,
  kind: 'wire',
  state: 'open',
  filter: null,
  lookedFor: 'a line',
  seen: null,
  packet: null,
  cable: null,
  choices: [],
  answer: null,
  reply: null,
  hints: [],
  look: null,
  ...more,
})

const lab = (...stepList: LabStepNode[]): LabDetail => ({
  id: '01-test',
  number: 1,
  title: 'Test',
  summary: '',
  minutes: 1,
  networks: ['kernel'],
  assumes: [],
  unlocks: [],
  solved: false,
  unfit: null,
  steps: stepList.length,
  done: 0,
  text: '',
  stepList,
  run: null,
  door: null,
  programs: [],
})

const guess = { kind: 'predict', answer: '10' } as const

test('a guess that waits for its packets is noted, and the next step is shown', () => {
  const board = lab(step('guess', { ...guess, reply: 'Noted.' }), step('send', {}))
  assert.equal(firstOpen(board)?.id, 'send')
  const text = renderBoard(board, { colour: false, hints: 0 })
  assert.match(text, /1 guess {2}noted: 10; your packets will say\. To change it: 1=…\n/)
  assert.match(text, /Text of send/)
  assert.doesNotMatch(text, /Text of guess/)
})

test('a wrong answer is asked again, and a guess alone stays in sight', () => {
  const wrong = step('guess', { ...guess, reply: 'Not 10: look at packet 3', packet: 3 })
  assert.equal(firstOpen(lab(wrong, step('send', {})))?.id, 'guess')
  assert.equal(firstOpen(lab(step('guess', guess)))?.id, 'guess')
  assert.equal(firstOpen(lab(step('send', { state: 'done' }))), undefined)
})

test('below the board of a single run nobody can type: it says what the next run takes', () => {
  const once = (...steps: LabStepNode[]) =>
    renderBoard(lab(...steps), { colour: false, hints: 0, once: true })
  assert.match(
    once(step('guess', { ...guess, answer: null })),
    /\nAnswer with the next run: --answer '1=…'\.\n/,
  )
  const choices = ['FIN', 'SYN']
  assert.match(
    once(step('guess', { kind: 'predict', number: 4, choices })),
    /\nAnswer with the next run: --answer '4=…', one of them or its beginning\.\n/,
  )
  assert.match(once(step('guess', guess)), /noted: 10; this run’s packets do not say\n/)
  assert.doesNotMatch(once(step('guess', guess)), /[Tt]ype|To change it/)
})

test('for a program in Python, steps that it can’t show here are marked and come last', () => {
  const board = lab(step('join', { beyondPython: true }), step('send', { number: 2 }))
  const python = renderBoard(board, { colour: false, hints: 0, python: true })
  assert.match(python, /· 1 join {2}not in Python on the lab network\n {2}· 2 send\n\nStep 2/)
  assert.match(renderBoard(board, { colour: false, hints: 0 }), /· 1 join\n {2}· 2 send\n\nStep 1/)
  const done = lab(step('join', { beyondPython: true }), step('send', { state: 'done' }))
  assert.equal(firstOpen(done, { python: true })?.id, 'join')
})

test('a step has the number of the text, also where the network leaves out some before it', () => {
  const board = lab(step('send', { state: 'done', number: 5 }), step('window', { number: 12 }))
  const text = renderBoard(board, { colour: false, hints: 0 })
  assert.match(text, /✔ 5 send\n {2}· 12 window\n\nStep 12 · window\n/)
})

test('text loses its marks and code keeps all of it', () => {
  const text =
    'Call **`end()`** _once_, as [here](x.md):\n\n```js\nconst a = `x`\n  c(_d_)\n```\n\nThen `look`.'
  assert.equal(plain(text), 'Call end() once, as here:\n\n    const a = `x`\n      c(_d_)\n\nThen look.')
})

test('in a terminal prose is filled to its width, and code, tables and filters stay in one piece', () => {
  const text =
    'One two three four\nfive. A list:\n\n- six\n  seven\n- eight\n\n```js\nnine(ten, eleven, twelve)\n```'
  assert.deepEqual(plain(text, 16).split('\n'), [
    ...['One two three', 'four five. A', 'list:', '', '- six seven', '- eight', ''],
    '    nine(ten, eleven, twelve)',
  ])
  const filter = 'tcp.dstport==4001 && tcp.flags.syn==1'
  const board = lab(step('open', { text: '| a | b |\n| c | d |', filter, seen: 'From packet 8 on nothing.' }))
  const lines = renderBoard(board, { colour: true, hints: 0, columns: 16 })
    .split('\n')
    .map(stripVTControlCharacters)
  assert.deepEqual(lines.slice(-9, -1), [
    ...['| a | b |', '| c | d |', 'Looked for: a', 'line', 'Seen instead:', 'From packet 8 on', 'nothing.'],
    `Filter: ${filter}`,
  ])
})

test('the list shows how far each lab is; what is begun comes next, and then what is not', () => {
  const listed = (number: number, done: number) => {
    return { number, title: `Lab ${number}`, summary: 'S.', minutes: 5, steps: 8, done }
  }
  const labs = [listed(1, 8), listed(2, 0), listed(10, 3)]
  assert.deepEqual(renderList(labs, { colour: false }).split('\n'), [
    '✔ 01 Lab 1     8/8   5 min  S.',
    '· 02 Lab 2     0/8   5 min  S.',
    '◐ 10 Lab 10    3/8   5 min  S.',
  ])
  const narrow = [{ ...listed(1, 8), summary: 'Send one line.' }]
  assert.equal(renderList(narrow, { colour: false, columns: 34 }), '✔ 01 Lab 1    8/8   5 min  Send o…')
  assert.equal(nextLab(labs)?.number, 10)
  assert.equal(nextLab(labs.slice(0, 2))?.number, 2)
  assert.equal(nextLab(labs.slice(0, 1)), undefined)
})
