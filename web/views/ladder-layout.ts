/**
 * The ladder as geometry: time downwards, one lane an endpoint, an arrow a packet. Distances grow with time but not
 * in proportion to it, since packets microseconds apart and silences of seconds share one picture; a silence is
 * cut short and labelled.
 */
import type { EventNode, FlowNode, Row } from '../../server/dashboard/api.ts'
import { between, formatInterval, plural } from '../lib/format.ts'
import { type EpisodeGroup, episodeWords, groupEpisodes, isBareAck } from './ladder-episodes.ts'
import { analysisWords, clip, describeEvent, describePacket, eventWords, fit } from './ladder-words.ts'

export interface LadderData {
  /** Packets of the shown flows, oldest first. */
  readonly rows: readonly Row[]
  readonly flows: readonly FlowNode[]
  /** Events of those flows' services, oldest first. */
  readonly events: readonly EventNode[]
  /** Packets of these flows that are older than `rows`. */
  readonly above: number
  /** What the reader has folded (true) or opened (false), by episode key. */
  readonly folds: ReadonlyMap<string, boolean>
}

export interface Lane {
  readonly id: string
  readonly side: 'client' | 'server'
  readonly x: number
  /** `A`, `B` where several flows are shown; empty otherwise. */
  readonly letter: string
  readonly address: string
  readonly port: number
  /** True where the conversation has ended: the lane ends there with a bar. */
  readonly ended: boolean
  /** Solid runs and, where time is cut, broken ones. */
  readonly runs: readonly { readonly y1: number; readonly y2: number; readonly cut: boolean }[]
}

/** How a packet fared, told by the arrow's shape. */
export type Shape = 'plain' | 'ack' | 'again' | 'lost' | 'reset' | 'aside'

interface Placed {
  readonly key: string
  /** The slot's upper edge and height: what is ringed and what can be hit. Every other y of a mark counts from `top`. */
  readonly top: number
  readonly height: number
  /** In the margin: time since the start after a silence, else since the mark before, with a plus. */
  readonly when: string
  /** Accessible name. */
  readonly name: string
}

export interface PacketMark extends Placed {
  readonly kind: 'packet'
  readonly number: number
  readonly osi: number
  readonly shape: Shape
  readonly letter: string
  readonly x1: number
  readonly y1: number
  readonly x2: number
  readonly y2: number
  readonly towards: 'left' | 'right'
  readonly label: string
  readonly tags: string
  readonly says: string
  readonly textX: number
  readonly anchor: 'start' | 'end'
}

export interface EventMark extends Placed {
  readonly kind: 'event'
  readonly number: number | null
  readonly event: EventNode['kind']
  /** An event nobody listened for is hollow. */
  readonly unheard: boolean
  readonly x: number
  readonly y: number
  readonly textX: number
  readonly words: string
  readonly detail: string
}

/** A folded episode: one line with a small arrow for each of its packets. */
export interface FoldMark extends Placed {
  readonly kind: 'fold'
  readonly episode: string
  readonly numbers: readonly number[]
  readonly title: string
  readonly detail: string
  readonly textX: number
  readonly y: number
  readonly glyphs: readonly { readonly x: number; readonly towards: 'left' | 'right'; readonly osi: number }[]
}

/** An open episode's bracket; its words stand beside it where there is room, above its packets where there is not. */
export interface EpisodeMark extends Placed {
  readonly kind: 'episode'
  readonly episode: string
  readonly title: string
  readonly detail: string
  readonly x: number
  readonly y1: number
  readonly y2: number
  readonly textX: number
  readonly textY: number
  readonly stacked: boolean
}

export type LadderMark = PacketMark | EventMark | FoldMark | EpisodeMark

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
  /** Packets that are older than what is drawn. */
  readonly above: number
}

/** More is neither readable nor quick: older packets stay in the packet list. */
export const MOST_PACKETS = 300
const MOST_EVENTS = 200

/** From this width the brackets' words have a margin of their own. */
const WIDE = 600
const TIME_MARGIN = 64
const WORDS_MARGIN = 150
const LANE_STEP = 24
/** The letter of a flow stands in a circle on its lane, and its arrows end at the circle. */
export const LETTER_RADIUS = 7.5
const TOP = 10
const SILENCE_S = 0.25
const HEIGHT = { ack: 22, plain: 34, says: 18, event: 26, fold: 34, head: 26, gap: 38, end: 18 }
/** Average advance of a character, px: Plex Mono at 13 px, Plex Sans at 12 px. */
const MONO = 7.8
const SANS = 5.9

