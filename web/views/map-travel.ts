/**
 * Frames on their way over the map's cables. A frame goes in its real time where there is time to see it, else it is
 * a short pulse; one that never arrives stops where it was lost, and falls. Pure: the clock is an argument.
 */
import type { Row } from '../../server/dashboard/api.ts'
import { type FateShape, fateShape, labelOf, reachOf } from '../lib/fate.ts'
import { clip } from './ladder-words.ts'
import type { MapLayout } from './map-layout.ts'
import type { MapCable, Point } from './map-marks.ts'

/** Shorter than this, in seconds, cannot be followed by eye. */
const SEEN_S = 0.08
export const PULSE_S = 0.22
const FALL_S = 0.9
/** How far what falls gets from where it was lost, aside and down: px. A cable goes down as well, so it must leave it. */
const FALL = { aside: 44, down: 46 }
/** What is corrupted goes whole to here. */
const HARMED_AT = 0.4
/** Frames of one direction that come together are one mark with a count. */
const TOGETHER_S = 0.05
/** So far behind the wire the map may be, to show both directions in their order. */
const MOST_LAG_S = 1.5
/** Of a label's line, from the frame to its first character, and of a character: px. */
const LABEL_HEIGHT = 13
const LABEL_AT = 18
const LABEL_CHARACTER = 6.7
/** Longer than the feed's rest in a flood, so that the stroke stands as long as the flood does. */
const FLOOD_S = 0.5
/** After so long a silence it catches up. */
const RESET_S = 2
/** More marks on one cable are no picture any more: it shows a stroke and a count. */
export const MOST_MARKS = 24

export interface Travelling {
  readonly key: number
  readonly cable: string
  readonly direction: 'up' | 'down'
  readonly shape: FateShape
  readonly osi: number
  readonly label: string
  readonly source: string
  readonly destination: string
  /** Seconds, on the page's clock. */
  readonly start: number
  readonly end: number
  /** The part of the cable that it gets over: less than 1 for what is lost. */
  readonly reach: number
  count: number
}

/** A mark at one moment. */
export interface FrameMark extends Point {
  readonly key: number
  readonly shape: FateShape
  readonly osi: number
  readonly direction: 'up' | 'down'
  /** Empty where there is no room for it. */
  readonly label: string
  /** Under the label: what befell it, in a word. */
  readonly note: string
  /** From the mark to its label's line: px. */
  readonly labelY: number
  /** Where the mark ends up sideways: words that were cut anew on the way there could not be read. */
  readonly endX: number
  readonly opacity: number
  /** Degrees: what falls turns over. */
  readonly turn: number
}

export interface Density {
  readonly cable: string
  readonly points: readonly Point[]
  readonly count: number
  readonly osi: number
}

export interface Moment {
  readonly marks: readonly FrameMark[]
  readonly density: readonly Density[]
  /** Addresses of hosts whose own cables carry something now. */
  readonly speaking: ReadonlySet<string>
}

export class Traffic {
  #frames: Travelling[] = []
  #last = 0
  #lag = 0
  #latest = 0
  #typical = new Map<string, number>()
  /** Cables over which more came at once than the page was told of one by one. */
  #floods = new Map<string, { until: number; count: number; osi: number }>()

