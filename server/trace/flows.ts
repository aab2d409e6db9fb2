/** The conversations of a trace, numbered as tshark numbers its streams. */
import type { FlowNode } from '../dashboard/api.ts'
import type { Endpoint, Flow, SegmentHeader } from '../protocols/conversation.ts'
import type { AnyProtocol } from '../protocols/protocol.ts'
import type { Stack } from '../protocols/stack.ts'
import { PROTOCOLS } from '../protocols/stack.ts'
import { ACK, SYN } from '../protocols/tcp-segment.ts'
import type { TcpContext } from './direction.ts'
import { FlowRecord, NUMBER, UdpFlow } from './flow-record.ts'
import { hashOf, otherWay, type SocketNumbers, Sockets, sameWay } from './sockets.ts'
import { TcpFlow } from './tcp-flow.ts'
import { formatTime } from './time.ts'

export interface FlowTableOptions {
  readonly stack: Stack
  readonly context: TcpContext
  /** Conversations held. */
  readonly limit: number
  /** Whether anybody may ask how they stood at earlier moments; true unless told otherwise. */
  readonly remembers?: boolean
}

const NO_SESSIONS: ReadonlyMap<string, string> = new Map()

export class FlowTable {
  /** Which of the lab's services an endpoint is, as server; set by who knows their ports. */
  serviceOf: (transport: 'tcp' | 'udp', server: Endpoint) => string | null = () => null
  /** Engine.IO session ids by the id of a flow that carries them. */
  sessionsByFlow: () => ReadonlyMap<string, string> = () => new Map()
  readonly #stack: Stack
  readonly #context: TcpContext
  readonly #limit: number
  readonly #remembers: boolean
  /** The latest conversation between two sockets, by the hash of both. */
  readonly #latest = new Map<number, FlowRecord>()
  #found: FlowRecord | undefined
  readonly #wanted = new Sockets()
  readonly #byOrder = new Map<number, FlowRecord>()
  /** Made with the first question: a capture that is only read asks hardly any. */
  #byFlow: Map<Flow, FlowRecord> | undefined
  #byId: Map<string, FlowRecord> | undefined
  #created = 0
  #tcpStreams = 0
  #udpStreams = 0
  #dropped = 0

  constructor(options: FlowTableOptions) {
    this.#stack = options.stack
    this.#context = options.context
    this.#limit = options.limit
    this.#remembers = options.remembers ?? true
  }

