/** How a lab's questions are graded: by the packets of the run that the solution has just made. */
import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { grade } from '../../labs/kit/evidence.ts'
import type { PredictStep, RunView, Truth } from '../../labs/kit/lab.ts'
import type { LabStepNode } from '../../server/dashboard/api-labs.ts'
import { LabClient } from '../../server/labs/client.ts'
import type { LoadedLab } from '../../server/labs/load.ts'
import { type ReadSubmission, readSubmission } from '../../server/labs/submission.ts'
import type { Wirelab } from '../../server/wirelab.ts'
import { type Sitting, stepOf } from './sitting.ts'

/** The last of a conversation may come after its program has ended. */
const DECIDED_WITHIN_MS = 5000

/**
 * The truth is taken from the run as it would be handed in, so what was seen and what is read from the file must agree.
 * Each wrong answer that a question knows gets its own reply, and the right one is right.
 */
export async function answersAreGraded(wirelab: Wirelab, lab: LoadedLab, { detail }: Sitting): Promise<void> {
  const client = new LabClient(wirelab.url)
  const asked = lab.definition.steps.filter(
    (step): step is PredictStep =>
      step.kind === 'predict' && detail.stepList.some(({ id }) => id === step.id),
  )
  const { run } = await decided(client, lab, asked)
  for (const step of asked) {
    const view = step.byHand ? run.byHand : run
    const truth = step.truth(view)
    assert.ok(truth, `${step.id}: the solution's packets do not decide it`)
    const ask = async (answer: string): Promise<LabStepNode> =>
      stepOf(await client.answer(lab.id, step.id, answer), step.id)
    for (const [answer, reply] of Object.entries(wrongAnswers(step, truth, view))) {
      const node = await ask(answer)
      const about: string = `${step.id}, answered ${answer} where ${truth.value} is right`
      if (grade(step, answer, view).state === 'right') assert.equal(node.state, 'done', about)
      else {
        assert.equal(node.state, 'open', `${about}: ${node.reply}`)
        assert.equal(unnumbered(node.reply ?? ''), unnumbered(reply), about)
      }
    }
    const right = await ask(String(truth.value))
    assert.equal(right.state, 'done', `${step.id}: ${truth.value} is right by the file; live: ${right.reply}`)
  }
}

/** The run as it would be handed in, when it has all that the questions ask for. */
async function decided(
  client: LabClient,
  lab: LoadedLab,
  asked: readonly PredictStep[],
): Promise<ReadSubmission> {
  for (const limit = Date.now() + DECIDED_WITHIN_MS; ; await pause(100)) {
    const read = await readSubmission(Readable.from([await client.submission(lab.id)]))
    const open = asked.some((step) => step.truth(step.byHand ? read.run.byHand : read.run) === undefined)
    if (!open || Date.now() > limit) return read
  }
}

function wrongAnswers(step: PredictStep, truth: Truth, run: RunView): Record<string, string> {
  const known = Object.entries(step.replies ?? {}).map(([answer, reply]) => [answer, reply(truth)] as const)
  return { ...step.mistakes?.(truth, run), ...Object.fromEntries(known) }
}

/** A packet may have another number in the file than it had live. */
const unnumbered = (text: string) => text.replace(/\d+/g, 'n')
