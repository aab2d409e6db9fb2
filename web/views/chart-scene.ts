/**
 * A chart before it is drawn: marks at their pixels, each with the name of its ink. Layouts make it, `chart-draw.ts`
 * draws it on the canvas or as SVG, and the styles say what an ink looks like.
 */
import { formatBytes } from '../lib/format.ts'
import { roundNumbers, type Span, timeLabels } from '../lib/time-axis.ts'

export const INKS = [
  'data',
  'ack',
  'window',
  'sack',
  'again',
  'fast',
  'spurious',
  'disorder',
  'lost',
  'rtt',
  'srtt',
  'rttvar',
  'rto',
  'cwnd',
  'ssthresh',
  'flight',
  'wire',
  'headers',
  'fresh',
  'limit',
  'gap',
  'jitter',
  'slow-start',
  'avoidance',
  'fast-recovery',
  'rto-recovery',
] as const
export type Ink = (typeof INKS)[number]

export type Shape = 'dot' | 'diamond' | 'triangle' | 'barred' | 'square' | 'cross'

export interface Frame {
  readonly width: number
  readonly height: number
  /** What is looked at, and the whole of it. */
  readonly span: Span
  /** Words for the time axis have less room. */
  readonly tight: boolean
}

export interface Tick {
  readonly at: number
  readonly label: string
}

export interface Line {
  readonly ink: Ink
  /** x and y in turn; NaN where it is broken. */
  readonly points: readonly number[]
}
/** Filled down to the second line, given backwards in the same list. */
export interface Area {
  readonly ink: Ink
  readonly points: readonly number[]
}
export interface Bar {
  readonly ink: Ink
  readonly x: number
  readonly y0: number
  readonly y1: number
  /** Arrow heads at both ends, as tcptrace draws a segment. */
  readonly heads: boolean
}
export interface Mark {
  readonly ink: Ink
  readonly shape: Shape
  readonly x: number
  readonly y: number
}
export interface Band {
  readonly key: string
  readonly x0: number
  readonly x1: number
  readonly label: string
  readonly ink: Ink
}
/** Something that is above the picture, named at its edge. */
export interface EdgeNote {
  readonly key: string
  readonly text: string
}

/** One point that can be read: its packet where there is one, and its words. */
export interface Reading {
  readonly number: number | null
  readonly time: number
  readonly x: number
  readonly y: number
  readonly text: string
}

export interface LegendEntry {
  readonly ink: Ink
  readonly shape: Shape | 'line' | 'area' | 'bar'
  readonly text: string
  /** The sender's own state: never on the wire. */
  readonly own?: true
}

export interface Scene {
  readonly width: number
  readonly height: number
  /** The plot inside: left, top, right, bottom. */
  readonly plot: Plot
  readonly span: Span
  readonly xTicks: readonly Tick[]
  readonly yTicks: readonly Tick[]
  readonly bands: readonly Band[]
  readonly areas: readonly Area[]
  readonly lines: readonly Line[]
  readonly bars: readonly Bar[]
  readonly marks: readonly Mark[]
  readonly notes: readonly EdgeNote[]
  /** In the order of time; those in sight only. */
  readonly readings: readonly Reading[]
  readonly legend: readonly LegendEntry[]
}

/** Where a chart has nothing to show: why. */
export interface Silence {
  readonly silence: string
}

