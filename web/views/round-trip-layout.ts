/** Round-trip times: each ACK's as the capture measures it, and what the sender itself makes of them. */
import type { SampleNode } from '../../server/dashboard/api-network.ts'
import type { SegmentSeries } from '../../server/dashboard/api-series.ts'
import { formatInterval, plural } from '../lib/format.ts'
import { lastUpTo, type Side } from '../lib/series.ts'
import {
  type Area,
  type EdgeNote,
  type Frame,
  groundOf,
  inSight,
  type LegendEntry,
  type Line,
  linear,
  type Mark,
  type Reading,
  type Scene,
  type Silence,
  sceneOf,
  stepTo,
  valueTicks,
} from './chart-scene.ts'

export interface RoundTripInput {
  readonly series: SegmentSeries
  /** The sender: whose data is acknowledged. */
  readonly side: Side
  /** The sender's own state, oldest first; empty where nobody tells. */
  readonly samples: readonly SampleNode[]
}

/** The timer may make the picture so many times higher, and no more. */
const ROOM_FOR_TIMER = 2.5

export function layoutRoundTrip({ series, side, samples }: RoundTripInput, frame: Frame): Scene | Silence {
  const acks = series[side === 'client' ? 'server' : 'client']
  const measured = acks.rtt.flatMap((rtt) => rtt ?? [])
  const own = samplesWithin(samples, series.start, frame)
  if (measured.length === 0) {
    return {
      silence: `No ACK has met the end of one of the ${side}’s segments yet: no round trip is known.`,
    }
  }
  const { plot, x } = groundOf(frame)
  const { span } = frame
  const [first, last] = inSight(acks.time, span)
  let most = 0
  for (let i = first; i <= last; i++) most = Math.max(most, acks.rtt[i] ?? 0)
  for (const { srtt, rttvar } of own) most = Math.max(most, ((srtt ?? 0) + (rttvar ?? 0)) / 1000)
  if (most === 0) most = Math.max(...measured)
  const timer = Math.max(0, ...own.map(({ rto }) => rto / 1000))
  const fits = timer <= most * ROOM_FOR_TIMER
  const top = (fits ? Math.max(most, timer) : most) * 1.06
  const y = linear(0, top, plot.bottom, plot.top)
  const notes: EdgeNote[] = []
  if (timer > 0 && !fits) notes.push({ key: 'rto', text: `RTO up to ${formatInterval(timer)}` })

  const marks: Mark[] = []
  const readings: Reading[] = []
  const told = own.map((one) => one.at)
  for (let i = first; i <= last; i++) {
    const rtt = acks.rtt[i] ?? null
    if (rtt === null) continue
    const time = acks.time[i] ?? 0
    const place = { x: x(time), y: y(rtt) }
    marks.push({ ink: 'rtt', shape: 'dot', ...place })
    const state = own[lastUpTo(told, time)]
    const smoothed = state?.srtt == null ? '' : `, srtt ${formatInterval(state.srtt / 1000)}`
    readings.push({
      number: acks.number[i] ?? null,
      time,
      ...place,
      text: `round trip ${formatInterval(rtt)}${smoothed}`,
    })
  }
  const legend: LegendEntry[] = [{ ink: 'rtt', shape: 'dot', text: 'each ACK’s round trip, captured' }]
  const { lines, areas } = ownState(own, x, y)
  if (lines.length > 0) {
    legend.push(
      { ink: 'srtt', shape: 'line', text: 'srtt', own: true },
      { ink: 'rttvar', shape: 'area', text: '± rttvar', own: true },
      { ink: 'rto', shape: 'line', text: 'RTO', own: true },
    )
  }
  return sceneOf(frame, {
    plot,
    yTicks: valueTicks(plot, 0, top, y, formatInterval),
    areas,
    lines,
    marks,
    notes,
    readings,
    legend,
  })
}

interface TimedSample extends SampleNode {
  /** Seconds since the conversation's start. */
  readonly at: number
}

/** Those needed to draw a span, on the time of the series. */
export function samplesWithin(samples: readonly SampleNode[], start: string, { span }: Frame): TimedSample[] {
  const zero = Number(start)
  const timed = samples.map((sample) => ({ ...sample, at: sample.time / 1000 - zero }))
  if (timed.length === 0) return []
  const [first, last] = inSight(
    timed.map(({ at }) => at),
    span,
  )
  return timed.slice(first, last + 1)
}

function ownState(
  own: readonly TimedSample[],
  x: (time: number) => number,
  y: (seconds: number) => number,
): { lines: Line[]; areas: Area[] } {
  const smoothed: number[] = []
  const timer: number[] = []
  const upper: number[] = []
  const lower: number[] = []
  for (const { at, srtt, rttvar, rto } of own) {
    if (srtt === null) continue
    const spread = rttvar ?? 0
    stepTo(smoothed, x(at), y(srtt / 1000))
    stepTo(timer, x(at), y(rto / 1000))
    stepTo(upper, x(at), y((srtt + spread) / 1000))
    stepTo(lower, x(at), y(Math.max(0, srtt - spread) / 1000))
  }
  if (smoothed.length === 0) return { lines: [], areas: [] }
  return {
    areas: [{ ink: 'rttvar', points: [...upper, ...backwards(lower)] }],
    lines: [
      { ink: 'rto', points: timer },
      { ink: 'srtt', points: smoothed },
    ],
  }
}

/** The same points from the last to the first. */
export function backwards(points: readonly number[]): number[] {
  const back: number[] = []
  for (let i = points.length - 2; i >= 0; i -= 2) back.push(points[i] ?? 0, points[i + 1] ?? 0)
  return back
}

/** What it shows. `at`: at which end the capture stands; null where both ends are one host. */
export function roundTripWords(series: SegmentSeries, side: Side, at: Side | null): string {
  const acks = series[side === 'client' ? 'server' : 'client']
  const sorted = acks.rtt.flatMap((rtt) => rtt ?? []).sort((a, b) => a - b)
  if (sorted.length === 0) return ''
  const median = sorted[sorted.length >> 1] ?? 0
  const [least = 0, most = 0] = [sorted[0], sorted.at(-1)]
  const range =
    sorted.length === 1
      ? `One round trip: ${formatInterval(median)}.`
      : `Half of ${plural(sorted.length, 'round trip')} took ${formatInterval(median)} or less; from ${formatInterval(least)} to ${formatInterval(most)}.`
  if (at === null || at === side) return range
  return `${range} Measured at the ${at}’s end, beside the receiver: the cable is hardly in it. Look from the ${side}’s end for the whole way.`
}
