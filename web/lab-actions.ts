/** What a reader can do in a lab. */
import { batch } from '@preact/signals'
import type { LabDetail } from '../server/dashboard/api-labs.ts'
import { remember, remembered } from './lib/memory.ts'
import {
  type Answer,
  answerStep,
  forgetLab,
  runLabProgram,
  saveSubmission,
  startLab,
  stopLab,
} from './requests.ts'
import * as state from './state.ts'

/** With a learner's name a run to hand in, in which nothing earlier counts. */
export function start(id: string, learner?: string): Promise<void> {
  // The first five minutes lead here, and are over.
  state.guide.value = false
  if (learner === undefined) return change(startLab(id))
  remember(NAME, learner)
  return change(startLab(id, { fresh: true, learner }))
}

const NAME = 'learner'
/** Whose run was handed in last from this browser. */
export const learner = () => remembered(NAME) ?? ''

/** Saves the run to hand in under a name; whether it was. */
export async function handIn(id: string, file: string): Promise<boolean> {
  state.labBusy.value = true
  const problem = await saveSubmission(id, file)
  batch(() => {
    state.labBusy.value = false
    state.labError.value = problem?.message ?? null
  })
  return problem === null
}

export const stop = (id: string, run: string) => change(stopLab(id, run))
export function runProgram(id: string, program: string): Promise<void> {
  state.guide.value = false
  return change(runLabProgram(id, program))
}
export const forget = (id: string) => change(forgetLab(id))
export const answer = (id: string, step: string, text: string) => change(answerStep(id, step, text))

async function change(asked: Promise<Answer<LabDetail>>): Promise<void> {
  state.labBusy.value = true
  const got = await asked
  batch(() => {
    state.labBusy.value = false
    state.labError.value = got.ok ? null : got.error.message
    if (got.ok && got.value.id === state.labId.value) state.lab.value = got.value
  })
}