  /** Takes what is new among rows, oldest first, seen just now. The first call only learns where we are. */
  add(rows: readonly Row[], now: number): void {
    const first = this.#last === 0
    const known = this.#last
    if (now - this.#latest > RESET_S) this.#lag = 0
    const skipped = (rows[0]?.number ?? 0) - known - 1
    if (!first && skipped > 0) this.#flood(rows, skipped, now)
    for (const row of rows) {
      if (row.number <= known) continue
      this.#last = Math.max(this.#last, row.number)
      if (!first) this.#take(row, now)
    }
    // An empty trace has been looked at as well: what comes next is new.
    if (first && this.#last === 0) this.#last = 0.5
  }

  /** The rows are the newest of many more: those on the way are not followed one by one. */
  #flood(rows: readonly Row[], skipped: number, now: number): void {
    const cable = rows.at(-1)?.transit?.cable
    if (cable === undefined) return
    const osi = Math.max(0, ...rows.map((row) => row.osi))
    this.#floods.set(cable, { until: now + FLOOD_S, count: skipped + rows.length, osi })
  }

  /** Another trace, or another end of the cable: what is on the way belongs to the one before. */
  forget(): void {
    this.#frames = []
    this.#floods.clear()
    this.#last = 0
  }

  #take(row: Row, now: number): void {
    const { transit } = row
    if (transit === null) return
    const sentAt = Number(transit.sentAt)
    this.#latest = now
    this.#lag = Math.max(this.#lag, Math.min(MOST_LAG_S, Math.max(0, now - sentAt)))
    const way = `${transit.cable} ${transit.direction}`
    const shape = fateShape(row)
    const delay = transit.delay ?? this.#typical.get(way) ?? 0
    if (transit.delay !== null) this.#typical.set(way, delay)
    const lasts = delay > SEEN_S ? delay : PULSE_S
    const start = Math.min(now + MOST_LAG_S, Math.max(now, sentAt + this.#lag))
    const together = this.#frames.findLast(
      (one) => one.cable === transit.cable && one.direction === transit.direction,
    )
    if (
      together !== undefined &&
      lasts === PULSE_S &&
      together.shape === shape &&
      start - together.start < TOGETHER_S
    ) {
      together.count++
      return
    }
    this.#frames.push({
      key: row.number,
      cable: transit.cable,
      direction: transit.direction,
      shape,
      osi: row.osi,
      label: labelOf(row),
      source: row.source,
      destination: row.destination,
      start,
      end: start + lasts,
      reach: reachOf(row),
      count: 1,
    })
    // Of a flood only the newest can still be seen; their number is kept by what is drawn.
    if (this.#frames.length > 2000) this.#frames.splice(0, 1000)
  }

