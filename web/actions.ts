/** What a reader can do: each changes the state and asks the server for what follows from it. */
import { batch } from '@preact/signals'
import type { FlowNode, Row, SendResult } from '../server/dashboard/api.ts'
import type { RowsMessage, WatchRequest } from '../server/dashboard/api-live.ts'
import type { Connection } from './connection.ts'
import { carriesMessage } from './lib/first-minutes.ts'
import type { LadderNeed } from './lib/ladder-window.ts'
import { remember } from './lib/memory.ts'
import { clampSize, type Split } from './lib/split.ts'
import { type Answer, getPacket, getPackets, lookFrom, send, type Vantage } from './requests.ts'
import * as state from './state.ts'

let connection: Connection | undefined
let reading: AbortController | undefined
/** A row that was asked for by its place and is not here yet. */
let awaited: number | null = null

export function bindConnection(given: Connection): void {
  connection = given
  void follow()
}

/** Rows that a list shows before its window was measured. */
export const FIRST_ROOM = 24
/** Rows sent while the list follows: what its window shows, and some more for the first turn of the wheel. */
let room = FIRST_ROOM

export async function watch(request: Omit<WatchRequest, 'filter' | 'at' | 'capture'>): Promise<void> {
  const [filter, at, capture] = [state.filter.value, state.at.value, state.opened.value?.id]
  const error = await connection?.watch({
    ...request,
    ...(filter !== '' && { filter }),
    ...(at !== 'client' && { at }),
    ...(capture !== undefined && { capture }),
  })
  if (error != null) state.filterError.value = error
}

export function follow(): Promise<void> {
  state.following.value = true
  return watch({ follow: true, limit: room })
}

/** The list's window shows so many rows. */
export function makeRoom(inSight: number): void {
  const wanted = Math.min(500, inSight + 16)
  if (wanted === room) return
  const more = wanted > room
  room = wanted
  if (more && state.following.value) void follow()
}

export function stopFollowing(): void {
  if (!state.following.value) return
  state.seen.value = state.rows.value.total
  state.following.value = false
}

/** Rows of the filter before, until those of the present one have come. */
let outdated: RowsMessage | null = null

export const areOutdated = () => state.rows.value === outdated

/** Applies a filter: the list starts over with it, at its tail. A bad one leaves the list as it was. */
export async function applyFilter(text: string): Promise<void> {
  const before = state.filter.value
  const wanted = text.trim()
  state.filterError.value = null
  if (wanted !== '') {
    const check = await getPackets({ filter: wanted, limit: 1 })
    if (!check.ok) {
      state.filterError.value = check.error
      return
    }
  }
  if (wanted !== before) {
    batch(() => {
      state.filter.value = wanted
      const at = state.selected.value
      if (at !== null) state.selected.value = { ...at, index: null }
    })
    outdated = state.rows.value
  }
  await follow()
  // What comes from now on is of the new one.
  if (wanted !== before) outdated = state.rows.value
  const at = state.selected.value
  if (at !== null) void findIndex(at.number)
}

/** Looks at the capture at the other end: another list, with numbers of its own, so what was open is let go of. */
export function seeFrom(at: Vantage): void {
  if (state.at.value === at) return
  lookFrom(at)
  batch(() => {
    unselect()
    state.at.value = at
    state.rows.value = state.NO_ROWS
    state.mapFrames.value = null
    state.flows.value = []
    state.sessions.value = []
    state.ladderRows.value = []
    state.chosenFlows.value = null
    state.cursor.value = null
  })
  void follow()
}

/** Opens a packet in the inspector; the ladder goes to its conversation. */
export async function select(number: number, index: number | null = null): Promise<void> {
  awaited = null
  const listed = state.rows.value
  const known = listed === outdated ? -1 : listed.rows.findIndex((row) => row.number === number)
  const at = index ?? (known >= 0 ? listed.index + known : null)
  reading?.abort()
  reading = new AbortController()
  const { signal } = reading
  batch(() => {
    if (state.selected.value?.number !== number) state.highlight.value = null
    // Of a packet that a link leads to, the link says which field.
    if (state.selected.value !== null && state.selected.value.number !== number) state.field.value = null
    state.selected.value = { number, index: at }
    // The packet shown stays until the next is here: no flicker on the way down a list.
    if (state.inspected.value.state !== 'ready') state.inspected.value = { state: 'loading', number }
    if (at === null || at < state.rows.value.total - 1) stopFollowing()
  })
  if (at === null) void findIndex(number)
  const answer = await getPacket(number, signal)
  if (signal.aborted) return
  batch(() => {
    state.openedOne.value = true
    if (answer.ok) {
      const { row } = answer.value
      const sent = state.sentFlow.value
      if (sent !== undefined && carriesMessage(row, sent)) state.openedMessage.value = true
      state.inspected.value = { state: 'ready', detail: answer.value }
      showFlowOf(row)
    } else {
      state.inspected.value = { state: 'gone', number, message: answer.error.message }
    }
  })
}

