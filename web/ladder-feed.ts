/**
 * Keeps the ladder's window onto its conversations: the newest rows while their end is looked at, and what is scrolled
 * to, or what surrounds a packet that one goes to, otherwise. One request at a time; what it lets go of can be had again.
 */
import { batch, effect, untracked } from '@preact/signals'
import type { FlowNode, PacketPage, Row } from '../server/dashboard/api.ts'
import { joinHops } from './lib/hops.ts'
import { type LadderNeed, LEAST_KEPT } from './lib/ladder-window.ts'
import { rowAsOf } from './lib/replay.ts'
import { type Answer, getPackets, isScarce, payFor, restAfter } from './requests.ts'
import * as state from './state.ts'

/** Rows of a conversation's end that are held. */
const MOST_NEWEST = 300
/** Of one that grows faster than this between two requests only the newest are drawn. */
const MOST_AT_ONCE = 150
/** Rows asked for on one side of what is there, and around what was gone to. */
const STEP = 200
const BEFORE = 150
/** Where more than the page may ask for comes, so that it can't be read anyway, no more than are in sight. */
const MOST_FLOODED = 60
/** At least so long between two requests for what is new: a busy conversation is a blur anyway. */
const REST_MS = 200
/** The same while the ladder has nothing yet of the conversations that it is about, however scarce it is. */
const REST_EMPTY_MS = 1500

/** Matches `from` on among all that match, each with its row, also those that the picture joins into one. */
interface Held {
  readonly rows: readonly Row[]
  readonly from: number
  readonly total: number
}
const NOTHING: Held = { rows: [], from: 0, total: 0 }

