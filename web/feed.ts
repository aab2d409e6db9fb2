/** Takes what the server pushes into the state; while the page is held it keeps the newest of each for later. */
import { batch } from '@preact/signals'
import type { EventNode } from '../server/dashboard/api.ts'
import { follow, rowsCame } from './actions.ts'
import type { Feed } from './connection.ts'
import { networkCame } from './network-actions.ts'
import { lookInto } from './requests.ts'
import * as state from './state.ts'

const MOST_EVENTS = 1000
/** Bars of the pace: a minute. */
const PACE_SECONDS = 60

/** What came while the page was held. */
let held = { apply: new Map<string, () => void>() }

export const feed: Feed = {
  link(link) {
    // Lost once is lost since then, however often the client tries again.
    const before = state.link.value
    if (link.state === 'lost' && before.state === 'lost') return
    state.link.value = link
  },
  rows(message) {
    // The capture at the servers' end is made when somebody looks, and is a run of its own.
    if (state.at.value === 'client' && state.opened.value === null) startOver(message.run)
    batch(() => {
      // Whoever came by a link to a packet has seen what was there then.
      if (state.rows.value.total === 0 && !state.following.value) state.seen.value = message.total
      state.rows.value = message
      rowsCame()
    })
  },
  status(status) {
    startOver(status.run)
    state.status.value = status
  },
  flows: (flows) => ofLive('flows', () => (state.flows.value = flows)),
  sessions: (sessions) => ofLive('sessions', () => (state.sessions.value = sessions)),
  events: (events) =>
    ofLive(`events ${events[0]?.id}`, () => (state.events.value = merged(state.events.value, events))),
  lab: (lab) => {
    if (lab.id === state.labId.value) state.lab.value = lab
  },
  network: (network) => {
    if (state.opened.value === null) networkCame(network)
  },
}

/** Lets the page go on with what came meanwhile. */
export function release(): void {
  const later = held.apply
  held = { apply: new Map() }
  batch(() => {
    state.paused.value = null
    for (const apply of later.values()) apply()
  })
}

/** A page that shows a file asks for what it shows; what is live comes again when it goes back. */
function ofLive(what: string, apply: () => void): void {
  if (state.opened.value === null) orLater(what, apply)
}

function orLater(what: string, apply: () => void): void {
  if (state.paused.value === null) apply()
  else if (held.apply.size < MOST_EVENTS) held.apply.set(what, apply)
}

/** An observer that began anew knows nothing of what is on the page: neither should the page. */
function startOver(run: string): void {
  const isLive = state.at.value === 'client' && state.opened.value === null
  const known = state.status.value?.run ?? (isLive ? state.rows.value.run : '')
  if (known === '' || run === '' || run === known) return
  batch(() => {
    held = { apply: new Map() }
    state.begunAnew.value = state.rows.value.total > 0
    state.rows.value = { ...state.NO_ROWS, run }
    if (state.status.value !== null) state.status.value = { ...state.status.value, run }
    state.flows.value = []
    state.sessions.value = []
    state.events.value = []
    state.ladderRows.value = []
    state.selected.value = null
    state.inspected.value = { state: 'none' }
    state.chosenFlows.value = null
    state.ladderAround.value = null
    state.mapFrames.value = null
    state.paused.value = null
    state.sentFrom.value = []
    state.helloFrom.value = null
    state.compared.value = new Set()
    state.following.value = true
  })
  // Files that were opened went with the observer that held them; the next will have the same ids.
  state.closedFiles.value = new Set()
  if (state.opened.value === null) return
  lookInto(null)
  batch(() => {
    state.opened.value = null
    state.captures.value = []
  })
  void follow()
}

/** Newer versions of an event replace it; the oldest go. */
function merged(before: readonly EventNode[], fresh: readonly EventNode[]): EventNode[] {
  const newest = before.at(-1)?.id ?? -1
  if (fresh.every((event, at) => event.id > (fresh[at - 1]?.id ?? newest)))
    return [...before, ...fresh].slice(-MOST_EVENTS)
  const byId = new Map(before.map((event) => [event.id, event]))
  for (const event of fresh) byId.set(event.id, event)
  return [...byId.values()].sort((a, b) => a.id - b.id).slice(-MOST_EVENTS)
}

/** Notes each second how many packets came in it. */
export function keepPace(): void {
  let before: number | null = null
  setInterval(() => {
    const total = state.status.value?.trace.total ?? 0
    if (before !== null && state.paused.value === null) {
      state.pace.value = [...state.pace.value, Math.max(0, total - before)].slice(-PACE_SECONDS)
    }
    before = total
  }, 1000)
}
