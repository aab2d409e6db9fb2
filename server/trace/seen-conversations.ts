/** What the dissectors know beyond a packet: the conversations as the trace has seen them. */
import type {
  Conversations,
  Endpoint,
  Flow,
  Fragment,
  InnerStream,
  Message,
  Reassembly,
  SeenPacket,
  Segment,
  SegmentHeader,
} from '../protocols/conversation.ts'
import { Packet, type Surroundings } from '../protocols/packet.ts'
import type { Skim } from '../protocols/skim.ts'
import type { FlowTable } from './flows.ts'
import { FragmentTable } from './fragments.ts'
import { TcpSegment } from './seen-segment.ts'
import type { SharedState } from './shared-state.ts'
import { type FrameStore, keptIn } from './store.ts'
import { TcpFlow } from './tcp-flow.ts'

/** The parts of a trace that hold what was seen. */
export interface Holding {
  readonly store: FrameStore
  readonly flows: FlowTable
  readonly shared: SharedState
  surroundings(): Surroundings
  /** See `Conversations`, as for the next. */
  readonly skimmed: Conversations['skimmed']
  readonly skimmedDatagram: Conversations['skimmedDatagram']
  readonly socketIoPacket: NonNullable<Conversations['socketIoPacket']>
  readonly socketIoText: Conversations['socketIoText']
  /** Called when a packet was found to hold more than at first. */
  revised(number: number): void
}

export class SeenConversations implements Conversations {
  readonly socketIoText: Conversations['socketIoText']
  readonly #parts: Holding
  #fragments: FragmentTable

  constructor(parts: Holding) {
    this.#parts = parts
    this.socketIoText = parts.socketIoText
    this.#fragments = new FragmentTable((number) => parts.store.frameBytes(number))
  }

  /** As before the first packet; the conversations themselves are the flow table's. */
  clear(): void {
    this.#fragments = new FragmentTable((number) => this.#parts.store.frameBytes(number))
  }

  fragment(packet: { number: number; nanos: number }, fragment: Fragment): Reassembly {
    return this.#fragments.add(packet, fragment)
  }

  segment(packet: SeenPacket, header: SegmentHeader): Segment {
    return this.#parts.flows.tcp(header).segment(packet, header)
  }

  skimmed(s: Skim, header: Parameters<Conversations['skimmed']>[1]): Segment {
    return this.#parts.skimmed(s, header)
  }

  glimpse(packet: SeenPacket, header: SegmentHeader): Segment | undefined {
    return this.#parts.flows.knownTcp(header)?.glimpse(packet, header)
  }

  nextMessage(segment: Segment): Message | undefined {
    return segment instanceof TcpSegment ? segment.flow.nextMessage(segment) : undefined
  }

  datagram(
    _packet: { number: number; time: bigint; length: number },
    source: Endpoint,
    destination: Endpoint,
  ): Flow {
    return this.#parts.flows.udp(source, destination)
  }

  skimmedDatagram(s: Skim): Flow {
    return this.#parts.skimmedDatagram(s)
  }

  glimpseDatagram(source: Endpoint, destination: Endpoint): Flow | undefined {
    return this.#parts.flows.knownUdp(source, destination)
  }

  messageBytes(message: Message): Uint8Array | undefined {
    let length = 0
    for (const piece of message.pieces) length += piece.length
    const bytes = new Uint8Array(length)
    let at = 0
    for (const piece of message.pieces) {
      const frame = piece.bytes ?? this.#parts.store.frameBytes(piece.number)
      if (frame === undefined) return undefined
      bytes.set(frame.subarray(piece.offset, piece.offset + piece.length), at)
      at += piece.length
    }
    return bytes
  }

  inner(flow: Flow): InnerStream | undefined {
    return flow instanceof TcpFlow ? flow.openInner() : undefined
  }

  hold(flow: Flow, bytes: number): boolean {
    const outer = flow.carrier ?? flow
    return !(outer instanceof TcpFlow) || outer.hold(bytes)
  }

  revisit(number: number, flow: Flow, fromClient: boolean, work: (packet: Packet) => void): void {
    const frame = this.#parts.store.frame(number)
    if (frame === undefined) return
    const memory = this.#parts.store.memory(number) ?? []
    const before = keptIn(memory)
    const packet = new Packet(frame, number, this.#parts.surroundings(), { recording: false })
    const [from, to] = fromClient ? [flow.client, flow.server] : [flow.server, flow.client]
    packet.source = from.address
    packet.sourcePort = from.port
    packet.destination = to.address
    packet.destinationPort = to.port
    packet.flow = flow
    work(packet)
    const record = this.#parts.flows.recordOf(flow)
    if (record !== undefined) record.protocols |= packet.protocols
    this.#parts.store.amend(number, packet.protocols, keptIn(memory) - before)
    this.#parts.revised(number)
  }

  isEcho(flow: Flow): boolean {
    return this.#parts.flows.isEcho(flow)
  }

  shared<T>(kind: string, key: string, make: () => T): T {
    return this.#parts.shared.get(kind, key, make)
  }

  socketIoPacket(sid: string, direction: 'in' | 'out', index: number, frame: number): void {
    this.#parts.socketIoPacket(sid, direction, index, frame)
  }
}