export interface Plot {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** Words of the vertical axis stand left of it, the times below. */
const LEFT = 68
const TIGHT_LEFT = 54
const RIGHT = 14
const TOP = 22
const BOTTOM = 22
/** Pixels a tick takes at least. */
const TICK_WIDTH = 72
const TICK_HEIGHT = 34

/** Where on a frame the marks stand, and where in it a time is. */
export function groundOf({ width, height, span, tight }: Frame): { plot: Plot; x: Scale } {
  const plot = { left: tight ? TIGHT_LEFT : LEFT, top: TOP, right: width - RIGHT, bottom: height - BOTTOM }
  return { plot, x: timeScale(plot, span) }
}

export type Scale = (value: number) => number

/** What a layout puts upon its frame; what it leaves out is empty. */
type Content = Pick<Scene, 'plot' | 'yTicks' | 'readings' | 'legend'> &
  Partial<Pick<Scene, 'bands' | 'areas' | 'lines' | 'bars' | 'marks' | 'notes'>>

/** A frame with its times below, and with those of the readings that are in sight. */
export function sceneOf({ width, height, span }: Frame, content: Content): Scene {
  const { plot, readings } = content
  return {
    bands: [],
    areas: [],
    lines: [],
    bars: [],
    marks: [],
    notes: [],
    ...content,
    width,
    height,
    span,
    xTicks: timeTicks(plot, span),
    readings: readings.filter(({ time }) => time >= span.from && time <= span.to),
  }
}

export function linear(from: number, to: number, start: number, end: number): Scale {
  const factor = to === from ? 0 : (end - start) / (to - from)
  return (value) => start + (value - from) * factor
}

function timeScale(plot: Plot, { from, to }: Span): Scale {
  return linear(from, to, plot.left, plot.right)
}

function timeTicks(plot: Plot, span: Span): Tick[] {
  const x = timeScale(plot, span)
  const count = Math.max(2, Math.floor((plot.right - plot.left) / TICK_WIDTH))
  const { step, values } = roundNumbers(span.from, span.to, count)
  const labels = timeLabels(values, step)
  return values.map((value, i) => ({ at: x(value), label: labels[i] ?? '' }))
}

export function valueTicks(
  plot: Plot,
  from: number,
  to: number,
  y: Scale,
  words: (value: number) => string,
): Tick[] {
  const count = Math.max(2, Math.floor((plot.bottom - plot.top) / TICK_HEIGHT))
  const { values } = roundNumbers(from, to, count)
  const kept = values.filter((value) => value >= from && value <= to)
  return kept.map((value) => ({ at: y(value), label: words(value) }))
}

export const bytesTick = (value: number) => (value === 0 ? '0' : formatBytes(Math.round(value)))

/** Those of ascending times that the span needs to be drawn: what is in it, and one beyond each end. */
export function inSight(times: readonly number[], { from, to }: Span): [first: number, last: number] {
  let first = 0
  let last = times.length - 1
  while (first < times.length && (times[first] ?? 0) < from) first++
  while (last >= 0 && (times[last] ?? 0) > to) last--
  return [Math.max(0, first - 1), Math.min(times.length - 1, last + 1)]
}

/** Adds a point to a line that goes on level until then. */
export function stepTo(points: number[], x: number, y: number): void {
  const before = points.at(-1)
  if (before !== undefined && !Number.isNaN(before)) points.push(x, before)
  points.push(x, y)
}

/** A shape of about so many pixels from its middle, as an SVG path around 0, 0. */
export function shapePath(shape: Shape, r: number): string {
  switch (shape) {
    case 'dot':
      return `M${-r},0a${r},${r} 0 1 0 ${2 * r},0a${r},${r} 0 1 0 ${-2 * r},0`
    case 'diamond':
      return `M0,${-r * 1.3}L${r * 1.3},0L0,${r * 1.3}L${-r * 1.3},0Z`
    case 'triangle':
      return `M0,${-r * 1.2}L${r * 1.2},${r}L${-r * 1.2},${r}Z`
    case 'barred':
      return `M${-r},0a${r},${r} 0 1 0 ${2 * r},0a${r},${r} 0 1 0 ${-2 * r},0M${-r * 1.6},0H${r * 1.6}`
    case 'square':
      return `M${-r},${-r}H${r}V${r}H${-r}Z`
    case 'cross':
      return `M${-r},${-r}L${r},${r}M${r},${-r}L${-r},${r}`
  }
}

/** A segment's bar with its heads, as an SVG path. */
export function barPath({ x, y0, y1: end, heads }: Bar): string {
  // One that is lower than a pixel is still there.
  const y1 = Math.abs(y0 - end) < 2 ? y0 - 2 : end
  const line = `M${x},${y0}V${y1}`
  if (!heads) return line
  const long = Math.abs(y0 - y1) >= 6
  const head = (y: number, down: number) => `M${x - 2.5},${y + down * 3}L${x},${y}L${x + 2.5},${y + down * 3}`
  return long
    ? `${line}${head(y0, y0 > y1 ? -1 : 1)}${head(y1, y0 > y1 ? 1 : -1)}`
    : `M${x - 2},${y0}h4${line}M${x - 2},${y1}h4`
}

export function linePath(points: readonly number[]): string {
  let path = ''
  let pen = false
  for (let i = 0; i + 1 < points.length; i += 2) {
    const [x = Number.NaN, y = Number.NaN] = [points[i], points[i + 1]]
    if (Number.isNaN(x) || Number.isNaN(y)) pen = false
    else {
      path += `${pen ? 'L' : 'M'}${round(x)},${round(y)}`
      pen = true
    }
  }
  return path
}

const round = (value: number) => Math.round(value * 10) / 10

/** A legend's sign, about 20 pixels wide around 0, 0. */
export function swatchPath(shape: LegendEntry['shape']): string {
  switch (shape) {
    case 'line':
      return 'M-10,0H10'
    case 'area':
      return 'M-9,-5H9V5H-9Z'
    case 'bar':
      return barPath({ ink: 'data', x: 0, y0: -7, y1: 7, heads: true })
    default:
      return shapePath(shape, shape === 'dot' ? 2.5 : 3.5)
  }
}
