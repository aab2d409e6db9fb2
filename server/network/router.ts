/** A router (RFC 1812): an interface on each of its links, and packets passed from one to another, their time to live less by one. */
import { at16, put16 } from '../protocols/big-endian.ts'
import { updatedChecksum } from '../protocols/checksum.ts'
import { ETHERNET_HEADER } from '../protocols/ethernet.ts'
import {
  decodeIcmp,
  encodeIcmp,
  FRAGMENTATION_NEEDED,
  HOST_UNREACHABLE,
  type IcmpMessage,
  icmpLength,
  NET_UNREACHABLE,
  PORT_UNREACHABLE,
  PROTOCOL_UNREACHABLE,
  REASSEMBLY_TIME_EXCEEDED,
  TIME_EXCEEDED,
  TTL_EXCEEDED,
  UNREACHABLE,
} from '../protocols/icmp.ts'
import { ICMP, UDP } from '../protocols/ip-protocols.ts'
import { decodeIpv4, IPV4_LAYOUT, Ipv4Header } from '../protocols/ipv4.ts'
import { isUnicast } from './address.ts'
import type { Clock } from './clock.ts'
import { framesOf, Reassembler } from './fragments.ts'
import { allocateFrame } from './frame-buffers.ts'
import { IcmpErrors, type IpPacket } from './icmp-errors.ts'
import { type Cable, NetworkInterface } from './interface.ts'
import { DEFAULT_TTL } from './ip.ts'
import type { Random } from './random.ts'
import { type LinkEnd, RoutingArea, RoutingTable } from './routes.ts'

export interface RouterOptions {
  readonly name: string
  readonly clock: Clock
  readonly random: Random
  readonly interfaces: readonly LinkEnd[]
  /** Bytes of the largest IP packet that its links carry; 1500, as Ethernet does. */
  readonly mtu?: number
  /** Routers that it learns routes from; without one it knows its own subnets, and what is added to `routes`. */
  readonly area?: RoutingArea
}

const ETHERNET_MTU = 1500

export class Router {
  readonly name: string
  readonly routes = new RoutingTable()
  readonly #interfaces = new Map<string, NetworkInterface>()
  /** By its own addresses. */
  readonly #own = new Map<number, NetworkInterface>()
  readonly #area: RoutingArea
  readonly #errors: IcmpErrors
  readonly #reassembler: Reassembler
  readonly #received = new Ipv4Header()
  #identification: number
  #closed = false

