/** Playing again what was stored: how fast time passes, what is on its way then, and silences that nobody waits for. */
import type { Row, Time } from '../../server/dashboard/api.ts'
import type { SampleNode } from '../../server/dashboard/api-network.ts'
import type { UnderWay } from './fate.ts'
import { between } from './format.ts'

/** Parts of real time at which one can play, the slowest first. */
export const SPEEDS = [1 / 1000, 1 / 100, 1 / 10, 1 / 2, 1] as const
export const DEFAULT_SPEED = 1 / 10

export function speedName(speed: number): string {
  return speed === 1 ? '1×' : `1/${Math.round(1 / speed)}×`
}

/** A silence that would last longer than this, in seconds of the one who looks on, is shortened to it. */
const LONGEST_WAIT_S = 1.5

/** When something is on its way or happens: seconds since a given time. */
export interface Busy {
  readonly from: number
  readonly to: number
}

/** From when a packet's frame left until it was there; a packet without a way is a moment. */
export function busyOf({ time, transit }: Row, since: Time): Busy {
  const seen = between(since, time)
  if (transit === null) return { from: seen, to: seen }
  const sent = between(since, transit.sentAt)
  const last = transit.arrivals.at(-1)
  return {
    from: Math.min(seen, sent),
    to: Math.max(seen, sent, last === undefined ? sent : between(since, last)),
  }
}

/** The stretch around a moment in which nothing is on its way; undefined while something is, or behind all that is known. */
export function silenceAt(busy: readonly Busy[], at: number): Busy | undefined {
  let from = Number.NEGATIVE_INFINITY
  let to = Number.POSITIVE_INFINITY
  for (const one of busy) {
    if (one.from <= at && at < one.to) return undefined
    if (one.to <= at) from = Math.max(from, one.to)
    else to = Math.min(to, one.from)
  }
  return Number.isFinite(from) && Number.isFinite(to) ? { from, to } : undefined
}

/** Where time stands `wall` seconds of the onlooker's later; `shortened`: it passes faster than `speed` says. */
export function passTime(
  busy: readonly Busy[],
  at: number,
  wall: number,
  speed: number,
): { at: number; shortened: boolean } {
  const silence = silenceAt(busy, at)
  if (silence === undefined) return { at: at + wall * speed, shortened: false }
  const rate = Math.max(speed, (silence.to - silence.from) / LONGEST_WAIT_S)
  const next = at + wall * rate
  const shortened = rate > speed
  if (next < silence.to || !shortened) return { at: next, shortened }
  return { at: silence.to + (wall - (silence.to - at) / rate) * speed, shortened }
}

/** The last of rows, oldest first, that had been seen by then; -1 for none. */
export function lastSeen(rows: readonly Row[], since: Time, at: number): number {
  return rows.findLastIndex((row) => between(since, row.time) <= at)
}

/** An arrow of which one sees that it has begun. */
const LEAST_GONE = 0.08

/** A packet as it was at a time: what arrived later was on its way, and nobody could know when it would be there. */
export function rowAsOf(row: Row, time: Time): Row & UnderWay {
  const { transit } = row
  if (transit === null) return row
  const arrivals = transit.arrivals.filter((arrival) => !isLater(arrival, time))
  if (arrivals.length === transit.arrivals.length) return row
  if (arrivals.length > 0) return { ...row, transit: { ...transit, arrivals } }
  const arrival = transit.arrivals[0] ?? time
  const part = between(transit.sentAt, time) / Math.max(1e-9, between(transit.sentAt, arrival))
  return {
    ...row,
    gone: Math.max(LEAST_GONE, Math.min(1, part)),
    transit: { ...transit, arrivals, delay: null },
  }
}

/** The newest of samples, oldest first, that had been told by then. */
export function sampleAsOf(samples: readonly SampleNode[], time: Time | null): SampleNode | null {
  if (time === null) return samples.at(-1) ?? null
  const until = Number(time) * 1000
  return samples.findLast((sample) => sample.time <= until) ?? null
}

function isLater(one: Time, other: Time): boolean {
  return between(other, one) > 0
}
