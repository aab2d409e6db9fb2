/** How much may be on the way: slow start and congestion avoidance, RFC 5681, counted in bytes (RFC 3465). */

/** RFC 3465 §2.3: one acknowledgment opens the window by no more than this many segments in slow start. */
const L = 2

export class Congestion {
  /** SMSS: the payload of a full segment. */
  mss: number
  cwnd: number
  ssthresh = Number.POSITIVE_INFINITY
  /** Bytes acknowledged in congestion avoidance since cwnd last grew (RFC 3465 §2.1). */
  #counted = 0

  constructor(mss: number, initialWindow: number) {
    this.mss = mss
    this.cwnd = initialWindow * mss
  }

  get slowStart(): boolean {
    return this.cwnd < this.ssthresh
  }

  /** RFC 6928 §2: ten segments, of an ordinary size; one if the SYN had to be sent again (RFC 5681 §3.1). */
  start(mss: number, initialWindow: number, synWasLost: boolean): void {
    this.mss = mss
    this.cwnd = mss * (synWasLost ? 1 : initialWindow)
  }

  /**
   * New data was acknowledged, `flight` bytes having been on the way before. The window grows only while it is what
   * limits the sender: one that the user never fills says nothing about the path (RFC 7661, RFC 2861).
   */
  acknowledged(bytes: number, flight: number): void {
    if (this.slowStart) {
      if (this.cwnd >= 2 * flight) return
      this.cwnd += Math.min(bytes, L * this.mss)
      return
    }
    if (flight + 2 * this.mss < this.cwnd) return
    // RFC 5681 §3.1: a segment for each window acknowledged.
    this.#counted += bytes
    if (this.#counted < this.cwnd) return
    this.#counted -= this.cwnd
    this.cwnd += this.mss
  }

  /** RFC 5681 §3.2 (2): a segment was lost with `flight` bytes on the way. */
  lost(flight: number): void {
    this.ssthresh = this.#half(flight)
    this.cwnd = this.ssthresh
    this.#counted = 0
  }

  /** RFC 5681 §3.1: nothing came back in time. Start again from one segment; `first`: not yet sent again after a timeout. */
  timedOut(flight: number, first: boolean): void {
    if (first) this.ssthresh = this.#half(flight)
    this.cwnd = this.mss
    this.#counted = 0
  }

  /** Equation 4; what limited transmit has sent beyond cwnd does not count (§3.2). */
  #half(flight: number): number {
    return Math.max(Math.min(flight, this.cwnd) / 2, 2 * this.mss)
  }

  /** RFC 5681 §4.1: after a pause longer than the RTO, nobody knows the path any more. */
  restart(initialWindow: number): void {
    this.cwnd = Math.min(this.cwnd, initialWindow * this.mss)
  }

  /** The loss was none: back to what was before. */
  undo(cwnd: number, ssthresh: number): void {
    this.cwnd = Math.max(this.cwnd, cwnd)
    this.ssthresh = Math.max(this.ssthresh, ssthresh)
  }
}
