/** A binary heap: who comes before all others is first; of equals any may be. */
export class Heap<T> {
  #items: T[] = []
  readonly #before: (a: T, b: T) => boolean

  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before
  }

  get length(): number {
    return this.#items.length
  }

  get first(): T | undefined {
    return this.#items[0]
  }

  push(item: T): void {
    const items = this.#items
    let at = items.push(item) - 1
    while (at > 0) {
      const up = (at - 1) >> 1
      const parent = items[up]
      if (parent === undefined || !this.#before(item, parent)) break
      items[at] = parent
      at = up
    }
    items[at] = item
  }

  /** Takes the first out. */
  pop(): T | undefined {
    const items = this.#items
    const first = items[0]
    const last = items.pop()
    if (last === undefined || items.length === 0) return first
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      let least = items[child]
      if (least === undefined) break
      const right = items[child + 1]
      if (right !== undefined && this.#before(right, least)) {
        child++
        least = right
      }
      if (!this.#before(least, last)) break
      items[at] = least
      at = child
    }
    items[at] = last
    return first
  }

  /** Takes all of them out, in no order. */
  clear(): T[] {
    return this.#items.splice(0)
  }

  /** Leaves only those. */
  keep(wanted: (item: T) => boolean): void {
    // In order, and so a heap.
    this.#items = this.#items.filter(wanted).sort((a, b) => (this.#before(a, b) ? -1 : 1))
  }

  /** In no order. */
  [Symbol.iterator](): Iterator<T> {
    return this.#items[Symbol.iterator]()
  }
}
