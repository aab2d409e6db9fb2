/** Sequence numbers over time, of what one side sent: as W. R. Stevens drew them, or as tcptrace does. */
import type { SegmentPoints, SegmentSeries } from '../../server/dashboard/api-series.ts'
import { formatBytes, formatCount, formatInterval, plural } from '../lib/format.ts'
import { lastUpTo, neverCame, type Side } from '../lib/series.ts'
import {
  type Bar,
  bytesTick,
  type EdgeNote,
  type Frame,
  groundOf,
  type Ink,
  inSight,
  type LegendEntry,
  linear,
  type Mark,
  type Reading,
  type Scene,
  type Shape,
  type Silence,
  sceneOf,
  stepTo,
  valueTicks,
} from './chart-scene.ts'

export type SequenceStyle = 'stevens' | 'tcptrace'

export interface SequenceInput {
  readonly series: SegmentSeries
  /** Whose bytes. */
  readonly side: Side
  readonly style: SequenceStyle
}

const SYN = 0x02
const FIN = 0x01
/** The receiver's window may make the picture so many times higher, and no more. */
const ROOM_FOR_WINDOW = 1.6
/** Pixels between two bars that have heads. */
const ROOM_FOR_HEADS = 6

/** What befell a segment, the worst first: its ink and shape, its name in the legend, and words for one. */
const KINDS = [
  { ink: 'lost', shape: 'cross', legend: 'never came, as the lab knows', words: 'never came' },
  {
    ink: 'spurious',
    shape: 'barred',
    legend: 'sent again in vain',
    words: 'sent again although it had arrived',
  },
  {
    ink: 'fast',
    shape: 'triangle',
    legend: 'fast retransmission',
    words: 'sent again at once, after duplicate ACKs',
  },
  { ink: 'again', shape: 'diamond', legend: 'retransmission', words: 'sent again' },
  { ink: 'disorder', shape: 'square', legend: 'out of order', words: 'out of order' },
] as const satisfies readonly { ink: Ink; shape: Shape; legend: string; words: string }[]
type Kind = (typeof KINDS)[number]

export function layoutSequence({ series, side, style }: SequenceInput, frame: Frame): Scene | Silence {
  const own = series[side]
  const other = series[side === 'client' ? 'server' : 'client']
  if (own.totals.fresh === 0 && own.totals.again === 0) {
    return {
      silence: `The ${side} has sent no bytes yet: there is no sequence to draw. The other direction may have one.`,
    }
  }
  const { plot, x } = groundOf(frame)
  const { span } = frame
  const kinds = kindsOf(own)
  const [first, last] = inSight(own.time, span)
  const [firstAck, lastAck] = inSight(other.time, span)
  const traced = style === 'tcptrace'

  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  let open = Number.NEGATIVE_INFINITY
  for (let i = first; i <= last; i++) {
    if (!says(own, i)) continue
    low = Math.min(low, own.seq[i] ?? low)
    high = Math.max(high, (own.seq[i] ?? high) + (own.length[i] ?? 0))
  }
  for (let i = firstAck; traced && i <= lastAck; i++) {
    const ack = other.ack[i] ?? null
    if (ack === null) continue
    low = Math.min(low, ack)
    high = Math.max(high, ack)
    open = Math.max(open, ack + (other.window[i] ?? 0))
  }
  if (low > high) [low, high] = nearby(own, span.from)
  const notes: EdgeNote[] = []
  let top = high
  if (traced && open > high) {
    const fits = open - low <= Math.max(1, high - low) * ROOM_FOR_WINDOW
    if (fits) top = open
    else notes.push({ key: 'window', text: `receive window, up to ${formatBytes(open - high)} higher` })
  }
  const margin = Math.max(1, top - low) * 0.04
  const y = linear(low - margin, top + margin, plot.bottom, plot.top)

  const bars: Bar[] = []
  const marks: Mark[] = []
  const readings: Reading[] = []
  const heads = (last - first + 1) * ROOM_FOR_HEADS < plot.right - plot.left
  for (let i = first; i <= last; i++) {
    if (!says(own, i)) continue
    const [time = 0, seq = 0, length = 0] = [own.time[i], own.seq[i], own.length[i]]
    const kind = kinds.get(i)
    const at = { x: x(time), y: y(seq) }
    if (traced) bars.push({ ink: 'data', x: at.x, y0: at.y, y1: y(seq + length), heads })
    else if (kind === undefined) marks.push({ ink: 'data', shape: 'dot', ...at })
    const middle = traced ? y(seq + length / 2) : at.y
    if (kind !== undefined) marks.push({ ink: kind.ink, shape: kind.shape, x: at.x, y: middle })
    readings.push({
      number: own.number[i] ?? null,
      time,
      x: at.x,
      y: middle,
      text: `${bytesWords(own, i)}${kind === undefined ? '' : `, ${kind.words}`}`,
    })
  }

  const unseen = new Set(other.unseen)
  const acked: number[] = []
  const window: number[] = []
  if (traced) {
    for (let i = firstAck; i <= lastAck; i++) {
      const ack = other.ack[i] ?? null
      if (ack === null || unseen.has(i)) continue
      const at = { x: x(other.time[i] ?? 0), y: y(ack) }
      stepTo(acked, at.x, at.y)
      stepTo(window, at.x, y(ack + (other.window[i] ?? 0)))
      readings.push({
        number: other.number[i] ?? null,
        time: other.time[i] ?? 0,
        ...at,
        text: `ACK ${formatCount(ack)}, window ${formatBytes(other.window[i] ?? 0)}`,
      })
    }
    for (const { at, blocks } of other.sacks) {
      if (at < firstAck || at > lastAck) continue
      const x0 = x(other.time[at] ?? 0)
      for (const [from, to] of blocks) bars.push({ ink: 'sack', x: x0, y0: y(from), y1: y(to), heads: false })
    }
    readings.sort((a, b) => a.time - b.time)
  }

  return sceneOf(frame, {
    plot,
    yTicks: valueTicks(plot, Math.max(0, low - margin), top + margin, y, bytesTick),
    lines: traced
      ? [
          { ink: 'window', points: window },
          { ink: 'ack', points: acked },
        ]
      : [],
    bars,
    marks,
    notes,
    readings,
    legend: legendOf(traced, other.sacks.length > 0, new Set(kinds.values())),
  })
}

