/**
 * The heartbeat strip as geometry: a line for each that asks, its beats at their times, and after the last of them the
 * time in which the next is due. The picture stands still between beats; only the present moves, from the last beat
 * towards the next, and towards the moments at which either end gives up.
 */
import type { Beat } from '../../server/dashboard/api.ts'
import { between, formatInterval } from '../lib/format.ts'
import { clamped, linear } from '../lib/scale.ts'
import type { Subject } from './heartbeats-subjects.ts'
import { type Standing, standingOf, summaryOf, wordsOf } from './heartbeats-words.ts'

/** How a beat went, told by its shape: a solid pair, a hollow second mark, a broken stem. */
export type BeatState = 'answered' | 'awaited' | 'missed'

export interface BeatMark {
  readonly key: string
  readonly x: number
  readonly state: BeatState
  readonly ping: number
  readonly pong: number | null
  /** Accessible name. */
  readonly name: string
}

/** A moment at which somebody concludes that the other is gone. */
export interface Gate {
  readonly who: 'server' | 'client'
  readonly x: number
  readonly words: string
}

export interface HeartbeatLine {
  readonly key: string
  readonly subject: Subject
  readonly beats: readonly BeatMark[]
  readonly lineFrom: number
  /** Where the line ends: the future's room. */
  readonly end: number
  /** Where what has been ends: the last beat, or the opening. */
  readonly since: number
  /** How far the present has come; at the right edge when very late. */
  readonly present: number
  /** Where the next ping is due; null where none is. */
  readonly due: number | null
  readonly gates: readonly Gate[]
  readonly standing: Standing
  readonly rtt: string
  /** The round trips so far as a line, newest last, and what they lie between. */
  readonly history: {
    readonly path: string
    readonly end: readonly [number, number]
    readonly range: string
  } | null
  /** `next ping in 3.1 s`, said on the page, and shorter where there is little room. */
  readonly words: string
  readonly brief: string
  /** A sentence that does not change ten times a second: for readers that hear the page. */
  readonly summary: string
}

export interface HeartbeatsLayout {
  readonly width: number
  readonly lines: readonly HeartbeatLine[]
}

export const LINE_HEIGHT = 28
/** Of the round trips' line. */
export const HISTORY = { width: 64, height: 20 } as const
const MOST_HISTORY = 40
const MARGIN = 10
/** Beside it the words have room, also in the narrowest pane. */
const LEAST_WIDTH = 76
/** An interval is at least so wide. */
const BEAT_STEP = 44
/** So many a line has: as few as hold the beats so far, so that a young one uses its width too, and no more than fit. */
const INTERVALS = [4, 6, 8, 12, 16, 24] as const
/** Seconds, where only one question was seen and none was agreed on. */
const UNKNOWN_INTERVAL = 10
/** Part of an interval behind the last moment that matters. */
const BEHIND = 0.15

/** `now` is epoch seconds on the server's clock. */
export function layoutHeartbeats(
  subjects: readonly Subject[],
  now: number,
  size: { readonly width: number },
): HeartbeatsLayout {
  const width = Math.max(LEAST_WIDTH, size.width)
  return { width, lines: subjects.map((subject) => layoutLine(subject, now, width)) }
}