/** Where a packet stands among the matches, for the list to go there. */
async function findIndex(number: number): Promise<void> {
  const filter = state.filter.value
  const answer = await getPackets({ filter, after: number - 1, limit: 1 })
  if (!answer.ok || state.selected.value?.number !== number) return
  const index = answer.value.packets[0]?.number === number ? answer.value.index : null
  state.selected.value = { number, index }
}

/** Opens the packet at a place of the list; asks for it first when it is not here. */
export function selectIndex(index: number): void {
  const { rows, index: first } = state.rows.value
  const row = rows[index - first]
  if (first >= 0 && row !== undefined) {
    void select(row.number, index)
    return
  }
  awaited = index
  stopFollowing()
  void watch({ index: Math.max(0, index - 100), limit: 200 })
}

/** Called when rows came: a selection that waited for them is made. */
export function rowsCame(): void {
  if (awaited === null) return
  const { rows, index } = state.rows.value
  const row = index < 0 ? undefined : rows[awaited - index]
  if (row !== undefined) void select(row.number, awaited)
}

export function unselect(): void {
  reading?.abort()
  batch(() => {
    state.selected.value = null
    state.highlight.value = null
    state.field.value = null
    state.inspected.value = { state: 'none' }
    state.chosenFlows.value = null
    state.ladderAround.value = null
  })
}

/** The ladder goes to a packet's conversation, unless it shows it already. */
function showFlowOf(row: Row): void {
  if (row.flow === null) return
  const shown = state.shownFlows.value
  const chosen = state.chosenFlows.value
  const there = shown.some(({ id }) => id === row.flow)
  // Played again, conversations alternate: the ladder stays with its own until that is over.
  if (!there && state.playing.value !== null && shown.some(isGoingOn)) return
  // What follows the newest stays where it is now: one is reading it.
  if (!there) state.chosenFlows.value = { flows: [row.flow], session: true }
  else if (chosen === null) state.chosenFlows.value = { flows: shown.map(({ id }) => id), session: true }
}

function isGoingOn({ state: now }: FlowNode): boolean {
  return now === 'opening' || now === 'open' || now === 'closing'
}

export function chooseFlows(flows: readonly string[]): void {
  state.chosenFlows.value = flows.length === 0 ? null : { flows, session: false }
}

/** The ladder is scrolled to where it has no packets; what a reader scrolls to is wanted more than what they left. */
export function needOnLadder(need: LadderNeed): void {
  if (need.kind === 'newest') state.ladderAround.value = null
  state.ladderNeed.value = need
}

export function ladderAtTail(atTail: boolean): void {
  state.ladderAtTail.value = atTail
}

export function setSize(split: Split, size: number): void {
  state.sizes.value = { ...state.sizes.value, [split]: clampSize(split, size) }
  remember('sizes', JSON.stringify(state.sizes.value))
}

/** A pane fills the page, or goes back to its place; where one pane is in sight, it comes into sight. */
export function showPane(pane: state.PaneId): void {
  batch(() => {
    state.page.value = 'live'
    if (pane === 'packets') state.lower.value = pane
    else if (pane === 'events' && state.lower.value === 'packets') state.lower.value = pane
    if (state.narrow.value) state.tab.value = pane
    else state.zoomed.value = state.zoomed.value === pane ? null : pane
  })
}

/** Sends the first message, from a client of the lab's own. */
export async function sendHello(guess: number | null): Promise<void> {
  batch(() => {
    state.guide.value = true
    state.guess.value = guess
    state.sendError.value = null
    state.answered.value = false
  })
  const answer = await sendMessage('tcp-echo', 'hello\n')
  if (answer.ok) {
    state.answered.value = true
    state.helloFrom.value = answer.value.flow
  } else state.sendError.value = answer.error.message
}

/** One message to a service from a client of the lab's own, whose conversation is then not taken for the reader's. */
export async function sendMessage(
  service: string,
  message: string,
  run?: string,
): Promise<Answer<SendResult>> {
  state.sending.value = true
  const answer = await send({ service, message, ...(run !== undefined && { run }) })
  batch(() => {
    state.sending.value = false
    const socket = answer.ok ? answer.value.flow : null
    if (socket !== null) state.sentFrom.value = [...state.sentFrom.value.slice(-99), socket]
  })
  return answer
}
