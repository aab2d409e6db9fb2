/** The conversation that is looked at by itself: opened, kept up to date, left. */
import { batch, effect, signal } from '@preact/signals'
import { select } from './actions.ts'
import type { FlowPart } from './lib/flow-parts.ts'
import { getFlow } from './requests.ts'
import * as state from './state.ts'

/** Which part is in sight where there is room for one only. */
export const flowPart = signal<FlowPart>('ladder')
/** Why it can't be shown; null while it can. */
export const flowProblem = signal<string | null>(null)

export function openFlow(id: string): void {
  batch(() => {
    state.page.value = 'live'
    state.zoomed.value = null
    flowPart.value = 'ladder'
    state.openFlow.value = id
  })
}

/** Back to all conversations; the ladder stays with this one. */
export function zoomOut(): void {
  const id = state.openFlow.value
  if (id === null) return
  batch(() => {
    state.openFlow.value = null
    state.chosenFlows.value = { flows: [id], session: false }
  })
}

/** The ladder's newest conversation, or back from the one that is open. */
export function toggleFlow(): void {
  const newest = state.shownFlows.value.at(-1)
  if (state.openFlow.value !== null && state.page.value === 'live') zoomOut()
  else if (newest !== undefined) openFlow(newest.id)
}

/** To the next packet of the conversation, or the one before; from nowhere to its newest. */
export function stepFlow(by: number): void {
  const rows = state.ladderRows.value
  const at = state.selected.value?.number
  const here = at === undefined ? -1 : rows.findIndex(({ number }) => number === at)
  const next = here < 0 ? rows.at(-1) : rows[here + by]
  if (next !== undefined) void select(next.number)
}

/** A link to a conversation of a file waits for the file. */
export function openByLink(id: string, capture: string | null): void {
  if (capture === null) {
    openFlow(id)
    return
  }
  const stop = effect(() => {
    if (state.opened.value?.id !== capture) return
    openFlow(id)
    queueMicrotask(() => stop())
  })
}

/** Keeps `openedFlow` as it is told, and asks for one that is not among those that are pushed. */
export function followFlow(): () => void {
  let place = placeOf()
  let asked = ''

  const stopLeaving = effect(() => {
    // Elsewhere the same name is another conversation's.
    const now = placeOf()
    if (now === place) return
    place = now
    state.openFlow.value = null
  })
  const stopFollowing = effect(() => {
    const id = state.openFlow.value
    const told = state.flows.value.find((flow) => flow.id === id)
    if (id === null || told !== undefined) {
      asked = ''
      batch(() => {
        state.openedFlow.value = told ?? null
        flowProblem.value = null
      })
      return
    }
    if (state.openedFlow.peek()?.id !== id) state.openedFlow.value = null
    const wanted = `${place} ${id}`
    if (wanted === asked) return
    asked = wanted
    void ask(id, wanted)
  })
  return () => {
    stopLeaving()
    stopFollowing()
  }

  async function ask(id: string, wanted: string): Promise<void> {
    const answer = await getFlow(id)
    if (wanted !== asked) return
    if (answer.ok) state.openedFlow.value = answer.value
    else flowProblem.value = answer.error.message
  }
}

const placeOf = () => `${state.opened.value?.id ?? ''} ${state.at.value}`
