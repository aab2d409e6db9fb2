/** What one side's datagrams did: when they came and how large, and how evenly. */
import type { DatagramSeries } from '../../server/dashboard/api-series.ts'
import { formatBytes, formatCount, formatInterval, plural } from '../lib/format.ts'
import { neverCame, type Side } from '../lib/series.ts'
import {
  bytesTick,
  type Frame,
  groundOf,
  inSight,
  type LegendEntry,
  linear,
  type Mark,
  type Reading,
  type Scene,
  type Silence,
  sceneOf,
  valueTicks,
} from './chart-scene.ts'

export interface DatagramsInput {
  readonly series: DatagramSeries
  readonly side: Side
}

export function layoutArrivals({ series, side }: DatagramsInput, frame: Frame): Scene | Silence {
  const points = series[side]
  if (points.number.length === 0) return { silence: `The ${side} has sent no datagram yet.` }
  const { plot, x, first, last, fates } = datagramsIn({ series, side }, frame)
  let most = 1
  for (let i = first; i <= last; i++) most = Math.max(most, points.length[i] ?? 0)
  const top = most * 1.15
  const y = linear(0, top, plot.bottom, plot.top)
  const marks: Mark[] = []
  const readings: Reading[] = []
  for (let i = first; i <= last; i++) {
    const time = points.time[i] ?? 0
    const place = { x: x(time), y: y(points.length[i] ?? 0) }
    const fate = fates.get(i)
    const lost = fate !== undefined && neverCame(fate)
    marks.push(lost ? { ink: 'lost', shape: 'cross', ...place } : { ink: 'data', shape: 'dot', ...place })
    readings.push({
      number: points.number[i] ?? null,
      time,
      ...place,
      text: `datagram of ${formatBytes(points.length[i] ?? 0)}${fate === undefined ? '' : `, ${fate}`}`,
    })
  }
  const legend: LegendEntry[] = [
    { ink: 'data', shape: 'dot', text: 'a datagram, by the size of its payload' },
  ]
  if (points.totals.lost > 0)
    legend.push({ ink: 'lost', shape: 'cross', text: 'never came, as the lab knows' })
  const yTicks = valueTicks(plot, 0, top, y, bytesTick)
  return sceneOf(frame, { plot, yTicks, marks, readings, legend })
}

export function layoutGaps({ series, side }: DatagramsInput, frame: Frame): Scene | Silence {
  const points = series[side]
  const gaps = points.gap.flatMap((gap) => gap ?? [])
  if (gaps.length === 0) {
    return { silence: `It takes two datagrams of the ${side} to have a gap between them.` }
  }
  const { plot, x, first, last } = datagramsIn({ series, side }, frame)
  let most = 0
  for (let i = first; i <= last; i++) most = Math.max(most, points.gap[i] ?? 0, points.jitter[i] ?? 0)
  const top = (most || Math.max(...gaps)) * 1.08
  const y = linear(0, top, plot.bottom, plot.top)
  const marks: Mark[] = []
  const readings: Reading[] = []
  const jitter: number[] = []
  for (let i = first; i <= last; i++) {
    const [time = 0, gap = null, spread = null] = [points.time[i], points.gap[i], points.jitter[i]]
    if (spread !== null) jitter.push(x(time), y(spread))
    if (gap === null) continue
    marks.push({ ink: 'gap', shape: 'dot', x: x(time), y: y(gap) })
    readings.push({
      number: points.number[i] ?? null,
      time,
      x: x(time),
      y: y(gap),
      text: `${formatInterval(gap)} after the one before${spread === null ? '' : `, jitter ${formatInterval(spread)}`}`,
    })
  }
  const legend: LegendEntry[] = [{ ink: 'gap', shape: 'dot', text: 'time since the datagram before' }]
  if (jitter.length > 2) {
    const of = points.jitterOf === 'transit' ? 'of the time on the way, as the lab knows it' : 'of the gaps'
    legend.push({ ink: 'jitter', shape: 'line', text: `jitter ${of}` })
  }
  return sceneOf(frame, {
    plot,
    yTicks: valueTicks(plot, 0, top, y, formatInterval),
    lines: jitter.length > 2 ? [{ ink: 'jitter', points: jitter }] : [],
    marks,
    readings,
    legend,
  })
}

function datagramsIn({ series, side }: DatagramsInput, frame: Frame) {
  const points = series[side]
  const [first, last] = inSight(points.time, frame.span)
  return {
    ...groundOf(frame),
    first,
    last,
    fates: new Map(points.fates.map(({ at, fate }) => [at, fate])),
  }
}

/** What arrived. */
export function arrivalWords({ series, side }: DatagramsInput): string {
  const { totals, fates } = series[side]
  const sent = `${plural(totals.packets, 'datagram')} of the ${side}’s, ${formatBytes(totals.fresh)} in all.`
  if (totals.lost > 0) {
    const again =
      totals.lost === 1
        ? 'One never came, and nobody sends it'
        : `${formatCount(totals.lost)} never came, and nobody sends them`
    return `${sent} ${again} again.`
  }
  if (fates.length > 0) return `${sent} None was lost.`
  return `${sent} UDP numbers nothing, so the wire alone can’t tell whether one is missing.`
}

/** How evenly. */
export function gapWords({ series, side }: DatagramsInput): string {
  const { gap, jitter } = series[side]
  const sorted = gap.flatMap((one) => one ?? []).sort((a, b) => a - b)
  if (sorted.length === 0) return ''
  const median = sorted[sorted.length >> 1] ?? 0
  const spread = jitter.findLast((one) => one !== null)
  const even = `Half of the gaps are ${formatInterval(median)} or shorter; the longest is ${formatInterval(sorted.at(-1) ?? 0)}.`
  return spread == null ? even : `${even} The jitter is ${formatInterval(spread)} at the end.`
}
