/** What a reader can do in a lab. */
import { batch } from '@preact/signals'
import type { LabDetail } from '../server/dashboard/api-labs.ts'
import { type Answer, answerStep, forgetLab, runLabProgram, startLab, stopLab } from './requests.ts'
import * as state from './state.ts'

export function start(id: string): Promise<void> {
  // The first five minutes lead here, and are over.
  state.guide.value = false
  return change(startLab(id))
}
export const stop = (id: string) => change(stopLab(id))
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
