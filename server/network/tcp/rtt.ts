/** The round trip and the retransmission timeout, RFC 6298. Everything in milliseconds. */
import type { Settings } from './options.ts'

const ALPHA = 1 / 8
const BETA = 1 / 4
const K = 4
const RTO_AFTER_LOST_SYN_MS = 3000

export class Rtt {
  readonly #settings: Settings
  /** Undefined before the first measurement. */
  srtt: number | undefined
  rttvar: number | undefined
  /** With what backing off has made of it. */
  rto: number
  /** Timeouts since the last acknowledgment of something new (RFC 6298 §5.5). */
  backoffs = 0

  constructor(settings: Settings) {
    this.#settings = settings
    this.rto = settings.initialRtoMs
  }

  /**
   * RFC 6298 §2. `rtt` is never that of a segment sent twice, unless a timestamp says which of the two was answered
   * (§3, Karn's algorithm).
   */
  measured(rtt: number): void {
    if (this.srtt === undefined || this.rttvar === undefined) {
      this.srtt = rtt
      this.rttvar = rtt / 2
    } else {
      this.rttvar = (1 - BETA) * this.rttvar + BETA * Math.abs(this.srtt - rtt)
      this.srtt = (1 - ALPHA) * this.srtt + ALPHA * rtt
    }
    this.backoffs = 0
    this.#compute()
  }

  /**
   * RFC 6298 §2.3, with Linux's floor: not one second for the whole RTO (§2.4) but 200 ms for what is added to SRTT, so
   * that a peer that delays its acknowledgments, or jitter after a long calm, does not look like a loss.
   */
  #compute(): void {
    const { minRtoMs, maxRtoMs, initialRtoMs } = this.#settings
    const plain =
      this.srtt === undefined || this.rttvar === undefined
        ? initialRtoMs
        : this.srtt + Math.max(minRtoMs, K * this.rttvar)
    this.rto = Math.min(maxRtoMs, plain * 2 ** this.backoffs)
  }

  /** The timer has run out: twice as long next time (RFC 6298 §5.5), up to the maximum (§2.5). */
  backOff(): void {
    this.backoffs++
    this.rto = Math.min(this.#settings.maxRtoMs, this.rto * 2)
  }

  /** RFC 6298 §5.7: the SYN had to be sent again, and nothing could be measured: three seconds to begin with. */
  synWasLost(): void {
    this.backoffs = 0
    this.rto = Math.max(this.#settings.initialRtoMs, RTO_AFTER_LOST_SYN_MS)
  }
}
