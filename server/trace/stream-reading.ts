/**
 * One conversation read from its first packet that is held to its newest, a slice of time after another and no packet
 * twice: what was said, where each segment and message lies in the stream, and what moves the connection's state.
 */
import type { StreamContent, StreamSide } from '../dashboard/api-stream.ts'
import type { Flow, Message, Segment } from '../protocols/conversation.ts'
import type { Packet } from '../protocols/packet.ts'
import { ACK, FIN, RST, SYN } from '../protocols/tcp-segment.ts'
import type { MovingSegment } from './connection-states.ts'
import { JoinedStream } from './joined-stream.ts'
import { SeenBytes } from './seen-bytes.ts'
import { position } from './sequence.ts'
import { CONTENTS, type Content, TCP, WEBSOCKET } from './stream-contents.ts'
import { type SaidPiece, StreamIndex } from './stream-index.ts'
import type { Trace } from './trace.ts'
import { labelsOf } from './words.ts'
import { fieldOf } from './words-phrase.ts'

/** Where a segment lies in its direction's stream, from 0. */
export interface PlacedSegment {
  readonly number: number
  readonly time: bigint
  readonly side: StreamSide
  readonly start: number
  readonly length: number
  /** Bytes of it that had not been sent before. */
  readonly fresh: number
  readonly flags: number
  readonly keepAlive: boolean
  readonly fate: string | null
  readonly seen: boolean
  /** Where in the frame its bytes begin; -1 where they stand elsewhere. */
  readonly payloadAt: number
}

export interface PlacedMessage {
  readonly side: StreamSide
  readonly start: number
  readonly end: number
  readonly protocol: string
  readonly osi: number
  readonly label: string
  readonly number: number
}

/** The clock is looked at once in so many packets. */
const BETWEEN_LOOKS = 16
/** Segments that may move a connection's state: its opening and its end, not what lies between. */
const MOST_MOVING = 512
/** Either side's first so many may complete the handshake. */
const OPENING = 6

/** What else than its own bytes may be followed of a connection that carries such a protocol. */
const INSIDE: readonly (readonly [StreamContent, Content])[] = [
  ['websocket', WEBSOCKET],
  ['tls', CONTENTS.tls ?? TCP],
]

interface Side {
  readonly seen: SeenBytes
  reached: number
  heard: number
}

function newSide(): Side {
  const seen = new SeenBytes()
  // The first byte may come behind others.
  seen.add(-1, 0)
  return { seen, reached: 0, heard: 0 }
}

