/** The ladder's marks: packets, events and episodes, each placed within its slot. */
import type { EventNode, FlowNode, Row } from '../../server/dashboard/api.ts'
import { fateShape, labelOf, reachOf, unseenWords, wayOf } from '../lib/fate.ts'
import { plural } from '../lib/format.ts'
import { type EpisodeGroup, episodeWords, isBareAck } from './ladder-episodes.ts'
import { clientLane, inner, type Plan, serverLane } from './ladder-lanes.ts'
import { analysisWords, clip, describeEvent, describePacket, eventWords, fit, wrap } from './ladder-words.ts'

/** How a packet fared, told by the arrow's shape. */
export type Shape = 'plain' | 'ack' | 'again' | 'lost' | 'corrupted' | 'reset' | 'aside'

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
  /** Where it arrives a second time. */
  readonly y3: number | null
  /** The packet that it repeats, where that is known. */
  readonly original: number | null
  /** A capture at the end that one looks from would not hold it. */
  readonly unseen: boolean
  /** Baselines of the label and of the first line said. */
  readonly labelY: number
  readonly saysY: number
  readonly towards: 'left' | 'right'
  readonly label: string
  readonly tags: string
  /** In lines. */
  readonly says: readonly string[]
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
  /** Room for the words: what is hit to fold it. */
  readonly wordsWidth: number
}

export type LadderMark = PacketMark | EventMark | FoldMark | EpisodeMark

/** The letter of a flow stands in a circle on its lane, and its arrows end at the circle. */
export const LETTER_RADIUS = 7.5
/** Of the slots, px. */
export const HEIGHT = {
  ack: 26,
  plain: 34,
  says: 18,
  line: 16,
  /** At the other lane, where a frame comes out of its cable. */
  arrival: 12,
  event: 26,
  fold: 34,
  head: 26,
  gap: 38,
  end: 18,
}
/** Average advance of a character, px: Plex Mono at 13 px, Plex Sans at 12 px. */
const MONO = 7.8
const SANS = 5.6
/** Plex Mono at 12 px. */
const CALL = 7.2

type Place = Omit<Placed, 'name'>

export function shapeOf(row: Row): Shape {
  if (row.fromClient === null) return 'aside'
  const fate = fateShape(row)
  if (fate === 'lost') return 'lost'
  if (/\bRST\b/.test(row.label)) return 'reset'
  if (fate === 'corrupted') return 'corrupted'
  if (row.analysis.some((name) => name.endsWith('retransmission') || name === 'rto')) return 'again'
  return isBareAck(row) && row.episode !== 'handshake' ? 'ack' : 'plain'
}

function textRoom(plan: Plan): number {
  const { left, right } = inner(plan.lanes)
  return right - left - 44
}

/** Of a frame that never arrived, that is what there is to say. */
function saysOf(row: Row): string | null {
  const unseen = unseenWords(row)
  return unseen === '' ? row.says : `${unseen.charAt(0).toUpperCase()}${unseen.slice(1)}.`
}

function saysLines(row: Row, plan: Plan): string[] {
  const characters = Math.max(8, textRoom(plan) / SANS)
  const says = saysOf(row)
  if (says === null) return []
  // An acknowledgement is one quiet line, with what it says beside it.
  if (shapeOf(row) === 'ack') return [fit(says, characters - 6)].filter((line) => line !== '')
  return wrap(says, characters, 2)
}

export function packetHeight(row: Row, plan: Plan): number {
  if (shapeOf(row) === 'ack') return HEIGHT.ack
  const lines = saysLines(row, plan).length
  if (wayOf(row) !== undefined) return HEIGHT.plain + lines * HEIGHT.line
  return HEIGHT.plain + (lines === 0 ? 0 : HEIGHT.says + (lines - 1) * HEIGHT.line)
}

