/** One frame's way over a cable, while it is under way: what either end's trace knows of it grows together. */
import type { Departed } from '../capture/lab-frames.ts'
import type { Frame, Transit } from '../protocols/packet.ts'
import type { End } from './vantage.ts'

const ETHERNET = 1
const NONE: readonly bigint[] = []

export class LabPassage {
  readonly cable: string
  readonly direction: 'up' | 'down'
  readonly delay: number | undefined
  /** How often it will come out. */
  readonly copies: number
  /** As it entered; held here only while no trace holds them. */
  bytes: Uint8Array | undefined
  /** Its number in the client's trace, the first if it has two; 0 while it has none. */
  number = 0
  /** When it has come out so far. A list made to measure: there are as many as packets. */
  #arrivals: readonly bigint[] = NONE
  readonly #departed: Omit<Departed, 'bytes'>
  #client: Transit | undefined
  #server: Transit | undefined

  constructor(frame: Departed) {
    this.cable = frame.cable
    this.direction = frame.direction
    this.delay = frame.delay
    this.copies = frame.delay === undefined ? 0 : frame.fates.includes('duplicated') ? 2 : 1
    this.#departed = frame
  }

  get sentAt(): bigint {
    return this.#departed.time
  }

  /** The frame as that end's trace takes it in. `other`: the frame at the other end, where it is known to differ. */
  frame(end: End, time: bigint, bytes: Uint8Array, seen: boolean, other?: Uint8Array): Frame {
    const transit = this.#transit(end, seen)
    if (other !== undefined) transit.other = other
    return { time, bytes, originalLength: bytes.length, linkType: ETHERNET, transit }
  }

  get arrivals(): readonly bigint[] {
    return this.#arrivals
  }

  /** It came out. */
  arrived(time: bigint): void {
    this.#arrivals = this.#arrivals.length === 0 ? [time] : [...this.#arrivals, time]
    if (this.#client !== undefined) this.#client.arrivals = this.#arrivals
    if (this.#server !== undefined) this.#server.arrivals = this.#arrivals
  }

  /** The servers' trace was made while it was under way, and knows it by this. */
  adopt(server: Transit): void {
    this.#server = server
  }

  /** It came out damaged: told to those who saw it whole. The bytes are kept. */
  damaged(received: Uint8Array): void {
    for (const transit of [this.#client, this.#server]) if (transit !== undefined) transit.other ??= received
  }

  #transit(end: End, seen: boolean): Transit {
    const known = end === 'client' ? this.#client : this.#server
    if (known !== undefined) return known
    const { cable, direction, delay } = this
    const arrivals = this.#arrivals
    const { fates, time: sentAt, queue, rate } = this.#departed
    const transit: Transit = {
      cable,
      direction,
      fates,
      sentAt,
      arrivals,
      queue,
      delay,
      rate,
      seen,
      other: undefined,
    }
    if (end === 'client') this.#client = transit
    else this.#server = transit
    return transit
  }
}
