/** A conversation and what was counted of it, now and as it changed. */
import type { FlowState } from '../dashboard/api.ts'
import type { Endpoint, Flow } from '../protocols/conversation.ts'
import type { StreamProtocol } from '../protocols/protocol.ts'
import { hashOf, Sockets } from './sockets.ts'
import type { TcpFlow } from './tcp-flow.ts'

export class UdpFlow implements Flow {
  readonly transport = 'udp'
  readonly index: number
  readonly id: string
  readonly client: Endpoint
  readonly server: Endpoint
  application: StreamProtocol | undefined
  #state: Map<string, unknown> | undefined

  constructor(index: number, client: Endpoint, server: Endpoint) {
    this.index = index
    this.id = `udp.${index}`
    this.client = client
    this.server = server
  }

  get state(): Map<string, unknown> {
    this.#state ??= new Map()
    return this.#state
  }
}

/** What is counted of a packet. */
export interface CountedPacket {
  readonly number: number
  readonly nanos: number
  readonly time: bigint
  readonly originalLength: number
  readonly protocols: number
}

/** What a conversation was from packet `number` on. */
export interface FlowMoment {
  readonly number: number
  readonly state: FlowState
  readonly protocols: number
  /** Seconds. */
  readonly rtt: number | null
}

/** A conversation and what was counted of it. */
export class FlowRecord {
  readonly flow: TcpFlow | UdpFlow
  /** Place in the order of creation over both transports; what the store keeps by packet. */
  readonly order: number
  /** From the client to the server. */
  readonly sockets: Sockets
  /** By which it is found, and the next with the same. */
  readonly hash: number
  next: FlowRecord | undefined
  packets = 0
  packetsFromClient = 0
  bytes = 0
  bytesFromClient = 0
  firstTime = 0n
  #firstNanos = 0
  #lastNanos = 0
  first = 0
  last = 0
  /** Bits of every protocol seen in it. */
  protocols = 0
  /** How it stood after each packet that changed more than its counts, oldest first; undefined where nobody will ask. */
  readonly #moments: FlowMoment[] | undefined

  constructor(flow: TcpFlow | UdpFlow, order: number, remembers: boolean) {
    this.#moments = remembers ? [] : undefined
    this.flow = flow
    this.order = order
    this.sockets = new Sockets().set(flow.client, flow.server)
    this.hash = hashOf(NUMBER[flow.transport], this.sockets)
  }

  get lastTime(): bigint {
    return this.firstTime + BigInt(this.#lastNanos - this.#firstNanos)
  }

  count(packet: CountedPacket, fromClient: boolean): void {
    if (this.packets === 0) {
      this.first = packet.number
      this.firstTime = packet.time
      this.#firstNanos = packet.nanos
    }
    this.packets++
    this.bytes += packet.originalLength
    if (fromClient) {
      this.packetsFromClient++
      this.bytesFromClient += packet.originalLength
    }
    this.last = packet.number
    this.#lastNanos = packet.nanos
    this.protocols |= packet.protocols
    if (this.#moments === undefined) return
    const known = this.#moments.at(-1)
    const { state, rtt, protocols } = this
    if (known?.state === state && known.protocols === protocols && known.rtt === rtt) return
    this.#moments.push({ number: packet.number, state, protocols, rtt })
  }

  get state(): FlowState {
    return this.flow.transport === 'tcp' ? this.flow.progress : 'datagrams'
  }

  get rtt(): number | null {
    return this.flow.transport === 'tcp' ? this.flow.rtt : null
  }

  /** How it stood just behind a packet; undefined when it had not begun. */
  at(number: number): FlowMoment | undefined {
    return this.#moments?.findLast((moment) => moment.number <= number)
  }
}

/** Apart, since a TCP connection and an exchange of datagrams may share their sockets. */
export const NUMBER = { tcp: 6, udp: 17 } as const
