/** One TCP connection as the wire shows it: both directions' bytes in order, their analysis, their messages. */
import type { Endpoint, Flow, Message, Segment, SegmentHeader } from '../protocols/conversation.ts'
import type { StreamProtocol } from '../protocols/protocol.ts'
import { ByteStream, type WaitingBudget } from './byte-stream.ts'
import { type CuttingContext, MessageCutter } from './message-cutter.ts'
import { position, relative } from './sequence.ts'
import { AnalysedSide, type Analysis, type Finding, type Segmented } from './tcp-analysis.ts'
import { type ScaledWindow, WindowScale } from './window-scale.ts'

export type TcpState = 'opening' | 'open' | 'closing' | 'closed' | 'reset' | 'refused'

export interface TcpContext extends CuttingContext {
  readonly waiting: WaitingBudget
}

export interface SeenPacket {
  readonly number: number
  readonly time: bigint
  readonly bytes: Uint8Array
}

const NO_MESSAGES: Message[] = []
const UNJUDGED: Analysis = {
  found: [],
  acks: undefined,
  bytesInFlight: undefined,
  pushBytesSent: undefined,
}

export class TcpSegment implements Segment {
  readonly flow: TcpFlow
  readonly fromClient: boolean
  readonly relativeSeq: number
  readonly relativeAck: number
  readonly window: number
  readonly windowFactor: number
  readonly analysis: readonly Finding[]
  readonly acks: Analysis['acks']
  readonly bytesInFlight: number | undefined
  readonly pushBytesSent: number | undefined
  /** The part it plays beside carrying bytes. */
  readonly part: 'handshake' | 'close' | 'refusal' | undefined
  messages: Message[] = NO_MESSAGES

  constructor(
    flow: TcpFlow,
    fromClient: boolean,
    seq: number,
    ack: number,
    scaled: ScaledWindow,
    analysis: Analysis,
    part: TcpSegment['part'],
  ) {
    this.flow = flow
    this.fromClient = fromClient
    this.relativeSeq = seq
    this.relativeAck = ack
    this.window = scaled.window
    this.windowFactor = scaled.factor
    this.analysis = analysis.found
    this.acks = analysis.acks
    this.bytesInFlight = analysis.bytesInFlight
    this.pushBytesSent = analysis.pushBytesSent
    this.part = part
  }
}

/** What is known of one side's sending. */
class Direction {
  /** Sequence number of position 0; undefined until the side was heard or acknowledged. */
  base: number | undefined
  /** Behind the highest byte that it is known to have sent. */
  reached = 0
  /** Highest position the other side acknowledged; -1 for none. */
  acknowledged = -1
  /** Position of its FIN; -1 for none. */
  finAt = -1
  synSeen = false
  ended = false
  readonly analysed = new AnalysedSide()
  readonly stream: ByteStream
  readonly cutter: MessageCutter

  constructor(flow: TcpFlow, fromClient: boolean, context: TcpContext) {
    this.cutter = new MessageCutter(flow, fromClient, context)
    this.stream = new ByteStream(context.waiting, (run) => this.cutter.push(run))
  }

  get closed(): boolean {
    return this.finAt >= 0 && this.acknowledged > this.finAt
  }

  end(): void {
    if (this.ended) return
    this.ended = true
    this.stream.end()
    this.cutter.end()
  }
}

interface Live {
  readonly client: Direction
  readonly server: Direction
  readonly scale: WindowScale
}

export class TcpFlow implements Flow {
  readonly transport = 'tcp'
  readonly index: number
  readonly id: string
  readonly client: Endpoint
  readonly server: Endpoint
  application: StreamProtocol | undefined
  whenEnding: Flow['whenEnding']
  /** Seconds: the handshake's, or else the shortest measured. */
  rtt: number | null = null
  /** Seconds from the latest SYN to the first ACK without one, as tshark has it. */
  initialRtt: number | undefined
  #synTime = 0n
  #progress: TcpState = 'open'
  /** Opened anew between sockets that had a connection before; said of its first segment. */
  #reused: boolean
  readonly #context: TcpContext
  #state: Map<string, unknown> | undefined
  /** All that is only needed while it goes on: a flow that was dropped lives as long as its packets do. */
  #live: Live | undefined