  /** Whether anything moves, or will. */
  moving(now: number): boolean {
    this.#frames = this.#frames.filter((frame) => now < over(frame))
    for (const [cable, { until }] of this.#floods) if (now >= until) this.#floods.delete(cable)
    return this.#frames.length + this.#floods.size > 0
  }

  /** As `momentOf`, of its own frames. */
  at(now: number, layout: MapLayout, still: boolean): Moment {
    const apart = this.#frames.filter(({ cable }) => !this.#floods.has(cable))
    const moment = momentOf(apart, now, layout, still)
    const density = [...moment.density]
    for (const [name, { until, count, osi }] of this.#floods) {
      const points = layout.cables.find(({ key }) => key === name)?.points
      if (points !== undefined && now < until) density.push({ cable: name, points, count, osi })
    }
    return { ...moment, density }
  }
}

/** Where frames are `now`. `still`: marks appear in place instead of moving. */
export function momentOf(
  travelling: readonly Travelling[],
  now: number,
  layout: MapLayout,
  still: boolean,
): Moment {
  const cables = new Map(layout.cables.map((cable) => [cable.key, cable]))
  const perCable = new Map<string, Travelling[]>()
  const speaking = new Set<string>()
  for (const frame of travelling) {
    if (now < frame.start || now >= over(frame)) continue
    const list = perCable.get(frame.cable)
    if (list === undefined) perCable.set(frame.cable, [frame])
    else list.push(frame)
    if (now < frame.end) {
      speaking.add(layout.markOf.get(frame.source) ?? '')
      speaking.add(layout.markOf.get(frame.destination) ?? '')
    }
  }
  const marks: FrameMark[] = []
  const density: Density[] = []
  for (const [name, frames] of perCable) {
    const cable = cables.get(name)
    if (cable !== undefined && frames.length > MOST_MARKS) {
      const count = frames.reduce((sum, frame) => sum + frame.count, 0)
      density.push({ cable: name, points: cable.points, count, osi: busiest(frames) })
      continue
    }
    for (const frame of frames.slice(-MOST_MARKS)) {
      const points = cable === undefined ? betweenClients(frame, layout) : wayOf(cable, frame)
      if (points.length > 1) marks.push(markOf(frame, points, cable?.lane ?? 0, now, still))
    }
  }
  return { marks: withRoom(marks, layout.width), density, speaking }
}

function over(frame: Travelling): number {
  return frame.shape === 'lost' ? frame.start + (frame.end - frame.start) * frame.reach + FALL_S : frame.end
}

function busiest(frames: readonly Travelling[]): number {
  return Math.max(0, ...frames.map((frame) => frame.osi))
}

function wayOf(cable: MapCable, { direction }: Travelling): readonly Point[] {
  return direction === 'up' ? cable.points : [...cable.points].reverse()
}

/** What meets no server's cable goes from its host to the switch and down to the other's, or to all. */
function betweenClients(frame: Travelling, layout: MapLayout): readonly Point[] {
  const of = (address: string) =>
    layout.cables.find((cable) => cable.of !== '' && cable.of === layout.markOf.get(address))?.points
  const from = of(frame.source)
  const to = of(frame.destination)
  return [...(from ?? []), ...(to === undefined ? [] : [...to].reverse())]
}

function markOf(
  frame: Travelling,
  points: readonly Point[],
  lane: number,
  now: number,
  still: boolean,
): FrameMark {
  const lasts = frame.end - frame.start
  const gone = (now - frame.start) / lasts
  const lost = frame.shape === 'lost'
  const fallen = lost ? Math.max(0, Math.min(1, ((gone - frame.reach) * lasts) / FALL_S)) : 0
  const along = still ? frame.reach * (lost ? 1 : 0.5) : Math.min(frame.reach, gone)
  const at = pointAt(points, along)
  const side = frame.direction === 'up' ? -1 : 1
  // Until it happens nobody can tell it from the others.
  const whole = !still && gone < (lost ? frame.reach : frame.shape === 'corrupted' ? HARMED_AT : 0)
  const [first, last] = [points[0] ?? at, points.at(-1) ?? at]
  const [top, bottom] = [Math.min(first.y, last.y) + 9, Math.max(first.y, last.y) - 9]
  // It comes out of one end whole, and stops before the other.
  const inside = top < bottom ? Math.max(top, Math.min(bottom, at.y)) : at.y
  const y = inside + (still ? 0 : fallen * fallen * FALL.down)
  return {
    key: frame.key,
    shape: whole ? 'plain' : frame.shape,
    osi: frame.osi,
    direction: frame.direction,
    x: at.x + side * (lane + (still ? 0 : (1 - (1 - fallen) ** 2) * FALL.aside)),
    endX: at.x + side * (lane + (still || whole || !lost ? 0 : FALL.aside)),
    y,
    opacity: still ? 1 : 1 - fallen * fallen,
    turn: still ? 0 : fallen * 70 * side,
    label: frame.count > 1 ? `${frame.count} frames` : frame.label,
    note: whole || frame.shape === 'plain' ? '' : frame.shape,
    // At the ends stand the names of what the cable joins.
    labelY: top < bottom ? Math.max(top, Math.min(bottom - 2, y)) - y : 0,
  }
}

/** A label as far as there is room for it; of two that would lie on each other, the one that says more than usual. */
function withRoom(marks: readonly FrameMark[], width: number): FrameMark[] {
  const taken: Record<'up' | 'down', number[]> = { up: [], down: [] }
  const inTurn = [...marks].sort(
    (a, b) => Number(a.shape === 'plain') - Number(b.shape === 'plain') || b.key - a.key,
  )
  const labels = new Map<number, string>()
  for (const { key, direction, endX, y, labelY, label, note } of inTurn) {
    const line = y + labelY
    const height = note === '' ? LABEL_HEIGHT : 2 * LABEL_HEIGHT
    if (taken[direction].some((other) => Math.abs(other - line) < height)) continue
    taken[direction].push(line)
    const room = (direction === 'up' ? endX : width - endX) - LABEL_AT
    labels.set(key, clip(label, room / LABEL_CHARACTER))
  }
  return marks.map((mark) => ({ ...mark, label: labels.get(mark.key) ?? '' }))
}

/** The point after a part, 0 to 1, of a broken line's length. */
export function pointAt(points: readonly Point[], part: number): Point {
  const legs = points.slice(1).map((to, i) => {
    const from = points[i] ?? to
    return { from, to, length: Math.hypot(to.x - from.x, to.y - from.y) }
  })
  let left = Math.max(0, Math.min(1, part)) * legs.reduce((sum, leg) => sum + leg.length, 0)
  for (const { from, to, length } of legs) {
    if (left <= length && length > 0) {
      return { x: from.x + ((to.x - from.x) * left) / length, y: from.y + ((to.y - from.y) * left) / length }
    }
    left -= length
  }
  return points.at(-1) ?? { x: 0, y: 0 }
}
