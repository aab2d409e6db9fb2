/** What may come so fast: whatever came is paid for with time. */

/** However much came at once is forgotten after so long. */
const MOST_OWED_MS = 10_000

export class ByteBudget {
  readonly #bytesASecond: number
  #paidAt = 0

  constructor(bytesASecond: number) {
    this.#bytesASecond = bytesASecond
  }

  /** So much came; `now` in milliseconds, on any clock. */
  pay(bytes: number, now: number): void {
    const due = Math.max(this.#paidAt, now) + (bytes / this.#bytesASecond) * 1000
    this.#paidAt = Math.min(due, now + MOST_OWED_MS)
  }

  /** Milliseconds until all that came is paid for. */
  owedMs(now: number): number {
    return Math.max(0, this.#paidAt - now)
  }
}