  /** As before the first packet; whoever names services and sessions stays. */
  clear(): void {
    for (const { flow } of this.#byOrder.values()) if (flow.transport === 'tcp') flow.close()
    this.#latest.clear()
    this.#byOrder.clear()
    this.#byFlow = undefined
    this.#byId = undefined
    this.#found = undefined
    this.#created = 0
    this.#tcpStreams = 0
    this.#udpStreams = 0
    this.#dropped = 0
  }

  get size(): number {
    return this.#byOrder.size
  }

  /** Conversations no longer held, because there were too many. */
  get dropped(): number {
    return this.#dropped
  }

  list(): FlowNode[] {
    const sessions = this.sessionsByFlow()
    const seen = [...this.#byOrder.values()].filter((record) => record.packets > 0)
    return seen.map((record) => this.#node(record, sessions))
  }

  /** Those that were active last, the latest first: what a page needs of thousands. */
  latest(limit: number): FlowNode[] {
    const sessions = this.sessionsByFlow()
    const seen = [...this.#byOrder.values()].filter((record) => record.packets > 0)
    const latest = seen.sort((a, b) => b.last - a.last).slice(0, limit)
    return latest.map((record) => this.#node(record, sessions))
  }

  /** Conversations in which somebody asked whether the other is still there. */
  withBeats(): TcpFlow[] {
    const flows: TcpFlow[] = []
    for (const { flow } of this.#byOrder.values()) {
      if (flow.transport === 'tcp' && flow.beats !== undefined) flows.push(flow)
    }
    return flows
  }

  get(id: string): FlowNode | undefined {
    const record = this.#named(id)
    return record === undefined ? undefined : this.#node(record, this.sessionsByFlow())
  }

  /** The conversation of that name, if it is held. */
  flow(id: string): TcpFlow | UdpFlow | undefined {
    return this.#named(id)?.flow
  }

  /** The latest conversation between two sockets, whoever opened it. */
  find(transport: 'tcp' | 'udp', one: Endpoint, other: Endpoint): FlowNode | undefined {
    const record = this.#search(transport, this.#wanted.set(one, other))
    return record === undefined ? undefined : this.#node(record, this.sessionsByFlow())
  }

  /** What is held of every conversation that has a packet, oldest first. */
  records(): FlowRecord[] {
    return [...this.#byOrder.values()].filter((record) => record.packets > 0)
  }

  /** One of them as `list` has it, but for its session; named after those of its protocols. */
  nodeOf(record: FlowRecord, protocols: number): FlowNode {
    return this.#node(record, NO_SESSIONS, protocols)
  }

  /** The conversation that was looked for last. */
  get found(): FlowRecord | undefined {
    return this.#found
  }

  byOrder(order: number): FlowRecord | undefined {
    return this.#byOrder.get(order)
  }

  recordOf(flow: Flow): FlowRecord | undefined {
    this.#byFlow ??= new Map([...this.#byOrder.values()].map((record) => [record.flow, record]))
    return this.#byFlow.get(flow)
  }

  #named(id: string): FlowRecord | undefined {
    this.#byId ??= new Map([...this.#byOrder.values()].map((record) => [record.flow.id, record]))
    return this.#byId.get(id)
  }

  /**
   * The latest conversation between the sockets of a packet, given as numbers. Packets come in bursts of one
   * conversation: most need no search.
   */
  between(transport: 'tcp' | 'udp', sockets: SocketNumbers): FlowRecord | undefined {
    const last = this.#found
    if (last !== undefined && last.flow.transport === transport) {
      if (sameWay(last.sockets, sockets) || otherWay(last.sockets, sockets)) return last
    }
    const found = this.#search(transport, sockets)
    if (found !== undefined) this.#found = found
    return found
  }

  #search(transport: 'tcp' | 'udp', sockets: SocketNumbers): FlowRecord | undefined {
    let record = this.#latest.get(hashOf(NUMBER[transport], sockets))
    while (record !== undefined) {
      if (record.flow.transport === transport) {
        if (sameWay(record.sockets, sockets) || otherWay(record.sockets, sockets)) return record
      }
      record = record.next
    }
    return undefined
  }

  /** The conversation that a segment would belong to if it were seen. */
  knownTcp({ source, destination, flags, seq }: SegmentHeader): TcpFlow | undefined {
    const known = this.#lookup('tcp', source, destination)?.flow
    if (known?.transport !== 'tcp') return undefined
    // A SYN that nobody here has seen opens a connection that nobody here knows yet.
    return flags & SYN && !known.hasBegunWith(source, seq) ? undefined : known
  }

  knownUdp(source: Endpoint, destination: Endpoint): UdpFlow | undefined {
    const known = this.#lookup('udp', source, destination)?.flow
    return known?.transport === 'udp' ? known : undefined
  }

  tcp(header: SegmentHeader): TcpFlow {
    const { source, destination, flags } = header
    const known = this.#lookup('tcp', source, destination)?.flow
    if (known?.transport === 'tcp' && !known.isReopenedBy(header)) return known
    const clientFirst = flags & SYN ? (flags & ACK) === 0 : this.#looksLikeClient(source, destination)
    const [client, server] = clientFirst ? [source, destination] : [destination, source]
    const flow = new TcpFlow(this.#tcpStreams++, client, server, this.#context, known !== undefined)
    this.#add(flow)
    return flow
  }

  udp(source: Endpoint, destination: Endpoint): UdpFlow {
    const known = this.#lookup('udp', source, destination)?.flow
    if (known?.transport === 'udp') return known
    const fromServer = this.#isServer('udp', source) && !this.#isServer('udp', destination)
    const [client, server] = fromServer ? [destination, source] : [source, destination]
    const flow = new UdpFlow(this.#udpStreams++, client, server)
    this.#add(flow)
    return flow
  }

  #lookup(transport: 'tcp' | 'udp', source: Endpoint, destination: Endpoint): FlowRecord | undefined {
    // Packets come in bursts of one conversation: most need no key.
    const last = this.#found
    if (last !== undefined && last.flow.transport === transport) {
      const { client, server } = last.flow
      const forth = same(client, source) && same(server, destination)
      if (forth || (same(client, destination) && same(server, source))) return last
    }
    const found = this.#search(transport, this.#wanted.set(source, destination))
    if (found !== undefined) this.#found = found
    return found
  }

  /** Without a SYN: ports that we know are servers', else the higher port is taken for the client's. */
  #looksLikeClient(source: Endpoint, destination: Endpoint): boolean {
    const destinationKnown = this.#isServer('tcp', destination)
    const bothOrNone = this.#isServer('tcp', source) === destinationKnown
    return bothOrNone ? source.port >= destination.port : destinationKnown
  }

  #isServer(transport: 'tcp' | 'udp', end: Endpoint): boolean {
    return (
      this.#stack.lookup(`${transport}.port`, end.port) !== undefined ||
      this.serviceOf(transport, end) !== null
    )
  }

  /**
   * Echoed bytes look like nothing, so who serves must say what they are; all else is recognised. Only the server's end
   * counts, and what is served there now: a client may have the number of a port where there was an echo once.
   */
  isEcho({ transport, server }: Flow): boolean {
    return this.serviceOf(transport, server) === `${transport}-echo`
  }

  #add(flow: TcpFlow | UdpFlow): void {
    const record = new FlowRecord(flow, this.#created++, this.#remembers)
    const before = this.#search(flow.transport, record.sockets)
    if (before !== undefined) this.#unlink(before)
    record.next = this.#latest.get(record.hash)
    this.#latest.set(record.hash, record)
    this.#found = record
    this.#byOrder.set(record.order, record)
    this.#byFlow?.set(flow, record)
    this.#byId?.set(flow.id, record)
    if (this.#byOrder.size > this.#limit) this.#makeRoom()
  }

  /** Drops the oldest that are over, a batch at a time so that the search for them is paid rarely. */
  #makeRoom(): void {
    const wanted = Math.max(1, Math.floor(this.#limit / 20))
    const going: FlowRecord[] = []
    for (const record of this.#byOrder.values()) {
      if (going.length === wanted) break
      if (record.flow.transport === 'tcp' && record.flow.over) going.push(record)
    }
    if (going.length === 0) {
      for (const record of this.#byOrder.values()) {
        if (going.length === wanted) break
        going.push(record)
      }
    }
    for (const record of going) this.#drop(record)
  }

  #drop(record: FlowRecord): void {
    this.#byOrder.delete(record.order)
    this.#byFlow?.delete(record.flow)
    this.#byId?.delete(record.flow.id)
    this.#unlink(record)
    if (this.#found === record) this.#found = undefined
    if (record.flow.transport === 'tcp') record.flow.close()
    this.#dropped++
  }

  /** Takes it from those that are found by their sockets, if it is one of them. */
  #unlink(record: FlowRecord): void {
    let before = this.#latest.get(record.hash)
    if (before === record) {
      if (record.next === undefined) this.#latest.delete(record.hash)
      else this.#latest.set(record.hash, record.next)
    } else {
      while (before !== undefined && before.next !== record) before = before.next
      if (before !== undefined) before.next = record.next
    }
    record.next = undefined
  }

  #node(record: FlowRecord, sessions: ReadonlyMap<string, string>, protocols = record.protocols): FlowNode {
    const { flow } = record
    const beats = flow.transport === 'tcp' ? flow.beats?.changes : undefined
    return {
      id: flow.id,
      transport: flow.transport,
      protocol: this.#protocolName(record, protocols),
      service: this.serviceOf(flow.transport, flow.server),
      client: { ...flow.client },
      server: { ...flow.server },
      state: record.state,
      packets: record.packets,
      packetsFromClient: record.packetsFromClient,
      bytes: record.bytes,
      bytesFromClient: record.bytesFromClient,
      rtt: record.rtt,
      firstTime: formatTime(record.firstTime),
      lastTime: formatTime(record.lastTime),
      first: record.first,
      last: record.last,
      sid: sessions.get(flow.id) ?? null,
      ...(beats !== undefined && { beats }),
    }
  }

  /** The innermost protocol seen that names itself in the packet list. */
  #protocolName(record: FlowRecord, protocols: number): string {
    let found: AnyProtocol | undefined
    for (const protocol of PROTOCOLS) {
      if (protocol.osi < 5 || protocol.short === undefined) continue
      if ((protocols & this.#stack.bit(protocol)) !== 0) found = protocol
    }
    return found?.short ?? record.flow.transport.toUpperCase()
  }
}

function same(one: Endpoint, other: Endpoint): boolean {
  return one.port === other.port && one.address === other.address
}
