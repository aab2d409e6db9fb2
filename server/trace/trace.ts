/** What was seen: the frames held, the conversations they belong to, and every way to look at them. */
import { randomUUID } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { EventNode, PacketDetail, Provenance, Row, SessionNode } from '../dashboard/api.ts'
import type { BeatsNode } from '../dashboard/api-beats.ts'
import type { Flow, Segment } from '../protocols/conversation.ts'
import { echo } from '../protocols/echo.ts'
import type { EngineIoSession } from '../protocols/engine-session.ts'
import {
  dissect,
  type Frame,
  Packet,
  type Surroundings,
  type Transit,
  type Verified,
} from '../protocols/packet.ts'
import type { PlacedFrame } from '../protocols/placed-frame.ts'
import type { AnyProtocol, StreamProtocol } from '../protocols/protocol.ts'
import { type DecodeAs, RECOGNISED, Stack } from '../protocols/stack.ts'
import type { ApplicationEvent } from '../services/application-events.ts'
import { ciphers } from './ciphers.ts'
import { packetDetail } from './detail.ts'
import type { TcpContext } from './direction.ts'
import { EventLog, type FromWire } from './events.ts'
import type { CompiledFilter } from './filter.ts'
import { filterName } from './filter-fields.ts'
import { FirstPass } from './first-pass.ts'
import { FlowTable } from './flows.ts'
import { inflaters } from './inflate.ts'
import type { LentColumns } from './lent-columns.ts'
import { Past } from './past.ts'
import { roomBeside } from './room.ts'
import { type Columns, packetColumns, packetRow } from './rows.ts'
import { TlsSecrets } from './secrets.ts'
import { SeenConversations } from './seen-conversations.ts'
import { TcpSegment } from './seen-segment.ts'
import { beatsNodes, sessionNodes } from './sessions.ts'
import { SharedState } from './shared-state.ts'
import { FrameStore } from './store.ts'
import type { View } from './view.ts'
import { Views } from './views.ts'
import type { WantedFields } from './wanted-fields.ts'
import { words } from './words.ts'

export const DEFAULT_LIMIT_BYTES = 256 * 1024 * 1024
/** Work of one turn of the event loop. */
const SLICE_MS = 8
/** Only packets of these can be heartbeats that TCP acknowledges. */
const HEARTBEAT_BITS = filterName('websocket')?.bits ?? 0

export interface TraceOptions {
  /** Bytes of frames held, 256 MiB unless told otherwise; what is kept beside them is bounded by it as well. */
  limitBytes?: number | undefined
  decodeAs?: readonly DecodeAs[] | undefined
  provenance?: Provenance | undefined
  /** Changes when everything seen before is gone. */
  run?: string | undefined
  /** Conversations held; 20,000, or fewer beside less than 61 MiB of frames, unless told otherwise. */
  limitFlows?: number | undefined
  /**
   * Verifies the checksums of frames of which it isn't known that no card finished them: of all protocols, or of those
   * named; false unless told otherwise.
   */
  verify?: boolean | Verified | undefined
  /** What rides in what, shared with a trace of the same traffic seen elsewhere; instead of `decodeAs`. */
  stack?: Stack | undefined
  /** Of TLS sessions, shared with other traces of the same traffic; none at first when left out. */
  secrets?: TlsSecrets | undefined
  /** Socket.IO events are put together from packets, where no service tells of them; never when left out. */
  eventsFromWire?: FromWire
  /** Nobody looks back at earlier moments, and no service tells of its events: nothing is kept for them. */
  passing?: boolean
}

export class Trace {
  /** Changes when everything is read anew. */
  run: string
  readonly stack: Stack
  readonly flows: FlowTable
  /** What can be told of earlier moments. */
  readonly past: Past
  readonly events: EventLog
  /** Of TLS sessions; what is told before a session’s packets opens them. */
  readonly secrets: TlsSecrets
  readonly provenance: Provenance
  readonly #store: FrameStore
  readonly #conversations: SeenConversations
  readonly #shared: SharedState
  readonly #firstPass: FirstPass
  readonly #surroundings: Surroundings
  readonly #views = new Views(this)
  readonly #listeners = new Set<() => void>()
  /** How often a packet was found to hold more than at first: its row is another one then. */
  revisions = 0
  /** Settles when nobody reads it anew. */
  #reading: Promise<void> = Promise.resolve()