  constructor(index: number, client: Endpoint, server: Endpoint, context: TcpContext, reused = false) {
    this.index = index
    this.id = `tcp.${index}`
    this.client = client
    this.server = server
    this.#reused = reused
    this.#context = context
  }

  get state(): Map<string, unknown> {
    this.#state ??= new Map()
    return this.#state
  }

  get #sides(): Live {
    this.#live ??= {
      client: new Direction(this, true, this.#context),
      server: new Direction(this, false, this.#context),
      scale: new WindowScale(),
    }
    return this.#live
  }

  get progress(): TcpState {
    return this.#progress
  }

  get over(): boolean {
    return this.#progress === 'closed' || this.#progress === 'reset' || this.#progress === 'refused'
  }

  isFromClient(source: Endpoint, destination: Endpoint): boolean {
    if (source.port !== this.client.port || source.address !== this.client.address) return false
    return destination.port === this.server.port && destination.address === this.server.address
  }

  /** Whether a SYN opens a connection anew rather than repeating this one's. */
  isReopenedBy(header: SegmentHeader): boolean {
    const { syn, ack } = header.flags
    if (!syn || ack) return false
    const { client, server } = this.#sides
    const { base } = this.isFromClient(header.source, header.destination) ? client : server
    const ending = this.over || this.#progress === 'closing'
    return base !== undefined && (base !== header.seq || ending)
  }

  /** Whether a SYN with that number belongs to this connection; true as well while that side's was not seen. */
  hasBegunWith(source: Endpoint, seq: number): boolean {
    const { client, server } = this.#sides
    const fromClient = source.port === this.client.port && source.address === this.client.address
    const { base } = fromClient ? client : server
    return base === undefined ? !fromClient : base === seq
  }

  /** A segment that is known of and was not seen: its numbers, counted as this connection counts. Changes nothing. */
  glimpse(header: SegmentHeader): TcpSegment {
    const fromClient = this.isFromClient(header.source, header.destination)
    const { client, server, scale } = this.#sides
    const [own, other] = fromClient ? [client, server] : [server, client]
    const base = own.base ?? (header.flags.syn ? header.seq : (header.seq - 1) >>> 0)
    const ackBase = other.base ?? (header.ack - 1) >>> 0
    const relativeAck = header.flags.ack ? relative(header.ack, ackBase) : header.ack
    const scaled = scale.glance(fromClient, header)
    return new TcpSegment(
      this,
      fromClient,
      relative(header.seq, base),
      relativeAck,
      scaled,
      UNJUDGED,
      undefined,
    )
  }

  /** Takes in a segment, in order of capture. */
  segment(packet: SeenPacket, header: SegmentHeader): TcpSegment {
    const fromClient = this.isFromClient(header.source, header.destination)
    const { client, server, scale } = this.#sides
    const own = fromClient ? client : server
    const other = fromClient ? server : client
    const { flags, payload } = header
    // Started at 1 when the SYN was not captured, as tshark does.
    own.base ??= flags.syn ? header.seq : (header.seq - 1) >>> 0
    if (flags.ack) other.base ??= (header.ack - 1) >>> 0
    const start = position(header.seq, own.base, own.reached)
    const ack = flags.ack ? position(header.ack, other.base ?? 0, other.reached) : -1
    const scaled = scale.apply(fromClient, header)
    const { length } = payload
    const segment: Segmented = {
      number: packet.number,
      time: packet.time,
      start,
      ack,
      length,
      rawWindow: header.window,
      shift: scaled.shift,
      sacked: header.sacked ?? 0,
      flags,
    }
    if (header.damaged !== true) this.#timeHandshake(own, client, segment)
    const firstRtt = this.initialRtt === undefined ? undefined : BigInt(Math.round(this.initialRtt * 1e9))
    const analysis = own.analysed.analyse(segment, other.analysed, firstRtt)
    // A delayed ACK (RFC 9293 §3.8.6.3) waits up to half a second: without a handshake, the shortest is nearest.
    if (this.initialRtt === undefined && analysis.acks !== undefined) {
      this.rtt = Math.min(this.rtt ?? Number.POSITIVE_INFINITY, analysis.acks.rtt)
    }
    // Wireshark judges a damaged segment like any other; but its receiver throws it away, and whatever it says is
    // perhaps not what was said.
    const part = header.damaged === true ? undefined : this.#advance(own, other, segment)
    if (header.damaged !== true) {
      own.reached = Math.max(own.reached, start + length + (flags.syn || flags.fin ? 1 : 0))
      if (ack > other.acknowledged) other.acknowledged = ack
      this.#deliver(own, packet, header, start + (flags.syn ? 1 : 0))
    }
    const relativeAck = flags.ack && other.base !== undefined ? relative(header.ack, other.base) : header.ack
    return new TcpSegment(
      this,
      fromClient,
      relative(header.seq, own.base),
      relativeAck,
      scaled,
      this.#reused ? this.#withReuse(analysis) : analysis,
      part,
    )
  }

