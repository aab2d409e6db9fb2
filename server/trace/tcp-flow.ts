/** One TCP connection as the wire shows it: both directions' bytes in order, their analysis, their messages. */
import type {
  Endpoint,
  Flow,
  Message,
  SeenMoment,
  SeenPacket,
  SegmentHeader,
} from '../protocols/conversation.ts'
import { FlowBeats } from '../protocols/flow-beats.ts'
import type { StreamProtocol } from '../protocols/protocol.ts'
import { ACK, FIN, RST, SYN } from '../protocols/tcp-segment.ts'
import { AccurateEcn } from './accurate-ecn.ts'
import { begunWith, completedBy, SYN_SEEN } from './completeness.ts'
import { Direction, type TcpContext } from './direction.ts'
import { OpenedStream } from './inner-flow.ts'
import { type Part, TcpSegment } from './seen-segment.ts'
import { position, relative } from './sequence.ts'
import type { AnalysedSide } from './tcp-analysis.ts'
import { KEEP_ALIVE, REUSED_PORTS } from './tcp-findings.ts'
import { learnScale, scaledWindow, UNKNOWN } from './window-scale.ts'

export type TcpState = 'opening' | 'open' | 'closing' | 'closed' | 'reset' | 'refused'

interface Live {
  readonly client: Direction
  readonly server: Direction
}

export class TcpFlow implements Flow {
  readonly transport = 'tcp'
  readonly index: number
  readonly id: string
  readonly client: Endpoint
  readonly server: Endpoint
  application: StreamProtocol | undefined
  whenEnding: Flow['whenEnding']
  beats: FlowBeats | undefined
  /** Seconds: the handshake's, or else the shortest measured. */
  rtt: number | null = null
  /** Nanoseconds from the latest SYN to the first ACK without one, as Wireshark has it; 0 while there is none. */
  #initialRtt = 0
  #synSeen = false
  /** When the latest SYN was seen, and the first and the latest segment, in nanoseconds by the flow's clock. */
  #synAt = 0
  #begun = 0
  #latest = 0
  /** Its first segment was seen. */
  #heard = false
  /** Where its clock stands at 0, if that is not the capture's first packet: too far from that to be exact. */
  #origin: bigint | undefined
  #completeness = 0
  /** What its first segment shows that Wireshark does not count before it reads the capture once more. */
  #shownFirst = 0
  #completenessBefore = 0
  closedByClient: boolean | undefined
  readonly #ecn = new AccurateEcn()
  #progress: TcpState = 'open'
  /** Opened anew between sockets that had a connection before. */
  readonly #reused: boolean
  readonly #context: TcpContext
  #state: Map<string, unknown> | undefined
  /** All that is only needed while it goes on: a flow that was dropped lives as long as its packets do. */
  #live: Live | undefined
  #opened: OpenedStream | undefined
  #held = 0
  #clientScale = UNKNOWN
  #serverScale = UNKNOWN
  #scalesChanged = false

  constructor(index: number, client: Endpoint, server: Endpoint, context: TcpContext, reused = false) {
    this.index = index
    this.id = `tcp.${index}`
    this.client = { address: client.address, port: client.port }
    this.server = { address: server.address, port: server.port }
    this.#reused = reused
    this.#context = context
  }

  get state(): Map<string, unknown> {
    this.#state ??= new Map()
    return this.#state
  }

  #sides(): Live {
    this.#live ??= {
      client: new Direction(this, true, this.#context),
      server: new Direction(this, false, this.#context),
    }
    return this.#live
  }

  get progress(): TcpState {
    return this.#progress
  }

  get over(): boolean {
    return this.#progress === 'closed' || this.#progress === 'reset' || this.#progress === 'refused'
  }

  get initialRtt(): number | undefined {
    return this.#initialRtt === 0 ? undefined : this.#initialRtt / 1e9
  }

  age(packet: SeenMoment): number {
    return this.#clock(packet) - this.#begun
  }

  get completeness(): number {
    return this.#completeness | this.#shownFirst
  }

  get completenessBefore(): number {
    return this.#completenessBefore
  }

  get accurateEcn(): boolean {
    return this.#ecn.agreed
  }

  firstSeq(fromClient: boolean): number | undefined {
    const side = fromClient ? this.#live?.client : this.#live?.server
    return side?.based ? side.base : undefined
  }

  /** How the windows of a side are shifted; see window-scale.ts. */
  scaleOf(fromClient: boolean): number {
    return fromClient ? this.#clientScale : this.#serverScale
  }

  isFromClient(source: Endpoint, destination: Endpoint): boolean {
    const { client, server } = this
    if (source.port !== client.port || source.address !== client.address) return false
    return destination.port === server.port && destination.address === server.address
  }

