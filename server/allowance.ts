/** So many a second for each sender, and so many senders: what keeps two echo services from answering each other for ever. */

const MAX_SENDERS = 4096

/** Forgets everything each second, so it can't grow for long. */
export class Allowance {
  readonly #perSecond: number
  readonly #now: () => number
  readonly #taken = new Map<string, number>()
  #second = 0

  /** `now`: milliseconds that never go back. */
  constructor(perSecond: number, now: () => number = () => performance.now()) {
    this.#perSecond = perSecond
    this.#now = now
  }

  /** False when this sender has had its share of this second. */
  take(sender: string): boolean {
    const second = Math.floor(this.#now() / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#taken.clear()
    }
    const taken = this.#taken.get(sender) ?? 0
    if (taken >= this.#perSecond || (taken === 0 && this.#taken.size >= MAX_SENDERS)) return false
    this.#taken.set(sender, taken + 1)
    return true
  }
}
