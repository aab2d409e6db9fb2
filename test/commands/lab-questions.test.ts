import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { askWhatIsOpen } from '../../server/commands/lab-questions.ts'
import type { LabDetail, LabStepNode } from '../../server/dashboard/api-labs.ts'
import { TestIo } from './command-io.ts'

const step = (id: string, number: number, about: Partial<LabStepNode>) =>
  ({
    id,
    number,
    title: id,
    text: `What of ${id}?`,
    kind: 'predict',
    state: 'open',
    choices: [],
    reply: null,
    ...about,
  }) as LabStepNode

/** A lab with two questions, of which `who` is answered right by the server and `many` by 3. */
function twoQuestions() {
  const right: Record<string, string> = { who: 'the server', many: '3' }
  const given: string[] = []
  let steps = [
    step('sent', 1, { kind: 'wire', state: 'open' }),
    step('who', 2, { choices: ['the client', 'the server'] }),
    step('known', 3, { state: 'done' }),
    step('many', 4, { reply: 'Not 4: look at packet 7, and answer again.' }),
  ]
  const lab = () => ({ stepList: steps }) as LabDetail
  const answer = async (id: string, value: string) => {
    given.push(`${id}=${value}`)
    const done = right[id] === value
    steps = steps.map((each) =>
      each.id === id ? { ...each, state: done ? 'done' : 'open', reply: done ? 'Yes.' : 'No.' } : each,
    )
    return lab()
  }
  return { lab, answer, given }
}

async function ask(lines: string[]) {
  const { lab, answer, given } = twoQuestions()
  const io = new TestIo()
  const stdin = new PassThrough()
  const asking = askWhatIsOpen(lab(), answer, { io: { ...io, stdin } as never, url: 'http://127.0.0.1:3000' })
  for (const line of lines) stdin.write(`${line}\n`)
  stdin.end()
  const after = await asking
  const open = after.stepList.filter(({ state }) => state === 'open').map(({ id }) => id)
  return { given, open, out: io.out }
}

test('what is open is asked until it is right; a choice by its beginning', async () => {
  const { given, open, out } = await ask(['the cl', 'the s', '3'])
  assert.deepEqual(given, ['who=the client', 'who=the server', 'many=3'])
  assert.deepEqual(open, ['sent'])
  assert.match(out, /Step 2 · who\nWhat of who\?\nChoices: the client \| the server\n/)
  assert.match(out, /No\.\nYes\.\n\nStep 4 · many\nWhat of many\?\nNot 4: look/)
})

test('an empty line leaves one open, the end of input all that are left', async () => {
  assert.deepEqual((await ask(['', '3'])).open, ['sent', 'who'])
  assert.deepEqual((await ask(['the client'])).open, ['sent', 'who', 'many'])
})
