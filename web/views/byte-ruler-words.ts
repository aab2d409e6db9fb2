/** What was written into a stream, as far as it is known, and what its ruler teaches, in words. */
import type { EventNode } from '../../server/dashboard/api.ts'
import type { MessageNode, SegmentNode } from '../../server/dashboard/api-stream.ts'
import { formatBytes, inWords, plural } from '../lib/format.ts'
import type { RulerData, Written } from './byte-ruler-layout.ts'

/** Protocols whose messages are but what a segment brought: they say nothing of how it was written. */
const UNFRAMED: ReadonlySet<string> = new Set(['Echo', 'Data', 'TCP'])

/**
 * The writes of one direction: what the programs told of, else its messages; and where a protocol has none of its own,
 * what ends with PSH, which a TCP sets when it has sent all that it was given (RFC 9293 §3.9.1.2).
 */
export function writesOf(
  { messages, segments }: Pick<RulerData, 'messages' | 'segments'>,
  events: readonly EventNode[],
  fromServer: boolean,
): Written[] {
  if (messages.every(({ protocol }) => UNFRAMED.has(protocol))) return pushed(segments)
  const told = new Map<number, EventNode[]>()
  for (const event of fromServer ? events : []) {
    const { kind, direction, packet } = event
    if (kind !== 'emit' || direction !== 'out' || packet === null) continue
    told.set(packet, [...(told.get(packet) ?? []), event])
  }
  return messages.map(({ start, end, label, number }) => {
    const mine = told.get(number)?.some((event) => isOf(event, label)) === true
    const emitted = mine && !label.startsWith('ack ')
    return { start, end, label: emitted ? `emit ${label}` : label, number, told: mine }
  })
}

/** An answer has no event's name: its message is called by its number. */
function isOf({ event, ack }: EventNode, label: string): boolean {
  return event === null ? ack !== undefined && label.startsWith(`ack ${ack}(`) : label.startsWith(`${event}(`)
}

function pushed(segments: readonly SegmentNode[]): Written[] {
  const writes: Written[] = []
  let start: number | null = null
  const sent = segments.filter(({ fresh }) => fresh > 0).toSorted((a, b) => a.start - b.start)
  for (const [at, segment] of sent.entries()) {
    const { start: from, length, flags, number } = segment
    start ??= from
    if (!flags.includes('P') && at < sent.length - 1) continue
    const end = from + length
    writes.push({ start, end, label: formatBytes(end - start), number, told: false })
    start = null
  }
  return writes
}

/** What the picture teaches of this very stream, in three sentences at most. */
export function rulerWords({ written, segments, messages }: RulerData): string {
  const data = segments.filter(({ length, keepAlive }) => length > 0 && !keepAlive)
  if (data.length === 0) return 'No byte has gone this way yet.'
  const again = data.filter(({ fresh, length }) => fresh < length).length
  const first = data.length - again
  const guessed = written.some(({ told }) => !told)
  const head = `${guessed ? 'Probably ' : ''}${plural(written.length, 'write')}, ${plural(first, 'segment')}, read as ${plural(messages.length, 'message')}.`
  const repeated =
    again === 0 ? '' : ` ${capital(inWords(again))} ${again === 1 ? 'was' : 'were'} sent again.`
  return `${head}${repeated} ${lesson(data, written, messages)}`
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** An example is looked for no further. */
const MOST_LOOKED = 200

function lesson(
  segments: readonly SegmentNode[],
  written: readonly Written[],
  messages: readonly MessageNode[],
): string {
  const sent = segments.filter(({ fresh }) => fresh > 0)
  const spans = sent
    .map(({ start, length, number }) => ({ start, end: start + length, number }))
    .sort(byStart)
  for (const [what, list] of [
    ['write', written],
    ['message', messages],
  ] as const) {
    for (const { start, end } of list.slice(0, MOST_LOOKED)) {
      const parts = countWithin(spans, start, end)
      if (parts > 1) {
        return `One ${what} of ${formatBytes(end - start)} travelled in ${inWords(parts)} segments: TCP knows nothing of ${what}s.`
      }
    }
  }
  const read = messages.toSorted(byStart)
  for (const { start, end, number } of spans.slice(0, MOST_LOOKED)) {
    const inside = countWithin(read, start, end)
    if (inside > 1) {
      return `Packet ${number} carries ${inWords(inside)} messages: TCP sends what is there, not what was written.`
    }
  }
  return 'Here each message had a segment of its own; TCP promises no such thing.'
}

interface Stretch {
  readonly start: number
  readonly end: number
}

const byStart = (a: Stretch, b: Stretch) => a.start - b.start

/** How many of some that lie behind each other share bytes with a stretch. */
function countWithin(list: readonly Stretch[], start: number, end: number): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((list[middle]?.end ?? 0) <= start) low = middle + 1
    else high = middle
  }
  let count = 0
  for (let at = low; (list[at]?.start ?? end) < end; at++) count++
  return count
}
