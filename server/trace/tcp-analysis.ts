/**
 * What is noteworthy about a segment: `tcp.analysis.*` by Wireshark 4.0's definitions (User's Guide §7.5, TCP
 * Analysis), so that the words mean here what they mean there. Judged from what was captured, in that order.
 */

export interface Segmented {
  readonly number: number
  readonly time: bigint
  /** Position of the segment's first sequence number. */
  readonly start: number
  /** Position acknowledged in the other direction; -1 without the ACK flag. */
  readonly ack: number
  /** Payload on the wire, without SYN and FIN. */
  readonly length: number
  /** As in the header, and the shift that goes with it: -1 when scaling is unknown, 0 when it is not in use. */
  readonly rawWindow: number
  readonly shift: number
  /** Bytes behind `ack` that its SACK blocks name. */
  readonly sacked: number
  readonly flags: {
    readonly syn: boolean
    readonly ack: boolean
    readonly fin: boolean
    readonly rst: boolean
    readonly psh: boolean
  }
}

export interface Finding {
  /** Behind `tcp.analysis.`. */
  readonly name: string
  /** The packet it refers to. */
  readonly frame?: number
  /** For `duplicate_ack` the how manieth, for `retransmission` the seconds since the original. */
  readonly value?: number
}

export interface Analysis {
  readonly found: readonly Finding[]
  /** The segment that this one acknowledges exactly, and the seconds since. */
  readonly acks: { readonly frame: number; readonly rtt: number } | undefined
  /** Bytes sent and not acknowledged, this segment's included; undefined without payload. */
  readonly bytesInFlight: number | undefined
  readonly pushBytesSent: number | undefined
}

interface Unacknowledged {
  readonly frame: number
  readonly time: bigint
  start: number
  readonly next: number
}

/** A capture of one direction only never sees an ACK. */
const MAX_UNACKNOWLEDGED = 1000
const FAST_RETRANSMISSION_NS = 20_000_000n
const OUT_OF_ORDER_NS = 3_000_000n

/** One direction, as its own segments have shown it; positions are -1 before there was one. */
export class AnalysedSide {
  /** Behind the highest byte seen, and the packet and time of that. */
  next = -1
  nextFrame = 0
  nextTime = 0n
  /** Up to where everything was seen without a hole. */
  #contiguous = -1
  window = -1
  shift = -1
  lastAck = -1
  lastAckTime = 0n
  lastFresh = 0
  duplicates = 0
  lastWas: 'keep_alive' | 'zero_window_probe' | 'other' = 'other'
  #inFlightKnown = true
  /** Bytes that have arrived behind a hole, as the other side's latest ACK said. */
  #sacked = 0
  #pushed = 0
  #pushedLast = false
  readonly unacknowledged: Unacknowledged[] = []

  /** Judges a segment of this side; `firstRtt` is the handshake's, in nanoseconds. */
  analyse(segment: Segmented, other: AnalysedSide, firstRtt: bigint | undefined): Analysis {
    const found: Finding[] = []
    if (segment.flags.ack) other.#inFlightKnown = true
    const probe = segment.length === 1 && segment.start === this.next && other.window === 0
    if (probe) found.push({ name: 'zero_window_probe' })
    else this.#compare(segment, other, found)
    if (segment.ack !== this.lastAck) {
      this.lastFresh = segment.number
      this.duplicates = 0
    }
    if (segment.flags.ack) this.#acknowledgesUnseen(segment, other, found)
    const { syn, fin } = segment.flags
    const keepAlive = found.some(({ name }) => name === 'keep_alive')
    if ((segment.length > 0 || syn || fin) && !keepAlive) {
      found.push(...this.#repeated(segment, other, firstRtt))
    }
    this.#remember(segment, probe)
    this.lastWas = keepAlive ? 'keep_alive' : probe ? 'zero_window_probe' : 'other'
    const acks = segment.flags.ack ? other.#acknowledge(segment) : undefined
    if (segment.flags.ack) other.#sacked = segment.sacked
    const flight = segment.length > 0 ? this.#flight(segment) : undefined
    return {
      found: found.length === 0 ? NONE : found,
      acks,
      bytesInFlight: flight?.inFlight,
      pushBytesSent: flight?.pushed,
    }
  }

  /** Against what this side sent before. */
  #compare(segment: Segmented, other: AnalysedSide, found: Finding[]): void {
    const { start, ack, length, rawWindow, flags } = segment
    const ordinary = !flags.syn && !flags.fin && !flags.rst
    if (rawWindow === 0 && ordinary) found.push({ name: 'zero_window' })
    if (this.next >= 0 && start > this.next && !flags.rst) {
      found.push({ name: 'lost_segment' })
      this.#inFlightKnown = false
    }
    if (!ordinary) return
    if (length <= 1 && this.next >= 0 && start === this.next - 1) found.push({ name: 'keep_alive' })
    if (length > 0) {
      const edge = other.lastAck + other.window * 2 ** Math.max(0, other.shift)
      if (other.shift !== -1 && other.lastAck >= 0 && start + length === edge)
        found.push({ name: 'window_full' })
      return
    }
    if (start !== this.next || ack !== this.lastAck) return
    if (rawWindow !== this.window) {
      if (rawWindow > 0) found.push({ name: 'window_update' })
    } else if (rawWindow > 0 && other.lastWas === 'keep_alive') {
      found.push({ name: 'keep_alive_ack' })
    } else if (rawWindow === 0) {
      if (other.lastWas === 'zero_window_probe') found.push({ name: 'zero_window_probe_ack' })
    } else {
      this.duplicates = this.duplicates < 0 ? 1 : this.duplicates + 1
      found.push({ name: 'duplicate_ack', frame: this.lastFresh, value: this.duplicates })
    }
  }