  /** Whether a SYN opens a connection anew rather than repeating this one's: by Wireshark's rule, another number. */
  isReopenedBy({ source, destination, flags, seq }: SegmentHeader): boolean {
    if ((flags & (SYN | ACK)) !== SYN) return false
    const { client, server } = this.#sides()
    const own = this.isFromClient(source, destination) ? client : server
    return own.based && own.base !== seq
  }

  /** Whether a SYN with that number belongs to this connection; true as well while that side's was not seen. */
  hasBegunWith(source: Endpoint, seq: number): boolean {
    const { client, server } = this.#sides()
    const fromClient = source.port === this.client.port && source.address === this.client.address
    const { base, based } = fromClient ? client : server
    return based ? base === seq : !fromClient
  }

  /** A segment that is known of and was not seen: its numbers, counted as this connection counts. Changes nothing. */
  glimpse(_packet: SeenPacket, header: SegmentHeader): TcpSegment {
    const fromClient = this.isFromClient(header.source, header.destination)
    const { client, server } = this.#sides()
    const [own, other] = fromClient ? [client, server] : [server, client]
    const { seq, ack, flags } = header
    const base = own.based ? own.base : flags & SYN ? seq : (seq - 1) >>> 0
    const relativeAck = flags & ACK ? (other.based ? relative(ack, other.base) : 1) : ack
    const window = scaledWindow(header, own.analysed.scale)
    return new TcpSegment(this, fromClient, relative(seq, base), relativeAck, window, 0)
  }

