/**
 * What one side has sent and the other has not acknowledged, oldest first. Segments come, and are acknowledged, in
 * order nearly always: then an ACK costs what it takes off, however long the flight is. While a repeated segment is
 * among them, each ACK walks them all.
 */

/** As Wireshark's TCP_MAX_UNACKED_SEGMENTS: a capture of one direction only never sees an ACK. */
const MOST = 10_000
/** What each side may hold in any case; beyond that it takes of what all share. */
const OWN = 64
/** Numbers an entry takes: its packet, its first sequence number, the one behind its last, and when. */
const WIDTH = 4
/** Entries that may stand empty before those in use move to the front. */
const SLACK = 64

/** Bounds what awaits its ACK, in segments, over all connections of a trace. */
export class FlightBudget {
  taken = 0
  readonly limit: number
  constructor(limit: number) {
    this.limit = limit
  }
}

/** Sequence numbers are 32 bits, signed, so that they compare by their difference (RFC 9293 §3.4). */
export class Unacknowledged {
  /** A flat list: no object a segment. */
  readonly #entries: number[] = []
  #first = 0
  #end = 0
  readonly #budget: FlightBudget
  #room = OWN
  /** Each begins where the one before ended, or behind that. */
  #inOrder = true
  /** Of the segment that the last `acknowledge` met exactly: its packet, 0 for none, and when it was seen. */
  metFrame = 0
  metNanos = 0

  constructor(budget: FlightBudget) {
    this.#budget = budget
  }

  get size(): number {
    return (this.#end - this.#first) / WIDTH
  }

  get full(): boolean {
    return this.#end - this.#first >= this.#room * WIDTH && !this.#widen()
  }

  /** Gives back what it took of the budget; nothing is asked of it any more. */
  close(): void {
    this.#budget.taken -= this.#room - OWN
    this.#room = OWN
  }

  /** Makes room for as many again; false where there is none. */
  #widen(): boolean {
    const more = Math.min(this.#room, MOST - this.#room)
    if (more === 0 || this.#budget.taken + more > this.#budget.limit) return false
    this.#budget.taken += more
    this.#room += more
    return true
  }

  get oldestFrame(): number {
    return this.#entries[this.#first] ?? 0
  }

  get oldestNanos(): number {
    return this.#entries[this.#first + 3] ?? 0
  }

  push(frame: number, start: number, next: number, nanos: number): void {
    const entries = this.#entries
    const end = this.#end
    if (end > this.#first && this.#inOrder) this.#inOrder = ((start - (entries[end - 2] ?? 0)) | 0) >= 0
    entries[end] = frame
    entries[end + 1] = start
    entries[end + 2] = next
    entries[end + 3] = nanos
    this.#end = end + WIDTH
  }

  /** Takes off what ends at `ack` or before it, and shortens what `ack` cuts. */
  acknowledge(ack: number): void {
    this.metFrame = 0
    if (this.#end === this.#first) return
    if (!this.#inOrder) {
      this.#walk(ack)
      return
    }
    const entries = this.#entries
    let at = this.#first
    for (; at < this.#end; at += WIDTH) {
      const beyond = ((entries[at + 2] ?? 0) - ack) | 0
      if (beyond > 0) {
        if (((ack - (entries[at + 1] ?? 0)) | 0) > 0) entries[at + 1] = ack
        break
      }
      if (beyond === 0) this.#meet(at)
    }
    this.#first = at
    if (at === this.#end) this.#first = this.#end = 0
    else if (at > SLACK * WIDTH && at * 2 > this.#end) this.#moveToFront()
  }

  /** From the lowest sequence number to the highest, as counted from `base`: what lies before that is far ahead. */
  span(base: number): number {
    const entries = this.#entries
    let first = ((entries[this.#first + 1] ?? 0) - base) >>> 0
    let last = ((entries[this.#end - 2] ?? 0) - base) >>> 0
    if (this.#inOrder && first <= last) return (last - first) >>> 0
    for (let at = this.#first; at < this.#end; at += WIDTH) {
      const start = ((entries[at + 1] ?? 0) - base) >>> 0
      const next = ((entries[at + 2] ?? 0) - base) >>> 0
      if (start < first) first = start
      if (next > last) last = next
    }
    return (last - first) >>> 0
  }

  /** The oldest counts where several end at the same number. */
  #meet(at: number): void {
    if (this.metFrame !== 0) return
    this.metFrame = this.#entries[at] ?? 0
    this.metNanos = this.#entries[at + 3] ?? 0
  }

  #walk(ack: number): void {
    const entries = this.#entries
    let kept = 0
    this.#inOrder = true
    for (let at = this.#first; at < this.#end; at += WIDTH) {
      const next = entries[at + 2] ?? 0
      const beyond = (next - ack) | 0
      if (beyond === 0) this.#meet(at)
      if (beyond <= 0) continue
      const start = entries[at + 1] ?? 0
      const from = ((ack - start) | 0) > 0 ? ack : start
      if (kept > 0 && ((from - (entries[kept - 2] ?? 0)) | 0) < 0) this.#inOrder = false
      entries[kept] = entries[at] ?? 0
      entries[kept + 1] = from
      entries[kept + 2] = next
      entries[kept + 3] = entries[at + 3] ?? 0
      kept += WIDTH
    }
    this.#first = 0
    this.#end = kept
  }

  #moveToFront(): void {
    this.#entries.copyWithin(0, this.#first, this.#end)
    this.#end -= this.#first
    this.#first = 0
  }
}
