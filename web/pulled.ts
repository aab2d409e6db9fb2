/** While the guide goes on: whether the cable was pulled, what was lost in it, and what TCP sent again. */
import { effect, untracked } from '@preact/signals'
import { follow, unselect } from './actions.ts'
import { afterPull } from './lib/first-minutes.ts'
import { isCut } from './lib/impairments.ts'
import * as state from './state.ts'

export function followPull(): () => void {
  return effect(() => {
    const network = state.labNetwork.value
    const rows = state.mapFrames.value?.rows ?? []
    if (!state.guide.value || network === null) return
    const last = Math.max(0, state.rows.peek().last, ...rows.map(({ number }) => number))
    state.pull.value = afterPull(state.pull.peek(), isCut(network), rows, last)
  })
}

/**
 * Where the guide says to look at what comes next, list and ladder go there: the packet that stands open was the
 * guide's own wish.
 */
export function lookAhead(): () => void {
  let before = state.guideStep.peek()
  return effect(() => {
    const step = state.guideStep.value
    if (!state.guide.value || step === before) return
    before = step
    if (step !== 'yours' && step !== 'cut') return
    untracked(() => {
      unselect()
      void follow()
    })
  })
}
