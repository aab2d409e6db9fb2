/** State that outlives a flow, by kind and key; what was not asked for the longest goes first. */

export class SharedState {
  readonly #limit: number
  readonly #kinds = new Map<string, Map<string, unknown>>()

  /** `limit`: of each kind. */
  constructor(limit: number) {
    this.#limit = limit
  }

  get<T>(kind: string, key: string, make: () => T): T {
    let entries = this.#kinds.get(kind)
    if (entries === undefined) {
      entries = new Map()
      this.#kinds.set(kind, entries)
    }
    const known = entries.get(key)
    if (known !== undefined) {
      // The only one is the newest as well.
      if (entries.size > 1) {
        entries.delete(key)
        entries.set(key, known)
      }
      return known as T
    }
    const made = make()
    entries.set(key, made)
    if (entries.size > this.#limit) {
      const [oldest] = entries.keys()
      if (oldest !== undefined) entries.delete(oldest)
    }
    return made
  }

  clear(): void {
    this.#kinds.clear()
  }

  all(kind: string): unknown[] {
    return [...(this.#kinds.get(kind)?.values() ?? [])]
  }
}
