/**
 * The ladder as geometry: time downwards, one lane an endpoint, an arrow a packet. Distances grow with time but not
 * in proportion to it, since packets microseconds apart and silences of seconds share one picture; a silence is
 * cut short and labelled. Where a frame's way over the lab's cable is known and takes time, its arrow leaves one lane
 * when it left and meets the other when it came: the two lanes share one clock, as on no capture of one end.
 */
import type { EventNode, FlowNode, Row } from '../../server/dashboard/api.ts'
import { wayOf } from '../lib/fate.ts'
import { between, formatGap, formatInterval, plural } from '../lib/format.ts'
import { originals } from '../lib/sent-again.ts'
import { type EpisodeGroup, episodeWords, groupEpisodes } from './ladder-episodes.ts'
import {
  drawnLanes,
  flowsDrawn,
  inner,
  type Lane,
  middle,
  type Plan,
  placeLanes,
  WIDE,
} from './ladder-lanes.ts'
import { type LadderLink, type LadderState, placeLinks, placeStates } from './ladder-links.ts'
import {
  type EpisodeMark,
  HEIGHT,
  type LadderMark,
  packetHeight,
  placeEvent,
  placeFold,
  placePacket,
} from './ladder-marks.ts'

export interface LadderData {
  /** Packets of the shown flows, oldest first. */
  readonly rows: readonly Row[]
  readonly flows: readonly FlowNode[]
  /** Events of those flows' services, oldest first. */
  readonly events: readonly EventNode[]
  /** What the reader has folded (true) or opened (false), by episode key. */
  readonly folds: ReadonlyMap<string, boolean>
}

export interface LadderLayout {
  readonly width: number
  readonly height: number
  readonly lanes: readonly Lane[]
  /** In reading order: what the arrow keys go through. */
  readonly marks: readonly LadderMark[]
  readonly gaps: readonly {
    readonly key: string
    readonly y: number
    readonly x: number
    readonly text: string
  }[]
  /** From a packet to the one that repeats it, beside their sender's lane. */
  readonly links: readonly LadderLink[]
  /** What each end is in, where that changes. */
  readonly states: readonly LadderState[]
  /** Some arrow falls far enough to cross what stands below it. */
  readonly falls: boolean
}

const MOST_EVENTS = 200

const TOP = 10
const SILENCE_S = 0.25
type Slot =
  | { readonly kind: 'packet'; readonly row: Row; readonly from: string; readonly to: string }
  | { readonly kind: 'arrival'; readonly row: Row; readonly from: string; readonly to: string }
  | { readonly kind: 'event'; readonly event: EventNode; readonly from: string; readonly to: string }
  | {
      readonly kind: 'fold' | 'head'
      readonly group: EpisodeGroup
      readonly from: string
      readonly to: string
    }

