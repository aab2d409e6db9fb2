/**
 * What is kept for each UDP endpoint while datagrams come and go: it expires when none has gone its way for a while,
 * and there is a bound to how many there are. One timer for all, and none when there are none.
 */
import type { Clock, Timer } from '../clock.ts'

/** RFC 4787 REQ-5: no less than two minutes, five recommended. */
export const UDP_IDLE_MS = 300_000

interface Entry<T> {
  readonly value: T
  /** When it was last used, on the clock. */
  used: number
}

export interface IdleTableOptions<T> {
  readonly clock: Clock
  readonly idleMs: number
  /** When one more comes, the one that has been idle for longest goes. */
  readonly limit: number
  /** It has expired, or gave way, or all is over. */
  readonly gone: (value: T) => void
}

export class IdleTable<T> {
  readonly #options: IdleTableOptions<T>
  /** The least recently used first. */
  readonly #entries = new Map<string, Entry<T>>()
  #timer: Timer | undefined

  constructor(options: IdleTableOptions<T>) {
    this.#options = options
  }

  get size(): number {
    return this.#entries.size
  }

  /** Looking it up is using it. */
  get(key: string): T | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    entry.used = this.#options.clock.now()
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry.value
  }

  add(key: string, value: T): void {
    const { clock, limit } = this.#options
    this.delete(key)
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size < limit) break
      this.delete(oldest)
    }
    this.#entries.set(key, { value, used: clock.now() })
    this.#arm()
  }

  delete(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#entries.delete(key)
    this.#options.gone(entry.value)
    if (this.#entries.size === 0) this.#disarm()
  }

  clear(): void {
    for (const key of [...this.#entries.keys()]) this.delete(key)
  }

  #arm(): void {
    const [oldest] = this.#entries.values()
    if (this.#timer !== undefined || oldest === undefined) return
    const { clock, idleMs } = this.#options
    this.#timer = clock.at(oldest.used + idleMs, () => {
      this.#timer = undefined
      const deadline = clock.now() - idleMs
      for (const [key, { used }] of this.#entries) {
        if (used > deadline) break
        this.delete(key)
      }
      this.#arm()
    })
  }

  #disarm(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }
}
