/**
 * The segments that were sent and not acknowledged, in order, and what is believed of each: the retransmission queue of
 * RFC 9293 and the scoreboard of RFC 6675 §3 in one. A ring of columns: sending a segment makes no object.
 */

/** The peer has said that it has it (SACK). */
export const SACKED = 1
/** Believed to be lost. */
export const LOST = 2
/** Sent again since, and that copy believed to be on the way. */
export const RETRANSMITTED = 4
/** Ever sent again: its round trip is ambiguous (Karn). */
export const SENT_AGAIN = 8

const FIRST_SIZE = 16

/** Told of each segment when it is first known to have arrived. */
export interface Arrivals {
  delivered(sentAt: number, end: number, sentAgain: boolean): void
}

export class Scoreboard {
  #size = FIRST_SIZE
  #head = 0
  #starts = new Float64Array(FIRST_SIZE)
  #ends = new Float64Array(FIRST_SIZE)
  #sentAt = new Float64Array(FIRST_SIZE)
  #marks = new Uint8Array(FIRST_SIZE)
  /** Segments in here; they are numbered from 0, the oldest. */
  count = 0
  /** Bytes (sequence numbers) of those with the mark; a SACKED one has no other. */
  sackedBytes = 0
  lostBytes = 0
  retransmittedBytes = 0
  sackedSegments = 0
  /** Bytes that are lost and not sent again yet. */
  missingBytes = 0
  /**
   * When the oldest segment of the last `acknowledge` had been sent; -1 if one of them was sent twice. What arrived long
   * ago behind a gap, the report of it lost, is acknowledged only with the gap: its time would measure the repair.
   */
  cleanSentAt = -1
  /** When the last of those sent twice was sent the last time; -1 if there was none. */
  againSentAt = -1

  start(i: number): number {
    return this.#starts[this.#slot(i)] ?? 0
  }
  end(i: number): number {
    return this.#ends[this.#slot(i)] ?? 0
  }
  sentAt(i: number): number {
    return this.#sentAt[this.#slot(i)] ?? 0
  }
  marks(i: number): number {
    return this.#marks[this.#slot(i)] ?? 0
  }

  /** RFC 6675 §4's Pipe, of `outstanding` bytes: those neither arrived nor lost, and those sent again. */
  pipe(outstanding: number): number {
    return outstanding - this.sackedBytes - this.lostBytes + this.retransmittedBytes
  }

