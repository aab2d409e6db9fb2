/** A stretch of time that is looked at, out of a whole: zoomed, moved, and divided by ticks. Seconds throughout. */

export interface Span {
  readonly from: number
  readonly to: number
}

/** Nothing on a wire is nearer together than this. */
const SHORTEST = 1e-6

/** Zooms by `factor` (below 1: nearer) so that `at` stays where it is. */
export function zoomed(span: Span, whole: Span, factor: number, at = (span.from + span.to) / 2): Span {
  const length = Math.min(whole.to - whole.from, Math.max(SHORTEST, (span.to - span.from) * factor))
  const share = (at - span.from) / (span.to - span.from)
  return inside({ from: at - share * length, to: at + (1 - share) * length }, whole)
}

/** Moves by so many seconds, as far as the whole reaches. */
export function moved(span: Span, whole: Span, seconds: number): Span {
  return inside({ from: span.from + seconds, to: span.to + seconds }, whole)
}

/** From one to the other, in either order; undefined where that is no stretch. */
export function between(one: number, other: number, whole: Span): Span | undefined {
  const from = Math.max(whole.from, Math.min(one, other))
  const to = Math.min(whole.to, Math.max(one, other))
  return to - from < SHORTEST ? undefined : { from, to }
}

/** The same length, moved so that `time` is in it, with a tenth of it to spare. */
export function showing(span: Span, whole: Span, time: number): Span {
  const spare = (span.to - span.from) / 10
  if (time < span.from) return moved(span, whole, time - spare - span.from)
  return time > span.to ? moved(span, whole, time + spare - span.to) : span
}

export const isWhole = (span: Span, whole: Span): boolean => span.from <= whole.from && span.to >= whole.to

function inside(span: Span, whole: Span): Span {
  const length = span.to - span.from
  if (length >= whole.to - whole.from) return whole
  const from = Math.min(Math.max(span.from, whole.from), whole.to - length)
  return { from, to: from + length }
}

/** Round numbers from `from` to `to`, about `count` of them, and the step between two. */
export function roundNumbers(from: number, to: number, count: number): { step: number; values: number[] } {
  if (!(to > from)) return { step: 1, values: [from] }
  const wanted = (to - from) / Math.max(1, count)
  const power = 10 ** Math.floor(Math.log10(wanted))
  const step = ([1, 2, 5].find((one) => one * power >= wanted * (1 - 1e-9)) ?? 10) * power
  const values: number[] = []
  for (let n = Math.ceil(from / step - 1e-9); n * step <= to + step * 1e-9; n++) {
    values.push(Number((n * step).toPrecision(12)))
  }
  return { step, values }
}

const UNITS = [
  [1, 's'],
  [1e-3, 'ms'],
  [1e-6, 'µs'],
  [1e-9, 'ns'],
] as const

/**
 * Words for such times. Where they differ only in a digit that nobody would read that far to, the first says where one
 * is, and the others how much further: `1.23 s`, `+2 ms`, `+4 ms`.
 */
export function timeLabels(values: readonly number[], step: number): string[] {
  const [first = 0] = values
  const largest = Math.max(...values.map(Math.abs), step)
  if (largest / step <= 200) return values.map((value) => inUnit(value, unitOf(largest), step))
  const unit = unitOf(step * Math.max(1, values.length - 1))
  return values.map((value, i) =>
    i === 0 ? inUnit(first, unitOf(largest), step) : `+${inUnit(value - first, unit, step)}`,
  )
}

function unitOf(value: number): readonly [number, string] {
  return UNITS.find(([size]) => value >= size * (1 - 1e-9)) ?? UNITS[3]
}

function inUnit(value: number, [size, name]: readonly [number, string], step: number): string {
  const decimals = Math.max(0, Math.ceil(-Math.log10(step / size) - 1e-9))
  const text = (value / size).toFixed(Math.min(9, decimals))
  return value === 0 ? `0 ${name}` : `${text} ${name}`
}
