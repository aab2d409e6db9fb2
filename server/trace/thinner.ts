/**
 * Points in time, of which only so many are kept: all, while they are few; else, of each slice of the time, the first and
 * the last, where each measure was smallest and largest, and what is out of the ordinary.
 */

export interface ThinnerOptions<P> {
  /** More than these are thinned out. */
  readonly most: number
  /** When the last point may come, in the points' unit of time. */
  readonly end: number
  readonly timeOf: (point: P) => number
  /** Null where a point has none. */
  readonly measures: readonly ((point: P) => number | null)[]
  readonly isSpecial: (point: P) => boolean
}

/** Slices of the time, and how many out of the ordinary each keeps. */
export const SLICES = 400
export const SPECIALS_A_SLICE = 8

interface Slice<P> {
  first: P
  last: P
  /** Smallest and largest by measure. */
  readonly extremes: (P | undefined)[]
  readonly specials: P[]
}

export class Thinner<P> {
  readonly #options: ThinnerOptions<P>
  #whole: P[] = []
  #slices: (Slice<P> | undefined)[] | undefined
  #begin = 0
  #count = 0
  #dropped = 0

  constructor(options: ThinnerOptions<P>) {
    this.#options = options
  }

  /** Points taken in. */
  get count(): number {
    return this.#count
  }

  get isThinned(): boolean {
    return this.#slices !== undefined
  }

  /** Points out of the ordinary that were left out all the same. */
  get specialsDropped(): number {
    return this.#dropped
  }

  /** In the order of time. */
  add(point: P): void {
    this.#count++
    if (this.#slices !== undefined) {
      this.#keep(point)
      return
    }
    this.#whole.push(point)
    if (this.#whole.length <= this.#options.most) return
    const [first] = this.#whole
    this.#begin = first === undefined ? 0 : this.#options.timeOf(first)
    this.#slices = new Array<Slice<P> | undefined>(SLICES)
    for (const one of this.#whole) this.#keep(one)
    this.#whole = []
  }

  /** Those kept, in the order in which they came. */
  points(): P[] {
    if (this.#slices === undefined) return this.#whole
    const { timeOf } = this.#options
    return this.#slices.flatMap((slice) => {
      if (slice === undefined) return []
      const { first, last, extremes, specials } = slice
      const kept = new Set<P>([first])
      for (const point of [...extremes, ...specials]) if (point !== undefined) kept.add(point)
      kept.add(last)
      return [...kept].sort((a, b) => timeOf(a) - timeOf(b))
    })
  }

  #keep(point: P): void {
    const { timeOf, measures, isSpecial, end } = this.#options
    const slices = this.#slices ?? []
    const share = (timeOf(point) - this.#begin) / Math.max(1e-9, end - this.#begin)
    const at = Math.min(SLICES - 1, Math.max(0, Math.floor(share * SLICES)))
    let slice = slices[at]
    if (slice === undefined) {
      slice = { first: point, last: point, extremes: [], specials: [] }
      slices[at] = slice
    }
    slice.last = point
    for (let i = 0; i < measures.length; i++) {
      const measure = measures[i]
      const value = measure?.(point) ?? null
      if (measure === undefined || value === null) continue
      const [least, most] = [slice.extremes[2 * i], slice.extremes[2 * i + 1]]
      if (least === undefined || value < (measure(least) ?? 0)) slice.extremes[2 * i] = point
      if (most === undefined || value > (measure(most) ?? 0)) slice.extremes[2 * i + 1] = point
    }
    if (!isSpecial(point)) return
    if (slice.specials.length < SPECIALS_A_SLICE) slice.specials.push(point)
    else this.#dropped++
  }
}