/** Whether it takes sequence numbers. */
function says(points: SegmentPoints, i: number): boolean {
  return (points.length[i] ?? 0) > 0 || ((points.flags[i] ?? 0) & (SYN | FIN)) !== 0
}

/** Where the stream stands at a time at which nothing was sent. */
function nearby({ time, seq }: SegmentPoints, from: number): [low: number, high: number] {
  const at = seq[Math.max(0, lastUpTo(time, from))] ?? 0
  return [at, at + 1000]
}

function kindsOf({ noted, fates, repeated }: SegmentPoints): Map<number, Kind> {
  const [lost, spurious, fast, again, disorder] = KINDS
  const kinds = new Map<number, Kind>()
  for (const at of repeated) kinds.set(at, again)
  for (const { at, names } of noted) {
    if (names.includes('spurious_retransmission')) kinds.set(at, spurious)
    else if (names.includes('fast_retransmission')) kinds.set(at, fast)
    else if (names.includes('retransmission')) kinds.set(at, again)
    else if (names.includes('out_of_order') && !kinds.has(at)) kinds.set(at, disorder)
  }
  for (const { at, fate } of fates) if (neverCame(fate)) kinds.set(at, lost)
  return kinds
}

function bytesWords({ seq, length, flags }: SegmentPoints, i: number): string {
  const [from = 0, bytes = 0, bits = 0] = [seq[i], length[i], flags[i]]
  if (bytes > 0) return `bytes ${formatCount(from)} to ${formatCount(from + bytes - 1)}`
  return bits & SYN ? 'SYN' : 'FIN'
}

function legendOf(traced: boolean, sacked: boolean, kinds: ReadonlySet<Kind>): LegendEntry[] {
  const entries: LegendEntry[] = [
    {
      ink: 'data',
      shape: traced ? 'bar' : 'dot',
      text: traced ? 'a segment, its first to its last byte' : 'a segment’s first byte',
    },
  ]
  if (traced) {
    entries.push({ ink: 'ack', shape: 'line', text: 'acknowledged up to here' })
    if (sacked) entries.push({ ink: 'sack', shape: 'bar', text: 'SACK: arrived beyond a hole' })
    entries.push({ ink: 'window', shape: 'line', text: 'receive window: no further than this' })
  }
  for (const kind of KINDS) {
    if (kinds.has(kind)) entries.push({ ink: kind.ink, shape: kind.shape, text: kind.legend })
  }
  return entries
}

/** What it shows, in a sentence or two. */
export function sequenceWords(series: SegmentSeries, side: Side): string {
  const { totals, time } = series[side]
  const seconds = (time.at(-1) ?? 0) - (time[0] ?? 0)
  const sent = `The ${side} sent ${formatBytes(totals.fresh)} in ${formatInterval(seconds)}, in ${plural(totals.packets, 'segment')}.`
  if (totals.resent === 0) return `${sent} None was sent again.`
  const later = totals.resent - totals.fast - totals.spurious
  const kinds = [
    totals.fast > 0 ? `${formatCount(totals.fast)} by fast retransmission` : '',
    later > 0 ? `${formatCount(later)} in the repair after that, or by the timer` : '',
    totals.spurious > 0 ? `${formatCount(totals.spurious)} in vain` : '',
  ].filter((kind) => kind !== '')
  return `${sent} ${formatCount(totals.resent)} ${totals.resent === 1 ? 'was' : 'were'} sent again: ${kinds.join(', ')}.`
}
