/** Which bytes of a field, or which layers of a protocol, a filter means: `[0:4]`, `[-4:]`, `[2]`, `[0-1,5:2]`. */
import { FilterError } from '../errors.ts'

/** From `start`, counted from the end when negative: so many, or up to `last` inclusive, or with neither to the end. */
export interface Range {
  readonly start: number
  readonly length: number | undefined
  readonly last: number | undefined
}

const NUMBER = '-?(?:0[xX][0-9A-Fa-f]{1,7}|[0-9]{1,9})'
const RANGE = new RegExp(`^\\s*(${NUMBER})?\\s*(?:([:-])\\s*(${NUMBER})?)?\\s*$`)

/** Throws a FilterError. `at`: where the text stands in the filter. */
export function parseRanges(text: string, at: number): Range[] {
  let from = at
  return text.split(',').map((part) => {
    const range = parseRange(part, from)
    from += part.length + 1
    return range
  })
}

function parseRange(text: string, at: number): Range {
  const [whole, first, separator, second] = RANGE.exec(text) ?? []
  const incomplete = separator === '-' && (first === undefined || second === undefined)
  if (whole === undefined || incomplete || (first === undefined && separator === undefined)) {
    throw new FilterError(`[${text}] is no slice`, at, '[start:length] or [first-last]')
  }
  const start = numberOf(first ?? '0')
  if (separator === undefined) return { start, length: 1, last: undefined }
  if (second === undefined) return { start, length: undefined, last: undefined }
  const end = numberOf(second)
  if (separator === ':') {
    if (end < 1) throw new FilterError('a slice is at least one byte long', at, '[start:length]')
    return { start, length: end, last: undefined }
  }
  if (start < 0 !== end < 0) {
    throw new FilterError('both ends of a slice count from the same side', at, '[first-last]')
  }
  if (end < start) throw new FilterError('this slice ends before it begins', at, '[first-last]')
  return { start, length: undefined, last: end }
}

function numberOf(text: string): number {
  return text.startsWith('-') ? -Number(text.slice(1)) : Number(text)
}

/** The first byte and the one behind the last; undefined when some of them aren't there. */
function boundsOf({ start, length, last }: Range, size: number): [number, number] | undefined {
  const from = start < 0 ? size + start : start
  let to = size
  if (length !== undefined) to = from + length
  else if (last !== undefined) to = (last < 0 ? size + last : last) + 1
  return from < 0 || to > size || from >= to ? undefined : [from, to]
}

/** The bytes that the ranges name, one behind the other; '' when none of them is there. */
export function cutRanges(bytes: string, ranges: readonly Range[]): string {
  let out = ''
  for (const range of ranges) {
    const bounds = boundsOf(range, bytes.length)
    if (bounds !== undefined) out += bytes.slice(bounds[0], bounds[1])
  }
  return out
}

/** Whether a layer is meant, counted from 1 among `count` of its protocol. */
export function isInRanges(ranges: readonly Range[], layer: number, count: number): boolean {
  return ranges.some(({ start, length, last }) => {
    const from = start < 0 ? count + 1 + start : start
    if (length !== undefined) return layer >= from && layer < from + length
    return layer >= from && (last === undefined || layer <= (last < 0 ? count + 1 + last : last))
  })
}
