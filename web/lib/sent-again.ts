/**
 * Which packet was sent again. TCP's analysis names it where a timer ran out; else it is known from what was lost, also
 * from what this end never saw: nothing but those bytes fills the hole.
 */
import type { Row } from '../../server/dashboard/api.ts'
import { fateShape } from './fate.ts'

/** One direction of a conversation, as far as it was read. */
interface Sent {
  /** Lost, and not sent again yet, oldest first. */
  readonly missing: Row[]
  /** What was sent last, acknowledgements apart. */
  last: Row | undefined
}

/** The number of each retransmission's original, as far as `rows`, oldest first, hold it. */
export function originals(rows: readonly Row[]): Map<number, number> {
  const found = new Map<number, number>()
  const directions = new Map<string, Sent>()
  const held = new Set<number>()
  for (const row of rows) {
    held.add(row.number)
    if (row.flow === null || row.fromClient === null || row.label === 'ACK') continue
    const key = `${row.flow} ${row.fromClient}`
    const sent = directions.get(key) ?? { missing: [], last: undefined }
    directions.set(key, sent)
    const original = originalOf(row, sent)
    if (original !== undefined && held.has(original)) found.set(row.number, original)
    if (fateShape(row) === 'lost') sent.missing.push(row)
    sent.last = row
  }
  return found
}

function originalOf(row: Row, { missing, last }: Sent): number | undefined {
  const lost = missing.findIndex((other) => isOther(row, other))
  if (row.repeats !== undefined) {
    const named = missing.findIndex(({ number }) => number === row.repeats)
    if (named >= 0 || lost >= 0) missing.splice(named >= 0 ? named : lost, 1)
    return row.repeats
  }
  const late = row.analysis.some((name) => name.endsWith('retransmission') || name === 'out_of_order')
  // What follows a loss that this end did not see, and leaves no hole, is what was lost.
  const fills = last?.transit?.seen === false && !row.analysis.includes('lost_segment')
  if (lost >= 0 && (late || fills)) return missing.splice(lost, 1)[0]?.number
  const again = row.analysis.some((name) => name.endsWith('retransmission'))
  return again && last !== undefined && last.length === row.length ? last.number : undefined
}

/** As long, and from the same place in the stream as far as their words name that. */
function isOther(row: Row, other: Row): boolean {
  const [own, its] = [sequenceOf(row), sequenceOf(other)]
  return other.length === row.length && (own === undefined || its === undefined || own === its)
}

function sequenceOf({ info }: Row): string | undefined {
  return /\bSeq=(\d+)/.exec(info)?.[1]
}
