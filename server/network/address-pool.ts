/** IPv4 addresses of one subnet to give out, and to give out again when they have rested. */
import type { Clock } from './clock.ts'

/**
 * Twice the longest life that TCP supposes a segment has, as TIME-WAIT reckons it here (RFC 9293 §3.4.2 lets it be
 * chosen): a new host should not meet the old one's segments.
 */
const REST_MS = 60_000

export class AddressPool {
  readonly #clock: Clock
  readonly #first: number
  readonly #last: number
  #next: number
  /** When each was given back, the first first. */
  readonly #resting = new Map<number, number>()

  /** Both ends included. */
  constructor(clock: Clock, first: number, last: number) {
    this.#clock = clock
    this.#first = first
    this.#last = last
    this.#next = first
  }

  get size(): number {
    return this.#last - this.#first + 1
  }

  /** `undefined` when all are in use. One that has not rested is given only when there is no other. */
  take(): number | undefined {
    const [oldest] = this.#resting
    if (oldest !== undefined) {
      const [address, since] = oldest
      if (this.#clock.now() - since >= REST_MS || this.#next > this.#last) {
        this.#resting.delete(address)
        return address
      }
    }
    return this.#next > this.#last ? undefined : this.#next++
  }

  giveBack(address: number): void {
    this.#resting.set(address, this.#clock.now())
  }
}