type Slot =
  | { readonly kind: 'packet'; readonly row: Row; readonly from: string; readonly to: string }
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
  const rows = data.rows.slice(-MOST_PACKETS)
  const above = data.above + data.rows.length - rows.length
  const wide = width >= WIDE
  const groups = groupEpisodes(rows)
  const folded = new Set(groups.filter((g) => data.folds.get(g.key) ?? g.foldedAtFirst).map((g) => g.key))
  const slots = makeSlots(rows, eventsShown(data.events, rows), groups, folded, wide)
  const lanes = placeLanes(data.flows, width, wide)
  const plan: Plan = { lanes, wide, width, byFlow: new Map(data.flows.map((flow) => [flow.id, flow])) }

  const marks: LadderMark[] = []
  const gaps: { key: string; y: number; x: number; text: string }[] = []
  const cuts: { y1: number; y2: number }[] = []
  const reach = new Map<string, { y1: number; y2: number }>()
  const spans = new Map<string, { y1: number; y2: number; head: number }>()
  const groupOf = new Map(groups.flatMap((g) => g.rows.map((row) => [row.number, g] as const)))
  const start = slots[0]?.from
  let y = TOP
  let reached: string | undefined
  let pending: string | undefined
  for (const slot of slots) {
    const silence = reached === undefined ? 0 : between(reached, slot.from)
    if (silence >= SILENCE_S) {
      const text = `${formatInterval(silence)} of silence`
      gaps.push({ key: `gap/${keyOf(slot)}`, y: y + HEIGHT.gap / 2, x: middle(lanes), text })
      cuts.push({ y1: y, y2: y + HEIGHT.gap })
      y += HEIGHT.gap
    } else {
      y += stretch(silence)
    }
    const when = pending ?? whenText(slot, start, reached, silence)
    pending = slot.kind === 'head' ? when : undefined
    const height = heightOf(slot)
    if (slot.kind === 'head') {
      spans.set(slot.group.key, { y1: y + height, y2: y + height, head: y })
    } else {
      marks.push(place(slot, y, height, when, plan))
      for (const flow of flowsOf(slot)) reach.set(flow, { y1: reach.get(flow)?.y1 ?? y, y2: y + height })
      const open = slot.kind === 'packet' ? groupOf.get(slot.row.number) : undefined
      if (open !== undefined) {
        const span = spans.get(open.key)
        spans.set(open.key, { y1: span?.y1 ?? y, y2: y + height, head: span?.head ?? y })
      }
    }
    y += height
    if (reached === undefined || slot.to > reached) reached = slot.to
  }
  y += HEIGHT.end
  placeBrackets(groups, spans, plan, marks)
  const height = Math.max(y, size.height ?? 0)
  return { width, height, lanes: drawnLanes(plan, reach, cuts, height), marks, gaps, above }
}

interface Plan {
  readonly lanes: readonly LanePlace[]
  readonly wide: boolean
  readonly width: number
  readonly byFlow: ReadonlyMap<string, FlowNode>
}

/** Events since the first packet drawn: older ones would stand beside nothing. */
function eventsShown(events: readonly EventNode[], rows: readonly Row[]): readonly EventNode[] {
  const first = rows[0]
  return first
    ? events.filter((event) => event.kind !== 'lag' && event.time >= first.time).slice(-MOST_EVENTS)
    : []
}

/** Packets in their order, events at their times between them, folded episodes in the place of their first packet. */
function makeSlots(
  rows: readonly Row[],
  events: readonly EventNode[],
  groups: readonly EpisodeGroup[],
  folded: ReadonlySet<string>,
  wide: boolean,
): Slot[] {
  const groupOf = new Map(groups.flatMap((g) => g.rows.map((row) => [row.number, g] as const)))
  const slots: Slot[] = []
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
    if (group !== undefined && begins && !wide)
      slots.push({ kind: 'head', group, from: row.time, to: row.time })
    slots.push({ kind: 'packet', row, from: row.time, to: row.time })
  }
  for (const event of events.slice(next))
    slots.push({ kind: 'event', event, from: event.time, to: event.time })
  return slots
}

/** Since the start for the first mark and after a silence; else since the mark before. */
function whenText(
  slot: Slot,
  start: string | undefined,
  reached: string | undefined,
  silence: number,
): string {
  if (start === undefined) return ''
  if (reached === undefined || silence >= SILENCE_S) return formatInterval(between(start, slot.from))
  return silence < 0 ? '' : `+${formatInterval(silence)}`
}

function keyOf(slot: Slot): string {
  if (slot.kind === 'packet') return `p${slot.row.number}`
  return slot.kind === 'event' ? `e${slot.event.id}` : `${slot.kind}/${slot.group.key}`
}

function heightOf(slot: Slot): number {
  if (slot.kind !== 'packet') return HEIGHT[slot.kind]
  if (shapeOf(slot.row) === 'ack') return HEIGHT.ack
  return HEIGHT.plain + (slot.row.says === null ? 0 : HEIGHT.says)
}