  constructor(options: TraceOptions = {}) {
    this.run = options.run ?? randomUUID()
    this.stack = options.stack ?? new Stack(options.decodeAs)
    this.provenance = options.provenance ?? 'captured'
    this.secrets = options.secrets ?? new TlsSecrets()
    this.#store = new FrameStore(options.limitBytes ?? DEFAULT_LIMIT_BYTES)
    const timeOf = (number: number) => this.#store.frame(number)?.time
    const { flows, shared, events, ...room } = roomBeside(this.limitBytes)
    this.#shared = new SharedState(shared)
    this.events = new EventLog(events, timeOf, options.eventsFromWire)
    const context: TcpContext = {
      frame: (number, offset, length) => this.#store.frameBytes(number, offset, length),
      buffer: (number) => this.#store.slab(number),
      start: (number) => this.#store.frameStart(number),
      decreed: (flow) => decreed(this.stack, flow) ?? (this.flows.isEcho(flow) ? echo : undefined),
      recognised: RECOGNISED,
      ...room,
    }
    this.flows = new FlowTable({
      stack: this.stack,
      context,
      limit: options.limitFlows ?? flows,
      remembers: options.passing !== true,
    })
    this.flows.sessionsByFlow = () => this.#sessionsByFlow()
    const sessions = () => this.#shared.all('engineio') as EngineIoSession[]
    this.past = new Past({ store: this.#store, flows: this.flows, sessions, trace: this })
    this.#conversations = new SeenConversations({
      store: this.#store,
      flows: this.flows,
      shared: this.#shared,
      socketIoPacket: options.passing ? () => undefined : (...told) => this.socketIoPacket(...told),
      socketIoText: this.events.seen,
      surroundings: () => this.#surroundings,
      skimmed: (s, header) => this.#firstPass.segment(s, header),
      skimmedDatagram: (s) => this.#firstPass.datagram(s),
      revised: (number) => this.#revised(number),
    })
    const startTime = () => this.#firstPass.start
    this.#surroundings = {
      stack: this.stack,
      conversations: this.#conversations,
      inflate: inflaters,
      ciphers,
      secrets: this.secrets,
      verify: verified(options.verify),
      timeOf,
      get start() {
        return startTime()
      },
    }
    this.#firstPass = new FirstPass(this.#store, this.flows, this.#surroundings)
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
    const number = this.#firstPass.add(frame)
    this.#changed()
    return number
  }

  /** As `add`, and answers with the packet and all its layers: for one who looks at each packet once, in order. */
  addRecorded(frame: Frame): Packet {
    const packet = this.#firstPass.addRecorded(frame)
    this.#changed()
    return packet
  }

  /**
   * As `add`, and answers with the line of the packet list: for one who reads a capture once, from its beginning. A
   * placed frame's buffer must never change, since it is not copied; what dissectors remember is not kept. The line is
   * lent until the next frame is taken.
   */
  summarise(frame: Frame | PlacedFrame): LentColumns {
    const line = this.#firstPass.summarise(frame)
    this.#changed()
    return line
  }

  /** As `summarise`, where the filter chooses the packet; undefined where it does not. */
  choose(frame: Frame | PlacedFrame, filter: CompiledFilter): LentColumns | undefined {
    const line = this.#firstPass.choose(frame, filter)
    this.#changed()
    return line
  }

  /**
   * As `summarise`, and answers with the packet, of whose fields those are recorded that are wanted, and maybe more.
   * Its columns are made where `lined`. Lent until the next frame is taken. Undefined for most packets that have not
   * all the protocols of `bits`: nobody wants them, so nothing is made of them.
   */
  look(frame: Frame | PlacedFrame, wanted: WantedFields, lined = true, bits = 0): Packet | undefined {
    const packet = this.#firstPass.look(frame, wanted, lined, bits)
    this.#changed()
    return packet
  }

  /** When the packet came that was not chosen, or of which nothing was made: nanoseconds since the first. */
  get passedNanos(): number {
    return this.#firstPass.nanos
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

  /** What its stream made of a packet, without dissecting it; undefined for what is no segment, or is not held. */
  segment(number: number): Segment | undefined {
    return this.#store.memory(number)?.find((kept) => kept instanceof TcpSegment)
  }

  sessions(): SessionNode[] {
    return sessionNodes(this.#shared.all('engineio') as EngineIoSession[])
  }

  /** Keep-alives and pings by conversation, beside those of the sessions: the lines that were asked on last, those first. */
  beats(limit: number): BeatsNode[] {
    const lines = beatsNodes(this.flows.withBeats())
    const last = ({ beats }: BeatsNode) => beats.at(-1)?.ping ?? 0
    return lines.sort((a, b) => last(b) - last(a)).slice(0, limit)
  }

  addEvent(event: ApplicationEvent): EventNode {
    const node = this.events.add(event)
    this.#changed()
    return node
  }

  /** The view of a filter, shared by all who ask with the same text; the last 16 are kept. */
  view(filter: CompiledFilter | undefined): View {
    return this.#views.of(filter)
  }

  /** Calls back after every packet and event, at once: the listener should only take a note. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Takes all the frames that are held into account anew, in their order and under their numbers: since the secrets of
   * TLS sessions came behind the packets that they open. A little at a time, and `run` changes at the end. Nothing may
   * be added meanwhile, so it is for captures that are whole.
   */
  readAgain(): Promise<void> {
    const done = this.#reading.then(() => this.#readAnew())
    this.#reading = done
    return done
  }

  async #readAnew(): Promise<void> {
    this.flows.clear()
    this.#conversations.clear()
    this.#shared.clear()
    this.events.forgetWire()
    this.#store.recount()
    this.secrets.caughtUp()
    let until = performance.now() + SLICE_MS
    const { last } = this
    for (let number = this.first; number <= last; number++) {
      const frame = this.#store.frame(number)
      if (frame !== undefined) this.#firstPass.dissected(frame, number, false)
      if (performance.now() < until) continue
      await nextTurn()
      until = performance.now() + SLICE_MS
    }
    this.events.settle()
    this.#views.clear()
    this.run = randomUUID()
    this.#changed()
  }

  /** Says that a packet which was added has changed: it came out of its cable. */
  touch(): void {
    this.#changed()
  }

  /** Told by Socket.IO's dissector on the first pass: joins packets with application events. */
  socketIoPacket(sid: string, direction: 'in' | 'out', index: number, frame: number): void {
    this.events.carried(sid, direction, index, frame)
  }

  #revised(number: number): void {
    this.#views.revise(number)
    this.revisions++
    this.#changed()
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
    return packetColumns(packet, this.#firstPass.start)
  }

  rowOf(packet: Packet): Row {
    return packetRow(packet, {
      start: this.#firstPass.start,
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
    if (this.#listeners.size === 0) return
    for (const listener of this.#listeners) listener()
  }
}

function verified(verify: TraceOptions['verify']): Verified | undefined {
  if (typeof verify !== 'boolean') return verify
  return verify ? { ip: true, tcp: true, udp: true } : undefined
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