export function feedLadder(): () => void {
  let subject = ''
  let held = NOTHING
  /** How many packets the conversations had when `held` was fetched. */
  let known = 0
  /** The newest packet that was asked for. */
  let upTo = 0
  /** Rows kept at the end: more where they fold to little. */
  let kept = MOST_NEWEST
  let begun = false
  let busy = false
  /** Runs until what is new is asked for again; what a reader wants is asked for meanwhile. */
  let resting: ReturnType<typeof setTimeout> | undefined
  /** Ends a request for conversations that the ladder is no longer about. */
  let asking = new AbortController()

  const stopFollowing = effect(() => {
    const flows = state.shownFlows.value
    const { status, opened, at } = state
    const wanted = `${status.value?.run ?? ''} ${opened.value?.id ?? ''} ${opened.value?.run ?? ''} ${at.value} ${flows.map((flow) => flow.id).join(' ')}`
    if (wanted !== subject) {
      subject = wanted
      known = 0
      upTo = 0
      kept = MOST_NEWEST
      asking.abort()
      asking = new AbortController()
      if (resting !== undefined && held.rows.length > 0) restFor(REST_EMPTY_MS)
      show(NOTHING)
      state.ladderNeed.value = null
      state.ladderAround.value = state.cursor.peek()?.number ?? null
    }
    if (state.ladderNeed.value !== null || state.ladderAround.value !== null || flows.length > 0) void next()
  })

  // Whoever goes to a packet that the ladder does not hold is taken there, once.
  let taken: number | null = null
  const stopLooking = effect(() => {
    const packet = state.inspected.value.state === 'ready' ? state.inspected.value.detail.row : null
    const shown = state.ladderRows.value
    const ids = new Set<string | null>(state.shownFlows.value.map((flow) => flow.id))
    if (packet === null || !ids.has(packet.flow)) {
      taken = null
      return
    }
    const [first, last] = [shown[0], shown.at(-1)]
    if (packet.number === taken || first === undefined || last === undefined) return
    // Another conversation's, which are about to go.
    if (!shown.every((row) => ids.has(row.flow))) return
    taken = packet.number
    const newer = state.ladderBelow.peek() > 0 && packet.number > last.number
    if (packet.number < first.number || newer) state.ladderAround.value = packet.number
  })

  // At a time of its own the ladder has nothing later; behind its window it goes there.
  let stood = false
  const stopStanding = effect(() => {
    const cursor = state.cursor.value
    if (cursor !== null && !reaches(held, cursor.number)) state.ladderAround.value = cursor.number
    else if (cursor === null && stood && state.ladderBelow.peek() > 0)
      state.ladderNeed.value = { kind: 'newest' }
    if (cursor !== null || stood) untracked(tell)
    stood = cursor !== null
  })

  return () => {
    stopFollowing()
    stopLooking()
    stopStanding()
  }

  async function next(): Promise<void> {
    if (busy) return
    const flows = state.shownFlows.peek()
    if (flows.length === 0) return
    const around = state.ladderAround.peek()
    // Nobody at the newest asked for what is above them: where much comes they are shown without.
    if (isMargin(state.ladderNeed.peek()) && isScarce()) state.ladderNeed.value = null
    const need = state.ladderNeed.peek()
    const wish = around !== null || need !== null || (known === 0 && isTheirs())
    // At a time of its own nothing comes to be caught up with.
    if (around === null && need === null && state.cursor.peek() !== null) return
    if (resting !== undefined && !wish) return
    clearTimeout(resting)
    resting = undefined
    busy = true
    const mine = subject
    let rest = 0
    if (around !== null) {
      const found = await surround(streamsFilter(flows), around)
      if (mine === subject) {
        if (state.ladderAround.peek() === around) state.ladderAround.value = null
        if (found !== undefined) show(found)
      }
    } else if (need !== null) {
      const found = await fetchNeed(streamsFilter(flows), need)
      if (mine === subject) {
        known = packetsOf(flows)
        const wanted = state.ladderNeed.peek()
        // Asked for twice while it was on its way, it has come; another place has not.
        if (wanted === need || (wanted?.kind === need.kind && need.kind !== 'at'))
          state.ladderNeed.value = null
        if (found !== undefined) show(found)
      }
    } else {
      // What a page begins with, or a reader wanted to see, is free.
      const free = known === 0 && (isTheirs() || !begun)
      begun = true
      const came = await catchUp(flows)
      // Nothing, though the flows say so: they will say so again, if they have not.
      if (came === undefined && mine === subject && packetsOf(state.shownFlows.peek()) === packetsOf(flows)) {
        busy = false
        return
      }
      rest = restAfter(REST_MS, free ? undefined : came)
    }
    busy = false
    restFor(mine === subject ? rest : Math.min(rest, REST_EMPTY_MS))
    // Something was wanted while the answer was on its way.
    if (mine !== subject || state.ladderNeed.peek() !== null || state.ladderAround.peek() !== null)
      void next()
  }

  function restFor(ms: number): void {
    clearTimeout(resting)
    resting = setTimeout(() => {
      resting = undefined
      void next()
    }, ms)
  }

  async function surround(filter: string, around: number): Promise<Held | undefined> {
    const [before, after] = await Promise.all([
      getPackets({ filter, limit: BEFORE, before: around }),
      getPackets({ filter, limit: STEP, after: around - 1 }),
    ])
    if (!before.ok || !after.ok) return undefined
    const from = before.value.index >= 0 ? before.value.index : Math.max(0, after.value.index)
    return { rows: [...before.value.packets, ...after.value.packets], from, total: after.value.total }
  }

  async function fetchNeed(filter: string, need: LadderNeed): Promise<Held | undefined> {
    const { rows, from } = held
    const [first, last] = [rows[0], rows.at(-1)]
    if (need.kind === 'at' || need.kind === 'newest') {
      const where =
        need.kind === 'at'
          ? { index: Math.max(0, Math.min(need.index - BEFORE, held.total - 2 * STEP)) }
          : { before: Number.MAX_SAFE_INTEGER }
      const answer = await getPackets({ filter, limit: 2 * STEP, ...where })
      return answer.ok ? heldFrom(answer.value) : undefined
    }
    kept = need.most
    if (first === undefined || last === undefined) return undefined
    if (need.kind === 'earlier') {
      const answer = await getPackets({ filter, limit: STEP, before: first.number })
      if (isMargin(need)) payFor(answer)
      if (!answer.ok) return undefined
      const { packets, total } = answer.value
      // None: the oldest have made room for newer ones.
      const start = packets.length === 0 ? 0 : Math.max(0, answer.value.index)
      return { rows: [...packets, ...rows].slice(0, need.most), from: start, total }
    }
    const answer = await getPackets({ filter, limit: STEP, after: last.number })
    if (!answer.ok) return undefined
    const { packets, index, total } = answer.value
    const start = packets.length === 0 ? from : index - rows.length
    return newest([...rows, ...packets], start, total, need.most)
  }

  /** Answers what came, if any row did. */
  async function catchUp(flows: readonly FlowNode[]): Promise<Answer<PacketPage> | undefined> {
    const newestNumber = Math.max(0, ...flows.map((flow) => flow.last))
    if (newestNumber <= upTo) return undefined
    const packets = packetsOf(flows)
    // While one reads elsewhere what comes is only counted.
    if (state.ladderBelow.peek() > 0) {
      const came = Math.max(0, packets - known)
      held = { ...held, total: held.total + came }
      known = packets
      state.ladderBelow.value = state.ladderBelow.peek() + came
      return undefined
    }
    const mine = subject
    // What can't be caught up with is skipped: the newest are what one looks at.
    const limit = mostAtOnce()
    const skip = packets - known > limit
    const where = skip ? { before: newestNumber + 1 } : { after: upTo }
    const answer = await getPackets({ filter: streamsFilter(flows), limit, ...where }, asking.signal)
    if (!answer.ok || answer.value.packets.length === 0) return undefined
    if (mine !== subject) return answer
    const page = answer.value
    upTo = page.packets.at(-1)?.number ?? upTo
    known = packets
    if (skip) {
      kept = MOST_NEWEST
      show(heldFrom(page))
      return answer
    }
    const rows = [...held.rows, ...page.packets]
    const from = page.index - held.rows.length
    const atTail = state.ladderAtTail.peek()
    // Whoever reads above the end keeps what they read.
    if (atTail || rows.length <= Math.max(kept, LEAST_KEPT)) show(newest(rows, from, page.total, kept))
    else show({ ...held, total: page.total })
    return answer
  }

  /** The window as the page shows it: at the cursor's time nothing of it is later, and that is its end. */
  function tell(): void {
    const cursor = state.cursor.peek()
    const { rows, from, total } = held
    const told =
      cursor === null
        ? rows
        : rows.filter(({ number }) => number <= cursor.number).map((row) => rowAsOf(row, cursor.time))
    batch(() => {
      state.ladderRows.value = joinHops(told)
      state.ladderAbove.value = from
      state.ladderBelow.value = cursor === null ? Math.max(0, total - from - rows.length) : 0
    })
  }

  function show(now: Held): void {
    held = now
    tell()
    upTo = Math.max(upTo, now.rows.at(-1)?.number ?? 0)
  }

  /** Where a page or a reader begins with a conversation it has a window of it. */
  function mostAtOnce(): number {
    if (known === 0 && (isTheirs() || !isScarce())) return MOST_NEWEST
    return isScarce() ? MOST_FLOODED : MOST_AT_ONCE
  }
}