function layoutLine(subject: Subject, now: number, width: number): HeartbeatLine {
  const { beats, opened, closed, timeout } = subject
  const interval = subject.interval ?? usualGap(beats)
  const last = beats.at(-1)
  const since = last?.pingTime ?? opened
  // Seconds before the last beat: differences of epoch times are taken exactly, then drawn.
  const ago = (time: string) => between(time, since)
  const ahead = 1 + (timeout ?? 0) / interval + BEHIND
  const most = Math.min(24, Math.max(3, Math.floor((width - 2 * MARGIN) / BEAT_STEP)))
  const enough = INTERVALS.find((count) => count >= ago(opened) / interval + ahead) ?? most
  const intervals = Math.min(most, enough)
  // A young one fills its line from the left; once it is full the oldest beats leave it.
  const start = Math.max(-ago(opened), -Math.max(1, intervals - ahead) * interval)
  const x = clamped([start, start + intervals * interval], [MARGIN, width - MARGIN])

  const standing = standingOf(subject, now)
  const marks = beats
    .filter((beat) => -ago(beat.pingTime) >= start)
    .map((beat) => mark(subject, beat, x(-ago(beat.pingTime)), beat === last, standing))
  const rtt = beats.findLast((beat) => beat.rtt !== null)?.rtt ?? null
  const passed = closed === null ? Math.max(0, now - Number(since)) : Math.max(0, -ago(closed.time))
  return {
    key: subject.key,
    subject,
    beats: marks,
    lineFrom: x(-ago(opened)),
    end: width - MARGIN,
    since: x(0),
    present: x(passed),
    due: subject.nextDue === null || closed !== null || subject.forgotten ? null : x(-ago(subject.nextDue)),
    gates: gatesOf(subject, standing).map((gate) => ({ ...gate, x: x(gate.x) })),
    standing,
    rtt: rtt === null ? '' : formatInterval(rtt),
    history: historyOf(beats),
    ...wordsOf(subject, standing),
    summary: summaryOf(subject, marks.length, rtt),
  }
}

/** The middle of the gaps between questions: nothing was agreed, so that is what one can expect. */
function usualGap(beats: readonly Beat[]): number {
  const gaps = beats.flatMap((beat, i) => {
    const before = beats[i - 1]
    return before === undefined ? [] : [between(before.pingTime, beat.pingTime)]
  })
  const middle = gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)]
  return middle === undefined || middle <= 0 ? UNKNOWN_INTERVAL : middle
}

/** `x` is in seconds after the last ping. */
function gatesOf({ interval, timeout, closed }: Subject, { state }: Standing): Gate[] {
  if (interval === null || timeout === null || closed !== null || state === 'forgotten') return []
  const [within, patience] = [formatInterval(timeout), formatInterval(interval + timeout)]
  const client: Gate = {
    who: 'client',
    x: interval + timeout,
    words: `The client gives up here: no ping for ${patience}`,
  }
  if (state !== 'asking' && state !== 'unanswered') return [client]
  return [{ who: 'server', x: timeout, words: `The server gives up here: no pong within ${within}` }, client]
}

function mark(subject: Subject, beat: Beat, x: number, isLast: boolean, standing: Standing): BeatMark {
  const waiting = isLast && (standing.state === 'asking' || standing.state === 'asked')
  const state = beat.pong !== null ? 'answered' : waiting ? 'awaited' : 'missed'
  const [asks, answer] = subject.kind === 'tcp' ? ['Keep-alive', 'ACK'] : ['Ping', 'pong']
  const outcome = {
    answered: `${answer} in packet ${beat.pong}${beat.rtt === null ? '' : ` after ${formatInterval(beat.rtt)}`}`,
    awaited: `its ${answer} is awaited`,
    missed: `its ${answer} never came`,
  }[state]
  return {
    key: String(beat.ping),
    x,
    state,
    ping: beat.ping,
    pong: beat.pong,
    name: `${asks} in packet ${beat.ping}, ${outcome}`,
  }
}

function historyOf(beats: readonly Beat[]): HeartbeatLine['history'] {
  const rtts = beats.flatMap(({ rtt }) => (rtt === null ? [] : [rtt])).slice(-MOST_HISTORY)
  if (rtts.length < 2) return null
  const [least, most] = [Math.min(...rtts), Math.max(...rtts)]
  const { width, height } = HISTORY
  const x = linear([0, rtts.length - 1], [2, width - 4])
  // From zero on, so that a small change looks small.
  const y = linear([0, most || 1], [height - 2, 3])
  const points = rtts.map((rtt, i): [number, number] => [round(x(i)), round(y(rtt))])
  return {
    path: `M${points.map((point) => point.join(',')).join('L')}`,
    end: points.at(-1) ?? [0, 0],
    range: `the last ${rtts.length} between ${formatInterval(least)} and ${formatInterval(most)}`,
  }
}

const round = (value: number) => Math.round(value * 10) / 10
