import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grade } from '../../labs/kit/evidence.ts'
import type { PredictStep, RunView } from '../../labs/kit/lab.ts'

const run = {} as RunView
const truth = () => ({ value: 'the server', packet: 7, because: 'Packet 7 shows it.' })
const asked: PredictStep = {
  kind: 'predict',
  id: 'who',
  choices: ['the client', 'the server', 'both'],
  truth,
  replies: { both: () => 'Not both.', nobody: () => 'Then who sent packet 7?' },
}

test('an answer that is none of the choices is told so, unless there is a reply to it', () => {
  assert.deepEqual(grade(asked, ' The  server ', run), {
    state: 'right',
    reply: 'Yes. Packet 7 shows it.',
    packet: 7,
  })
  const reply = (answer: string) => grade(asked, answer, run).reply
  assert.equal(reply('server'), 'One of the choices is asked for; found server.')
  assert.equal(reply('the client'), 'Not the client: look at packet 7, and answer again.')
  assert.equal(reply('both'), 'Not both.')
  assert.equal(reply('Nobody'), 'Then who sent packet 7?')
})

test('a word where a number is asked for is told so', () => {
  const step: PredictStep = { kind: 'predict', id: 'count', truth: () => ({ ...truth(), value: 3 }) }
  assert.equal(grade(step, 'three', run).reply, 'A number alone is asked for; found three.')
  assert.equal(grade(step, '3,5', run).reply, 'A number alone is asked for, with a point: 3.5; found 3,5.')
  assert.match(grade(step, '0,125', run).reply, /with a point: 0\.125;/)
  const many: PredictStep = { ...step, truth: () => ({ ...truth(), value: 10_250 }) }
  assert.equal(grade(many, '10,250', run).state, 'right', 'digits in groups')
  assert.equal(grade(step, '3,5 ms', run).reply, 'A number alone is asked for; found 3,5 ms.')
  assert.equal(grade(step, '4', run).reply, 'Not 4: look at packet 7, and answer again.')
})
