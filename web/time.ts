/**
 * Where in time the page stands. The cursor stands just behind a packet; while it does, everything on the page is as it was
 * then, and what comes meanwhile is put aside. Steps go by the packets that match the filter.
 */
import { batch, effect } from '@preact/signals'
import type { Row, Time } from '../server/dashboard/api.ts'
import { follow, select, stopFollowing } from './actions.ts'
import { release, setAside } from './feed.ts'
import { between, formatInterval } from './lib/format.ts'
import { getPacketAt, getPackets } from './requests.ts'
import * as state from './state.ts'

/** A link's time is met if a packet is as near to it, in seconds. */
const NEAR_S = 1
/** Steps taken in one go, where a key is held down for longer than a request takes. */
const MOST_STEPS = 100

/** What the ladder was following before time stood still. */
let followed: typeof state.chosenFlows.value = null

/** The page stands just behind a packet. `index`: its place among the matches. */
export function standBehind(row: Pick<Row, 'number' | 'time'>, index: number | null): void {
  batch(() => {
    if (state.cursor.peek() === null) {
      setAside()
      followed = state.chosenFlows.peek()
      stopFollowing()
    }
    state.timeProblem.value = null
    state.cursor.value = { number: row.number, time: row.time }
    state.cursorIndex.value = index
  })
}

/** Goes to a packet in time, and opens it. */
function goTo(row: Row, index: number): void {
  standBehind(row, index)
  void select(row.number, index)
}

/** Time stands still at the newest packet. */
export async function hold(): Promise<void> {
  const { run } = state.rows.peek()
  const answer = await getPacketAt({})
  const now = state.rows.peek().run
  if (!answer.ok || state.cursor.peek() !== null || (run !== '' && now !== run)) return
  const { row, index } = answer.value
  standBehind(row, state.filter.peek() === '' ? index : null)
}

/** Back to what comes; a file goes back to its whole. */
export function goLive(): void {
  state.playing.value = null
  if (state.cursor.peek() === null) return
  batch(() => {
    release()
    state.timeProblem.value = null
    state.chosenFlows.value = followed
    state.mapFrames.value = null
  })
  void follow()
}

let steps = 0
let stepping = false

/** From the packet that one is on to the next that matches, or the one before. */
export async function stepBy(by: -1 | 1): Promise<void> {
  state.playing.value = null
  steps = Math.max(-MOST_STEPS, Math.min(MOST_STEPS, steps + by))
  if (stepping) return
  stepping = true
  while (steps !== 0) {
    const count = steps
    steps = 0
    await stepOnce(count)
  }
  stepping = false
}

async function stepOnce(count: number): Promise<void> {
  const at = state.selected.peek() ?? state.cursor.peek()
  // From the newest, also while the page has not been told which that is.
  const base = at?.number ?? (state.rows.peek().last || Number.MAX_SAFE_INTEGER)
  const filter = state.filter.peek()
  const limit = Math.abs(count)
  const answer = await getPackets({ filter, limit, ...(count < 0 ? { before: base } : { after: base }) })
  if (!answer.ok) return
  const { packets, index } = answer.value
  const row = count < 0 ? packets[0] : packets.at(-1)
  if (row === undefined) {
    state.timeSaid.value = count < 0 ? 'This is the oldest packet.' : 'This is the newest packet.'
    return
  }
  goTo(row, count < 0 ? index : index + packets.length - 1)
  say(row)
}

let wanted: { time: Time } | { number?: number } | null = null
let seeking = false

/** To the packet nearest to a time; while one is sought, only the latest wish counts. */
export async function seek(to: { time: Time } | { number?: number }, aloud = false): Promise<void> {
  state.playing.value = null
  wanted = to
  if (seeking) return
  seeking = true
  while (wanted !== null) {
    const now = wanted
    wanted = null
    const answer = await getPacketAt({ ...now, filter: state.filter.peek() })
    if (!answer.ok) continue
    goTo(answer.value.row, answer.value.index)
    if (aloud) say(answer.value.row)
  }
  seeking = false
}

/** Where a link leads: to its time, if that is still stored. Of several packets of that time, to the one it names. */
export async function standAt(time: Time, packet: number | null): Promise<void> {
  const answer = await getPacketAt({ time })
  const found = answer.ok ? answer.value : undefined
  if (found === undefined || Math.abs(between(time, found.row.time)) > NEAR_S) {
    state.timeProblem.value = 'The time of this link is not stored (any more).'
    return
  }
  standBehind(packet === null ? found.row : await named(packet, found.row), null)
  if (packet === null) void select(found.row.number)
}

async function named(packet: number, row: Row): Promise<Row> {
  const answer = await getPacketAt({ number: packet })
  return answer.ok && answer.value.row.time === row.time ? answer.value.row : row
}

/** Space: time stands still, or goes on as it comes. */
export function holdOrGoOn(): void {
  if (state.playing.peek() !== null) state.playing.value = null
  else if (state.cursor.peek() !== null && state.opened.peek() === null) goLive()
  else if (state.opened.peek() === null) void hold()
}

export function say(row: Row): void {
  const what = row.label === '' ? row.info : row.label
  state.timeSaid.value = `Packet ${row.number}, ${formatInterval(row.timeRelative)}: ${what}`
}

/** What was stored of that time has made room for newer packets: nobody can tell any more how it was. */
export function timeIsGone(): void {
  goLive()
  state.timeProblem.value = 'That time is no longer stored.'
}

/** A cursor that something else took away has nothing to play. */
export function keepTime(): () => void {
  return effect(() => {
    if (state.cursor.value === null) state.playing.value = null
  })
}