export function layoutLadder(
  data: LadderData,
  size: { readonly width: number; readonly height?: number },
): LadderLayout {
  const width = Math.max(320, size.width)
  const { rows } = data
  const wide = width >= WIDE
  const groups = groupEpisodes(rows)
  const folded = new Set(groups.filter((g) => data.folds.get(g.key) ?? g.foldedAtFirst).map((g) => g.key))
  const slots = makeSlots(rows, eventsShown(data.events, rows), groups, folded, wide)
  const flows = flowsDrawn(data.flows, rows)
  const lanes = placeLanes(flows, width, wide)
  const plan: Plan = { lanes, wide, width, byFlow: new Map(flows.map((flow) => [flow.id, flow])) }
  const repeats = originals(rows)

  const marks: LadderMark[] = []
  const gaps: { key: string; y: number; x: number; text: string }[] = []
  const cuts: { y1: number; y2: number }[] = []
  const reach = new Map<string, { y1: number; y2: number }>()
  const spans = new Map<string, { y1: number; y2: number; head: number }>()
  const groupOf = new Map(groups.flatMap((g) => g.rows.map((row) => [row.number, g] as const)))
  const start = slots[0]?.from
  const arrivals = new Map<number, number[]>()
  let y = TOP
  /** The latest time that was drawn, and that of the latest mark; when the last frame under way arrives. */
  let reached: string | undefined
  let marked: string | undefined
  let underWay = ''
  let pending: string | undefined
  for (const slot of slots) {
    const silence = reached === undefined ? 0 : between(reached, slot.from)
    const silent = silence >= SILENCE_S && underWay < slot.from
    if (silent) {
      const text = `${formatInterval(silence)} of silence`
      gaps.push({ key: `gap/${keyOf(slot)}`, y: y + HEIGHT.gap / 2, x: middle(lanes), text })
      cuts.push({ y1: y, y2: y + HEIGHT.gap })
      y += HEIGHT.gap
    } else {
      y += stretch(silence)
    }
    if (slot.kind === 'arrival') {
      const { number, flow } = slot.row
      arrivals.set(number, [...(arrivals.get(number) ?? []), y + HEIGHT.arrival / 2])
      if (flow !== null) reach.set(flow, { y1: reach.get(flow)?.y1 ?? y, y2: y + HEIGHT.arrival })
      const group = groupOf.get(number)
      const span = group && spans.get(group.key)
      if (group !== undefined && span !== undefined) spans.set(group.key, { ...span, y2: y + HEIGHT.arrival })
      y += HEIGHT.arrival
      if (reached === undefined || slot.to > reached) reached = slot.to
      continue
    }
    const when = pending ?? whenText(slot, start, marked, silent)
    pending = slot.kind === 'head' ? when : undefined
    if (slot.kind === 'packet') underWay = laterOf(underWay, wayOf(slot.row)?.arrivals.at(-1) ?? '')
    const height = heightOf(slot, plan)
    if (slot.kind === 'head') {
      spans.set(slot.group.key, { y1: y + height, y2: y + height, head: y })
    } else {
      marks.push(place(slot, y, height, when, plan, repeats))
      for (const flow of flowsOf(slot)) reach.set(flow, { y1: reach.get(flow)?.y1 ?? y, y2: y + height })
      const open = slot.kind === 'packet' ? groupOf.get(slot.row.number) : undefined
      if (open !== undefined) {
        const span = spans.get(open.key)
        spans.set(open.key, { y1: span?.y1 ?? y, y2: y + height, head: span?.head ?? y })
      }
    }
    y += height
    if (reached === undefined || slot.to > reached) reached = slot.to
    if (marked === undefined || slot.to > marked) marked = slot.to
  }
  y += HEIGHT.end
  meetArrivals(marks, arrivals)
  const states = placeStates(rows, plan, marks)
  placeBrackets(groups, spans, plan, marks, states)
  const height = Math.max(y, size.height ?? 0)
  return {
    width,
    height,
    lanes: drawnLanes(plan, reach, cuts, height),
    marks,
    gaps,
    links: placeLinks(marks),
    states,
    falls: arrivals.size > 0,
  }
}

const laterOf = (a: string, b: string) => (b > a ? b : a)

/** Arrows end where their frames came out. */
function meetArrivals(marks: readonly LadderMark[], arrivals: ReadonlyMap<number, readonly number[]>): void {
  for (const mark of marks) {
    if (mark.kind !== 'packet') continue
    const [first, second] = arrivals.get(mark.number) ?? []
    if (first === undefined) continue
    const y2 = first - mark.top
    // Of a copy that is still under way it is known that there is one.
    const y3 = second !== undefined ? second - mark.top : mark.y3 === null ? null : y2 + 5
    // A mark is made for this layout alone; to copy each of some hundreds took longer than all the rest.
    Object.assign(mark, { y2, y3 })
  }
}

/** Events since the first packet drawn: older ones would stand beside nothing. */
function eventsShown(events: readonly EventNode[], rows: readonly Row[]): readonly EventNode[] {
  const first = rows[0]
  return first
    ? events.filter((event) => event.kind !== 'lag' && event.time >= first.time).slice(-MOST_EVENTS)
    : []
}

/**
 * Packets in their order, events at their times between them, folded episodes in the place of their first packet. With
 * frames whose way shows, all by time: a frame seen when it arrived stands where it left.
 */
function makeSlots(
  rows: readonly Row[],
  events: readonly EventNode[],
  groups: readonly EpisodeGroup[],
  folded: ReadonlySet<string>,
  wide: boolean,
): Slot[] {
  const groupOf = new Map(groups.flatMap((g) => g.rows.map((row) => [row.number, g] as const)))
  const slots: Slot[] = []
  let falls = false
  let next = 0
  for (const row of rows) {
    for (let event = events[next]; event !== undefined && event.time < row.time; event = events[++next]) {
      slots.push({ kind: 'event', event, from: event.time, to: event.time })
    }
    const group = groupOf.get(row.number)
    const begins = group?.rows[0] === row
    const to = group?.rows.at(-1)?.time ?? row.time
    if (group !== undefined && folded.has(group.key)) {
      if (begins) slots.push({ kind: 'fold', group, from: row.time, to })
      continue
    }
    const left = wayOf(row)?.sentAt ?? row.time
    if (group !== undefined && begins && !wide) slots.push({ kind: 'head', group, from: left, to: left })
    const way = wayOf(row)
    const at = way?.sentAt ?? row.time
    slots.push({ kind: 'packet', row, from: at, to: at })
    for (const arrival of way?.arrivals ?? [])
      slots.push({ kind: 'arrival', row, from: arrival, to: arrival })
    falls ||= (way?.arrivals.length ?? 0) > 0
  }
  for (const event of events.slice(next))
    slots.push({ kind: 'event', event, from: event.time, to: event.time })
  if (!falls) return slots
  // A packet stands before its own arrival though the two may be in one nanosecond; an equal time keeps its place.
  return slots.sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))
}

