/**
 * The frames that the map moves: those of the packet list while it follows its tail unfiltered; else they are asked
 * for, since a list that stands still must not still the map.
 */
import { computed, effect } from '@preact/signals'
import { between } from './lib/format.ts'
import { getPackets, restAfter } from './requests.ts'
import * as state from './state.ts'
import type { Replay } from './views/map-replay.ts'

const REST_MS = 200
/** More in one go are a stroke with a count anyway. */
const MOST = 80

export function feedMap(): () => void {
  let known = 0
  let subject = ''
  let busy = false

  return effect(() => {
    const message = state.rows.value
    // What comes while the page shows another time crosses unseen: on the way back one begins with what comes then.
    if (state.cursor.value !== null) {
      subject = ''
      return
    }
    const capture = `${message.run} ${state.at.value}`
    if (message.run === '' || state.network.value?.network !== 'lab' || state.page.value !== 'live') return
    if (capture !== subject) {
      subject = capture
      known = message.last
      state.mapFrames.value = { capture, rows: message.rows }
      return
    }
    if (state.following.value && state.filter.value === '') {
      known = Math.max(known, message.last)
      state.mapFrames.value = { capture, rows: message.rows }
    } else void catchUp(message.last)
  })

  async function catchUp(last: number): Promise<void> {
    if (busy || last <= known) return
    busy = true
    const mine = subject
    const answer = await getPackets({ after: Math.max(known, last - MOST), limit: MOST })
    if (mine === subject && answer.ok) {
      known = Math.max(last, answer.value.packets.at(-1)?.number ?? 0)
      state.mapFrames.value = { capture: mine, rows: answer.value.packets }
    }
    setTimeout(
      () => {
        busy = false
        if (mine === subject && !state.following.peek()) void catchUp(state.rows.peek().last)
      },
      restAfter(REST_MS, answer),
    )
  }
}

/** Frames kept before the cursor and behind it, and how near to their end more are asked for. */
const BEFORE = 120
const AFTER = 240
const NEAR = 60

/** The frames around the cursor: those that are on their way then may be seen later. */
export function feedReplay(): () => void {
  let busy = false
  let subject = ''
  let end = 0

  return effect(() => {
    const cursor = state.cursor.value
    if (cursor === null || state.labNetwork.value === null || state.page.value !== 'live') return
    const of = `${state.rows.value.run} ${state.at.value}`
    if (of !== subject) {
      subject = of
      end = 0
      state.framesAround.value = []
    }
    if (!busy && !covers(cursor.number)) void ask(cursor.number)
  })

  function covers(number: number): boolean {
    const [first, last] = [state.framesAround.peek()[0], state.framesAround.peek().at(-1)]
    if (first === undefined || last === undefined) return false
    const whole = last.number >= end && end >= state.rows.peek().last
    return (
      first.number <= Math.max(state.rows.peek().first, number - NEAR) &&
      (whole || last.number >= number + NEAR)
    )
  }

  async function ask(number: number): Promise<void> {
    busy = true
    const mine = subject
    const answer = await getPackets({ after: Math.max(0, number - BEFORE), limit: BEFORE + AFTER })
    busy = false
    if (mine !== subject || !answer.ok) return
    end = answer.value.last
    state.framesAround.value = answer.value.packets
    const now = state.cursor.peek()?.number
    if (now !== undefined && now !== number && !covers(now)) void ask(now)
  }
}

const plays = computed(() => state.playing.value !== null)

/** The cursor's time as the map shows it; null while it shows what crosses now. */
export const replay = computed<Replay | null>(() => {
  const cursor = state.cursor.value
  if (cursor === null) return null
  const pace = plays.value ? state.speed.value : 0
  return { rows: state.framesAround.value, number: cursor.number, time: cursor.time, pace }
})

/** While it plays, seconds from the cursor to where the playing is. */
export function passed(): number {
  const [cursor, playing, first] = [state.cursor.peek(), state.playing.peek(), state.timeline.peek()?.first]
  if (cursor === null || playing === null || first == null) return 0
  return playing.at - between(first.time, cursor.time)
}
