/** From a value to its place in a picture. */

export type Pair = readonly [number, number]

/** In even steps: the ends of `domain` come to stand at those of `range`. A domain that is one value stands in the middle. */
export function linear([first, last]: Pair, [from, to]: Pair): (value: number) => number {
  const length = last - first
  if (length === 0) return () => (from + to) / 2
  return (value) => from + ((value - first) / length) * (to - from)
}

/** The same, where what lies outside the domain stands at its nearer end. */
export function clamped([first, last]: Pair, range: Pair): (value: number) => number {
  const place = linear([first, last], range)
  const [least, most] = [Math.min(first, last), Math.max(first, last)]
  return (value) => place(Math.min(most, Math.max(least, value)))
}

/** Even below `constant`, by tenfolds far above it: d3-scale's `scaleSymlog`, after Webber (2013), for values from 0 on. */
export function symlog([first, last]: Pair, range: Pair, constant: number): (value: number) => number {
  const bent = (value: number) => Math.log1p(value / constant)
  const place = linear([bent(first), bent(last)], range)
  return (value) => place(bent(value))
}