/** Since the start for the first mark and after a silence; else since the mark before. */
function whenText(
  slot: Slot,
  start: string | undefined,
  marked: string | undefined,
  silent: boolean,
): string {
  if (start === undefined) return ''
  if (marked === undefined || silent) return formatInterval(between(start, slot.from))
  const since = between(marked, slot.from)
  return since < 0 ? '' : formatGap(since)
}

function keyOf(slot: Slot): string {
  if (slot.kind === 'packet') return `p${slot.row.number}`
  if (slot.kind === 'arrival') return `a${slot.row.number}`
  return slot.kind === 'event' ? `e${slot.event.id}` : `${slot.kind}/${slot.group.key}`
}

function heightOf(slot: Slot, plan: Plan): number {
  return slot.kind === 'packet' ? packetHeight(slot.row, plan) : HEIGHT[slot.kind]
}

/** Room for up to a quarter of a second: nothing below a millisecond, then 5 px for each tenfold. */
function stretch(seconds: number): number {
  return seconds <= 1e-3 ? 0 : 5 * Math.log10(seconds / 1e-3)
}

function place(
  slot: Exclude<Slot, { kind: 'arrival' }>,
  top: number,
  height: number,
  when: string,
  plan: Plan,
  repeats: ReadonlyMap<number, number>,
): LadderMark {
  const placed = { key: keyOf(slot), top, height, when }
  if (slot.kind === 'packet') return placePacket(slot.row, placed, plan, repeats.get(slot.row.number))
  if (slot.kind === 'event') return placeEvent(slot.event, placed, plan)
  return placeFold(slot.group, placed, plan)
}

/** Brackets right of the server's lane, one column a flow; words that would touch are moved down. */
function placeBrackets(
  groups: readonly EpisodeGroup[],
  spans: ReadonlyMap<string, { y1: number; y2: number; head: number }>,
  plan: Plan,
  marks: LadderMark[],
  states: readonly LadderState[],
): void {
  const { left, right } = inner(plan.lanes)
  const taken = states.filter(({ end }) => end === 'server').map(({ y }) => y)
  const flows = [...plan.byFlow.keys()]
  const outer = Math.max(right, ...plan.lanes.map((lane) => lane.x))
  let free = 0
  for (const group of groups) {
    const span = spans.get(group.key)
    if (span === undefined) continue
    const { title, detail } = episodeWords(group)
    const column = Math.min(2, Math.max(0, flows.indexOf(group.flow)))
    const textY = plan.wide ? clear(Math.max(free, span.y1 + 16), taken) : span.head + 17
    if (plan.wide) free = textY + 40
    const top = plan.wide ? textY - 15 : span.head
    const mark: EpisodeMark = {
      key: `episode/${group.key}`,
      kind: 'episode',
      episode: group.key,
      title,
      detail,
      x: outer + 8 + column * 6,
      y1: span.y1 + 3 - top,
      y2: span.y2 - 3 - top,
      textX: plan.wide ? outer + 16 + Math.min(2, flows.length - 1) * 6 : left + 14,
      textY: textY - top,
      stacked: plan.wide,
      wordsWidth: plan.wide ? 134 : Math.max(0, right - left - 20),
      top,
      height: plan.wide ? 38 : HEIGHT.head,
      when: '',
      name: `${title}, ${detail}, ${plural(group.rows.length, 'packet')}, open`,
    }
    const at = marks.findIndex((other) => other.kind === 'packet' && other.number === group.rows[0]?.number)
    marks.splice(Math.max(0, at), 0, mark)
  }
}

/** The first place from `y` down for two lines of words that touches no state's word. */
function clear(y: number, taken: readonly number[]): number {
  let at = y
  for (const state of taken) if (at - 13 < state + 4 && at + 20 > state - 10) at = state + 18
  return at
}

function flowsOf(slot: Slot): string[] {
  if (slot.kind === 'packet' || slot.kind === 'arrival') return slot.row.flow === null ? [] : [slot.row.flow]
  return slot.kind === 'event' ? [] : [slot.group.flow]
}
