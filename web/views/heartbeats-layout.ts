/**
 * The heartbeat strip as geometry: a line a session, its beats at their times, and after the last of them the interval
 * in which the next ping is due. The picture stands still between beats; only the present moves, from the last beat
 * towards the next.
 */
import { scaleLinear } from 'd3-scale'
import type { Beat, SessionNode } from '../../server/dashboard/api.ts'
import { between, formatInterval } from '../lib/format.ts'

/** How a beat went, told by its shape: a solid pair, a hollow lower mark, a broken stem. */
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

/** Where the session stands at this moment. */
export type Standing =
  | { readonly state: 'waiting'; readonly dueIn: number }
  | { readonly state: 'late'; readonly by: number }
  | { readonly state: 'asking'; readonly for: number; readonly of: number }
  | { readonly state: 'unanswered'; readonly for: number }
  | { readonly state: 'closed' }

export interface HeartbeatLine {
  readonly sid: string
  /** The first characters, which tell sessions apart. */
  readonly shortSid: string
  readonly transport: SessionNode['transport']
  readonly beats: readonly BeatMark[]
  readonly lineFrom: number
  /** Where the line ends: the future's room. */
  readonly end: number
  /** Where what has been ends: the last beat, or the opening. */
  readonly since: number
  /** How far the present has come; at the right edge when very late. */
  readonly present: number
  /** Where the next ping is due; null when the session is closed. */
  readonly due: number | null
  readonly standing: Standing
  readonly rtt: string
  /** `next ping in 3.1 s`, said on the page. */
  readonly words: string
  /** `in 3.1 s`, where there is little room. */
  readonly brief: string
  /** A sentence that does not change ten times a second: for readers that hear the page. */
  readonly summary: string
}

export interface HeartbeatsLayout {
  readonly width: number
  readonly lineHeight: number
  readonly lines: readonly HeartbeatLine[]
}

export const LINE_HEIGHT = 30
const MARGIN = 10
/** So wide is an interval: a line has as many as it is long, 3 to 24. */
const BEAT_STEP = 44

/** `now` is epoch seconds on the server's clock. */
export function layoutHeartbeats(
  sessions: readonly SessionNode[],
  now: number,
  size: { readonly width: number },
): HeartbeatsLayout {
  const width = Math.max(120, size.width)
  return { width, lineHeight: LINE_HEIGHT, lines: sessions.map((session) => layoutLine(session, now, width)) }
}

function layoutLine(session: SessionNode, now: number, width: number): HeartbeatLine {
  const interval = session.pingInterval / 1000
  const timeout = session.pingTimeout / 1000
  const last = session.beats.at(-1)
  const since = last?.pingTime ?? session.opened
  // Seconds before the last beat: differences of epoch times are taken exactly, then drawn.
  const ago = (time: string) => between(time, since)
  const intervals = Math.min(24, Math.max(3, Math.floor((width - 2 * MARGIN) / BEAT_STEP)))
  // A young session fills its line from the left; once it is full the oldest beats leave it.
  const start = Math.max(-ago(session.opened), -(intervals - 1.35) * interval)
  const x = scaleLinear([start, start + intervals * interval], [MARGIN, width - MARGIN]).clamp(true)

  const standing = standingOf(session, now, timeout)
  const beats = session.beats
    .filter((beat) => -ago(beat.pingTime) >= start)
    .map((beat) => mark(beat, x(-ago(beat.pingTime)), beat === last, standing))
  const rtt = [...session.beats].reverse().find((beat) => beat.rtt !== null)?.rtt ?? null
  return {
    sid: session.sid,
    shortSid: session.sid.slice(0, 4),
    transport: session.transport,
    beats,
    lineFrom: x(-ago(session.opened)),
    end: width - MARGIN,
    since: x(0),
    present: session.state === 'closed' ? x(0) : x(Math.max(0, now - Number(since))),
    due: session.nextDue === null ? null : x(-ago(session.nextDue)),
    standing,
    rtt: rtt === null ? '' : formatInterval(rtt),
    words: wordsOf(standing),
    brief: briefly(standing),
    summary: summaryOf(session, beats.length, rtt),
  }
}

function mark(beat: Beat, x: number, isLast: boolean, standing: Standing): BeatMark {
  const waiting = isLast && standing.state === 'asking'
  const state = beat.pong !== null ? 'answered' : waiting ? 'awaited' : 'missed'
  const outcome = {
    answered: `pong in packet ${beat.pong}${beat.rtt === null ? '' : ` after ${formatInterval(beat.rtt)}`}`,
    awaited: 'its pong is awaited',
    missed: 'its pong never came',
  }[state]
  return {
    key: String(beat.ping),
    x,
    state,
    ping: beat.ping,
    pong: beat.pong,
    name: `Ping in packet ${beat.ping}, ${outcome}`,
  }
}

/** The server closes the session pingTimeout after a ping that nobody answers (Engine.IO v4). */
function standingOf(session: SessionNode, now: number, timeout: number): Standing {
  if (session.state === 'closed') return { state: 'closed' }
  const last = session.beats.at(-1)
  if (last !== undefined && last.pong === null) {
    const waited = Math.max(0, now - Number(last.pingTime))
    return waited <= timeout
      ? { state: 'asking', for: waited, of: timeout }
      : { state: 'unanswered', for: waited }
  }
  const dueIn = Number(session.nextDue ?? now) - now
  // Timers and the way to the page take some time: only what a person would call late is late.
  return dueIn >= -LATE_S ? { state: 'waiting', dueIn: Math.max(0, dueIn) } : { state: 'late', by: -dueIn }
}

const LATE_S = 0.25

function wordsOf(standing: Standing): string {
  switch (standing.state) {
    case 'waiting':
      return `next ping in ${seconds(standing.dueIn)}`
    case 'late':
      return `ping late by ${seconds(standing.by)}`
    case 'asking':
      return `awaiting the pong, ${seconds(standing.for)} of ${formatInterval(standing.of)}`
    case 'unanswered':
      return `no pong for ${seconds(standing.for)}`
    case 'closed':
      return 'closed'
  }
}

function briefly(standing: Standing): string {
  switch (standing.state) {
    case 'waiting':
      return `in ${seconds(standing.dueIn)}`
    case 'late':
      return `late ${seconds(standing.by)}`
    case 'asking':
      return `waits ${seconds(standing.for)}`
    case 'unanswered':
      return `no pong ${seconds(standing.for)}`
    case 'closed':
      return 'closed'
  }
}

/** A countdown keeps its unit and its decimal, so that it does not jump about. */
function seconds(value: number): string {
  return value < 60 ? `${value.toFixed(1)} s` : formatInterval(value)
}

function summaryOf(session: SessionNode, shown: number, rtt: number | null): string {
  const beat = `a ping every ${formatInterval(session.pingInterval / 1000)}`
  const measured = rtt === null ? 'none answered yet' : `the last answered in ${formatInterval(rtt)}`
  return `Session ${session.sid.slice(0, 4)} over ${session.transport}, ${session.state}: ${beat}, ${shown} shown, ${measured}`
}
