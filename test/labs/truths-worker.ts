/**
 * Reads runs that are handed in, and what is true by them, in a thread of its own: the Wirelab under test has the other
 * one for its cables and services, and a run takes seconds to read.
 */
import { Readable } from 'node:stream'
import { parentPort } from 'node:worker_threads'
import { grade } from '../../labs/kit/evidence.ts'
import type { PredictStep, RunView, Truth } from '../../labs/kit/lab.ts'
import { type LoadedLab, loadLabs } from '../../server/labs/load.ts'
import { readSubmission } from '../../server/labs/submission.ts'

export interface TruthsWanted {
  readonly lab: string
  /** Of labs beside ours; undefined for ours. */
  readonly folder: string | undefined
  readonly steps: readonly string[]
  readonly file: Uint8Array
}

/** What is true of one question by the packets of a run. */
export interface StepTruth {
  readonly step: string
  /** Undefined where the packets don't decide it. */
  readonly value: string | undefined
  /** Each wrong answer that the question knows, with its reply; `right` where it happens to be right in this run. */
  readonly wrong: readonly { readonly answer: string; readonly reply: string; readonly right: boolean }[]
}

const labs = new Map<string, Promise<LoadedLab[]>>()

async function truthsOf({ lab: id, folder, steps, file }: TruthsWanted): Promise<StepTruth[]> {
  let loaded = labs.get(id)
  if (loaded === undefined) {
    loaded = loadLabs({ folder, only: (each) => each === id })
    labs.set(id, loaded)
  }
  const [lab] = await loaded
  const { run } = await readSubmission(Readable.from([Buffer.from(file)]))
  return (lab?.definition.steps ?? [])
    .filter((step): step is PredictStep => step.kind === 'predict' && steps.includes(step.id))
    .map((step) => {
      const view = step.byHand ? run.byHand : run
      const truth = step.truth(view)
      if (truth === undefined) return { step: step.id, value: undefined, wrong: [] }
      const wrong = Object.entries(wrongAnswers(step, truth, view)).map(([answer, reply]) => {
        return { answer, reply, right: grade(step, answer, view).state === 'right' }
      })
      return { step: step.id, value: String(truth.value), wrong }
    })
}

function wrongAnswers(step: PredictStep, truth: Truth, run: RunView): Record<string, string> {
  const known = Object.entries(step.replies ?? {}).map(([answer, reply]) => [answer, reply(truth)] as const)
  return { ...step.mistakes?.(truth, run), ...Object.fromEntries(known) }
}

parentPort?.on('message', ({ id, wanted }: { id: number; wanted: TruthsWanted }) => {
  truthsOf(wanted).then(
    (truths) => parentPort?.postMessage({ id, truths }),
    (error: unknown) => parentPort?.postMessage({ id, error: String(error) }),
  )
})
