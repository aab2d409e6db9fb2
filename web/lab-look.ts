/** A step points the page at what it means: filter, view and packet; and back to what was looked at before. */
import { batch, effect, signal } from '@preact/signals'
import type { LabDetail, LabStepNode } from '../server/dashboard/api-labs.ts'
import { applyFilter, seeFrom, select } from './actions.ts'
import { turnPage } from './address.ts'
import { look } from './capture-actions.ts'
import { openFlow } from './flow.ts'
import { numberBefore } from './lib/run-begin.ts'
import { playOrStop } from './replay.ts'
import { getPacketAt, getPackets, type Vantage } from './requests.ts'
import * as state from './state.ts'
import { goLive } from './time.ts'

type View = NonNullable<LabStepNode['look']>['view']

/** The step that the page was last pointed at, and what that came to; null once the reader went elsewhere by Back. */
export const shown = signal<{ readonly lab: string; readonly step: string; readonly words: string } | null>(
  null,
)
/** On a small screen the labs give way to what they point at. */
export const lowered = signal(false)

/** Counts what was asked for: whoever goes elsewhere meanwhile is not called back. */
let asked = 0

addEventListener('popstate', () => {
  asked++
  shown.value = null
})
effect(() => {
  const id = state.labId.value
  if (shown.peek() === null || shown.peek()?.lab === id) return
  asked++
  shown.value = null
})

/** Whose filters were the last that a run had. */
let known: LabDetail | null = null
effect(() => {
  const lab = state.lab.value
  if (lab === null || lab.run === null) return
  const before = known
  known = lab
  if (before?.id !== lab.id || before.run?.id === lab.run.id) return
  if (state.opened.peek() !== null || state.cursor.peek() !== null) return
  const filter = state.filter.peek()
  const next = inNextRun(filter, before, lab)
  if (next !== filter) void applyFilter(next)
})

/** A step's filter, where it is one, with the ports of the run that begins: with those before, none of its packets match. */
function inNextRun(filter: string, before: LabDetail, now: LabDetail): string {
  for (const [index, step] of before.stepList.entries()) {
    const next = now.stepList[index]
    if (step.filter === filter) return next?.filter ?? ''
    if (step.look?.filter === filter) return next?.look?.filter ?? ''
  }
  return filter
}

export async function showStep(lab: LabDetail, step: LabStepNode): Promise<void> {
  if (step.look === null) return
  const { view, filter } = step.look
  const at = state.labNetwork.peek() === null ? 'client' : step.look.at
  const say = (words: string) => {
    shown.value = { lab: lab.id, step: step.id, words }
  }
  const mine = ++asked
  // From one step to the next there is one way back: to what was looked at before the first.
  if (shown.value === null) turnPage()
  say('Looking for it.')
  present(at)
  const first = await firstMatch(filter, lab.run)
  if (mine !== asked) return
  // The server's capture has numbers of its own: a step's are those of the client's.
  const ending = at === 'client' ? step.packet : null
  // On the map it is the way there that is looked at, elsewhere the packet that the step ended with.
  const packet = view === 'map' ? (first ?? ending) : (ending ?? first)
  batch(() => {
    say(wordsOf(view, filter, packet, at))
    state.labStep.value = step.id
    lowered.value = state.narrow.value
    open(view)
  })
  if (filter !== null) await applyFilter(filter)
  if (mine !== asked) return
  if (packet !== null) await select(packet)
  if (mine !== asked) return
  if (view === 'flow') openFlowOfPacket()
  const untold = (view === 'events' || view === 'who-heard') && packet !== null && !isTold()
  if (untold) {
    state.lower.value = 'packets'
    say(UNTOLD)
  }
  ringPane(untold ? 'packets' : view)
  if (view === 'map' && packet !== null && mayMove()) {
    await playOrStop()
    if (state.playing.value !== null)
      say(`Played again from packet ${packet} on. Live, in the bar below, ends it.`)
  }
}

/** A packet that a step's words name. */
export function showPacket(number: number): void {
  present()
  batch(() => {
    state.page.value = 'live'
    lowered.value = state.narrow.value
    if (state.narrow.value) state.tab.value = 'ladder'
  })
  void select(number)
}