/** Room for up to a quarter of a second: nothing below a millisecond, then 5 px for each tenfold. */
function stretch(seconds: number): number {
  return seconds <= 1e-3 ? 0 : 5 * Math.log10(seconds / 1e-3)
}

/** How far an arrow falls: half the measured round trip, 2 px on loopback, 14 px at a second. */
function slant(flow: FlowNode | undefined): number {
  const oneWay = (flow?.rtt ?? 0) / 2
  return Math.min(14, 2 + 4 * Math.log10(1 + oneWay / 1e-3))
}

/** Client lanes left, one a flow; server lanes right, one an address and port. */
function placeLanes(flows: readonly FlowNode[], width: number, wide: boolean): LanePlace[] {
  const servers = [...new Map(flows.map((f) => [serverLane(f), f.server])).entries()]
  const right = width - (wide ? WORDS_MARGIN : 24)
  const step = Math.min(LANE_STEP, Math.max(6, (right - TIME_MARGIN) / 4 / Math.max(1, flows.length - 1)))
  return [
    ...flows.map((flow, i) => ({
      id: clientLane(flow),
      side: 'client' as const,
      x: Math.round(TIME_MARGIN + (flows.length > 1 ? 14 : 8) + i * step),
      letter: flows.length > 1 ? letterOf(i) : '',
      ...flow.client,
    })),
    ...servers.map(([id, server], i) => ({
      id,
      side: 'server' as const,
      x: Math.round(right - (servers.length - 1 - i) * step),
      letter: '',
      ...server,
    })),
  ]
}

const clientLane = (flow: FlowNode) => `client/${flow.id}`
const serverLane = (flow: FlowNode) => `server/${flow.server.address}:${flow.server.port}`

/** A, B … Z, then numbers. */
export function letterOf(index: number): string {
  return index < 26 ? String.fromCharCode(65 + index) : String(index + 1)
}

function inner(lanes: Plan['lanes']): { left: number; right: number } {
  const clients = lanes.filter((lane) => lane.side === 'client').map((lane) => lane.x)
  const servers = lanes.filter((lane) => lane.side === 'server').map((lane) => lane.x)
  return {
    left: Math.max(TIME_MARGIN, ...clients),
    right: servers.length > 0 ? Math.min(...servers) : TIME_MARGIN,
  }
}

function middle(lanes: Plan['lanes']): number {
  const { left, right } = inner(lanes)
  return (left + right) / 2
}

export function shapeOf(row: Row): Shape {
  if (row.fromClient === null) return 'aside'
  if (row.fate === 'lost' || row.fate === 'dropped') return 'lost'
  if (/\bRST\b/.test(row.label)) return 'reset'
  if (row.analysis.some((name) => name.endsWith('retransmission') || name === 'rto')) return 'again'
  return isBareAck(row) && row.episode !== 'handshake' && row.says === null && row.analysis.length === 0
    ? 'ack'
    : 'plain'
}

function place(slot: Slot, top: number, height: number, when: string, plan: Plan): LadderMark {
  const placed = { key: keyOf(slot), top, height, when }
  if (slot.kind === 'packet') return placePacket(slot.row, placed, plan)
  if (slot.kind === 'event') return placeEvent(slot.event, placed, plan)
  return placeFold(slot.group, placed, plan)
}

type Place = Omit<Placed, 'name'>
type LanePlace = Omit<Lane, 'runs' | 'ended'>

function placePacket(row: Row, placed: Place, plan: Plan): PacketMark {
  const flow = row.flow === null ? undefined : plan.byFlow.get(row.flow)
  const { left, right } = inner(plan.lanes)
  const client = plan.lanes.find((lane) => flow !== undefined && lane.id === clientLane(flow))
  const server = plan.lanes.find((lane) => flow !== undefined && lane.id === serverLane(flow))
  const shape = shapeOf(row)
  const toRight = row.fromClient !== false
  const standOff = client !== undefined && client.letter !== '' && shape !== 'ack' ? LETTER_RADIUS : 0
  const clientX = (client?.x ?? left) + standOff
  const serverX = server?.x ?? right
  const [from, to] = toRight ? [clientX, serverX] : [serverX, clientX]
  const y1 = shape === 'ack' ? 14 : 24
  // A lost frame never arrives: its arrow ends on the way.
  const reach = shape === 'lost' ? 0.6 : 1
  const room = right - left - 44
  const tags = analysisWords(row)
  const label = clip(row.label, (room - tags.length * SANS) / MONO)
  return {
    ...placed,
    kind: 'packet',
    number: row.number,
    osi: row.osi,
    shape,
    letter: client?.letter ?? '',
    x1: from,
    y1,
    x2: from + (to - from) * reach,
    y2: y1 + slant(flow) * reach,
    towards: toRight ? 'right' : 'left',
    label,
    tags,
    says: row.says === null || shape === 'ack' ? '' : clip(row.says, room / SANS),
    textX: toRight ? left + 14 : right - 14,
    anchor: toRight ? 'start' : 'end',
    name: describePacket(row, tags, client?.letter ?? ''),
  }
}