export function placePacket(
  row: Row,
  placed: Place,
  plan: Plan,
  original: number | undefined = undefined,
): PacketMark {
  const flow = row.flow === null ? undefined : plan.byFlow.get(row.flow)
  const { left, right } = inner(plan.lanes)
  const client = plan.lanes.find((lane) => flow !== undefined && lane.id === clientLane(flow))
  const server = plan.lanes.find((lane) => flow !== undefined && lane.id === serverLane(flow))
  const told = shapeOf(row)
  // What was lost before this end saw it is no retransmission in its capture; it is one all the same.
  const shape = told === 'plain' && original !== undefined ? 'again' : told
  const toRight = row.fromClient !== false
  const standOff = client !== undefined && client.letter !== '' && shape !== 'ack' ? LETTER_RADIUS : 0
  const clientX = (client?.x ?? left) + standOff
  const serverX = server?.x ?? right
  const [from, to] = toRight ? [clientX, serverX] : [serverX, clientX]
  const says = saysLines(row, plan)
  // An arrow that falls would run through what is said below it: then all words stand above.
  const falls = shape !== 'ack' && wayOf(row) !== undefined
  const y1 = shape === 'ack' ? 17 : falls ? 24 + says.length * HEIGHT.line : 24
  // A lost frame never arrives: its arrow ends on the way.
  const reach = reachOf(row)
  const y2 = y1 + (falls && shape === 'lost' ? 15 * reach : slant(flow) * reach)
  const room = textRoom(plan)
  const tags = tagsOf(row, original)
  const words = original === undefined ? labelOf(row) : labelOf(row).replace(/^again: /, '')
  const label = clip(words, (room - tags.length * SANS) / MONO)
  return {
    key: placed.key,
    top: placed.top,
    height: placed.height,
    when: placed.when,
    kind: 'packet',
    number: row.number,
    osi: row.osi,
    shape,
    letter: client?.letter ?? '',
    x1: from,
    y1,
    x2: from + (to - from) * reach,
    y2,
    y3: row.fate?.includes('duplicated') === true && shape !== 'lost' ? y2 + 5 : null,
    original: original ?? null,
    unseen: row.transit !== null && !row.transit.seen,
    labelY: shape === 'ack' ? y1 - 4 : falls ? 16.5 : y1 - 7.5,
    saysY: falls ? 33 : y1 + 17,
    towards: toRight ? 'right' : 'left',
    label,
    tags,
    says,
    textX: toRight ? left + 14 : right - 14,
    anchor: toRight ? 'start' : 'end',
    name: describePacket(row, { label: words, tags, says: saysOf(row), letter: client?.letter ?? '' }),
  }
}

function tagsOf(row: Row, original: number | undefined): string {
  const words = analysisWords(row)
  if (original === undefined) return words
  return [`sent again: packet ${original}`, words].filter((part) => part !== '').join(' · ')
}

/** Room that a mark's words take, px from `textX` towards the other lane: what crosses them passes behind. */
export function wordsWidth({ label, tags, says }: PacketMark): { label: number; says: number } {
  return {
    label: 20 + label.length * MONO + (tags === '' ? 0 : 8 + tags.length * (SANS + 0.8)),
    says: Math.max(0, ...says.map((line) => line.length)) * SANS + 4,
  }
}

export function eventWidth({ words, detail }: EventMark): number {
  return words.length * CALL + (detail === '' ? 0 : 8 + detail.length * SANS) + 4
}

export function placeEvent(event: EventNode, placed: Place, plan: Plan): EventMark {
  const { left, right } = inner(plan.lanes)
  const { words, detail } = eventWords(event)
  const room = (right - left - 40) / CALL
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
    detail: fit(detail, ((room - shownWords.length) * CALL) / SANS),
    name: describeEvent(event),
  }
}

const MOST_GLYPHS = 12

export function placeFold(group: EpisodeGroup, placed: Place, plan: Plan): FoldMark {
  const { title, detail } = episodeWords(group)
  const { left, right } = inner(plan.lanes)
  // All that there should be, or none: two arrows would not stand for nine packets.
  const wanted = Math.min(MOST_GLYPHS, group.rows.length)
  const most = wanted * 11 + 56 + title.length * 7.5 <= right - left ? wanted : 0
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

/** How far an arrow falls whose way is not known: half the measured round trip, 2 px on loopback, 14 px at a second. */
function slant(flow: FlowNode | undefined): number {
  const oneWay = (flow?.rtt ?? 0) / 2
  return Math.min(14, 2 + 4 * Math.log10(1 + oneWay / 1e-3))
}
