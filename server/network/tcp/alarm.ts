/**
 * One timer for all of a connection's deadlines. It is moved only to come earlier: a deadline that is put off, as the
 * retransmission timeout is with every acknowledgment, costs nothing, for the alarm just rings too early, and whoever
 * it wakes says what is due next.
 */
import type { Clock, Timer } from '../clock.ts'

export class Alarm {
  readonly #clock: Clock
  readonly #ring: () => void
  #timer: Timer | undefined
  #setFor = Number.POSITIVE_INFINITY

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock
    this.#ring = () => {
      this.#setFor = Number.POSITIVE_INFINITY
      this.#timer = undefined
      ring()
    }
  }

  /** Rings at `time` or before. */
  by(time: number): void {
    if (time >= this.#setFor) return
    this.#timer?.cancel()
    this.#setFor = time
    this.#timer = this.#clock.at(time, this.#ring)
  }

  cancel(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#setFor = Number.POSITIVE_INFINITY
  }
}
