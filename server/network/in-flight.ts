/**
 * The frames on one way of a cable, in the order in which they come out. Nearly all come out as they went in: those
 * stand in a line; the few that overtake, or are held back, stand aside in a heap.
 */
import { Fifo } from './fifo.ts'
import { Heap } from './heap.ts'

export interface Passage {
  /** What comes out. */
  readonly bytes: Uint8Array
  /** Whether that isn't what went in. */
  readonly damaged: boolean
  /** The tap's number for it; -1 when it isn't shown. */
  readonly id: number
  readonly to: (frame: Uint8Array) => void
  /** When its first bit leaves, its last one has left, and it arrives. Milliseconds on the clock. */
  start: number
  end: number
  arrival: number
  /** It doesn't keep its place in the line. */
  readonly aside: boolean
}

export class InFlight {
  readonly #line = new Fifo<Passage>()
  readonly #aside = new Heap<Passage>((a, b) => a.arrival < b.arrival)
  /** Those that wait for the rate, in the order of sending. */
  readonly #unsent = new Fifo<Passage>()
  #bytes = 0
  #latest = 0

  get length(): number {
    return this.#line.length + this.#aside.length
  }

  get bytes(): number {
    return this.#bytes
  }

  /** When the last of the line arrives: one that arrives earlier overtakes it. */
  get latest(): number {
    return this.#latest
  }

  /** Frames whose first bit hasn't left yet. */
  waiting(now: number): number {
    for (
      let first = this.#unsent.first;
      first !== undefined && first.start <= now;
      first = this.#unsent.first
    )
      this.#unsent.shift()
    return this.#unsent.length
  }

  add(passage: Passage): void {
    this.#bytes += passage.bytes.length
    if (passage.end > passage.start) this.#unsent.push(passage)
    if (passage.aside) this.#aside.push(passage)
    else {
      this.#latest = passage.arrival
      this.#line.push(passage)
    }
  }

  /** What arrives first. */
  next(): Passage | undefined {
    const line = this.#line.first
    const aside = this.#aside.first
    if (line === undefined || aside === undefined) return line ?? aside
    return aside.arrival < line.arrival ? aside : line
  }

  /** Takes out what arrives first if that is due. */
  take(now: number): Passage | undefined {
    const next = this.next()
    if (next === undefined || next.arrival > now) return undefined
    if (next.aside) this.#aside.pop()
    else this.#line.shift()
    this.#bytes -= next.bytes.length
    return next
  }

  /**
   * Other settings: who waits is sent at the new rate, as is the rest of the frame that is being sent, and who
   * travels arrives after `delay` at the latest, as if the cable had become shorter under it, or at once. No order
   * changes: without this, lowering a slider would leave the frames to come stuck behind the old ones. Returns when
   * the last of them will have been sent.
   */
  retime(now: number, delay: number, sending: (frame: Uint8Array) => number): number {
    this.waiting(now)
    let busy = now
    const travels = new Map<Passage, number>()
    for (const passage of this.#all()) {
      travels.set(passage, passage.arrival - passage.end)
      const { start, end } = passage
      if (start > now || end <= now) continue
      // What is left of it goes at the new rate: at 1 bit/s the rest of a frame would take hours.
      const whole = sending(passage.bytes)
      passage.end = now + whole * ((end - now) / (end - start))
      passage.start = passage.end - whole
      busy = Math.max(busy, passage.end)
    }
    for (const passage of this.#unsent) {
      passage.start = busy
      busy += sending(passage.bytes)
      passage.end = busy
    }
    let latest = now
    for (const passage of this.#line) {
      const travel = Math.min(travels.get(passage) ?? 0, delay)
      latest = Math.max(latest, passage.end + travel)
      passage.arrival = latest
    }
    this.#latest = latest
    const aside = this.#aside.clear()
    for (const passage of aside) {
      passage.arrival = Math.max(now, passage.end + (travels.get(passage) ?? 0))
      this.#aside.push(passage)
    }
    return busy
  }

  clear(): void {
    this.#line.clear()
    this.#unsent.clear()
    this.#aside.clear()
    this.#bytes = 0
  }

  *#all(): Iterable<Passage> {
    yield* this.#line
    yield* this.#aside
  }
}
