/** What a reader can do with the labs. */
import { batch, effect } from '@preact/signals'
import type { LabDetail } from '../server/dashboard/api-labs.ts'
import { type Answer, answerStep, getLab, getLabs, startLab, stopLab } from './requests.ts'
import * as state from './state.ts'

export function openLab(id: string | null): void {
  batch(() => {
    state.labId.value = id
    state.labError.value = null
    if (state.lab.value?.id !== id) state.lab.value = null
  })
}

export function toggleLabs(): void {
  state.labsOpen.value = !state.labsOpen.value
}

export const start = (id: string) => change(startLab(id))
export const stop = (id: string) => change(stopLab(id))
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

/** Fetches what the drawer is to show, when it opens and again after the lab was lost. */
export function followLabs(): void {
  effect(() => {
    if (!state.labsOpen.value || state.link.value.state !== 'open') return
    const id = state.labId.value
    void (async () => {
      const list = await getLabs()
      if (list.ok) state.labs.value = list.value.labs
      else state.labError.value = list.error.message
      if (id === null) return
      const detail = await getLab(id)
      if (state.labId.value !== id) return
      if (detail.ok) state.lab.value = detail.value
      else state.labError.value = detail.error.message
    })()
  })
}
