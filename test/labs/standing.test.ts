import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PredictStep } from '../../labs/kit/lab.ts'
import { loadLabs } from '../../server/labs/load.ts'
import { Progress } from '../../server/labs/progress.ts'
import type { LabRun } from '../../server/labs/run.ts'
import type { RunCable } from '../../server/labs/run-cable.ts'
import { Standing } from '../../server/labs/standing.ts'

const CUT_CABLE = '14-the-cut-cable'
const BEFORE = ['two-clients', 'busy']
const BEHIND = ['back', 'catch-up', 'recovered', 'noted']
const GUESSES = ['same-id', 'whose', 'brought-back']

/** Whose the cable is when those steps were done in an earlier run. */
async function cableStep(done: readonly string[]): Promise<string | undefined> {
  const [lab] = await loadLabs({ only: (id) => id === CUT_CABLE })
  const progress = new Progress({ path: null, talk: () => undefined })
  for (const step of done) {
    progress.tick(CUT_CABLE, step, 1)
    if (GUESSES.includes(step)) progress.answer(CUT_CABLE, step, 'what was right')
  }
  const standing = new Standing(lab!, 'lab', progress)
  return standing.cableStep(standing.nodes())?.id
}

test('the first open wire step has the cable, if it changes it or not', async () => {
  assert.equal(await cableStep([]), 'two-clients')
  assert.equal(await cableStep(BEFORE), 'back')
})

test('a cable that was cut in an earlier run is cut again for each step that looks at the cut', async () => {
  for (const done of [1, 2, 3]) assert.equal(await cableStep([...BEFORE, ...BEHIND.slice(0, done)]), 'back')
})

test('steps are numbered as in the text, also where the network leaves some out', async () => {
  const [lab] = await loadLabs({ only: (id) => id === '04-streams-and-buffers' })
  const progress = new Progress({ path: null, talk: () => undefined })
  const numbers = (network: 'lab' | 'kernel') =>
    new Standing(lab!, network, progress).nodes().map(({ number }) => number)
  assert.deepEqual(numbers('lab'), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  assert.deepEqual(numbers('kernel'), [1, 2, 3, 4, 5, 11, 12])
})

test('what Python can’t show on the lab network it can on the kernel’s', async () => {
  const [lab] = await loadLabs({ only: (id) => id === '04-streams-and-buffers' })
  const progress = new Progress({ path: null, talk: () => undefined })
  const beyond = (network: 'lab' | 'kernel') =>
    new Standing(lab!, network, progress).nodes().flatMap((node) => (node.beyondPython ? [node.number] : []))
  assert.deepEqual(beyond('lab'), [7, 8, 10, 12])
  assert.deepEqual(beyond('kernel'), [])
})

test('the guesses that are left may hang on it too, and when all is done it is left alone', async () => {
  assert.equal(await cableStep([...BEFORE, ...BEHIND]), 'back')
  assert.equal(await cableStep([...BEFORE, ...BEHIND, ...GUESSES]), undefined)
})

test('a question answered right in an earlier run stays done, though this run has another truth', async () => {
  const [lab] = await loadLabs({ only: (id) => id === '03-tcp-open-and-close' })
  const question: PredictStep = { kind: 'predict', id: 'syn-ack', truth: () => truth }
  const asking = { ...lab!, definition: { ...lab!.definition, steps: [question] } }
  let truth = { value: 1000, packet: 2, because: 'It says so.' }
  const progress = new Progress({ path: null, talk: () => undefined })
  const sitting = () => {
    const standing = new Standing(asking, 'lab', progress)
    const run = { revision: 1, resolve: (text: string) => text } as LabRun
    standing.begin({ run, fresh: false, demo: false, cable: { standing: '' } as RunCable })
    return standing
  }
  const stateOf = (standing: Standing) => standing.nodes()[0]?.state

  const today = sitting()
  today.answer('syn-ack', '1000')
  assert.equal(stateOf(today), 'done')
  truth = { ...truth, value: 2000 }
  const tomorrow = sitting()
  assert.equal(stateOf(tomorrow), 'done')
  tomorrow.answer('syn-ack', '3000')
  assert.equal(stateOf(tomorrow), 'open', 'an answer that is wrong of this run, given in it')
  tomorrow.answer('syn-ack', '2000')
  assert.equal(stateOf(tomorrow), 'done')
})

test('a step’s filter says nothing twice, where its evidence is the same packet sent again', async () => {
  const [lab] = await loadLabs({ only: (id) => id === '13-acks-and-delivery' })
  const standing = new Standing(lab!, 'lab', new Progress({ path: null, talk: () => undefined }))
  const run = { revision: 1, resolve: (text: string) => text, find: () => [] } as unknown as LabRun
  standing.begin({
    run,
    fresh: false,
    demo: false,
    cable: { standing: '', words: () => null } as unknown as RunCable,
  })
  for (const { title, filter } of standing.nodes()) {
    const parts = filter?.split(' || ') ?? []
    assert.equal(new Set(parts).size, parts.length, title)
  }
})
