/**
 * What is noteworthy about a segment: `tcp.analysis.*` by Wireshark 4.0's rules (User's Guide §7.5, TCP Analysis), so
 * that the words mean here what they mean there. Judged from what was captured, in that order. Each rule below bears
 * Wireshark's name for it.
 *
 * Sequence numbers are 32 bits, signed, so that they compare by their difference; 0 stands for none, as in Wireshark.
 */
import type { SegmentHeader } from '../protocols/conversation.ts'
import { ACK, FIN, PSH, RST, SYN } from '../protocols/tcp-segment.ts'
import {
  ACK_LOST_SEGMENT,
  ANALYSED,
  DUPLICATE_ACK,
  FAST_RETRANSMISSION,
  KEEP_ALIVE,
  KEEP_ALIVE_ACK,
  LOST_SEGMENT,
  OUT_OF_ORDER,
  RETRANSMISSION,
  SPURIOUS_RETRANSMISSION,
  WINDOW_FULL,
  WINDOW_UPDATE,
  ZERO_WINDOW,
  ZERO_WINDOW_PROBE,
  ZERO_WINDOW_PROBE_ACK,
} from './tcp-findings.ts'
import { type FlightBudget, Unacknowledged } from './unacknowledged.ts'
import { NOT_USED, UNKNOWN } from './window-scale.ts'

/** The packet that a finding refers to, and which duplicate it is, or the nanoseconds since the original. */
export interface FindingDetail {
  readonly frame: number
  readonly value: number
}

/** Where the verdict on a segment is written. */
export interface Verdict {
  /** Findings, or-ed. */
  found: number
  detail: FindingDetail | undefined
  /** The packet whose data this acknowledges exactly, 0 for none, and the nanoseconds since. */
  acksFrame: number
  ackNanos: number
  /** -1 where nothing is known of it. */
  inFlight: number
  pushed: number
}

const FAST_RETRANSMISSION_NS = 20_000_000
const OUT_OF_ORDER_NS = 3_000_000
/** Bytes that are never in flight. */
const ABSURD = 2_000_000_000
const UNUSUAL = SYN | FIN | RST

/** One direction, as its own segments have shown it. */
export class AnalysedSide {
  /** The number that its sequence numbers are counted from. */
  base = 0
  /** Behind the highest byte seen, and the packet and time of that. */
  next = 0
  #nextFrame = 0
  #nextNanos = 0
  /** Up to where everything was seen without a hole. */
  #contiguous = 0
  /** As its latest segment stated it; -1 before there was one. */
  #window = -1
  /** How its windows are shifted; see window-scale.ts. */
  scale = UNKNOWN
  /** The window it stated last was a SYN's, which is not scaled. */
  #unscaled = false
  #lastAck = 0
  #lastAckNanos = 0
  /** The packet that first said `#lastAck`, and how often it was repeated; -1 after one that acknowledged the unseen. */
  #lastFresh = 0
  #duplicates = 0
  /** Findings of its latest segment. */
  #lastFound = 0
  #flightKnown = true
  /** Bytes that have arrived behind a hole, as its latest segment said. */
  #sacked = 0
  #pushed = 0
  #pushedLast = false
  readonly #unacknowledged: Unacknowledged

  constructor(flights: FlightBudget) {
    this.#unacknowledged = new Unacknowledged(flights)
  }

  close(): void {
    this.#unacknowledged.close()
  }

