/**
 * How many packets were seen when: counted a slice of time after another as they come, in at most 1,024 bins that grow
 * wider with the time they span. No packet is dissected for it.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { View } from './view.ts'

/** Work of one turn of the event loop. */
const SLICE_MS = 6
/** The clock is looked at once in so many packets. */
const BETWEEN_LOOKS = 512
const MAX_BINS = 1024
const FINEST_NANOS = 1e6
const LAYERS = 8
/** When the oldest are gone, so few bins for what is left are worth counting anew in finer ones. */
const TOO_FEW = MAX_BINS >> 3
/** Matches looked at in one go. */
const PAGE = 2048

/** What is counted of a trace. */
export interface DensitySource {
  readonly run: string
  readonly revisions: number
  readonly first: number
  readonly last: number
  timeOf(number: number): bigint | undefined
  lengthOf(number: number): number
  /** OSI layer that a packet reaches. */
  osiOf(number: number): number
  isTroubled(number: number): boolean
}

export interface Bins {
  /** Nanoseconds since 1970. */
  readonly start: bigint
  readonly widthNanos: number
  readonly packets: number[]
  readonly bytes: number[]
  readonly osi: number[]
  readonly trouble: number[]
}

interface Matched {
  readonly geometry: string
  readonly bins: Uint32Array
  upTo: number
}

export class Density {
  readonly #source: DensitySource
  #run = ''
  #base = 0n
  #width = FINEST_NANOS
  #used = 0
  #upTo = 0
  /** The oldest packet that is counted. */
  #from = 0
  readonly #packets = new Float64Array(MAX_BINS)
  readonly #bytes = new Float64Array(MAX_BINS)
  readonly #trouble = new Float64Array(MAX_BINS)
  readonly #layers = new Float64Array(MAX_BINS * LAYERS)
  readonly #matched = new WeakMap<View, Matched>()
  #working: Promise<void> | undefined

  constructor(source: DensitySource) {
    this.#source = source
  }

