import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LabDetail, LabStepNode } from '../../server/dashboard/api-labs.ts'
import { firstOpen, renderBoard } from '../../server/labs/board.ts'

const step = (id: string, more: Partial<LabStepNode>): LabStepNode => ({
  id,
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
  ...more,
})

const lab = (...stepList: LabStepNode[]): LabDetail => ({
  id: '01-test',
  number: 1,
  title: 'Test',
  summary: '',
  minutes: 1,
  networks: ['kernel'],
  steps: stepList.length,
  done: 0,
  text: '',
  stepList,
  run: null,
})

const guess = { kind: 'predict', answer: '10' } as const

test('a guess that waits for its packets is noted, and the next step is shown', () => {
  const board = lab(step('guess', { ...guess, reply: 'Noted.' }), step('send', {}))
  assert.equal(firstOpen(board)?.id, 'send')
  const text = renderBoard(board, { colour: false, hints: 0 })
  assert.match(text, /1 guess {2}noted: 10/)
  assert.match(text, /Text of send/)
  assert.doesNotMatch(text, /Text of guess/)
})

test('a wrong answer is asked again, and a guess alone stays in sight', () => {
  const wrong = step('guess', { ...guess, reply: 'Not 10: look at packet 3', packet: 3 })
  assert.equal(firstOpen(lab(wrong, step('send', {})))?.id, 'guess')
  assert.equal(firstOpen(lab(step('guess', guess)))?.id, 'guess')
  assert.equal(firstOpen(lab(step('send', { state: 'done' }))), undefined)
})
