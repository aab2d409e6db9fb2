/**
 * All events that the lab still has, and who was at the hub, while somebody looks at them: the newest as they are
 * pushed, older ones and those that a push passed over when it is calm, a thousand at a time.
 */
import { batch, effect, untracked } from '@preact/signals'
import type { EventNode } from '../server/dashboard/api.ts'
import type { SocketNode } from '../server/dashboard/api-events.ts'
import { type Gap, joinEvents, newestGap } from './lib/event-history.ts'
import { getEvents, getSockets, restAfter } from './requests.ts'
import * as state from './state.ts'

/** As many as the lab keeps. */
const MOST = 10_000
const AT_ONCE = 1000
const REST_MS = 250
/** While new ones come so many at once. */
const AT_ONCE_BESIDE = 150
/** The lab did not answer. */
const RETRY_MS = 3000
/** More new ones than this between two looks are a flood: nothing else is asked for meanwhile. */
const FLOOD = 250
const ALL: Partial<Gap> = {}
const MOVES: ReadonlySet<EventNode['kind']> = new Set(['connect', 'disconnect', 'join', 'leave'])

export function feedEvents(): () => void {
  let subject = ''
  let history: readonly EventNode[] = []
  /** The push that `history` has taken in. */
  let taken: readonly EventNode[] = []
  let sockets = new Map<string, SocketNode>()
  let socketsUpTo = 0
  let closed = new Set<number>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let busy = false
  let failed = false
  let restMs = REST_MS

  const stop = effect(() => {
    const { status, opened, events, cursor } = state
    const wanted = `${status.value?.run ?? ''} ${opened.value?.id ?? ''} ${opened.value?.run ?? ''}`
    const looked = isLookedAt()
    const pushed = events.value
    if (wanted !== subject) {
      subject = wanted
      history = []
      taken = []
      sockets = new Map()
      socketsUpTo = 0
      closed = new Set()
      untracked(() => show(0))
    }
    // A page that stands at an earlier moment is shown what was there then, of what it has.
    const behind = cursor.value === null ? pushed !== taken : history.length === 0
    if (looked && behind) soon(history.length === 0 ? 0 : REST_MS)
  })
  return () => {
    stop()
    clearTimeout(timer)
  }

  function soon(waitMs: number): void {
    if (timer !== undefined || busy) return
    timer = setTimeout(() => {
      timer = undefined
      busy = true
      void catchUp().finally(() => {
        busy = false
        const fresh = state.cursor.peek() === null && state.events.peek() !== taken
        const more = fresh || newestGap(history, closed, MOST) !== null
        if (untracked(isLookedAt) && more && history.length > 0) soon(failed ? RETRY_MS : restMs)
      })
    }, waitMs)
  }

  async function catchUp(): Promise<void> {
    const mine = subject
    const before = history.at(-1)?.id ?? 0
    if (state.cursor.peek() === null) {
      taken = state.events.peek()
      history = joinEvents(history, taken, MOST)
    }
    const calm = before === 0 || (history.at(-1)?.id ?? 0) - before < FLOOD
    const gap = history.length === 0 ? ALL : calm ? newestGap(history, closed, MOST) : null
    const beside = before !== 0 && history.at(-1)?.id !== before
    const limit = beside ? AT_ONCE_BESIDE : AT_ONCE
    const answer = gap === null ? null : await getEvents(limit, gap.after, gap.before)
    failed = answer?.ok === false
    restMs = beside ? restAfter(REST_MS, answer ?? undefined) : REST_MS
    if (mine !== subject) return
    if (gap !== null && answer?.ok === true) {
      const { events } = answer.value
      if (events.length < limit && gap.before !== undefined) closed.add(gap.before)
      if (events.length < limit && events[0] !== undefined) closed.add(events[0].id)
      history = joinEvents(events, history, MOST)
    }
    const moved = history.some(({ id, kind }) => id > socketsUpTo && MOVES.has(kind))
    const roll = moved || socketsUpTo === 0 ? await getSockets(socketsUpTo) : null
    if (mine !== subject) return
    if (roll?.ok === true) {
      for (const socket of roll.value.sockets)
        sockets.set(`${socket.service} ${socket.nsp} ${socket.socket}`, socket)
      socketsUpTo = roll.value.upTo
    }
    show(roll?.ok === true ? roll.value.forgotten : state.hubSockets.peek().forgotten)
  }

  function show(forgotten: number): void {
    batch(() => {
      state.eventHistory.value = history
      state.hubSockets.value = { sockets: [...sockets.values()], upTo: socketsUpTo, forgotten }
    })
  }
}

function isLookedAt(): boolean {
  const place = state.narrow.value ? state.tab.value : state.zoomed.value
  const elsewhere = place !== null && place !== 'events' && place !== 'packets'
  return state.lower.value !== 'packets' && !elsewhere
}