  /** It acknowledges bytes that the capture does not hold; said once for each hole. */
  #acknowledgesUnseen(segment: Segmented, other: AnalysedSide, found: Finding[]): void {
    if (other.#contiguous < 0 || segment.ack <= other.#contiguous) return
    if (other.#contiguous < other.next) {
      other.#contiguous = other.next
      found.push({ name: 'ack_lost_segment' })
      return
    }
    if (other.duplicates === 0) found.push({ name: 'ack_lost_segment' })
    other.duplicates = -1
  }

  /** What it is when it does not advance the stream. The special retransmissions are retransmissions as well. */
  #repeated(segment: Segmented, other: AnalysedSide, firstRtt: bigint | undefined): readonly Finding[] {
    const { start, length, time, flags } = segment
    const end = start + length
    if (length > 0 && other.lastAck > 0 && end <= other.lastAck) return SPURIOUS
    if (this.next < 0 || start >= this.next) return NONE
    // A zero window probe may have sent this segment's first byte.
    if (length > 1 && start === this.next - 1) return NONE
    // Below 0 stands for an ACK of something unseen, which Wireshark takes for any number of duplicates.
    const wanted = (other.duplicates >= 2 || other.duplicates < 0) && other.lastAck === start
    if (wanted && time - other.lastAckTime < FAST_RETRANSMISSION_NS) return FAST
    const reaches = end + (flags.syn || flags.fin ? 1 : 0)
    if (time - this.nextTime < (firstRtt ?? OUT_OF_ORDER_NS) && this.next !== reaches) return OUT_OF_ORDER
    const [oldest] = this.unacknowledged
    const original = oldest ?? { frame: this.nextFrame, time: this.nextTime }
    return [{ name: 'retransmission', frame: original.frame, value: Number(time - original.time) / 1e9 }]
  }

  #remember(segment: Segmented, probe: boolean): void {
    const { start, length, number: frame, time, flags } = segment
    const counted = flags.syn || flags.fin ? 1 : 0
    let next = start + length
    if ((length > 0 || counted > 0) && this.unacknowledged.length < MAX_UNACKNOWLEDGED) {
      next += counted
      this.unacknowledged.push({ frame, time, start, next })
    }
    if (!probe) {
      if (next > this.next) {
        this.next = next
        this.nextFrame = frame
        this.nextTime = time
      }
      if (this.#contiguous < 0 || start === this.#contiguous) this.#contiguous = this.next
    }
    this.window = segment.rawWindow
    this.shift = segment.shift
    this.lastAck = segment.ack
    this.lastAckTime = time
  }

  /** Takes the ACK of the other side: forgets what it covers, and finds the segment that it answers. */
  #acknowledge(segment: Segmented): { frame: number; rtt: number } | undefined {
    const { ack, time } = segment
    const list = this.unacknowledged
    let answered: Unacknowledged | undefined
    let kept = 0
    for (const sent of list) {
      if (sent.next === ack) {
        answered ??= sent
        continue
      }
      if (sent.next < ack) continue
      if (ack > sent.start) sent.start = ack
      list[kept++] = sent
    }
    list.length = kept
    return answered && { frame: answered.frame, rtt: Number(time - answered.time) / 1e9 }
  }

  #flight(segment: Segmented): { inFlight: number | undefined; pushed: number } | undefined {
    const [oldest] = this.unacknowledged
    if (!this.#inFlightKnown || oldest === undefined) return undefined
    let first = oldest.start
    let last = oldest.next
    for (const { start, next } of this.unacknowledged) {
      if (start < first) first = start
      if (next > last) last = next
    }
    const { psh, syn, fin } = segment.flags
    this.#pushed = this.#pushedLast ? segment.length : this.#pushed + segment.length
    this.#pushedLast = psh
    const inFlight = last - first - this.#sacked - (syn || fin ? 1 : 0)
    return { inFlight: inFlight > 0 ? inFlight : undefined, pushed: this.#pushed }
  }
}

const NONE: readonly Finding[] = []
const SPURIOUS: readonly Finding[] = [{ name: 'spurious_retransmission' }, { name: 'retransmission' }]
const FAST: readonly Finding[] = [{ name: 'fast_retransmission' }, { name: 'retransmission' }]
const OUT_OF_ORDER: readonly Finding[] = [{ name: 'out_of_order' }]
