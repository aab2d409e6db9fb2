/** Bytes a slice of time, for one direction of a conversation. */
import type { Bins } from '../dashboard/api-series.ts'

/** Bins that a whole conversation is divided into, at most. */
const MOST_BINS = 400
/** A reader that goes on with bins of its own may have so many before they grow. */
const MOST_GIVEN = 4000
const SMALLEST = 0.001

/** Seconds a bin: 1, 2 or 5 times a power of ten, or what is `given` while that is not too small. */
export function binWidth(seconds: number, given?: number): number {
  if (given !== undefined && given >= SMALLEST && seconds / given <= MOST_GIVEN) return given
  const wanted = Math.max(SMALLEST, seconds / MOST_BINS)
  const power = 10 ** Math.floor(Math.log10(wanted) + 1e-9)
  const step = [1, 2, 5, 10].find((one) => one * power >= wanted * (1 - 1e-9)) ?? 10
  return Number((step * power).toPrecision(1))
}

export class BinCounter {
  readonly #width: number
  readonly bins: Bins = { at: [], packets: [], wire: [], fresh: [], again: [] }

  constructor(width: number) {
    this.#width = width
  }

  /** In the order of time. */
  add(time: number, wire: number, fresh: number, again: number): void {
    const { bins } = this
    const at = Math.floor(time / this.#width + 1e-9)
    let last = bins.at.length - 1
    // A clock that went back counts where the bytes are told.
    if (last < 0 || at > (bins.at[last] ?? 0)) {
      bins.at.push(at)
      for (const column of [bins.packets, bins.wire, bins.fresh, bins.again]) column.push(0)
      last++
    }
    bins.packets[last] = (bins.packets[last] ?? 0) + 1
    bins.wire[last] = (bins.wire[last] ?? 0) + wire
    bins.fresh[last] = (bins.fresh[last] ?? 0) + fresh
    bins.again[last] = (bins.again[last] ?? 0) + again
  }
}