  constructor(options: RouterOptions) {
    const { name, clock, random, interfaces, mtu = ETHERNET_MTU } = options
    this.name = name
    this.#identification = random.below(0x1_0000)
    this.#errors = new IcmpErrors(clock)
    this.#reassembler = new Reassembler(clock, (bytes) => {
      const packet = wholePacket(bytes)
      if (packet !== undefined) this.#tell(packet, TIME_EXCEEDED, REASSEMBLY_TIME_EXCEEDED)
    })
    for (const end of interfaces) {
      const port: NetworkInterface = new NetworkInterface({
        ...end,
        mtu,
        clock,
        packet: (frame, start, toGroup) => this.#packet(port, frame, start, toGroup),
        unresolved: (frame) => {
          const packet = wholePacket(frame.subarray(ETHERNET_HEADER))
          if (packet !== undefined) this.#tell(packet, UNREACHABLE, HOST_UNREACHABLE)
        },
      })
      this.#interfaces.set(end.name, port)
      this.#own.set(end.address, port)
    }
    this.#area = options.area ?? new RoutingArea(clock)
    this.#area.join(name, interfaces, this.routes)
  }

  /** Plugs a cable in. */
  attach(interfaceName: string, cable: Cable): void {
    this.#interface(interfaceName).attach(cable)
  }

  /** A frame from the cable there: any bytes; they are not changed. */
  receive(interfaceName: string, frame: Uint8Array): void {
    if (!this.#closed) this.#interface(interfaceName).receive(frame)
  }

  /** The card there has lost its signal, or has it back. */
  linkState(interfaceName: string, up: boolean): void {
    const port = this.#interface(interfaceName)
    if (port.up === up || this.#closed) return
    port.up = up
    if (up) port.arp.announce()
    else port.arp.clear()
    this.#area.linkState(this.name, interfaceName, up)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#area.leave(this.name)
    this.#reassembler.close()
    for (const port of this.#interfaces.values()) port.detach()
  }

  #interface(name: string): NetworkInterface {
    const found = this.#interfaces.get(name)
    if (found === undefined) throw new Error(`${this.name} has no interface ${name}`)
    return found
  }

  #packet(from: NetworkInterface, bytes: Uint8Array, start: number, toGroup: boolean): void {
    const header = this.#received
    if (!decodeIpv4(bytes, start, bytes.length, header)) return
    const { source, destination, protocol, ttl } = header
    // RFC 1812 §5.3.7: what names no host as its sender, or ourselves, is a lie.
    if (!isUnicast(source) || this.#own.has(source) || from.isBroadcast(source)) return
    // What is for everyone stays on its link, also on another of ours (RFC 1812 §5.3.4, RFC 2644).
    if (toGroup || !isUnicast(destination) || this.#isBroadcast(destination)) return
    const end = start + header.totalLength
    const payload = start + header.headerLength
    const packet = { source, destination, protocol, ttl, bytes, start, payload, end, toGroup }
    if (!this.#own.has(destination)) this.#forward(packet, header)
    else if (!header.moreFragments && header.fragmentOffset === 0) this.#deliver(packet)
    else {
      const whole = wholePacket(this.#reassembler.add(header, bytes, start, end))
      if (whole !== undefined) this.#deliver(whole)
    }
  }

  #isBroadcast(address: number): boolean {
    for (const port of this.#interfaces.values()) if (port.broadcast === address) return true
    return false
  }

  #forward(packet: IpPacket, header: Ipv4Header): void {
    // RFC 1812 §5.3.1: a packet whose time is up is not passed on.
    if (packet.ttl <= 1) {
      this.#tell(packet, TIME_EXCEEDED, TTL_EXCEEDED)
      return
    }
    const way = this.#way(packet.destination)
    if (way === undefined) {
      this.#tell(packet, UNREACHABLE, NET_UNREACHABLE)
      return
    }
    const { port, nextHop } = way
    if (header.totalLength <= port.mtu) {
      port.sendTo(withTtlLess(packet), nextHop)
      return
    }
    if (header.dontFragment) {
      this.#tell(packet, UNREACHABLE, FRAGMENTATION_NEEDED, port.mtu)
      return
    }
    // Options, of which some would belong in every fragment, are left out.
    const less = new Ipv4Header({ ...header, ttl: packet.ttl - 1 })
    const body = packet.bytes.subarray(packet.payload, packet.end)
    for (const frame of framesOf(less, body, port.mtu)) port.sendTo(frame, nextHop)
  }

  /** By which interface, and to which neighbour there. */
  #way(destination: number): { port: NetworkInterface; nextHop: number } | undefined {
    const route = this.routes.lookup(destination)
    const port = route && this.#interfaces.get(route.interface)
    return port && { port, nextHop: route.via ?? destination }
  }

  /** A packet for the router itself: it answers pings, and has no programs. */
  #deliver(packet: IpPacket): void {
    if (packet.protocol !== ICMP) {
      this.#tell(packet, UNREACHABLE, packet.protocol === UDP ? PORT_UNREACHABLE : PROTOCOL_UNREACHABLE)
      return
    }
    const message = decodeIcmp(packet.bytes, packet.payload, packet.end)
    if (message?.kind !== 'echo request') return
    this.#send(packet.source, { ...message, kind: 'echo reply' }, packet.destination)
  }

  #tell(packet: IpPacket, type: number, code: number, mtu = 0): void {
    if (this.#own.has(packet.source)) return
    const message = this.#errors.about(packet, type, code, mtu)
    if (message !== undefined) this.#send(packet.source, message)
  }

  /** From the address of the interface by which it leaves, unless told otherwise (RFC 1812 §4.3.2.4). */
  #send(destination: number, message: IcmpMessage, source?: number): void {
    const way = this.#way(destination)
    if (way === undefined) return
    const payload = new Uint8Array(icmpLength(message))
    encodeIcmp(message, payload, 0)
    this.#identification = (this.#identification + 1) & 0xffff
    const header = new Ipv4Header({
      identification: this.#identification,
      ttl: DEFAULT_TTL,
      protocol: ICMP,
      source: source ?? way.port.address,
      destination,
    })
    for (const frame of framesOf(header, payload, way.port.mtu)) way.port.sendTo(frame, way.nextHop)
  }
}

/** A copy in a frame of its own: the one that came may be on its way to others too. */
function withTtlLess({ bytes, start, end, ttl }: IpPacket): Uint8Array {
  const frame = allocateFrame(ETHERNET_HEADER + end - start)
  frame.set(bytes.subarray(start, end), ETHERNET_HEADER)
  // The TTL is the upper half of its 16-bit word.
  const word = ETHERNET_HEADER + IPV4_LAYOUT.ttl
  const checksum = ETHERNET_HEADER + IPV4_LAYOUT.checksum
  const before = at16(frame, word)
  frame[word] = ttl - 1
  put16(frame, checksum, updatedChecksum(at16(frame, checksum), before, at16(frame, word)))
  return frame
}

/** One that fills its bytes. */
function wholePacket(bytes: Uint8Array | undefined): IpPacket | undefined {
  const header = new Ipv4Header()
  if (bytes === undefined || !decodeIpv4(bytes, 0, bytes.length, header)) return undefined
  const { source, destination, protocol, ttl, headerLength: payload, totalLength: end } = header
  return { source, destination, protocol, ttl, bytes, start: 0, payload, end, toGroup: false }
}
