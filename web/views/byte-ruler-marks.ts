/** The byte ruler's marks: what one stands for, in shape and words; and those too narrow to be hit, drawn as one. */
import type { MessageNode, SegmentNode } from '../../server/dashboard/api-stream.ts'
import { formatBytes, formatCount, plural } from '../lib/format.ts'
import type { RulerMark, RulerShape, Written } from './byte-ruler-layout.ts'

/** A mark without its place along the stream. */
type Unplaced = Omit<RulerMark, 'x' | 'width' | 'count' | 'start' | 'end'>

interface Item {
  readonly start: number
  readonly number: number
}

interface Placed {
  readonly x: number
  readonly width: number
  /** In the stream. */
  readonly end: number
}

/** What is narrower stands for itself no more: its neighbours join it. */
const NARROWEST = 5
const WIDEST_GROUP = NARROWEST * 6

/** Neighbours that are too narrow become one mark; those that can be hit stay as they are. */
export function joined<T extends Item>(
  items: readonly T[],
  place: (item: T) => Placed,
  mark: (item: T) => Unplaced,
  /** One that never came shows also among others. */
  isLost: (item: T) => boolean = () => false,
): RulerMark[] {
  const sorted = items.toSorted((a, b) => a.start - b.start)
  const out: RulerMark[] = []
  let group: T[] = []
  let left = 0
  let right = 0
  let end = 0
  const flush = () => {
    const [first] = group
    if (first === undefined) return
    const at = { x: left, width: Math.max(1, right - left), count: group.length, start: first.start, end }
    const made = group.length === 1 ? mark(first) : together(group, mark(group.find(isLost) ?? first))
    out.push({ ...made, ...at })
    group = []
  }
  for (const item of sorted) {
    const placed = place(item)
    const { x, width } = placed
    const narrow = width < NARROWEST
    const joins = narrow && x - right < NARROWEST && x + width - left < WIDEST_GROUP
    if (!joins) flush()
    const alone = group.length === 0
    if (alone) left = x
    group.push(item)
    right = alone ? x + width : Math.max(right, x + width)
    end = alone ? placed.end : Math.max(end, placed.end)
    if (!narrow) flush()
  }
  flush()
  return out
}

function together(group: readonly Item[], { row, shape, y, height, layer }: Unplaced): Unplaced {
  const numbers = group.map(({ number }) => number)
  const what = row === 'sent' ? 'segment' : row === 'read' ? 'message' : 'write'
  return {
    key: `${row}+${group[0]?.start}`,
    row,
    shape: shape === 'lost' ? 'lost' : 'cluster',
    y,
    height,
    layer,
    numbers,
    label: formatCount(group.length),
    says: `${plural(group.length, what)}, packets ${numbers[0]} to ${numbers.at(-1)}: zoom in to tell them apart`,
    push: false,
  }
}

export function writtenMark(
  { start, end, label, number, told }: Written,
  y: number,
  height: number,
): Unplaced {
  return {
    key: `w${start}`,
    row: 'written',
    shape: told ? 'whole' : 'guess',
    y,
    height,
    layer: 7,
    numbers: [number],
    label,
    says: `${told ? 'Written by the program' : 'Probably one write'}: ${label}, ${bytes(start, end)}, packet ${number}`,
    push: false,
  }
}

export function segmentMark(segment: SegmentNode, y: number, height: number): Unplaced {
  const { number, flags } = segment
  return {
    key: `s${number}`,
    row: 'sent',
    shape: shapeOf(segment),
    y,
    height,
    layer: 4,
    numbers: [number],
    label: String(number),
    says: segmentWords(segment),
    push: flags.includes('P'),
  }
}

export function messageMark(message: MessageNode, y: number, height: number): Unplaced {
  const { start, end, osi, number, label, protocol } = message
  return {
    key: `r${start}`,
    row: 'read',
    shape: 'whole',
    y,
    height,
    layer: osi,
    numbers: [number],
    label,
    says: `${protocol} message ${label}, ${bytes(start, end)}, complete with packet ${number}`,
    push: false,
  }
}

const bytes = (start: number, end: number) => `${formatBytes(end - start)} at ${formatCount(start)}`

export const isLost = ({ seen, fate }: SegmentNode): boolean => !seen || fate?.includes('lost') === true

function shapeOf(segment: SegmentNode): RulerShape {
  const { keepAlive, fresh, length } = segment
  if (keepAlive) return 'probe'
  if (isLost(segment)) return 'lost'
  if (fresh === 0) return 'again'
  return fresh < length ? 'partly' : 'whole'
}

function segmentWords(segment: SegmentNode): string {
  const { number, start, fresh, length, keepAlive, fate } = segment
  const parts = [`Segment, packet ${number}: ${bytes(start, start + length)}`]
  if (keepAlive) parts.push('a probe: one byte that was acknowledged long ago')
  else if (fresh === 0) parts.push('sent again: all of it was sent before')
  else if (fresh < length) parts.push(`${formatBytes(length - fresh)} of it were sent before`)
  if (fate !== null) parts.push(`on the cable it was ${fate}`)
  if (segment.flags.includes('P')) parts.push('PSH: nothing more waited behind it')
  return parts.join('; ')
}
