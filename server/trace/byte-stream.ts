/** One direction of a TCP connection: puts its bytes in order, each once, the first copy winning. */

/** Bytes of the stream that travelled together; `number` 0 marks bytes that the capture does not hold. */
export interface Run {
  readonly number: number
  /** Into `bytes`, or else the packet's frame. */
  readonly offset: number
  readonly length: number
  readonly bytes?: Uint8Array | undefined
}

interface Waiting {
  readonly start: number
  readonly run: Run
}

/** Bounds what waits behind gaps, over all streams of a trace. */
export class WaitingBudget {
  count = 0
  readonly limit: number
  constructor(limit = 65_536) {
    this.limit = limit
  }
}

/** A window is at most 1 GiB (RFC 7323 §2.3): what claims to lie further ahead is not of this stream. */
const FARTHEST = 2 ** 30
/** What may wait behind a gap before the gap is taken for lost. */
const MAX_WAITING_BYTES = 1 << 20
const MAX_WAITING_RUNS = 1024

export class ByteStream {
  /** Position of the next byte in order; -1 before there was any. */
  next = -1
  readonly #waiting: Waiting[] = []
  #waitingBytes = 0
  readonly #budget: WaitingBudget
  readonly #deliver: (run: Run) => void

  /** `deliver` gets every run once, in order, gaps included. */
  constructor(budget: WaitingBudget, deliver: (run: Run) => void) {
    this.#budget = budget
    this.#deliver = deliver
  }

  /** Position of the first byte that came too early; -1 when none waits. */
  get waitingFrom(): number {
    return this.#waiting[0]?.start ?? -1
  }

  accept(start: number, run: Run): void {
    if (this.next < 0) this.next = start
    const end = start + run.length
    if (end <= this.next || start - this.next > FARTHEST) return
    if (start <= this.next && this.#waiting.length === 0) {
      this.#deliver(start === this.next ? run : part(run, this.next - start, run.length))
      this.next = end
      return
    }
    this.#keep(start, run)
    this.#drain()
    while (
      this.#waitingBytes > MAX_WAITING_BYTES ||
      this.#waiting.length > MAX_WAITING_RUNS ||
      (this.#waiting.length > 0 && this.#budget.count > this.#budget.limit)
    ) {
      this.#lose()
    }
  }

  /**
   * The other side has acknowledged everything below `acknowledged`: bytes missing there have arrived and were
   * only not captured, so nobody will send them again.
   */
  acknowledgedTo(acknowledged: number): void {
    while (this.#waiting.length > 0 && this.waitingFrom <= acknowledged) this.#lose()
  }

  /** The bytes up to `start` were acknowledged before a segment that begins there: they are lost to the capture. */
  skipTo(start: number): void {
    if (this.next < 0 || start <= this.next) return
    this.#deliver({ number: 0, offset: 0, length: start - this.next })
    this.next = start
    this.#drain()
  }

  /** No more will come in order: gives out what waits, with its gaps. */
  end(): void {
    while (this.#waiting.length > 0) this.#lose()
  }

  /** Gives up the first gap. */
  #lose(): void {
    this.skipTo(this.waitingFrom)
    this.#drain()
  }

  /** Keeps the parts of a run that are neither delivered nor already waiting. */
  #keep(start: number, run: Run): void {
    let from = Math.max(start, this.next)
    const end = start + run.length
    let at = this.#firstEndingAfter(from)
    while (from < end) {
      const other = this.#waiting[at]
      const until = other === undefined ? end : Math.min(end, other.start)
      if (until > from) {
        this.#waiting.splice(at, 0, { start: from, run: part(run, from - start, until - start) })
        this.#waitingBytes += until - from
        this.#budget.count++
        at++
      }
      if (other === undefined) return
      from = Math.max(from, other.start + other.run.length)
      at++
    }
  }

  #firstEndingAfter(from: number): number {
    let low = 0
    let high = this.#waiting.length
    while (low < high) {
      const middle = (low + high) >> 1
      const held = this.#waiting[middle]
      if (held !== undefined && held.start + held.run.length <= from) low = middle + 1
      else high = middle
    }
    return low
  }

  #drain(): void {
    let ready = 0
    for (const { start, run } of this.#waiting) {
      if (start > this.next) break
      ready++
      const end = start + run.length
      if (end <= this.next) continue
      this.#deliver(start === this.next ? run : part(run, this.next - start, run.length))
      this.next = end
    }
    if (ready === 0) return
    for (const { run } of this.#waiting.splice(0, ready)) this.#waitingBytes -= run.length
    this.#budget.count -= ready
  }
}

/** The bytes of a run from `from` to `to`, counted from its start. */
export function part(run: Run, from: number, to: number): Run {
  return { number: run.number, offset: run.offset + from, length: to - from, bytes: run.bytes }
}
