/**
 * The byte ruler as geometry: one direction's stream along its offset, and in rows below each other what was written into
 * it, the segments that carried it, and the messages that came out. Marks too narrow to be hit are drawn as one.
 */
import type { MessageNode, SegmentNode } from '../../server/dashboard/api-stream.ts'
import { formatBytes, formatCount } from '../lib/format.ts'
import { isLost, joined, messageMark, segmentMark, writtenMark } from './byte-ruler-marks.ts'

export type RulerRow = 'written' | 'sent' | 'read'

/** What a program put into the stream at once, as far as it is known. */
export interface Written {
  readonly start: number
  readonly end: number
  readonly label: string
  readonly number: number
  /** The program told of it; else a message is taken for a write. */
  readonly told: boolean
}

/** One direction, segments in the order of packets. */
export interface RulerData {
  readonly written: readonly Written[]
  readonly segments: readonly SegmentNode[]
  readonly messages: readonly MessageNode[]
  /** Packets later than this have not come yet; null for none. */
  readonly until: number | null
}

/** What of the stream is in sight, in bytes. */
export interface RulerView {
  readonly from: number
  readonly to: number
}

export type RulerShape = 'whole' | 'again' | 'partly' | 'lost' | 'probe' | 'guess' | 'cluster'

export interface RulerMark {
  readonly key: string
  readonly row: RulerRow
  readonly shape: RulerShape
  readonly x: number
  readonly width: number
  readonly y: number
  readonly height: number
  readonly start: number
  readonly end: number
  /** OSI layer. */
  readonly layer: number
  /** Packets that it stands for; the first is the one that is opened. */
  readonly numbers: readonly number[]
  /** How many marks are drawn as this one. */
  readonly count: number
  /** Inside the mark, if it fits. */
  readonly label: string
  /** All of it, as a sentence. */
  readonly says: string
  /** The sender had no more to send behind it. */
  readonly push: boolean
}

export interface RulerLayout {
  readonly width: number
  readonly height: number
  readonly rows: readonly { readonly id: RulerRow; readonly y: number; readonly height: number }[]
  readonly ticks: readonly { readonly x: number; readonly label: string }[]
  /** Where messages end, across all rows. */
  readonly borders: readonly number[]
  /** Bytes that no segment here carried. */
  readonly gaps: readonly {
    readonly key: string
    readonly x: number
    readonly width: number
    readonly y: number
    readonly height: number
    readonly says: string
  }[]
  readonly marks: readonly RulerMark[]
}

const AXIS = 18
const ROW = 24
const BETWEEN = 10
/** A copy of bytes that were sent before stands lower, so that both are seen. */
const AGAIN_HEIGHT = 16
const AGAIN_ROWS = 2
/** Width of a character in a mark. */
const CHARACTER = 6.6
const MOST_BORDERS = 60

const WRITTEN_Y = AXIS
const SENT_Y = WRITTEN_Y + ROW + BETWEEN
const AGAIN_Y = SENT_Y + ROW + 2

export function layoutRuler(data: RulerData, view: RulerView, width: number): RulerLayout {
  const span = Math.max(1, view.to - view.from)
  const x = (offset: number) => ((offset - view.from) / span) * width
  const came = <T extends { readonly number: number }>(list: readonly T[]) =>
    data.until === null ? list : list.filter(({ number }) => number <= (data.until ?? 0))
  const inView = <T extends { readonly start: number; readonly end: number }>(list: readonly T[]) =>
    list.filter(({ start, end }) => end > view.from && start < view.to)

  const segments = came(data.segments).filter(({ length }) => length > 0)
  const copies = placeCopies(segments)
  const lanes = Math.min(AGAIN_ROWS, Math.max(0, ...copies.values()))
  const readY = SENT_Y + ROW + (lanes > 0 ? 2 + lanes * (AGAIN_HEIGHT + 2) : 0) + BETWEEN
  const placed = (start: number, end: number) => {
    const [left, right] = [Math.max(-2, x(start)), Math.min(width + 2, x(end))]
    return { x: left, width: Math.max(1, right - left), end }
  }
  const place = ({ start, end }: { start: number; end: number }) => placed(start, end)

  const shown = segments.filter(({ start, length }) => start + length > view.from && start < view.to)
  const messages = inView(came(data.messages))
  const rows = [
    joined(inView(came(data.written)), place, (write) => writtenMark(write, WRITTEN_Y, ROW)),
    ...Array.from({ length: lanes + 1 }, (_, lane) => {
      const own = shown.filter(({ number }) => Math.min(AGAIN_ROWS, copies.get(number) ?? 0) === lane)
      const y = lane === 0 ? SENT_Y : AGAIN_Y + (lane - 1) * (AGAIN_HEIGHT + 2)
      const height = lane === 0 ? ROW : AGAIN_HEIGHT
      const at = ({ start, length }: SegmentNode) => placed(start, start + length)
      return joined(own, at, (segment) => segmentMark(segment, y, height), isLost)
    }),
    joined(messages, place, (message) => messageMark(message, readY, ROW)),
  ]
  return {
    width,
    height: readY + ROW + 2,
    rows: [
      { id: 'written', y: WRITTEN_Y, height: ROW },
      { id: 'sent', y: SENT_Y, height: readY - BETWEEN - SENT_Y },
      { id: 'read', y: readY, height: ROW },
    ],
    ticks: ticksOf(view, width, x),
    borders: bordersOf(messages, view, x),
    gaps: gapsOf(segments, messages, view).map(({ from, to }) => ({
      key: `g${from}`,
      x: x(from),
      width: Math.max(1, x(to) - x(from)),
      y: SENT_Y,
      height: ROW,
      says: `${formatBytes(to - from)} from ${formatCount(from)} on, which no segment here carried`,
    })),
    marks: rows.flat(),
  }
}