function placeEvent(event: EventNode, placed: Place, plan: Plan): EventMark {
  const { left, right } = inner(plan.lanes)
  const { words, detail } = eventWords(event)
  const room = (right - left - 40) / 7.2
  const unheard = event.kind === 'on' && event.listeners === 0
  // That nobody listened is the point of such an event: its arguments give way first.
  const shownWords = clip(words, unheard ? room - detail.length : room)
  return {
    ...placed,
    kind: 'event',
    number: event.packet,
    event: event.kind,
    unheard,
    x: right,
    y: 13,
    textX: right - 14,
    words: shownWords,
    detail: fit(detail, ((room - shownWords.length) * 7.2) / SANS),
    name: describeEvent(event),
  }
}

function placeFold(group: EpisodeGroup, placed: Place, plan: Plan): FoldMark {
  const { title, detail } = episodeWords(group)
  const { left, right } = inner(plan.lanes)
  const most = 12
  const glyphs = group.rows.slice(0, most).map((row, i, all) => ({
    x: right - 18 - (all.length - 1 - i) * 11,
    towards: row.fromClient === false ? ('left' as const) : ('right' as const),
    osi: row.osi,
  }))
  const glyphRoom = glyphs.length * 11 + 24
  return {
    ...placed,
    kind: 'fold',
    episode: group.key,
    numbers: group.rows.map((row) => row.number),
    title,
    detail: fit(detail, (right - left - glyphRoom - 30 - title.length * 6.5) / SANS),
    textX: left + 14,
    y: HEIGHT.fold / 2,
    glyphs,
    name: `${title}, ${detail}, ${plural(group.rows.length, 'packet')}, folded`,
  }
}

/** Brackets right of the server's lane, one column a flow; words that would touch are moved down. */
function placeBrackets(
  groups: readonly EpisodeGroup[],
  spans: ReadonlyMap<string, { y1: number; y2: number; head: number }>,
  plan: Plan,
  marks: LadderMark[],
): void {
  const { left, right } = inner(plan.lanes)
  const flows = [...plan.byFlow.keys()]
  const outer = Math.max(right, ...plan.lanes.map((lane) => lane.x))
  let free = 0
  for (const group of groups) {
    const span = spans.get(group.key)
    if (span === undefined) continue
    const { title, detail } = episodeWords(group)
    const column = Math.min(2, Math.max(0, flows.indexOf(group.flow)))
    const textY = plan.wide ? Math.max(free, span.y1 + 16) : span.head + 17
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
      top,
      height: plan.wide ? 38 : HEIGHT.head,
      when: '',
      name: `${title}, ${detail}, ${plural(group.rows.length, 'packet')}, open`,
    }
    const at = marks.findIndex((other) => other.kind === 'packet' && other.number === group.rows[0]?.number)
    marks.splice(Math.max(0, at), 0, mark)
  }
}

function flowsOf(slot: Slot): string[] {
  if (slot.kind === 'packet') return slot.row.flow === null ? [] : [slot.row.flow]
  return slot.kind === 'event' ? [] : [slot.group.flow]
}

const OVER = new Set<FlowNode['state']>(['closed', 'reset', 'refused'])

/** A client's lane begins with its first packet and, when its conversation is over, ends with its last. */
function drawnLanes(
  plan: Plan,
  reach: ReadonlyMap<string, { y1: number; y2: number }>,
  cuts: readonly { y1: number; y2: number }[],
  height: number,
): Lane[] {
  return plan.lanes.map((lane) => {
    const flow = [...plan.byFlow.values()].find((f) => clientLane(f) === lane.id)
    const span = flow && reach.get(flow.id)
    const ended = flow !== undefined && plan.byFlow.size > 1 && OVER.has(flow.state)
    const from = plan.byFlow.size > 1 ? (span?.y1 ?? 0) : 0
    return { ...lane, ended, runs: laneRuns(cuts, from, ended ? (span?.y2 ?? height) : height) }
  })
}

function laneRuns(cuts: readonly { y1: number; y2: number }[], from: number, to: number): Lane['runs'] {
  const runs: { y1: number; y2: number; cut: boolean }[] = []
  let y = from
  for (const cut of cuts) {
    if (cut.y2 <= from || cut.y1 >= to) continue
    runs.push({ y1: y, y2: cut.y1, cut: false }, { ...cut, cut: true })
    y = cut.y2
  }
  runs.push({ y1: y, y2: to, cut: false })
  return runs.filter((run) => run.y2 > run.y1)
}