  /** Counts what has come since. Those who ask at the same time wait for the same work. */
  catchUp(): Promise<void> {
    this.#working ??= this.#count().finally(() => {
      this.#working = undefined
    })
    return this.#working
  }

  /** At most `most` bins, of a power of two times the finest width. */
  bins(most: number): Bins {
    const by = this.#grouping(most)
    const columns = [this.#packets, this.#bytes, this.#trouble].map((bins) => this.#grouped(bins, by))
    return {
      start: this.#base,
      widthNanos: this.#width * by,
      packets: columns[0] ?? [],
      bytes: columns[1] ?? [],
      trouble: columns[2] ?? [],
      osi: this.#dominant(by),
    }
  }

  /** The matches of a view in the same bins. */
  async matches(view: View, most: number): Promise<number[]> {
    const geometry = `${this.#base} ${this.#width} ${this.#from} ${this.#source.revisions}`
    let known = this.#matched.get(view)
    if (known?.geometry !== geometry) {
      known = { geometry, bins: new Uint32Array(MAX_BINS), upTo: this.#from - 1 }
      // What is found out while older packets are still being matched would miss those.
      if (view.complete) this.#matched.set(view, known)
    }
    let until = performance.now() + SLICE_MS
    for (;;) {
      const { numbers } = view.page({ after: known.upTo, limit: PAGE })
      for (const number of numbers) {
        if (number > this.#upTo) return this.#grouped(known.bins, this.#grouping(most))
        const bin = this.#binOf(this.#source.timeOf(number) ?? this.#base)
        known.bins[bin] = (known.bins[bin] ?? 0) + 1
        known.upTo = number
      }
      if (numbers.length < PAGE) return this.#grouped(known.bins, this.#grouping(most))
      if (performance.now() < until) continue
      await nextTurn()
      until = performance.now() + SLICE_MS
    }
  }

  async #count(): Promise<void> {
    const source = this.#source
    if (source.run !== this.#run) this.#startOver()
    let until = performance.now() + SLICE_MS
    for (let looked = 1; this.#upTo < source.last; looked++) {
      this.#upTo = Math.max(this.#upTo + 1, source.first)
      this.#add(this.#upTo)
      if (looked % BETWEEN_LOOKS !== 0 || performance.now() < until) continue
      await nextTurn()
      until = performance.now() + SLICE_MS
    }
    if (source.first > this.#from) await this.#forget()
  }

  #startOver(): void {
    this.#run = this.#source.run
    for (const bins of [this.#packets, this.#bytes, this.#trouble, this.#layers]) bins.fill(0)
    this.#width = FINEST_NANOS
    this.#used = 0
    this.#upTo = 0
    this.#from = 0
  }

  #add(number: number): void {
    const source = this.#source
    const time = source.timeOf(number)
    if (time === undefined) return
    if (this.#used === 0) {
      this.#base = time - (time % BigInt(FINEST_NANOS))
      this.#from = number
    }
    while (Number(time - this.#base) >= this.#width * MAX_BINS) this.#widen()
    const bin = this.#binOf(time)
    this.#used = Math.max(this.#used, bin + 1)
    this.#packets[bin] = (this.#packets[bin] ?? 0) + 1
    this.#bytes[bin] = (this.#bytes[bin] ?? 0) + source.lengthOf(number)
    const layer = bin * LAYERS + source.osiOf(number)
    this.#layers[layer] = (this.#layers[layer] ?? 0) + 1
    if (source.isTroubled(number)) this.#trouble[bin] = (this.#trouble[bin] ?? 0) + 1
  }

  /** A file's packets may stand out of order: one from before the first counts with it. */
  #binOf(time: bigint): number {
    const bin = Math.floor(Number(time - this.#base) / this.#width)
    return Math.max(0, Math.min(MAX_BINS - 1, bin))
  }

  #widen(): void {
    this.#width *= 2
    this.#used = Math.ceil(this.#used / 2)
    for (const bins of [this.#packets, this.#bytes, this.#trouble]) halve(bins, 1)
    halve(this.#layers, LAYERS)
  }

  /** The oldest packets made room: what was counted of them goes, and the bin of those that are left is counted anew. */
  async #forget(): Promise<void> {
    const { first, last } = this.#source
    const oldest = this.#source.timeOf(first)
    if (oldest === undefined) return
    const head = this.#binOf(oldest)
    if (this.#used - head < TOO_FEW && this.#width > FINEST_NANOS && last - first > TOO_FEW) {
      this.#startOver()
      return this.#count()
    }
    for (const bins of [this.#packets, this.#bytes, this.#trouble]) drop(bins, head, 1)
    drop(this.#layers, head, LAYERS)
    this.#used -= head
    this.#base += BigInt(head * this.#width)
    this.#from = first
    for (const bins of [this.#packets, this.#bytes, this.#trouble]) bins[0] = 0
    this.#layers.fill(0, 0, LAYERS)
    let until = performance.now() + SLICE_MS
    for (let number = first; number <= this.#upTo; number++) {
      const time = this.#source.timeOf(number)
      if (time !== undefined && this.#binOf(time) > 0) break
      this.#add(number)
      if (number % BETWEEN_LOOKS !== 0 || performance.now() < until) continue
      await nextTurn()
      until = performance.now() + SLICE_MS
    }
  }

  /** Fine bins to a coarse one, so that `most` are enough. */
  #grouping(most: number): number {
    let by = 1
    while (Math.ceil(this.#used / by) > Math.max(1, most)) by *= 2
    return by
  }

  #grouped(bins: ArrayLike<number>, by: number): number[] {
    const grouped: number[] = new Array(Math.ceil(this.#used / by)).fill(0)
    for (let bin = 0; bin < this.#used; bin++) {
      const at = Math.floor(bin / by)
      grouped[at] = (grouped[at] ?? 0) + (bins[bin] ?? 0)
    }
    return grouped
  }

  #dominant(by: number): number[] {
    const found: number[] = []
    const counts = new Float64Array(LAYERS)
    for (let from = 0; from < this.#used; from += by) {
      counts.fill(0)
      const to = Math.min(this.#used, from + by) * LAYERS
      for (let at = from * LAYERS; at < to; at++) {
        counts[at % LAYERS] = (counts[at % LAYERS] ?? 0) + (this.#layers[at] ?? 0)
      }
      const most = Math.max(...counts)
      found.push(most === 0 ? 0 : counts.lastIndexOf(most))
    }
    return found
  }
}

function halve(bins: Float64Array, each: number): void {
  const half = bins.length / each / 2
  for (let bin = 0; bin < half; bin++) {
    for (let i = 0; i < each; i++) {
      bins[bin * each + i] = (bins[2 * bin * each + i] ?? 0) + (bins[(2 * bin + 1) * each + i] ?? 0)
    }
  }
  bins.fill(0, half * each)
}

function drop(bins: Float64Array, count: number, each: number): void {
  bins.copyWithin(0, count * each)
  bins.fill(0, bins.length - count * each)
}
