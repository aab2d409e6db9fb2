/** What was seen: the frames held, the conversations they belong to, and every way to look at them. */
import { randomUUID } from 'node:crypto'
import type { EventNode, PacketDetail, Provenance, Row, SessionNode } from '../dashboard/api.ts'
import type {
  Conversations,
  Endpoint,
  Flow,
  Message,
  Segment,
  SegmentHeader,
} from '../protocols/conversation.ts'
import type { EngineIoSession } from '../protocols/engine-session.ts'
import { dissect, type Frame, Packet, type Surroundings, type Transit } from '../protocols/packet.ts'
import type { AnyProtocol, StreamProtocol } from '../protocols/protocol.ts'
import { type DecodeAs, RECOGNISED, Stack } from '../protocols/stack.ts'
import type { ApplicationEvent } from '../services/application-events.ts'
import { WaitingBudget } from './byte-stream.ts'
import { packetDetail } from './detail.ts'
import { EventLog } from './events.ts'
import type { CompiledFilter } from './filter.ts'
import { filterName } from './filter-fields.ts'
import { FlowTable } from './flows.ts'
import { inflaters } from './inflate.ts'
import { HeldBudget } from './pending-message.ts'
import { type Columns, packetColumns, packetRow } from './rows.ts'
import { sessionNodes } from './sessions.ts'
import { SharedState } from './shared-state.ts'
import { FrameStore } from './store.ts'
import { type SeenPacket, type TcpContext, TcpSegment } from './tcp-flow.ts'
import { View } from './view.ts'
import { words } from './words.ts'

export const DEFAULT_LIMIT_BYTES = 256 * 1024 * 1024
const VIEWS_KEPT = 16
/** Only packets of these can be heartbeats that TCP acknowledges. */
const HEARTBEAT_BITS = filterName('websocket')?.bits ?? 0

export interface TraceOptions {
  /** Bytes of frames held, 256 MiB unless told otherwise; what is kept beside them is bounded by it as well. */
  limitBytes?: number | undefined
  decodeAs?: readonly DecodeAs[] | undefined
  provenance?: Provenance | undefined
  /** Changes when everything seen before is gone. */
  run?: string | undefined
  /** Conversations held, 20,000 unless told otherwise. */
  limitFlows?: number | undefined
  /** Verifies the checksums of frames of which it isn't known that no card finished them; false unless told otherwise. */
  verify?: boolean | undefined
  /** What rides in what, shared with a trace of the same traffic seen elsewhere; instead of `decodeAs`. */
  stack?: Stack | undefined
}

export class Trace implements Conversations {
  readonly run: string
  readonly stack: Stack
  readonly flows: FlowTable
  readonly events = new EventLog()
  readonly provenance: Provenance
  readonly #store: FrameStore
  readonly #shared = new SharedState()
  readonly #surroundings: Surroundings
  readonly #views = new Map<string, View>()
  readonly #listeners = new Set<() => void>()
  #start = 0n

