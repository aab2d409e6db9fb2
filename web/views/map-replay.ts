/**
 * Frames on their way at a moment of the past. When each left and came out is known, so each is where it was then. Pure:
 * the moment is an argument, and marks come out in the onlooker's seconds, as the map's live traffic does.
 */
import type { Row, Time } from '../../server/dashboard/api.ts'
import { fateShape, labelOf, reachOf } from '../lib/fate.ts'
import { between } from '../lib/format.ts'
import { PULSE_S, type Travelling } from './map-travel.ts'

export interface Replay {
  /** Packets around the moment, oldest first. */
  readonly rows: readonly Row[]
  /** The packet that was seen last, and when. */
  readonly number: number
  readonly time: Time
  /** Seconds that pass in one of the onlooker's; 0 while time stands still. */
  readonly pace: number
}

/** Just short of its end: one that has arrived at this very moment is still to be seen there. */
const ARRIVED = 0.999

/**
 * Those on their way `at` seconds behind the replay's time, with 0 for now. While time passes none is shorter than can be
 * followed by eye; while it stands still the packet that was seen last is shown too, where it was.
 */
export function framesAt({ rows, number, time, pace }: Replay, at: number): Travelling[] {
  const passes = pace > 0
  const scale = passes ? pace : 1
  const shortest = passes ? PULSE_S * pace : 0
  return rows.flatMap((row): Travelling[] => {
    const { transit } = row
    if (transit === null) return []
    const sent = between(time, transit.sentAt) - at
    const last = transit.arrivals.at(-1)
    const lasts = last === undefined ? (transit.delay ?? 0) : between(transit.sentAt, last)
    const long = Math.max(shortest, lasts, 1e-9)
    const own = !passes && row.number === number
    const gone = -sent / long
    const lost = last === undefined && reachOf(row) < 1
    if (gone < 0 || (gone >= 1 && !own && !(passes && lost))) return []
    const start = own && gone >= 1 ? -long * ARRIVED : sent
    return [
      {
        key: row.number,
        cable: transit.cable,
        direction: transit.direction,
        shape: fateShape(row),
        osi: row.osi,
        label: labelOf(row),
        source: row.source,
        destination: row.destination,
        start: start / scale,
        end: (start + long) / scale,
        reach: reachOf(row),
        count: 1,
      },
    ]
  })
}

/** From when on the way to a moment is worth seeing: the oldest frame then on its way had left, but nothing before `since`. */
export function glideFrom({ rows, time }: Replay, since: Time): number {
  const before = -between(since, time)
  let from = 0
  for (const { transit } of rows) {
    if (transit === null) continue
    const sent = between(time, transit.sentAt)
    const last = transit.arrivals.at(-1)
    const arrived = last === undefined ? sent : between(time, last)
    if (sent <= 0 && arrived >= before) from = Math.min(from, sent)
  }
  return Math.max(before, from)
}