  append(start: number, end: number, now: number, marks = 0): void {
    if (this.count === this.#size) this.#grow()
    const slot = this.#slot(this.count++)
    this.#starts[slot] = start
    this.#ends[slot] = end
    this.#sentAt[slot] = now
    this.#marks[slot] = marks
  }

  /** Everything before `una` has arrived. */
  acknowledge(una: number, arrivals: Arrivals): void {
    this.cleanSentAt = -1
    this.againSentAt = -1
    while (this.count > 0) {
      const slot = this.#head
      const start = this.#starts[slot] ?? 0
      const end = this.#ends[slot] ?? 0
      const marks = this.#marks[slot] ?? 0
      if (end > una) {
        if (start < una) {
          this.#account(marks, -(una - start), 0)
          this.#starts[slot] = una
        }
        break
      }
      if ((marks & SACKED) === 0) {
        const sentAt = this.#sentAt[slot] ?? 0
        if (marks & SENT_AGAIN) this.againSentAt = Math.max(this.againSentAt, sentAt)
        else if (this.cleanSentAt < 0) this.cleanSentAt = sentAt
        arrivals.delivered(sentAt, end, (marks & SENT_AGAIN) !== 0)
      }
      if (marks !== 0) this.#account(marks, -(end - start), -1)
      this.#head = (slot + 1) & (this.#size - 1)
      this.count--
    }
    if (this.againSentAt >= 0) this.cleanSentAt = -1
  }

  /** The peer has what lies from `left` to `right`; returns how many bytes of that are news. */
  sack(left: number, right: number, arrivals: Arrivals): number {
    let news = 0
    for (let i = this.find(left); i < this.count; i++) {
      const slot = this.#slot(i)
      const end = this.#ends[slot] ?? 0
      if (end > right) break
      const marks = this.#marks[slot] ?? 0
      if ((this.#starts[slot] ?? 0) < left || marks & SACKED) continue
      arrivals.delivered(this.#sentAt[slot] ?? 0, end, (marks & SENT_AGAIN) !== 0)
      this.#setMarks(i, (marks & SENT_AGAIN) | SACKED)
      news += end - (this.#starts[slot] ?? 0)
    }
    return news
  }

  /** The segment that holds the position; `count` if none does. */
  find(position: number): number {
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.end(middle) <= position) low = middle + 1
      else high = middle
    }
    return low
  }

  markLost(i: number): void {
    this.#setMarks(i, (this.marks(i) & SENT_AGAIN) | LOST)
  }

  /** It has just been sent again. */
  sentAgain(i: number, now: number): void {
    this.#sentAt[this.#slot(i)] = now
    this.#setMarks(i, this.marks(i) | RETRANSMITTED | SENT_AGAIN)
  }

  /** The first segment that is lost and not sent again since; `count` if there is none. */
  firstMissing(): number {
    if (this.missingBytes === 0) return this.count
    let i = 0
    while (i < this.count && (this.marks(i) & (LOST | RETRANSMITTED)) !== LOST) i++
    return i
  }

  /** The segment, cut in two at `position`: a window may have become smaller than what was sent. */
  split(i: number, position: number): void {
    this.append(0, 0, 0)
    for (let j = this.count - 1; j > i + 1; j--) {
      const to = this.#slot(j)
      const from = this.#slot(j - 1)
      this.#starts[to] = this.#starts[from] ?? 0
      this.#ends[to] = this.#ends[from] ?? 0
      this.#sentAt[to] = this.#sentAt[from] ?? 0
      this.#marks[to] = this.#marks[from] ?? 0
    }
    const left = this.#slot(i)
    const right = this.#slot(i + 1)
    this.#starts[right] = position
    this.#ends[right] = this.#ends[left] ?? 0
    this.#ends[left] = position
    this.#sentAt[right] = this.#sentAt[left] ?? 0
    this.#marks[right] = this.#marks[left] ?? 0
    if (this.marks(i) & SACKED) this.sackedSegments++
  }

  /** Nothing is believed lost any more: it was late, not lost. */
  forgetLosses(): void {
    for (let i = 0; i < this.count; i++) {
      const marks = this.marks(i)
      if (marks & LOST) this.#setMarks(i, marks & ~LOST)
    }
  }

  /** The peer has thrown away what it had (RFC 2018 §8): nothing counts as arrived. */
  forgetSacks(): void {
    for (let i = 0; i < this.count; i++) {
      const marks = this.marks(i)
      if (marks & SACKED) this.#setMarks(i, marks & ~SACKED)
    }
  }

  clear(): void {
    this.count = 0
    this.#head = 0
    this.sackedBytes = 0
    this.lostBytes = 0
    this.retransmittedBytes = 0
    this.sackedSegments = 0
    this.missingBytes = 0
    if (this.#size > FIRST_SIZE) this.#resize(FIRST_SIZE)
  }

  #slot(i: number): number {
    return (this.#head + i) & (this.#size - 1)
  }

  #setMarks(i: number, marks: number): void {
    const slot = this.#slot(i)
    const length = (this.#ends[slot] ?? 0) - (this.#starts[slot] ?? 0)
    this.#account(this.#marks[slot] ?? 0, -length, -1)
    this.#marks[slot] = marks
    this.#account(marks, length, 1)
  }

  #account(marks: number, bytes: number, segments: number): void {
    if (marks & SACKED) {
      this.sackedBytes += bytes
      this.sackedSegments += segments
    }
    if (marks & LOST) this.lostBytes += bytes
    if (marks & RETRANSMITTED) this.retransmittedBytes += bytes
    if ((marks & (LOST | RETRANSMITTED)) === LOST) this.missingBytes += bytes
  }

  #grow(): void {
    this.#resize(this.#size * 2)
  }

  #resize(size: number): void {
    const starts = new Float64Array(size)
    const ends = new Float64Array(size)
    const sentAt = new Float64Array(size)
    const marks = new Uint8Array(size)
    for (let i = 0; i < this.count; i++) {
      starts[i] = this.start(i)
      ends[i] = this.end(i)
      sentAt[i] = this.sentAt(i)
      marks[i] = this.marks(i)
    }
    this.#starts = starts
    this.#ends = ends
    this.#sentAt = sentAt
    this.#marks = marks
    this.#head = 0
    this.#size = size
  }
}
