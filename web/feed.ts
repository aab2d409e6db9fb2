/** Takes what the server pushes into the state; while the page is held it keeps the newest of each for later. */
import { batch } from '@preact/signals'
import type { EventNode } from '../server/dashboard/api.ts'
import { areOutdated, follow, rowsCame, unselect } from './actions.ts'
import { readAnew } from './capture-actions.ts'
import type { Feed } from './connection.ts'
import { withLab } from './lib/lab-path.ts'
import { eventsAfter, eventsMet } from './lib/live-changes.ts'
import { networkCame } from './network-actions.ts'
import { labCame, labWent, lookInto } from './requests.ts'
import * as state from './state.ts'

/** Bars of the pace: a minute. */
const PACE_SECONDS = 60

/** What came while the page was held: of each kind the newest, and the events as they are by now. */
let held = nothingHeld()
/** The newest event that came in this run. */
let newest = 0

function nothingHeld(): { apply: Map<string, () => void>; events: EventNode[] | null } {
  return { apply: new Map(), events: null }
}

export const feed: Feed = {
  together: batch,
  link(link) {
    // Lost once is lost since then, however often the client tries again.
    const before = state.link.value
    if (link.state === 'lost' && before.state === 'lost') return
    batch(() => {
      state.link.value = link
      if (link.state === 'open' && before.state === 'lost') state.linkSaid.value = 'The lab answers again.'
      else if (link.state === 'lost') state.linkSaid.value = ''
    })
    if (link.state === 'open') labCame()
    else labWent()
  },
  place() {
    const run = state.status.value?.run
    return run === undefined ? {} : { run, event: newest }
  },
  rows(message) {
    // The capture at the servers' end is made when somebody looks, and is a run of its own.
    if (state.at.value === 'client' && state.opened.value === null) startOver(message.run)
    // Somebody, perhaps on another page, gave the secrets that the file lacked.
    if (state.opened.value !== null && state.opened.value.run !== message.run)
      void readAnew(state.opened.value.id)
    batch(() => {
      // Whoever came by a link to a packet, or by another filter, has seen what was there then; older ones are found later.
      const { total, complete } = state.rows.value
      const first = total === 0 || areOutdated() || !complete
      if (first && !state.following.value) state.seen.value = message.total
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
  events(events) {
    newest = Math.max(newest, events.at(-1)?.id ?? 0)
    changeEvents((before) => eventsAfter(before, events))
  },
  eventPackets: (met) => changeEvents((before) => eventsMet(before, met)),
  lab: (lab) => {
    if (lab.id === state.labId.value) state.lab.value = lab
    else if (state.labs.value !== undefined) state.labs.value = withLab(state.labs.value, lab)
  },
  network: (network) => {
    if (state.opened.value === null) networkCame(network)
  },
}

/** The page is about to show another time: it will go on from what it shows now. */
export function setAside(): void {
  const { flows, sessions, events } = state
  const [theseFlows, theseSessions, theseEvents] = [flows.peek(), sessions.peek(), events.peek()]
  held = nothingHeld()
  held.events = theseEvents
  held.apply.set('flows', () => (flows.value = theseFlows))
  held.apply.set('sessions', () => (sessions.value = theseSessions))
  held.apply.set('events', () => (events.value = theseEvents))
}

/** Lets the page go on with what came meanwhile. */
export function release(): void {
  const later = held.apply
  held = nothingHeld()
  batch(() => {
    state.cursor.value = null
    for (const apply of later.values()) apply()
  })
}

/** A page that shows a file asks for what it shows; what is live comes again when it goes back. */
function ofLive(what: string, apply: () => void): void {
  if (state.opened.value === null) orLater(what, apply)
}

function orLater(what: string, apply: () => void): void {
  if (state.cursor.value === null) apply()
  else held.apply.set(what, apply)
}

function changeEvents(change: (before: readonly EventNode[]) => EventNode[]): void {
  if (state.opened.value !== null) return
  const events = change(held.events ?? state.events.value)
  if (state.cursor.value !== null) held.events = events
  orLater('events', () => (state.events.value = events))
}

/** An observer that began anew knows nothing of what is on the page: neither should the page. */
function startOver(run: string): void {
  const isLive = state.at.value === 'client' && state.opened.value === null
  const known = state.status.value?.run ?? (isLive ? state.rows.value.run : '')
  if (known === '' || run === '' || run === known) return
  batch(() => {
    held = nothingHeld()
    newest = 0
    // What was asked for of the run before must not be taken for this one's.
    unselect()
    state.begunAnew.value = state.rows.value.total > 0
    state.rows.value = { ...state.NO_ROWS, run }
    if (state.status.value !== null) state.status.value = { ...state.status.value, run }
    state.flows.value = []
    state.sessions.value = []
    state.events.value = []
    state.ladderRows.value = []
    state.openFlow.value = null
    state.mapFrames.value = null
    state.cursor.value = null
    state.timeline.value = null
    state.sentFrom.value = []
    state.helloFrom.value = null
    state.compared.value = new Set()
    state.following.value = true
  })
  // Files that were opened went with the observer that held them; the next will have the same ids.
  state.closedFiles.value = new Set()
  if (state.opened.value !== null) {
    lookInto(null)
    batch(() => {
      state.opened.value = null
      state.captures.value = []
    })
  }
  // The window that was watched is one of the run before.
  void follow()
}

/** Notes each second how many packets came in it. */
export function keepPace(): void {
  let before: number | null = null
  setInterval(() => {
    const total = state.status.value?.trace.total ?? 0
    if (before !== null) {
      state.pace.value = [...state.pace.value, Math.max(0, total - before)].slice(-PACE_SECONDS)
    }
    before = total
  }, 1000)
}
