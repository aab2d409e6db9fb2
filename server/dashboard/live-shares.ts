/** How much of each kind of message a dashboard may be sent: 70 kB a second in all, whatever the traffic. */

/** Bytes a second. */
const SHARES = { rows: 38_000, events: 14_000, flows: 9_000, sessions: 6_000, status: 3_000 } as const

export type SharedOut = keyof typeof SHARES

/** However much was sent at once, something of the kind goes again after this time. */
const MOST_PAUSE_MS = 3000

/** A message that was sent is paid for with a pause: nothing of its kind goes until its share has made up for it. */
export class Shares {
  readonly #from = new Map<SharedOut, number>()

  isDue(kind: SharedOut, now: number): boolean {
    return now >= (this.#from.get(kind) ?? 0)
  }

  pay(kind: SharedOut, message: object, now: number): void {
    const bytes = JSON.stringify(message).length
    this.#from.set(kind, now + Math.min(MOST_PAUSE_MS, (bytes / SHARES[kind]) * 1000))
  }
}
