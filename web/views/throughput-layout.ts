/** Bytes on the wire against new bytes for the application, a second. */
import type { Bins, FlowSeries } from '../../server/dashboard/api-series.ts'
import { formatBytes, formatInterval } from '../lib/format.ts'
import { formatRate } from '../lib/impairments.ts'
import type { Side } from '../lib/series.ts'
import {
  type Area,
  type EdgeNote,
  type Frame,
  groundOf,
  type LegendEntry,
  type Line,
  linear,
  type Reading,
  type Scene,
  type Silence,
  sceneOf,
  valueTicks,
} from './chart-scene.ts'
import { backwards } from './round-trip-layout.ts'

export interface ThroughputInput {
  readonly series: FlowSeries
  readonly side: Side
  /** Bits a second of the sender's cable in that direction; 0 for no limit, null where there is no such cable. */
  readonly rate: number | null
}

/** A bin is drawn at least so wide. */
const BIN_PIXELS = 7
const ROOM_FOR_RATE = 2.5

/** Three digits of a rate say all. */
const rateWords = (bits: number) => (bits === 0 ? '0' : formatRate(Number(bits.toPrecision(3))))

interface Slice {
  readonly from: number
  readonly to: number
  /** Bits a second. */
  readonly fresh: number
  readonly again: number
  readonly wire: number
}

export function layoutThroughput({ series, side, rate }: ThroughputInput, frame: Frame): Scene | Silence {
  const { bins, totals } = series[side]
  if (totals.packets === 0) {
    return { silence: `The ${side} has sent nothing yet: there is nothing to count a second.` }
  }
  const { plot, x } = groundOf(frame)
  const slices = slicesOf(bins, series.bin, frame, plot.right - plot.left)
  const most = Math.max(1, ...slices.map(({ wire }) => wire))
  const notes: EdgeNote[] = []
  const limited = rate !== null && rate > 0
  const shown = limited && rate <= most * ROOM_FOR_RATE
  if (limited && !shown) notes.push({ key: 'rate', text: `the cable’s rate, ${formatRate(rate)}` })
  const top = Math.max(most, shown ? rate : 0) * 1.06
  const y = linear(0, top, plot.bottom, plot.top)

  const fresh = outline(slices, x, y, (one) => one.fresh)
  const again = outline(slices, x, y, (one) => one.fresh + one.again)
  const wire = outline(slices, x, y, (one) => one.wire)
  const floor = outline(slices, x, y, () => 0)
  const repeated = totals.again > 0
  const areas: Area[] = [
    { ink: 'headers', points: [...wire, ...backwards(again)] },
    { ink: 'fresh', points: [...fresh, ...backwards(floor)] },
  ]
  if (repeated) areas.push({ ink: 'again', points: [...again, ...backwards(fresh)] })
  const lines: Line[] = [
    { ink: 'wire', points: wire },
    { ink: 'fresh', points: fresh },
  ]
  if (shown) lines.push({ ink: 'limit', points: [plot.left, y(rate), plot.right, y(rate)] })
  const readings: Reading[] = slices
    .filter(({ wire }) => wire > 0)
    .map((slice) => {
      const middle = (slice.from + slice.to) / 2
      return { number: null, time: middle, x: x(middle), y: y(slice.wire), text: sliceWords(slice) }
    })
  return sceneOf(frame, {
    plot,
    yTicks: valueTicks(plot, 0, top, y, rateWords),
    areas,
    lines,
    notes,
    readings,
    legend: legendOf(repeated, limited ? rate : null),
  })
}

/** Bins put together until one is wide enough to be seen, those in sight. */
function slicesOf(bins: Bins, width: number, { span }: Frame, pixels: number): Slice[] {
  const wanted = ((span.to - span.from) * BIN_PIXELS) / Math.max(1, pixels)
  const together = Math.max(1, [1, 2, 5, 10, 20, 50, 100, 200, 500].find((n) => n * width >= wanted) ?? 1000)
  const seconds = width * together
  const first = Math.max(0, Math.floor(span.from / seconds) - 1)
  const last = Math.min(Math.ceil(span.to / seconds), Math.floor((bins.at.at(-1) ?? 0) / together))
  const sums = new Map<number, { fresh: number; again: number; wire: number }>()
  bins.at.forEach((at, i) => {
    const place = Math.floor(at / together)
    if (place < first || place > last) return
    const sum = sums.get(place) ?? { fresh: 0, again: 0, wire: 0 }
    sum.fresh += bins.fresh[i] ?? 0
    sum.again += bins.again[i] ?? 0
    sum.wire += bins.wire[i] ?? 0
    sums.set(place, sum)
  })
  const slices: Slice[] = []
  for (let place = first; place <= last; place++) {
    const { fresh, again, wire } = sums.get(place) ?? { fresh: 0, again: 0, wire: 0 }
    const bits = 8 / seconds
    slices.push({
      from: place * seconds,
      to: (place + 1) * seconds,
      fresh: fresh * bits,
      again: again * bits,
      wire: wire * bits,
    })
  }
  return slices
}

function outline(
  slices: readonly Slice[],
  x: (time: number) => number,
  y: (bits: number) => number,
  value: (slice: Slice) => number,
): number[] {
  return slices.flatMap((slice) => [x(slice.from), y(value(slice)), x(slice.to), y(value(slice))])
}

function sliceWords({ from, to, fresh, again, wire }: Slice): string {
  const repeated = again > 0 ? `, ${rateWords(again)} sent again` : ''
  return `${rateWords(wire)} on the wire, ${rateWords(fresh)} new${repeated}, over ${formatInterval(to - from)}`
}

function legendOf(repeated: boolean, rate: number | null): LegendEntry[] {
  const entries: LegendEntry[] = [
    { ink: 'wire', shape: 'line', text: 'throughput: all bytes on the wire' },
    { ink: 'fresh', shape: 'area', text: 'goodput: new bytes of the application' },
    { ink: 'headers', shape: 'area', text: 'headers' },
  ]
  if (repeated) entries.push({ ink: 'again', shape: 'area', text: 'sent again' })
  if (rate !== null)
    entries.push({ ink: 'limit', shape: 'line', text: `the cable’s rate, ${formatRate(rate)}` })
  return entries
}

/** What it shows, the difference by its parts. */
export function throughputWords(series: FlowSeries, side: Side): string {
  const { totals, time } = series[side]
  const seconds = (time.at(-1) ?? 0) - (time[0] ?? 0)
  const headers = totals.wire - totals.fresh - totals.again
  const share = (bytes: number) =>
    `${((100 * bytes) / Math.max(1, totals.wire)).toFixed(1).replace('.0', '')} %`
  const what = `${formatBytes(totals.wire)} crossed the wire for ${formatBytes(totals.fresh)} of the application’s`
  const parts =
    totals.again > 0
      ? `${share(headers)} are headers, ${share(totals.again)} was sent again`
      : `${share(headers)} are headers`
  if (seconds <= 0) return `${what}: ${parts}.`
  return `${what}: ${parts}. On average ${rateWords((totals.wire * 8) / seconds)} of throughput and ${rateWords((totals.fresh * 8) / seconds)} of goodput.`
}
