/** Handed-in labs, judged again from their packets: nothing that the file or the learner says of it counts. */
import { createReadStream } from 'node:fs'
import { grade, judge } from '../../labs/kit/evidence.ts'
import type { Step } from '../../labs/kit/lab.ts'
import { messageOf } from '../errors.ts'
import type { LoadedLab } from './load.ts'
import type { LabRun } from './run.ts'
import { type ReadSubmission, readSubmission } from './submission.ts'

export interface GradedStep {
  readonly id: string
  readonly title: string
  readonly done: boolean
  /** The packet that shows it, or that the words are about, by its number in the file. */
  readonly packet: number | null
  /** What was seen instead, or replied to the answer; null for a step that is done. */
  readonly words: string | null
}

/** One file's verdict. */
export interface Graded {
  readonly file: string
  /** Why it could not be judged; null where it was. */
  readonly error: string | null
  readonly learner: string | null
  readonly lab: string | null
  readonly network: 'kernel' | 'lab' | null
  /** When the run began, epoch seconds; null where that isn't known. */
  readonly startedAt: string | null
  readonly steps: readonly GradedStep[]
  /** What speaks against it being the learner's own run. */
  readonly doubts: readonly string[]
  /** All steps are done, and nothing speaks against it. */
  readonly passed: boolean
}

/** Verdicts in the order of the files; two that hold the same run are told of in both. Never rejects. */
export async function gradeFiles(files: readonly string[], labs: readonly LoadedLab[]): Promise<Graded[]> {
  const graded: Graded[] = []
  const nonces: (string | undefined)[] = []
  for (const file of files) {
    const read = await readSubmission(createReadStream(file)).catch((error: Error) => error)
    graded.push(read instanceof Error ? ungraded(file, messageOf(read)) : gradeOne(file, read, labs))
    nonces.push(read instanceof Error ? undefined : read.said.nonce.text)
  }
  return graded.map((each, at) => {
    const same = nonces.findIndex(
      (nonce, other) => other !== at && nonce !== undefined && nonce === nonces[at],
    )
    const doubt = same < 0 ? [] : [`the same run was handed in as ${graded[same]?.file}`]
    const doubts = [...each.doubts, ...doubt]
    return { ...each, doubts, passed: each.passed && doubts.length === 0 }
  })
}

function gradeOne(file: string, { said, run, doubts }: ReadSubmission, labs: readonly LoadedLab[]): Graded {
  const lab = labs.find(({ id }) => id === said.lab)
  if (lab === undefined) {
    const known = labs.map(({ id }) => id).join(', ')
    return ungraded(file, `it is of lab ${said.lab}, which is not here (--labs DIR); there are ${known}`)
  }
  const steps = lab.definition.steps
    .map((step, index) => ({ step, title: lab.words.steps[index]?.title ?? step.id }))
    .filter(({ step }) => step.networks?.includes(said.network) ?? true)
    .map(({ step, title }) => ({ id: step.id, title, ...judgeStep(step, run, said.answers[step.id]) }))
  const { learner, network, startedAt } = said
  const passed = doubts.length === 0 && steps.every(({ done }) => done)
  return { file, error: null, learner, lab: lab.id, network, startedAt, steps, doubts, passed }
}

function judgeStep(
  step: Step,
  run: LabRun,
  answer: string | undefined,
): Pick<GradedStep, 'done' | 'packet' | 'words'> {
  const view = step.byHand ? run.byHand : run
  if (step.kind === 'wire') {
    const verdict = judge(step, view)
    if (verdict.done) return { done: true, packet: verdict.packet, words: null }
    return { done: false, packet: verdict.packet ?? null, words: verdict.seen ?? 'Not seen.' }
  }
  if (answer === undefined) return { done: false, packet: null, words: 'Not answered.' }
  const graded = grade(step, answer, view)
  if (graded.state === 'right') return { done: true, packet: graded.packet, words: null }
  const reply = graded.state === 'undecided' ? 'The packets that decide are not in the file.' : graded.reply
  const packet = graded.state === 'undecided' ? null : graded.packet
  return { done: false, packet, words: `${answer}: ${reply}` }
}

function ungraded(file: string, error: string): Graded {
  return {
    file,
    error,
    learner: null,
    lab: null,
    network: null,
    startedAt: null,
    steps: [],
    doubts: [],
    passed: false,
  }
}