  constructor(options: TraceOptions = {}) {
    this.run = options.run ?? randomUUID()
    this.stack = options.stack ?? new Stack(options.decodeAs)
    this.provenance = options.provenance ?? 'captured'
    this.#store = new FrameStore(options.limitBytes ?? DEFAULT_LIMIT_BYTES)
    const context: TcpContext = {
      frame: (number) => this.#store.frameBytes(number),
      decreed: (flow) => decreed(this.stack, flow),
      recognised: RECOGNISED,
      budget: new HeldBudget(),
      waiting: new WaitingBudget(),
    }
    this.flows = new FlowTable({
      stack: this.stack,
      context,
      ...(options.limitFlows !== undefined && { limit: options.limitFlows }),
    })
    this.flows.sessionsByFlow = () => this.#sessionsByFlow()
    const startTime = () => this.#start
    this.#surroundings = {
      stack: this.stack,
      conversations: this,
      inflate: inflaters,
      verify: options.verify === true,
      get start() {
        return startTime()
      },
    }
  }

  /** Number of the oldest packet held; 0 when there is none. */
  get first(): number {
    return this.#store.first
  }

  /** Number of the newest packet; 0 when there is none. */
  get last(): number {
    return this.#store.last
  }

  /** Packets ever added, evicted ones included. */
  get total(): number {
    return this.#store.last
  }

  get evicted(): number {
    return this.#store.evicted
  }

  /** Frame bytes held. */
  get bytes(): number {
    return this.#store.bytes
  }

  get limitBytes(): number {
    return this.#store.limitBytes
  }

  /** Keeps a frame and takes it into account, in order of capture; returns its number. Never throws. */
  add(frame: Frame): number {
    return this.#take(frame, false).number
  }

  /** As `add`, and answers with the packet and all its layers: for one who looks at each packet once, in order. */
  addRecorded(frame: Frame): Packet {
    return this.#take(frame, true)
  }

  #take(frame: Frame, recording: boolean): Packet {
    const number = this.#store.append(frame)
    if (number === 1) this.#start = frame.time
    const held = this.#store.frame(number) ?? frame
    const packet = new Packet(held, number, this.#surroundings, { recording })
    dissect(packet, frame.linkType)
    const record = packet.flow === undefined ? undefined : this.flows.recordOf(packet.flow)
    // What bits that fell over on the way look like is no conversation, unless it is one already.
    const counts = !packet.unseen && (!packet.damaged || (record?.packets ?? 0) > 0)
    if (record !== undefined && counts) record.count(packet, packet.fromClient === true)
    this.#store.conclude(number, {
      memory: packet.memory,
      protocols: packet.protocols,
      flow: record?.order ?? -1,
      messages: packet.segment?.messages.length ?? 0,
    })
    this.#changed()
    return packet
  }

  /** A packet with all its layers, dissected anew. */
  packet(number: number): Packet | 'evicted' | 'unknown' {
    if (!Number.isInteger(number) || number < 1 || number > this.last) return 'unknown'
    const frame = this.#store.frame(number)
    if (frame === undefined) return 'evicted'
    const memory = this.#store.memory(number) ?? []
    const packet = new Packet(frame, number, this.#surroundings, { recording: true, memory })
    return dissect(packet, frame.linkType)
  }

  row(number: number): Row | undefined {
    const packet = this.packet(number)
    return typeof packet === 'string' ? undefined : this.rowOf(packet)
  }

  detail(number: number): PacketDetail | 'evicted' | 'unknown' {
    const packet = this.packet(number)
    return typeof packet === 'string' ? packet : packetDetail(packet, this.rowOf(packet))
  }

  /** What its cable did to a packet; undefined where that isn't known. */
  transit(number: number): Transit | undefined {
    return this.#store.transit(number)
  }

  frame(number: number): Frame | undefined {
    return this.#store.frame(number)
  }

  /** Bits of the protocols in a packet, without dissecting it; 0 when it is not held. */
  protocols(number: number): number {
    return this.#store.protocols(number)
  }

  /** The conversation of a packet, without dissecting it. */
  flowOf(number: number): Flow | undefined {
    return this.flows.byOrder(this.#store.flow(number))?.flow
  }

  sessions(): SessionNode[] {
    return sessionNodes(this.#shared.all('engineio') as EngineIoSession[])
  }

  addEvent(event: ApplicationEvent): EventNode {
    const node = this.events.add(event)
    this.#changed()
    return node
  }

  /** The view of a filter, shared by all who ask with the same text; the last 16 are kept. */
  view(filter: CompiledFilter | undefined): View {
    const key = filter?.text ?? ''
    const known = this.#views.get(key)
    if (known !== undefined) this.#views.delete(key)
    const view = known ?? new View(this, filter)
    this.#views.set(key, view)
    if (this.#views.size > VIEWS_KEPT) {
      const [oldest] = this.#views.keys()
      if (oldest !== undefined) this.#views.delete(oldest)
    }
    return view
  }

  /** Calls back after every packet and event, at once: the listener should only take a note. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Says that a packet which was added has changed: it came out of its cable. */
  touch(): void {
    this.#changed()
  }

  segment(packet: SeenPacket, header: SegmentHeader): Segment {
    return this.flows.tcp(header).segment(packet, header)
  }

  glimpse(_packet: SeenPacket, header: SegmentHeader): Segment | undefined {
    return this.flows.knownTcp(header)?.glimpse(header)
  }

  nextMessage(segment: Segment): Message | undefined {
    return segment instanceof TcpSegment ? segment.flow.nextMessage(segment) : undefined
  }

  datagram(
    _packet: { number: number; time: bigint; length: number },
    source: Endpoint,
    destination: Endpoint,
  ): Flow {
    return this.flows.udp(source, destination)
  }

  glimpseDatagram(source: Endpoint, destination: Endpoint): Flow | undefined {
    return this.flows.knownUdp(source, destination)
  }

  messageBytes(message: Message): Uint8Array | undefined {
    let length = 0
    for (const piece of message.pieces) length += piece.length
    const bytes = new Uint8Array(length)
    let at = 0
    for (const piece of message.pieces) {
      const frame = piece.bytes ?? this.#store.frameBytes(piece.number)
      if (frame === undefined) return undefined
      bytes.set(frame.subarray(piece.offset, piece.offset + piece.length), at)
      at += piece.length
    }
    return bytes
  }

  shared<T>(kind: string, key: string, make: () => T): T {
    return this.#shared.get(kind, key, make)
  }

  /** Told by Socket.IO's dissector on the first pass: joins packets with application events. */
  socketIoPacket(sid: string, direction: 'in' | 'out', index: number, frame: number): void {
    this.events.carried(sid, direction, index, frame)
  }

  /** The confirmed sessions' ids by flow id. */
  #sessionsByFlow(): Map<string, string> {
    const byFlow = new Map<string, string>()
    for (const session of this.#shared.all('engineio') as EngineIoSession[]) {
      if (session.state !== 'unknown') for (const flow of session.flows) byFlow.set(flow, session.sid)
    }
    return byFlow
  }

  /** The line of a packet that `packet` gave. */
  columnsOf(packet: Packet): Columns {
    return packetColumns(packet, this.#start)
  }

  rowOf(packet: Packet): Row {
    return packetRow(packet, {
      start: this.#start,
      provenance: this.provenance,
      isHeartbeat: (number) => this.#isHeartbeat(number),
    })
  }

  #isHeartbeat(number: number): boolean {
    if ((this.#store.protocols(number) & HEARTBEAT_BITS) === 0) return false
    const packet = this.packet(number)
    return typeof packet !== 'string' && words(packet, null).episode === 'heartbeat'
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}

/** Decode-as: the server's port decides, then the client's. */
function decreed(stack: Stack, flow: Flow): StreamProtocol | undefined {
  for (const { port } of [flow.server, flow.client]) {
    const found = stack.lookup('tcp.port', port)
    if (found !== undefined && isStreamProtocol(found)) return found
  }
  return undefined
}

function isStreamProtocol(protocol: AnyProtocol): protocol is StreamProtocol {
  return 'frameLength' in protocol
}