  /**
   * Judges packet `number`, a segment of this side seen at `nanos`; `firstRtt` is the handshake's in nanoseconds, 0 where
   * it is not known.
   */
  analyse(
    number: number,
    nanos: number,
    header: SegmentHeader,
    other: AnalysedSide,
    firstRtt: number,
    verdict: Verdict,
  ): void {
    const { flags, window } = header
    const seq = header.seq | 0
    const ack = header.ack | 0
    const { length } = header.payload
    if (flags & ACK) other.#flightKnown = true
    this.#sacked = header.sacked

    // Zero window probe: the next byte, alone, into a closed window.
    if (length === 1 && seq === this.next && other.#window === 0) verdict.found |= ZERO_WINDOW_PROBE
    else this.#compare(seq, ack, length, window, flags, other, verdict)
    if (ack !== this.#lastAck) {
      this.#lastFresh = number
      this.#duplicates = 0
    }
    if (flags & ACK && other.#contiguous !== 0 && ((ack - other.#contiguous) | 0) > 0) {
      other.#acknowledgedUnseen(verdict)
    }
    if ((length > 0 || flags & (SYN | FIN)) && (verdict.found & KEEP_ALIVE) === 0) {
      this.#findRepetition(nanos, seq, length, flags, other, firstRtt, verdict)
    }
    this.#remember(number, nanos, seq, length, flags, verdict.found)
    this.#window = window
    if (flags & SYN) this.#unscaled = true
    else if (flags & ACK) this.#unscaled = false
    this.#lastAck = ack
    this.#lastAckNanos = nanos
    this.#lastFound = verdict.found
    other.#acknowledge(ack, nanos, verdict)
    if (length > 0) this.#measureFlight(length, flags, other, verdict)
  }

  /**
   * The SYN comes once more: what was seen beyond a hole may have been a RST, whose number is the other side's choice
   * (Wireshark issue 17616).
   */
  startAgain(verdict: Verdict): void {
    this.next = this.#contiguous
    verdict.found |= ANALYSED
  }

  /** Against what this side sent before. */
  #compare(
    seq: number,
    ack: number,
    length: number,
    window: number,
    flags: number,
    other: AnalysedSide,
    verdict: Verdict,
  ): void {
    // Lost packet: behind what was seen last; a RST may stand anywhere.
    if (this.next !== 0 && ((seq - this.next) | 0) > 0 && (flags & RST) === 0) {
      verdict.found |= LOST_SEGMENT
      this.#flightKnown = false
    }
    if (flags & UNUSUAL) return
    // Zero window.
    if (window === 0) verdict.found |= ZERO_WINDOW
    // Keep-alive: nothing, or one byte, just before the next.
    if (length <= 1 && seq === ((this.next - 1) | 0)) verdict.found |= KEEP_ALIVE
    if (length > 0) {
      // Window full: it ends where the window does, if that is known.
      if (other.scale !== UNKNOWN && ((seq + length) | 0) === other.#edge()) verdict.found |= WINDOW_FULL
      return
    }
    if (seq !== this.next || ack !== this.#lastAck) return
    if (window !== this.#window) {
      // Window update: nothing new but the window.
      if (window > 0) verdict.found |= WINDOW_UPDATE
    } else if (window === 0) {
      // Zero window probe ACK: the same again, after a probe.
      if (other.#lastFound & ZERO_WINDOW_PROBE) verdict.found |= ZERO_WINDOW_PROBE_ACK
    } else if (other.askedLast) {
      // Keep-alive ACK: the same again, after a keep-alive.
      verdict.found |= KEEP_ALIVE_ACK
    } else {
      // Duplicate ACK: the same again.
      this.#duplicates = this.#duplicates < 0 ? 1 : this.#duplicates + 1
      verdict.found |= DUPLICATE_ACK
      verdict.detail = { frame: this.#lastFresh, value: this.#duplicates }
    }
  }

  /** Its latest segment was a keep-alive. */
  get askedLast(): boolean {
    return (this.#lastFound & KEEP_ALIVE) !== 0
  }

  /** The sequence number behind the window that this side stated last. */
  #edge(): number {
    const shift = this.#unscaled || this.scale === NOT_USED ? 0 : this.scale
    return (this.#lastAck + (this.#window << shift)) | 0
  }

  /** ACKed lost packet: bytes of this side that the capture does not hold have arrived; said once for each hole. */
  #acknowledgedUnseen(verdict: Verdict): void {
    verdict.found |= ANALYSED
    if (((this.next - this.#contiguous) | 0) > 0) {
      this.#contiguous = this.next
      verdict.found |= ACK_LOST_SEGMENT
      return
    }
    if (this.#duplicates === 0) verdict.found |= ACK_LOST_SEGMENT
    this.#duplicates = -1
  }

  /** Retransmission, fast retransmission, spurious retransmission, out of order: what does not advance the stream. */
  #findRepetition(
    nanos: number,
    seq: number,
    length: number,
    flags: number,
    other: AnalysedSide,
    firstRtt: number,
    verdict: Verdict,
  ): void {
    const end = (seq + length) | 0
    if (length > 0 && other.#lastAck !== 0 && ((end - other.#lastAck) | 0) <= 0) {
      verdict.found |= SPURIOUS_RETRANSMISSION | RETRANSMISSION
      return
    }
    if (this.next === 0 || ((seq - this.next) | 0) >= 0) return
    // A zero window probe may have sent this segment's first byte.
    if (length > 1 && seq === ((this.next - 1) | 0)) return
    // Below 0 stands for an ACK of something unseen, which Wireshark takes for any number of duplicates.
    const wanted = (other.#duplicates >= 2 || other.#duplicates < 0) && other.#lastAck === seq
    if (wanted && isWithin(nanos - other.#lastAckNanos, FAST_RETRANSMISSION_NS)) {
      verdict.found |= FAST_RETRANSMISSION | RETRANSMISSION
      return
    }
    const reaches = (end + (flags & (SYN | FIN) ? 1 : 0)) | 0
    if (isWithin(nanos - this.#nextNanos, firstRtt || OUT_OF_ORDER_NS) && this.next !== reaches) {
      verdict.found |= OUT_OF_ORDER
      return
    }
    // The oldest that awaits its ACK is likely the one that is repeated.
    const waiting = this.#unacknowledged
    const known = waiting.size > 0
    verdict.found |= RETRANSMISSION
    verdict.detail = {
      frame: known ? waiting.oldestFrame : this.#nextFrame,
      value: nanos - (known ? waiting.oldestNanos : this.#nextNanos),
    }
  }

  #remember(number: number, nanos: number, seq: number, length: number, flags: number, found: number): void {
    let next = (seq + length) | 0
    if ((length > 0 || flags & (SYN | FIN)) && !this.#unacknowledged.full) {
      if (flags & (SYN | FIN)) next = (next + 1) | 0
      this.#unacknowledged.push(number, seq, next, nanos)
    }
    if (found & ZERO_WINDOW_PROBE) return
    if (this.next === 0 || ((next - this.next) | 0) > 0) {
      this.next = next
      this.#nextFrame = number
      this.#nextNanos = nanos
    }
    if (this.#contiguous === 0 || seq === this.#contiguous) this.#contiguous = this.next
  }

  /** Takes the ACK of the other side. */
  #acknowledge(ack: number, nanos: number, verdict: Verdict): void {
    const list = this.#unacknowledged
    list.acknowledge(ack)
    if (list.metFrame === 0) return
    verdict.found |= ANALYSED
    verdict.acksFrame = list.metFrame
    verdict.ackNanos = nanos - list.metNanos
  }

  /** Bytes in flight, and those since the last push. */
  #measureFlight(length: number, flags: number, other: AnalysedSide, verdict: Verdict): void {
    if (!this.#flightKnown || this.#unacknowledged.size === 0) return
    this.#pushed = this.#pushedLast ? length : this.#pushed + length
    this.#pushedLast = (flags & PSH) !== 0
    verdict.found |= ANALYSED
    const inFlight = this.#unacknowledged.span(this.base) - other.#sacked
    if (inFlight <= 0 || inFlight >= ABSURD) return
    verdict.inFlight = flags & (SYN | FIN) ? inFlight - 1 : inFlight
    verdict.pushed = this.#pushed
  }
}

/** Not so where the clock went back between the two, as in captures whose packets are out of order: as Wireshark has it. */
function isWithin(nanos: number, limit: number): boolean {
  return nanos >= 0 && nanos < limit
}
