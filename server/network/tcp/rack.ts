/**
 * RACK, RFC 8985 §6: a segment is lost when one that was sent sufficiently later has arrived. Time decides, not the
 * count of duplicate acknowledgments, so a lost retransmission is noticed too, and segments that merely overtake each
 * other are not taken for losses once that has been seen. Needs SACK. Times in milliseconds.
 */
import type { Rtt } from './rtt.ts'
import { LOST, RETRANSMITTED, SACKED, type Scoreboard, SENT_AGAIN } from './scoreboard.ts'

/** §6.2 step 4: recoveries for which a widened reordering window stays. */
const PERSISTENCE = 16
/** The duplicate acknowledgments that meant a loss before RACK (RFC 5681). */
const DUP_THRESH = 3
/** As in RFC 6298: what is learnt about lateness counts up to where the round trips themselves vary. */
const K = 4
/** For how long the smallest round trip counts: paths change. */
const MIN_RTT_WINDOW_MS = 300_000

export class Rack {
  /** Of the segment sent last among those that arrived: when it was sent, its end and its round trip. */
  #sentAt = -1
  #end = 0
  #rtt = 0
  /** The highest position that has arrived. */
  #fack = 0
  /** An original has arrived after one sent later: the path reorders. */
  reordering = false
  #multiplier = 1
  /** By how much an original has come later than one that was sent after it: the most seen. */
  #late = 0
  #persistence = PERSISTENCE
  /** Until this is acknowledged, further D-SACKs belong to the same round; -1 for none. */
  #dsackRound = -1
  /** The smallest round trip of late; Infinity before the first. */
  minRtt = Number.POSITIVE_INFINITY
  #minRttSince = 0
  /** Set for the acknowledgment that is being taken in: when it came, and when what it answers was sent (-1: unknown). */
  now = 0
  echoTime = -1
  /** When a segment that may only be late will count as lost; Infinity if none is in doubt. */
  doubtEnds = Number.POSITIVE_INFINITY

  /** §6.2 steps 1 to 3, for each segment that is acknowledged or sacked for the first time. */
  delivered(sentAt: number, end: number, sentAgain: boolean): void {
    const rtt = this.now - sentAt
    if (end > this.#fack) this.#fack = end
    else if (end < this.#fack && !sentAgain) this.reordering = true
    if (sentAgain) {
      // Was it the original that arrived? The echoed timestamp tells, or a round trip that can't be.
      if (this.echoTime >= 0 && this.echoTime < Math.floor(sentAt)) return
      if (rtt < this.minRtt) return
    } else this.#tookMinimum(rtt)
    if (!sentAfter(sentAt, end, this.#sentAt, this.#end)) {
      if (!sentAgain) this.wasLate(rtt)
      return
    }
    this.#sentAt = sentAt
    this.#end = end
    this.#rtt = rtt
  }

  /** §6.2 step 4: a segment was sent again for nothing; wait longer before the next. */
  duplicateReported(una: number, nxt: number): void {
    if (this.#dsackRound >= 0 && una < this.#dsackRound) return
    this.#dsackRound = nxt
    this.#multiplier++
    this.#persistence = PERSISTENCE
    this.reordering = true
  }

  /**
   * An original took `rtt` though one sent after it took less. The RFC widens the window only step by step, by D-SACKs; to
   * cover what has been seen already spares the steps.
   */
  wasLate(rtt: number): void {
    this.#late = Math.max(this.#late, rtt - this.#rtt)
  }

  /** A recovery is over. */
  recovered(): void {
    if (--this.#persistence > 0) return
    this.#persistence = PERSISTENCE
    this.#multiplier = 1
    this.#late = 0
  }

  /** §6.2 step 4: how much later than expected is still not lost. */
  reorderingWindow({ srtt = 0, rttvar = 0 }: Rtt, recovering: boolean, sackedSegments: number): number {
    if (!this.reordering && (recovering || sackedSegments >= DUP_THRESH)) return 0
    if (this.minRtt === Number.POSITIVE_INFINITY) return 0
    const byRfc = Math.min((this.#multiplier * this.minRtt) / 4, srtt)
    return Math.max(byRfc, Math.min(this.#late, srtt + K * rttvar))
  }

  /** §6.2 step 5: marks what is lost and returns how many bytes that was; sets `doubtEnds`. */
  detect(board: Scoreboard, window: number): number {
    this.doubtEnds = Number.POSITIVE_INFINITY
    let lost = 0
    for (let i = 0; i < board.count; i++) {
      const marks = board.marks(i)
      const sentAt = board.sentAt(i)
      // In order of position they were sent in order of time, but for those sent again.
      if (!(marks & SENT_AGAIN) && sentAt > this.#sentAt) break
      if (marks & SACKED || (marks & (LOST | RETRANSMITTED)) === LOST) continue
      if (!sentAfter(this.#sentAt, this.#end, sentAt, board.end(i))) continue
      const due = sentAt + this.#rtt + window
      if (due <= this.now) {
        board.markLost(i)
        lost += board.end(i) - board.start(i)
      } else this.doubtEnds = Math.min(this.doubtEnds, due)
    }
    return lost
  }

  /** §6.3: at a retransmission timeout, the first segment and all that are out for longer than a round trip. */
  timedOut(board: Scoreboard, window: number): void {
    for (let i = 0; i < board.count; i++) {
      if (board.marks(i) & SACKED) continue
      if (i === 0 || board.sentAt(i) + this.#rtt + window <= this.now) board.markLost(i)
    }
  }

  #tookMinimum(rtt: number): void {
    if (rtt > this.minRtt && this.now - this.#minRttSince < MIN_RTT_WINDOW_MS) return
    this.minRtt = rtt
    this.#minRttSince = this.now
  }
}

function sentAfter(time1: number, end1: number, time2: number, end2: number): boolean {
  return time1 > time2 || (time1 === time2 && end1 > end2)
}