  /** First pass: the next message that the segment's side has complete. */
  nextMessage(segment: TcpSegment): Message | undefined {
    const { client, server } = this.#sides
    const { cutter } = segment.fromClient ? client : server
    if (cutter.idle) return undefined
    const message = cutter.next()
    if (message === undefined) return undefined
    if (segment.messages === NO_MESSAGES) segment.messages = [message]
    else segment.messages.push(message)
    return message
  }

  /** Forgets all but its name and ends; called when the flow is dropped. */
  close(): void {
    if (this.#live === undefined) return
    for (const side of [this.#live.client, this.#live.server]) {
      side.stream.end()
      side.cutter.close()
    }
    this.#live = undefined
    this.#state = undefined
  }

  #withReuse(analysis: Analysis): Analysis {
    this.#reused = false
    return { ...analysis, found: [{ name: 'reused_ports' }, ...analysis.found] }
  }

  #timeHandshake(own: Direction, client: Direction, { time, flags }: Segmented): void {
    if (flags.syn) {
      own.synSeen = true
      if (!flags.ack) this.#synTime = time
    } else if (this.initialRtt === undefined && flags.ack && client.synSeen) {
      this.initialRtt = Number(time - this.#synTime) / 1e9
      this.rtt = this.initialRtt
    }
  }

  #deliver(own: Direction, packet: SeenPacket, header: SegmentHeader, start: number): void {
    const { flags, payload } = header
    const { stream } = own
    if (flags.syn && stream.next < 0) stream.next = start
    if (own.acknowledged >= 0) {
      stream.acknowledgedTo(own.acknowledged)
      if (own.acknowledged >= start) stream.skipTo(start)
    }
    if (payload.length > 0 && !flags.rst) {
      const { offset, bytes } = payload
      const held = Math.max(0, Math.min(payload.length, (bytes ?? packet.bytes).length - offset))
      if (held > 0) stream.accept(start, { number: packet.number, offset, length: held, bytes })
      if (held < payload.length) {
        stream.accept(start + held, { number: 0, offset: 0, length: payload.length - held })
      }
    }
    if (flags.fin && own.finAt < 0) own.finAt = start + payload.length
    if (flags.rst || (own.finAt >= 0 && (stream.next < 0 || stream.next >= own.finAt))) own.end()
  }

  /** Moves the connection's state on; returns the part that the segment plays in that. */
  #advance(own: Direction, other: Direction, { flags, ack, start, length }: Segmented): TcpSegment['part'] {
    if (flags.rst) {
      const answersSyn = this.#progress === 'opening' && !own.synSeen
      if (!this.over) this.#progress = answersSyn ? 'refused' : 'reset'
      return answersSyn ? 'refusal' : 'close'
    }
    if (flags.syn) {
      if (this.#progress === 'open' && own.reached <= 1) this.#progress = 'opening'
      return 'handshake'
    }
    if (flags.fin || own.finAt >= 0 || other.finAt >= 0) {
      const otherClosed = other.closed || (other.finAt >= 0 && ack > other.finAt)
      const ownFin = own.finAt >= 0 ? own.finAt : flags.fin ? start + length : -1
      const bothClosed = otherClosed && ownFin >= 0 && own.acknowledged > ownFin
      if (!this.over) this.#progress = bothClosed ? 'closed' : 'closing'
      return flags.fin || (other.finAt >= 0 && ack > other.finAt) ? 'close' : undefined
    }
    if (this.#progress !== 'opening' || !own.synSeen || !other.synSeen) return undefined
    this.#progress = 'open'
    return 'handshake'
  }
}
