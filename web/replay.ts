/** Plays again what is stored: time passes at a part of its real speed, and the cursor goes from packet to packet with it. */
import { effect, untracked } from '@preact/signals'
import type { Row, Time } from '../server/dashboard/api.ts'
import { select } from './actions.ts'
import { later } from './lib/fate.ts'
import { between } from './lib/format.ts'
import { animate, type Disposable } from './lib/frame.ts'
import { type Busy, busyOf, lastSeen, passTime } from './lib/replay.ts'
import { getPacketAt, getPackets } from './requests.ts'
import * as state from './state.ts'
import { standBehind } from './time.ts'

/** Packets asked for in one go, and so few left ask for more. */
const AHEAD = 200
const FEW = 60
/** At least so long from one position of the cursor to the next, and from one packet opened to the next: ms. */
const CURSOR_MS = 50
const OPEN_MS = 200
/** A longer frame was no frame: the page was out of sight. */
const LONGEST_FRAME_S = 0.1
/** Time that is so far ahead of what came, in the onlooker's seconds, skips what it can't show. */
const TOO_LATE_S = 0.25

interface Run {
  /** Seconds count from here. */
  readonly since: Time
  at: number
  rows: Row[]
  busy: Busy[]
  /** Place of `rows[0]` among the matches. */
  index: number
  /** No later packet matches. */
  ended: boolean
  asking: boolean
  frame: number | undefined
  placed: number
  opened: number
}

let run: Run | undefined
let running: Disposable | undefined

export async function playOrStop(): Promise<void> {
  if (state.playing.peek() !== null) {
    state.playing.value = null
    return
  }
  const from = await beginning()
  if (from === undefined) return
  standBehind(from.row, from.index)
  void select(from.row.number, from.index)
  run = {
    since: from.row.time,
    at: 0,
    rows: [from.row],
    busy: [busyOf(from.row, from.row.time)],
    index: from.index,
    ended: false,
    asking: false,
    frame: undefined,
    placed: 0,
    opened: 0,
  }
  state.playing.value = { at: sinceOldest(run), shortened: false }
  running?.dispose()
  running = animate(tick)
}

/** Ends the frames with the playing, whoever ended it. */
export function keepPlaying(): () => void {
  return effect(() => {
    if (state.playing.value !== null) return
    // Whoever stops it is where it stopped.
    const [cursor, index] = [state.cursor.peek(), state.cursorIndex.peek()]
    if (run !== undefined && cursor !== null && state.selected.peek()?.number !== cursor.number)
      untracked(() => void select(cursor.number, index))
    running?.dispose()
    running = undefined
    run = undefined
  })
}

/** Where one stands; from what is live, or the newest packet, where the ladder's conversation began. */
async function beginning(): Promise<{ row: Row; index: number } | undefined> {
  const { rows, filter, selected, cursor, shownFlows } = state
  const at = cursor.peek()?.number ?? selected.peek()?.number
  const again = at === undefined || at >= rows.peek().last
  const number = again ? (shownFlows.peek()[0]?.first ?? 1) : at
  const answer = await getPacketAt({ number, filter: filter.peek() })
  return answer.ok ? answer.value : undefined
}

function tick(now: number): void {
  if (run === undefined) return
  const wall = run.frame === undefined ? 0 : Math.min(LONGEST_FRAME_S, (now - run.frame) / 1000)
  run.frame = now
  const passed = passTime(run.busy, run.at, wall, state.speed.peek())
  run.at = passed.at
  const seen = lastSeen(run.rows, run.since, run.at)
  const row = run.rows[seen]
  const end = run.ended && run.at >= Math.max(...run.busy.map(({ to }) => to))
  const moved = row !== undefined && row.number !== state.cursor.peek()?.number
  if (row !== undefined && moved && (end || now - run.placed >= CURSOR_MS)) {
    run.placed = now
    standBehind(row, run.index + seen)
  }
  const open = row !== undefined && row.number !== state.selected.peek()?.number
  if (open && (end || now - run.opened >= OPEN_MS)) {
    run.opened = now
    void select(row.number, run.index + seen)
  }
  if (end) {
    state.timeSaid.value = 'Played to the newest packet.'
    state.playing.value = null
    return
  }
  state.playing.value = { at: sinceOldest(run), shortened: passed.shortened }
  if (run.rows.length - seen < FEW && !run.ended && !run.asking) void goOn(run)
}

/** Asks for what comes next. What is long over stays in mind only as far as it may still be on its way. */
async function goOn(mine: Run): Promise<void> {
  mine.asking = true
  const filter = state.filter.peek()
  const last = mine.rows.at(-1)
  const late = last === undefined ? 0 : mine.at - between(mine.since, last.time)
  let after = last?.number ?? 0
  let kept = mine.rows.slice(-AHEAD)
  if (late > TOO_LATE_S * state.speed.peek() && mine.rows.length >= AHEAD) {
    const time = later(mine.since, mine.at)
    const found = await getPacketAt({ time, filter })
    if (found.ok && found.value.row.number - 1 > after) {
      after = found.value.row.number - 1
      kept = []
    }
  }
  const answer = await getPackets({ filter, after, limit: AHEAD })
  mine.asking = false
  if (!answer.ok || run !== mine) return
  const { packets } = answer.value
  mine.ended = packets.length < AHEAD
  if (packets.length > 0) mine.index = answer.value.index - kept.length
  else mine.index += mine.rows.length - kept.length
  mine.rows = [...kept, ...packets]
  mine.busy = mine.rows.map((row) => busyOf(row, mine.since))
}

function sinceOldest({ since, at }: Run): number {
  const first = state.timeline.peek()?.first
  return (first == null ? 0 : between(first.time, since)) + at
}