/** How many times bytes of a segment had been sent before it: which lane it stands in. */
function placeCopies(segments: readonly SegmentNode[]): Map<number, number> {
  const lanes = new Map<number, number>()
  const ends: number[] = []
  for (const { number, start, length, fresh } of segments) {
    let lane = fresh === length ? 0 : 1
    // Of several copies each has its own, as long as they touch.
    while (lane > 0 && lane < AGAIN_ROWS && (ends[lane] ?? -1) > start) lane++
    if (lane > 0) ends[lane] = Math.max(ends[lane] ?? 0, start + length)
    if (lane > 0) lanes.set(number, lane)
  }
  return lanes
}

function bordersOf(
  messages: readonly MessageNode[],
  view: RulerView,
  x: (offset: number) => number,
): number[] {
  const ends = messages.filter(({ end }) => end > view.from && end < view.to).map(({ end }) => x(end))
  return ends.length > MOST_BORDERS ? [] : ends
}

/** Between the first and the last byte in sight that anything tells of. */
function gapsOf(
  segments: readonly SegmentNode[],
  messages: readonly MessageNode[],
  view: RulerView,
): { from: number; to: number }[] {
  const spans = segments
    .filter(({ fresh, start, length }) => fresh > 0 && start + length > view.from && start < view.to)
    .map(({ start, length }) => [start, start + length] as const)
    .sort((a, b) => a[0] - b[0])
  const gaps: { from: number; to: number }[] = []
  let reached = spans[0]?.[0] ?? 0
  for (const [start, end] of spans) {
    if (start > reached) gaps.push({ from: reached, to: start })
    reached = Math.max(reached, end)
  }
  const last = messages.reduce((furthest, { end }) => Math.max(furthest, end), 0)
  if (spans.length > 0 && last > reached) gaps.push({ from: reached, to: last })
  return gaps.filter(({ from, to }) => to > view.from && from < view.to)
}

const STEPS = [1, 2, 5]

function ticksOf(
  view: RulerView,
  width: number,
  x: (offset: number) => number,
): { x: number; label: string }[] {
  const wanted = Math.max(2, Math.floor(width / 90))
  const rough = Math.max(1, (view.to - view.from) / wanted)
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = (STEPS.find((each) => each * power >= rough) ?? 10) * power
  const ticks: { x: number; label: string }[] = []
  for (let at = Math.ceil(view.from / step) * step; at <= view.to; at += step) {
    ticks.push({ x: x(at), label: formatCount(at) })
  }
  return ticks
}

/**
 * How much of a label a mark has room for, in whole words: what one reads is then part of the name that is said (WCAG
 * 2.5.3). None of what would be but a letter or two.
 */
export function fitting(label: string, width: number): string {
  const room = Math.floor((width - 8) / CHARACTER)
  if (label.length <= room) return label
  if (room < 4) return ''
  const cut = /\w/.test(label[room - 1] ?? '')
  const whole = label.slice(0, room - 1).replace(cut ? /\w+$/ : /$/, '')
  return /\w/.test(whole) ? `${whole}…` : ''
}

/** Behind the last byte that anything tells of. */
export function streamEnd({ segments, messages }: Pick<RulerData, 'segments' | 'messages'>): number {
  let end = 0
  for (const { start, length } of segments) if (start + length > end) end = start + length
  for (const message of messages) if (message.end > end) end = message.end
  return end
}

/** Narrowest view, in bytes. */
const CLOSEST = 16

/** A view zoomed by a factor about a point of it (0 to 1), within the stream. */
export function zoomed(view: RulerView, factor: number, about: number, end: number): RulerView {
  const all = Math.max(CLOSEST, end)
  const span = Math.min(all, Math.max(CLOSEST, (view.to - view.from) * factor))
  const fixed = view.from + (view.to - view.from) * about
  return within({ from: fixed - span * about, to: fixed + span * (1 - about) }, end)
}

export function panned(view: RulerView, by: number, end: number): RulerView {
  return within({ from: view.from + by, to: view.to + by }, end)
}

function within({ from, to }: RulerView, end: number): RulerView {
  const all = Math.max(CLOSEST, end)
  const span = Math.min(all, to - from)
  const start = Math.min(Math.max(0, from), all - span)
  return { from: start, to: start + span }
}
