/** How a lab's questions are graded: by the packets of the run that the solution has just made. */
import assert from 'node:assert/strict'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { LabStepNode } from '../../server/dashboard/api-labs.ts'
import { LabClient } from '../../server/labs/client.ts'
import type { LoadedLab } from '../../server/labs/load.ts'
import { packageRoot } from '../../server/labs/package-root.ts'
import type { Wirelab } from '../../server/wirelab.ts'
import { type Sitting, stepOf } from './sitting.ts'
import type { StepTruth, TruthsWanted } from './truths-worker.ts'

/** The last of a conversation may come after its program has ended; on a busy machine one look takes seconds. */
const DECIDED_WITHIN_MS = 20_000

/**
 * The truth is taken from the run as it would be handed in, so what was seen and what is read from the file must agree.
 * Each wrong answer that a question knows gets its own reply, and the right one is right.
 */
export async function answersAreGraded(wirelab: Wirelab, lab: LoadedLab, { detail }: Sitting): Promise<void> {
  const client = new LabClient(wirelab.url)
  const asked = detail.stepList.filter(({ kind }) => kind === 'predict').map(({ id }) => id)
  if (asked.length === 0) return
  for (const { step, value, wrong } of await decided(client, lab, asked)) {
    assert.ok(value !== undefined, `${step}: the solution's packets do not decide it`)
    const ask = async (answer: string): Promise<LabStepNode> =>
      stepOf(await client.answer(lab.id, step, answer), step)
    for (const { answer, reply, right } of wrong) {
      const node = await ask(answer)
      const about: string = `${step}, answered ${answer} where ${value} is right`
      if (right) assert.equal(node.state, 'done', about)
      else {
        assert.equal(node.state, 'open', `${about}: ${node.reply}`)
        assert.equal(unnumbered(node.reply ?? ''), unnumbered(reply), about)
      }
    }
    const right = await ask(value)
    assert.equal(right.state, 'done', `${step}: ${value} is right by the file; live: ${right.reply}`)
  }
}

/** The truths of the run as it would be handed in, when it has all that the questions ask for. */
async function decided(client: LabClient, lab: LoadedLab, asked: readonly string[]): Promise<StepTruth[]> {
  const beside = dirname(lab.folder)
  const folder = beside === join(packageRoot(), 'labs') ? undefined : beside
  for (const limit = Date.now() + DECIDED_WITHIN_MS; ; await pause(100)) {
    const file = await client.submission(lab.id)
    const truths = await truthsOf({ lab: lab.id, folder, steps: asked, file })
    if (truths.every(({ value }) => value !== undefined) || Date.now() > limit) return truths
  }
}

let worker: Worker | undefined
let questions = 0

async function truthsOf(wanted: TruthsWanted): Promise<StepTruth[]> {
  worker ??= new Worker(new URL('./truths-worker.ts', import.meta.url)).setMaxListeners(0)
  const thread = worker
  const id = ++questions
  const answer = await new Promise<{ truths?: StepTruth[]; error?: string }>((resolve, reject) => {
    const take = (message: { id: number; truths?: StepTruth[]; error?: string }) => {
      if (message.id !== id) return
      thread.off('message', take).off('error', reject)
      resolve(message)
    }
    thread.on('message', take).on('error', reject)
    thread.postMessage({ id, wanted })
  })
  assert.ok(answer.truths, answer.error)
  return answer.truths
}

/** A packet may have another number in the file than it had live. */
const unnumbered = (text: string) => text.replace(/\d+/g, 'n')