/** A reader chose the conversations; else they are whichever are the newest. */
function isTheirs(): boolean {
  return state.chosenFlows.peek() !== null || state.openFlow.peek() !== null
}

/** What is wanted for a reader at the newest, in case they go up. */
function isMargin(need: LadderNeed | null): boolean {
  return need?.kind === 'earlier' && state.ladderAtTail.peek()
}

/** Whether the window has what was newest when packet `number` was. */
function reaches({ rows, from, total }: Held, number: number): boolean {
  const [first, last] = [rows[0], rows.at(-1)]
  if (first === undefined || last === undefined) return false
  return first.number <= number && (last.number >= number || from + rows.length >= total)
}

function heldFrom({ packets, index, total }: PacketPage): Held {
  return { rows: packets, from: Math.max(0, index), total }
}

/** The newest of them, so many at most. */
function newest(rows: readonly Row[], from: number, total: number, most: number): Held {
  const gone = Math.max(0, rows.length - most)
  return { rows: rows.slice(gone), from: Math.max(0, from + gone), total }
}

function packetsOf(flows: readonly FlowNode[]): number {
  return flows.reduce((sum, flow) => sum + flow.packets, 0)
}

function streamsFilter(flows: readonly FlowNode[]): string {
  return flows.map((flow) => flow.id.replace(/^(\w+)\.(\d+)$/, '$1.stream == $2')).join(' or ')
}
