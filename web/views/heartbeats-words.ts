/** Where somebody who asks stands at this moment, and the words for it. */
import type { Beat } from '../../server/dashboard/api.ts'
import { formatInterval } from '../lib/format.ts'
import type { Subject } from './heartbeats-subjects.ts'

export type Standing =
  /** A ping is due at a known time, or was. */
  | { readonly state: 'waiting'; readonly dueIn: number }
  | { readonly state: 'late'; readonly by: number; readonly left: number }
  /** No ping within what either end waits, and no end on the wire: who polls no more is told nothing. */
  | { readonly state: 'lapsed'; readonly for: number }
  /** An answer is awaited, with a deadline or without one. */
  | { readonly state: 'asking'; readonly for: number; readonly of: number }
  | { readonly state: 'unanswered'; readonly for: number }
  | { readonly state: 'asked'; readonly for: number }
  /** Answered, and nobody said when the next is due. */
  | { readonly state: 'quiet'; readonly for: number }
  | { readonly state: 'timed-out'; readonly after: number }
  | { readonly state: 'closed' }
  | { readonly state: 'forgotten' }

/** Timers and the way to the page take some time: only what a person would call late is late. */
const LATE_S = 0.25

/** The server closes the session pingTimeout after a ping that nobody answers (Engine.IO v4). */
export function standingOf(subject: Subject, now: number): Standing {
  const { beats, closed, interval, timeout, opened } = subject
  const last = beats.at(-1)
  if (closed !== null) return ended(last, closed, timeout)
  if (subject.forgotten) return { state: 'forgotten' }
  const waited = Math.max(0, now - Number(last?.pingTime ?? opened))
  if (last !== undefined && last.pong === null) {
    if (timeout === null) return { state: 'asked', for: waited }
    return waited <= timeout
      ? { state: 'asking', for: waited, of: timeout }
      : { state: 'unanswered', for: waited }
  }
  if (interval === null || timeout === null) return { state: 'quiet', for: waited }
  const dueIn = Number(subject.nextDue ?? now) - now
  if (dueIn >= -LATE_S) return { state: 'waiting', dueIn: Math.max(0, dueIn) }
  const left = interval + timeout - waited
  return left > 0 ? { state: 'late', by: -dueIn, left } : { state: 'lapsed', for: waited }
}

/** Closed because of a missing pong, where the end came no sooner than its deadline. */
function ended(
  last: Beat | undefined,
  { time, reason }: NonNullable<Subject['closed']>,
  timeout: number | null,
): Standing {
  if (last === undefined || last.pong !== null || timeout === null) return { state: 'closed' }
  if (reason.includes('client')) return { state: 'closed' }
  const after = Number(time) - Number(last.pingTime)
  return after >= timeout - LATE_S ? { state: 'timed-out', after } : { state: 'closed' }
}

export function wordsOf(subject: Subject, standing: Standing): { words: string; brief: string } {
  const answer = subject.kind === 'tcp' ? 'ACK' : 'pong'
  switch (standing.state) {
    case 'waiting':
      return {
        words: `next ping in ${seconds(standing.dueIn)}`,
        brief: `in ${seconds(standing.dueIn)}`,
      }
    case 'late':
      return {
        words: `ping late by ${seconds(standing.by)}; the client waits ${seconds(standing.left)} more`,
        brief: `late ${seconds(standing.by)}`,
      }
    case 'lapsed':
      return {
        words: `no ping for ${seconds(standing.for)}: over, though nobody said so`,
        brief: 'lapsed',
      }
    case 'asking':
      return {
        words: `awaiting the pong, ${seconds(standing.for)} of ${formatInterval(standing.of)}`,
        brief: `waits ${seconds(standing.for)}`,
      }
    case 'unanswered':
      return {
        words: `no pong for ${seconds(standing.for)}: the server gives up`,
        brief: `no pong ${seconds(standing.for)}`,
      }
    case 'asked':
      return {
        words: `awaiting the ${answer} for ${seconds(standing.for)}`,
        brief: `waits ${seconds(standing.for)}`,
      }
    case 'quiet':
      return { words: `asked ${seconds(standing.for)} ago`, brief: `${seconds(standing.for)} ago` }
    case 'timed-out':
      return {
        words: `no pong for ${formatInterval(standing.after)}: ${said(subject)}`,
        brief: 'timed out',
      }
    case 'closed':
      return { words: 'closed', brief: 'closed' }
    case 'forgotten':
      return { words: 'its beats of then are no longer held', brief: 'forgotten' }
  }
}

const said = ({ verdict }: Subject) =>
  verdict === null ? 'the server ended it' : `the server says “${verdict}”`

/** A countdown keeps its unit and its decimal, so that it does not jump about. */
function seconds(value: number): string {
  return value < 60 ? `${value.toFixed(1)} s` : formatInterval(value)
}

export function summaryOf(subject: Subject, shown: number, rtt: number | null): string {
  const { name, id, closed } = subject
  const measured = rtt === null ? 'none answered yet' : `the last answered in ${formatInterval(rtt)}`
  return `${name}, ${id}, ${closed === null ? 'open' : 'closed'}: ${shown} shown, ${measured}. ${subject.teaches}`
}
