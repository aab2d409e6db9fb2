/** Which bytes of a stream have passed, so that each is counted as new once. Positions as in sequence.ts. */

/** With more, the oldest are taken for filled. */
const MOST_HOLES = 4096

export class SeenBytes {
  /** The first byte that has passed, and behind the highest; -1 before there was one. */
  #lowest = -1
  #reached = -1
  /** What was left out between: from and to in turn, ascending. */
  #holes: number[] = []

  /** Takes in bytes from `start` to `end` (exclusive); returns how many of them are new. */
  add(start: number, end: number): number {
    if (end <= start) return 0
    if (this.#reached < 0) {
      this.#lowest = start
      this.#reached = end
      return end - start
    }
    let fresh = this.#holes.length === 0 ? 0 : this.#fill(start, end)
    if (start < this.#lowest) {
      fresh += Math.min(end, this.#lowest) - start
      if (end < this.#lowest) this.#holes.unshift(end, this.#lowest)
      this.#lowest = start
    }
    if (end > this.#reached) {
      const from = Math.max(start, this.#reached)
      if (from > this.#reached) this.#leave(this.#reached, from)
      fresh += end - from
      this.#reached = end
    }
    return fresh
  }

  copy(): SeenBytes {
    const copy = new SeenBytes()
    copy.#lowest = this.#lowest
    copy.#reached = this.#reached
    copy.#holes = [...this.#holes]
    return copy
  }

  #leave(from: number, to: number): void {
    this.#holes.push(from, to)
    if (this.#holes.length > 2 * MOST_HOLES) this.#holes.splice(0, 2)
  }

  #fill(start: number, end: number): number {
    let filled = 0
    const left: number[] = []
    for (let at = 0; at < this.#holes.length; at += 2) {
      const from = this.#holes[at] ?? 0
      const to = this.#holes[at + 1] ?? 0
      const begin = Math.max(from, start)
      const stop = Math.min(to, end)
      if (begin >= stop) {
        left.push(from, to)
        continue
      }
      filled += stop - begin
      if (from < begin) left.push(from, begin)
      if (stop < to) left.push(stop, to)
    }
    this.#holes = left
    return filled
  }
}
