/**
 * All that is stored, over the width of a bar. Time runs from left to right in even steps, but for silences: they take less
 * room the longer they are, since nobody looks for anything in them. Pure: marks and the way between time and place.
 */
import type { Timeline } from '../../server/dashboard/api-time.ts'
import { between } from '../lib/format.ts'

export interface TimeBarLayout {
  readonly width: number
  readonly height: number
  /** Seconds from the oldest packet held to the newest. */
  readonly span: number
  readonly bars: readonly Bar[]
  readonly silences: readonly { readonly x: number; readonly seconds: number }[]
  /** Places where time is known: seconds since the oldest, and px. Between two it runs evenly. */
  readonly stops: readonly Stop[]
}

export interface Bar {
  readonly x: number
  readonly width: number
  /** Of all packets, and of those that match the filter: px. */
  readonly height: number
  readonly matched: number
  readonly osi: number
  /** Something was lost, late or sent again. */
  readonly trouble: boolean
}

interface Stop {
  readonly at: number
  readonly x: number
}

/** So many empty buckets on end are a silence. */
const SILENCE = 6
/** A silence is drawn as such from so many times its own length. */
const SHOWN_FROM = 2
/** Room above the tallest bar, for what went wrong. */
const ABOVE = 6
const LEAST_HEIGHT = 2

/** Width of a run of empty buckets, in buckets. */
function widthOf(run: number): number {
  return run <= SILENCE ? run : SILENCE + Math.log2(run / SILENCE)
}

export function layoutTimeBar(
  timeline: Timeline,
  size: { readonly width: number; readonly height: number },
): TimeBarLayout {
  const { first, last, start, width, packets } = timeline
  if (first === null || last === null || size.width <= 0) {
    return { ...size, span: 0, bars: [], silences: [], stops: [] }
  }
  const span = between(first.time, last.time)
  const offset = between(start, first.time)
  const buckets = Math.max(1, packets.length)
  // The first bucket begins before the first packet, and the last ends behind the last one.
  const timeOf = (bucket: number) => Math.max(0, Math.min(span, bucket * width - offset))
  const runs = runsOf(packets)
  const share = (from: number, to: number) => (width === 0 ? to - from : (timeOf(to) - timeOf(from)) / width)
  const weights = runs.map(({ from, to, silent }) =>
    silent ? widthOf(to - from) : Math.max(share(from, to), 1e-3),
  )
  const perWeight = size.width / weights.reduce((sum, weight) => sum + weight, 0)
  const stops: Stop[] = [{ at: 0, x: 0 }]
  const silences: { x: number; seconds: number }[] = []
  let x = 0
  for (const [i, { to, from, silent }] of runs.entries()) {
    const room = (weights[i] ?? 0) * perWeight
    if (silent && to - from >= SHOWN_FROM * (weights[i] ?? 0)) {
      silences.push({ x: x + room / 2, seconds: (to - from) * width })
    }
    x += room
    stops.push({ at: timeOf(to), x })
  }
  const most = Math.max(1, ...packets)
  const room = size.height - ABOVE
  const heightOf = (count: number) =>
    count === 0 ? 0 : Math.max(LEAST_HEIGHT, Math.round(room * Math.sqrt(count / most)))
  const bars: Bar[] = []
  for (let bucket = 0; bucket < buckets; bucket++) {
    const count = packets[bucket] ?? 0
    if (count === 0) continue
    const from = placeOf(stops, timeOf(bucket))
    const matches = timeline.matches?.[bucket] ?? count
    bars.push({
      x: from,
      width: Math.max(1, placeOf(stops, timeOf(bucket + 1)) - from),
      height: heightOf(count),
      matched: Math.min(heightOf(count), heightOf(matches)),
      osi: timeline.osi[bucket] ?? 0,
      trouble: (timeline.trouble[bucket] ?? 0) > 0,
    })
  }
  return { ...size, span, bars, silences, stops }
}

/** Buckets with packets, and silences between them. */
function runsOf(packets: readonly number[]): { from: number; to: number; silent: boolean }[] {
  const runs: { from: number; to: number; silent: boolean }[] = []
  let from = 0
  for (let at = 0; at < packets.length; ) {
    let end = at
    while (end < packets.length && packets[end] === 0) end++
    if (end - at >= SILENCE) {
      if (at > from) runs.push({ from, to: at, silent: false })
      runs.push({ from: at, to: end, silent: true })
      from = end
    }
    at = Math.max(end, at + 1)
  }
  if (from < Math.max(1, packets.length)) runs.push({ from, to: Math.max(1, packets.length), silent: false })
  return runs
}

/** Where a time is: `at` seconds since the oldest packet. */
export function placeOf(stops: readonly Stop[], at: number): number {
  return through(
    stops,
    at,
    ({ at }) => at,
    ({ x }) => x,
  )
}

/** Which time is at a place: seconds since the oldest packet. */
export function timeAt(stops: readonly Stop[], x: number): number {
  return through(
    stops,
    x,
    (stop) => stop.x,
    ({ at }) => at,
  )
}

function through(
  stops: readonly Stop[],
  value: number,
  from: (stop: Stop) => number,
  to: (stop: Stop) => number,
): number {
  const next = stops.findIndex((stop) => from(stop) >= value)
  const [before, after] = next < 0 ? [stops.at(-1), undefined] : [stops[next - 1], stops[next]]
  if (before === undefined || after === undefined) return to(before ?? after ?? { at: 0, x: 0 })
  const length = from(after) - from(before)
  return length === 0 ? to(after) : to(before) + ((to(after) - to(before)) * (value - from(before))) / length
}