export function showFilter(filter: string): void {
  present()
  batch(() => {
    state.page.value = 'live'
    lowered.value = state.narrow.value
    if (state.narrow.value) state.tab.value = 'packets'
  })
  void applyFilter(filter)
}

/** Nothing may have gone on since: what was shown is the history's newest page. */
export function backFromShown(): void {
  history.back()
}

/** Labs speak of what is live, as the clients see it unless a step says otherwise. */
function present(at: Vantage = 'client'): void {
  look(null)
  seeFrom(at)
  if (state.cursor.value !== null) goLive()
}

/** The run's first: filters may match what was there before it. */
async function firstMatch(filter: string | null, run: LabDetail['run']): Promise<number | null> {
  if (filter === null || run === null) return null
  const nearest = await getPacketAt({ time: run.startedAt })
  const after = nearest.ok ? numberBefore(nearest.value.row, run.startedAt) : 0
  const answer = await getPackets({ filter, after, limit: 1 })
  return answer.ok ? (answer.value.packets[0]?.number ?? null) : null
}

const mayMove = () => !matchMedia('(prefers-reduced-motion: reduce)').matches

/** The pane of a view; null for what is none. */
function paneOf(view: View): state.PaneId | null {
  if (view === 'compare' || view === 'flow') return null
  return view === 'who-heard' ? 'events' : view
}

function open(view: View): void {
  state.page.value = view === 'compare' ? 'compare' : 'live'
  const pane = paneOf(view)
  state.zoomed.value = null
  if (view !== 'flow') state.openFlow.value = null
  if (view === 'packets' || view === 'events' || view === 'who-heard') state.lower.value = view
  if (view === 'heartbeats') state.heartbeatsUnfolded.value = true
  if (pane !== null) state.tab.value = pane
}

const UNTOLD = 'No events are known of this conversation. Its packets are in the list.'

/** Whether events are known of the packet's conversation. */
function isTold(): boolean {
  const flow = state.flows.value.find(({ id }) => id === flowOfPacket())
  return flow !== undefined && state.events.value.some(({ remotePort }) => remotePort === flow.client.port)
}

function openFlowOfPacket(): void {
  const flow = flowOfPacket()
  if (flow !== null) openFlow(flow)
}

function flowOfPacket(): string | null {
  const inspected = state.inspected.value
  return inspected.state === 'ready' ? inspected.detail.row.flow : null
}

const RINGED_MS = 1600

/** Marks the pane for a moment, once it is drawn; one that has no room beside the others fills the page. */
function ringPane(view: View): void {
  const pane = paneOf(view)
  requestAnimationFrame(() => {
    if (pane !== null && !state.narrow.value && elementOf(pane)?.checkVisibility() !== true)
      state.zoomed.value = pane
    requestAnimationFrame(() => {
      const element = view === 'flow' ? document.querySelector('.pane--flow') : pane && elementOf(pane)
      if (!element) return
      element.setAttribute('data-shown', '')
      setTimeout(() => element.removeAttribute('data-shown'), RINGED_MS)
    })
  })
}

/** Events and packets stand in one place. */
const elementOf = (pane: state.PaneId) => document.getElementById(`pane-${pane}`)

const PLACES: Readonly<Record<View, string>> = {
  map: 'on the map',
  ladder: 'in the ladder',
  packets: 'in the list',
  inspector: 'in the inspector',
  heartbeats: 'among the heartbeats',
  events: 'among the events',
  'who-heard': 'in who heard',
  flow: 'in the conversation by itself',
  compare: 'in Compare',
}

function wordsOf(view: View, filter: string | null, packet: number | null, at: Vantage): string {
  const where = `Look ${PLACES[view]}${at === 'server' ? ', seen from the server' : ''}.`
  const set = filter === null ? '' : 'The filter is set'
  if (packet !== null) return `${set === '' ? 'Packet' : `${set}, packet`} ${packet} is open. ${where}`
  return set === '' ? where : `${set}; no packet matches it yet. ${where}`
}