export class ConversationReading {
  readonly run: string
  readonly segments: PlacedSegment[] = []
  readonly messages: PlacedMessage[] = []
  /** By what is followed; the conversation's own bytes first. */
  readonly streams = new Map<StreamContent, StreamIndex>()
  /** Its first packet was let go of before it was read. */
  beheaded = false
  readonly #trace: Trace
  readonly #flow: Flow
  readonly #joined = new Map<StreamContent, JoinedStream>()
  readonly #sides: Readonly<Record<StreamSide, Side>> = {
    client: newSide(),
    server: newSide(),
  }
  readonly #moving: (Omit<MovingSegment, 'sent' | 'received'> & { readonly time: bigint })[] = []
  #ending = false
  #next: number

  constructor(trace: Trace, flow: Flow, first: number) {
    this.#trace = trace
    this.#flow = flow
    this.run = trace.run
    this.#next = first
    this.beheaded = first < trace.first
    this.#follow(flow.transport, flow.transport === 'udp' ? (CONTENTS.udp ?? TCP) : TCP)
  }

  /** The newest packet that was read. */
  get last(): number {
    return this.#next - 1
  }

  /** Reads on for about this long; true when the newest packet is read. */
  advance(budgetMs: number): boolean {
    const trace = this.#trace
    const until = performance.now() + budgetMs
    let looked = 0
    if (this.#next < trace.first) {
      this.beheaded = true
      this.#next = trace.first
    }
    for (; this.#next <= trace.last; this.#next++) {
      if (trace.flowOf(this.#next) !== this.#flow) continue
      const packet = trace.packet(this.#next)
      if (typeof packet !== 'string') this.#take(packet)
      if (++looked % BETWEEN_LOOKS === 0 && performance.now() > until) {
        this.#next++
        return this.#next > trace.last
      }
    }
    return true
  }

  /** When each left and came is asked of its cable anew: it may have been on its way when it was read. */
  moving(): MovingSegment[] {
    return this.#moving.map(({ time, ...segment }) => {
      const transit = this.#trace.transit(segment.number)
      if (transit === undefined) return { ...segment, sent: time, received: time }
      return { ...segment, sent: transit.sentAt, received: transit.arrivals[0] ?? null }
    })
  }

  #take(packet: Packet): void {
    const { segment, fromClient } = packet
    if (fromClient === null) return
    for (const [name, content] of INSIDE) {
      if (this.streams.has(name) || !packet.layers.some(({ protocol }) => protocol.id === name)) continue
      if (content.pieces(packet).length > 0) this.#follow(name, content)
    }
    if (segment !== undefined) this.#place(packet, segment, fromClient ? 'client' : 'server')
    for (const joined of this.#joined.values()) joined.packet(packet)
  }

  #follow(name: StreamContent, content: Content): void {
    const read = (piece: SaidPiece) => {
      const packet = this.#trace.packet(piece.number)
      const bytes = typeof packet === 'string' ? undefined : content.pieces(packet)[piece.place]
      return bytes?.subarray(piece.offset, piece.offset + piece.length)
    }
    const index = new StreamIndex(read)
    this.streams.set(name, index)
    this.#joined.set(name, new JoinedStream(content, (said) => index.add(said, this.#isAgain(said.number))))
  }

  #isAgain(number: number): boolean {
    const segment = this.segments[this.#indexOf(number)]
    return segment?.number === number && segment.fresh < segment.length
  }

  #place(packet: Packet, segment: Segment, name: StreamSide): void {
    const { number, time } = packet
    const tcp = packet.layers.find(({ protocol }) => protocol.id === 'tcp')
    if (tcp === undefined) return
    const flags = Number(fieldOf(tcp, 'tcp.flags') ?? 0)
    const length = Number(fieldOf(tcp, 'tcp.len') ?? 0)
    const side = this.#sides[name]
    // The SYN takes the first number: the first byte has the next.
    const at = position(segment.relativeSeq, 0, side.reached)
    const start = Math.max(0, at + (flags & SYN ? 1 : 0) - 1)
    this.#move(packet, segment, { flags, seq: at, length })
    const { analysis } = segment
    const keepAlive = analysis.some((found) => found.name === 'keep_alive')
    if (length > 0 || flags & (SYN | FIN | RST)) {
      const counts = !keepAlive && !packet.damaged
      const payload = tcp.fields.find(({ field }) => field.name === 'tcp.payload')
      this.segments.push({
        number,
        time,
        side: name,
        start,
        length,
        fresh: counts ? side.seen.add(start, start + length) : 0,
        flags,
        keepAlive,
        fate: packet.transit?.fates.join(', ') || null,
        seen: !packet.unseen,
        payloadAt: payload?.buffer === 0 ? payload.start : -1,
      })
      if (!packet.unseen) side.reached = Math.max(side.reached, at + length)
    }
    if (!packet.unseen) this.#say(packet, segment, name)
  }

  /** Messages that the segment completed: each ends where its last piece does. */
  #say(packet: Packet, segment: Segment, side: StreamSide): void {
    if (segment.messages.length === 0) return
    const labels = labelsOf(packet, segment.messages)
    segment.messages.forEach((message, at) => {
      const end = this.#endOf(message)
      if (end < 0) return
      const { protocol, length } = message
      this.messages.push({
        side,
        start: Math.max(0, end - length),
        end,
        protocol: protocol.short ?? protocol.name,
        osi: protocol.osi,
        label: labels[at] ?? '',
        number: packet.number,
      })
    })
  }

  #endOf({ pieces }: Message): number {
    const last = pieces.at(-1)
    const segment = last === undefined ? undefined : this.segments[this.#indexOf(last.number)]
    if (last === undefined || segment?.number !== last.number) return -1
    const from = last.bytes === undefined ? segment.payloadAt : 0
    return from < 0 ? -1 : segment.start + last.offset + last.length - from
  }

  #move(
    packet: Packet,
    segment: Segment,
    { flags, seq, length }: Pick<MovingSegment, 'flags' | 'seq' | 'length'>,
  ): void {
    const { fromClient, relativeAck } = segment
    const side = this.#sides[fromClient ? 'client' : 'server']
    side.heard++
    if (flags & (FIN | RST)) this.#ending = true
    const moves =
      flags & (SYN | FIN | RST) || ((flags & ACK) !== 0 && (this.#ending || side.heard <= OPENING))
    if (!moves || this.#moving.length >= MOST_MOVING) return
    const other = this.#sides[fromClient ? 'server' : 'client']
    this.#moving.push({
      number: packet.number,
      time: packet.time,
      fromClient,
      flags,
      seq,
      ack: position(relativeAck, 0, other.reached),
      length,
    })
  }

  /** Where the segment of a packet stands, or would. */
  #indexOf(number: number): number {
    let low = 0
    let high = this.segments.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.segments[middle]?.number ?? 0) < number) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Conversations that are read at one time of a trace: those that somebody looks at. */
const MOST_READ = 4

const read = new WeakMap<Trace, Map<Flow, ConversationReading>>()

/** The reading of a conversation, shared by all who look at it; undefined where it isn't held. */
export function readingOf(trace: Trace, id: string): ConversationReading | undefined {
  const node = trace.flows.get(id)
  const flow = trace.flows.flow(id)
  if (node === undefined || flow === undefined) return undefined
  let readings = read.get(trace)
  if (readings === undefined) {
    readings = new Map()
    read.set(trace, readings)
  }
  const known = readings.get(flow)
  readings.delete(flow)
  const reading =
    known === undefined || known.run !== trace.run ? new ConversationReading(trace, flow, node.first) : known
  readings.set(flow, reading)
  const [oldest] = readings.keys()
  if (readings.size > MOST_READ && oldest !== undefined) readings.delete(oldest)
  return reading
}