  /** Takes in a segment, in order of capture. */
  segment(
    packet: SeenPacket,
    header: SegmentHeader,
    fromClient = this.isFromClient(header.source, header.destination),
  ): TcpSegment {
    const { client, server } = this.#sides()
    const own = fromClient ? client : server
    const other = fromClient ? server : client
    const { seq, ack, flags, damaged } = header
    const { length } = header.payload
    const nanos = this.#clock(packet)

    if (this.#scalesChanged) this.#publishScales(client, server)
    let reused = !this.#heard && this.#reused
    let again = false
    if (!own.based) own.startAt(seq, flags)
    else if ((flags & (SYN | ACK)) === (SYN | ACK) && own.base !== seq) {
      // A SYN-ACK of another number: an answer to an attempt that this connection's SYNs did not make.
      own.startAnew(seq)
      reused = true
    } else if ((flags & (SYN | ACK)) === SYN) again = true
    if (flags & ACK && !other.based) other.startBefore(ack)

    const segment = new TcpSegment(
      this,
      fromClient,
      relative(seq, own.base),
      flags & ACK ? relative(ack, other.base) : ack,
      scaledWindow(header, own.analysed.scale),
      this.#heard ? nanos - this.#latest : 0,
    )
    if (reused) segment.found = REUSED_PORTS
    else if (again) own.analysed.startAgain(segment)
    own.analysed.analyse(packet.number, nanos, header, other.analysed, this.#initialRtt, segment)
    this.#beat(packet, segment, header, other.analysed)
    if (header.windowScale >= 0 || flags & SYN) {
      learnScale(own.analysed, other.analysed, header)
      this.#scalesChanged = true
    }
    if (flags & SYN || header.accurateEcn) this.#ecn.learn(flags, header.accurateEcn)
    if (flags & FIN) this.closedByClient ??= fromClient
    this.#keepTime(nanos, flags, length)
    if (damaged) return segment

    // Wireshark judges a damaged segment like any other; but its receiver throws it away, and whatever it says is
    // perhaps not what was said.
    this.#time(nanos, flags, segment)
    if (flags & SYN) own.synSeen = true
    const start = position(seq, own.base, own.reached)
    const acked = flags & ACK ? position(ack, other.base, other.reached) : -1
    segment.part = this.#advance(own, other, flags, start, acked, length)
    const reaches = start + length + (flags & (SYN | FIN) ? 1 : 0)
    if (reaches > own.reached) own.reached = reaches
    if (acked > other.acknowledged) other.acknowledged = acked
    own.deliver(packet, header, flags & SYN ? start + 1 : start)
    return segment
  }

  /** First pass: the next message that the segment's side has complete. */
  nextMessage(segment: TcpSegment): Message | undefined {
    const { client, server } = this.#sides()
    const { cutter } = segment.fromClient ? client : server
    if (cutter.idle) return undefined
    const message = cutter.next()
    if (message === undefined) segment.ending = cutter.ending
    else segment.add(message)
    return message
  }

  /** A stream for what it carries inside, made anew. */
  openInner(): OpenedStream {
    this.#opened?.close()
    this.#opened = new OpenedStream(this, this.#context)
    return this.#opened
  }

  /** Counts bytes that a dissector holds of its messages; false when all connections hold too many. */
  hold(bytes: number): boolean {
    const { budget } = this.#context
    this.#held += bytes
    budget.held += bytes
    return budget.held <= budget.limit
  }

  /** Forgets all but its name and ends; called when the flow is dropped. */
  close(): void {
    this.#opened?.close()
    this.#opened = undefined
    this.hold(-this.#held)
    if (this.#live === undefined) return
    this.#live.client.close()
    this.#live.server.close()
    this.#live = undefined
    this.#state = undefined
  }

  /** What a segment says of scaling is said of the windows behind it. */
  #publishScales(client: Direction, server: Direction): void {
    this.#clientScale = client.analysed.scale
    this.#serverScale = server.analysed.scale
    this.#scalesChanged = false
  }

  /**
   * Whatever pure ACK comes after a keep-alive answers it. Wireshark's keep-alive ACK is narrower: one that says nothing
   * new, which the first after a handshake does, since no SYN states a scaled window (RFC 7323 §2.2).
   */
  #beat(
    packet: SeenPacket,
    { found, fromClient }: TcpSegment,
    header: SegmentHeader,
    other: AnalysedSide,
  ): void {
    if (found & KEEP_ALIVE) {
      this.beats ??= new FlowBeats()
      this.beats.ask('tcp', fromClient, packet)
    } else if (this.beats !== undefined && other.askedLast) {
      const pure = (header.flags & (SYN | FIN | RST | ACK)) === ACK && header.payload.length === 0
      if (pure && !header.damaged) this.beats.answer('tcp', fromClient, packet)
    }
  }

  /** Nanoseconds since the capture's first packet, or since its own. */
  #clock(packet: SeenMoment): number {
    if (this.#origin !== undefined) return Number(packet.time - this.#origin)
    const { nanos } = packet
    if (this.#heard || Number.isSafeInteger(nanos)) return nanos
    this.#origin = packet.time
    return 0
  }

  #keepTime(nanos: number, flags: number, length: number): void {
    this.#completenessBefore = this.#completeness
    if (this.#heard) {
      this.#completeness = completedBy(this.#completeness, flags, length)
    } else {
      this.#heard = true
      this.#begun = nanos
      this.#completeness = this.#reused ? SYN_SEEN : begunWith(flags, length)
      this.#shownFirst = completedBy(0, flags, length)
      if (this.#reused) this.#completenessBefore = SYN_SEEN
    }
    this.#latest = nanos
  }

  /** Wireshark's iRTT, and where there was no handshake the shortest round trip. */
  #time(nanos: number, flags: number, segment: TcpSegment): void {
    if ((flags & (SYN | ACK)) === SYN) {
      this.#synSeen = true
      this.#synAt = nanos
    }
    if (this.#initialRtt !== 0) return
    if ((flags & (SYN | ACK)) === ACK && this.#synSeen) {
      this.#initialRtt = nanos - this.#synAt
      this.rtt = this.#initialRtt / 1e9
    } else if (segment.acksFrame !== 0) {
      // A delayed ACK (RFC 9293 §3.8.6.3) waits up to half a second: the shortest is nearest.
      this.rtt = Math.min(this.rtt ?? Number.POSITIVE_INFINITY, segment.ackNanos / 1e9)
    }
  }

  /** Moves the connection's state on; returns the part that the segment plays in that. */
  #advance(
    own: Direction,
    other: Direction,
    flags: number,
    start: number,
    acked: number,
    length: number,
  ): Part {
    if (flags & RST) {
      const answersSyn = this.#progress === 'opening' && !own.synSeen
      if (!this.over) this.#progress = answersSyn ? 'refused' : 'reset'
      return answersSyn ? 'refusal' : 'close'
    }
    if (flags & SYN) {
      if (this.#progress === 'open' && own.reached <= 1) this.#progress = 'opening'
      return 'handshake'
    }
    if (flags & FIN || own.finAt >= 0 || other.finAt >= 0) {
      const otherClosed = other.closed || (other.finAt >= 0 && acked > other.finAt)
      const ownFin = own.finAt >= 0 ? own.finAt : flags & FIN ? start + length : -1
      const bothClosed = otherClosed && ownFin >= 0 && own.acknowledged > ownFin
      if (!this.over) this.#progress = bothClosed ? 'closed' : 'closing'
      return flags & FIN || (other.finAt >= 0 && acked > other.finAt) ? 'close' : undefined
    }
    if (this.#progress !== 'opening' || !own.synSeen || !other.synSeen) return undefined
    this.#progress = 'open'
    return 'handshake'
  }
}
