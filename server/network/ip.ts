/** IPv4 in a host (RFC 791, RFC 1122 §3): sends to neighbours or through a gateway, takes what is for it, routes nothing. */
import { put16 } from '../protocols/big-endian.ts'
import { internetChecksum } from '../protocols/checksum.ts'
import { ETHERNET_HEADER } from '../protocols/ethernet.ts'
import { HOST_UNREACHABLE, NET_UNREACHABLE } from '../protocols/icmp.ts'
import { TCP } from '../protocols/ip-protocols.ts'
import {
  decodeIpv4,
  encodeIpv4,
  IPV4_LAYOUT,
  Ipv4Header,
  LARGEST_PACKET,
  SMALLEST_HEADER,
} from '../protocols/ipv4.ts'
import { isMulticast, isUnicast } from './address.ts'
import type { Clock } from './clock.ts'
import { Fifo } from './fifo.ts'
import { framesOf, Reassembler } from './fragments.ts'
import { allocateFrame } from './frame-buffers.ts'
import type { IpPacket } from './icmp-errors.ts'
import { NetworkInterface } from './interface.ts'
import type { Random } from './random.ts'

/** What most systems begin with, and RFC 1122 §3.2.1.7 asks for at least. */
export const DEFAULT_TTL = 64
/** Destinations whose way is remembered. */
const MOST_PATHS = 1024
/** Bytes that wait to come back from our own address. */
const MOST_LOOPED_BYTES = 4 * 2 ** 20
/** Every link carries this much (RFC 791 §3.2); an ICMP error that asks for less lies. */
const SMALLEST_MTU = 68

/** What the host does with what IP brings it. */
export interface IpUser {
  /** A TCP segment for this host: an IP payload in `bytes`, from `start` to `end`. */
  segment(source: number, destination: number, bytes: Uint8Array, start: number, end: number): void
  /** Any other packet for this host, or for everyone. */
  packet(packet: IpPacket): void
  /** One of our own packets could not be sent. `code` is ICMP's for an unreachable destination. */
  undelivered(bytes: Uint8Array, start: number, code: number): void
  /** The first fragment of a packet whose others never came. */
  incomplete(packet: IpPacket): void
}

export interface IpOptions {
  readonly name: string
  readonly address: number
  readonly prefix: number
  readonly gateway: number | undefined
  readonly mtu: number
  readonly clock: Clock
  readonly random: Random
}

/** How a destination is reached; its header, but for what differs from packet to packet. */
interface Path {
  readonly kind: 'neighbour' | 'everyone' | 'ourselves' | 'none'
  readonly nextHop: number
  /** Of a whole header: an unfragmented packet's, with length, identification and checksum 0. */
  readonly header: Uint8Array
  /** Less than the link's where an ICMP error has said so (RFC 1191). */
  mtu: number
}

export type IpSent = 'sent' | 'too long' | 'no route'
/** Writes an IP payload into `bytes`, from `at` on. */
export type Write = (bytes: Uint8Array, at: number) => void

export class Ip {
  readonly address: number
  readonly mtu: number
  readonly clock: Clock
  readonly random: Random
  readonly interface: NetworkInterface
  readonly #gateway: number | undefined
  readonly #user: IpUser
  readonly #reassembler: Reassembler
  readonly #paths = new Map<number, Path>()
  readonly #received = new Ipv4Header()
  /** Frames for ourselves: they never meet the cable, but take a turn of their own. */
  readonly #looped = new Fifo<Uint8Array>()
  #loopedBytes = 0
  #identification: number
  #closed = false

  constructor(options: IpOptions, user: IpUser) {
    const { name, address, prefix, gateway, mtu, clock, random } = options
    this.address = address
    this.mtu = mtu
    this.clock = clock
    this.random = random
    this.#gateway = gateway
    this.#user = user
    this.#identification = random.below(0x1_0000)
    this.#reassembler = new Reassembler(clock, (packet) => user.incomplete(this.#wholePacket(packet)))
    this.interface = new NetworkInterface({
      name,
      address,
      prefix,
      mtu,
      clock,
      packet: (frame, start, toGroup) => this.#receive(frame, start, toGroup),
      unresolved: (frame) => user.undelivered(frame, ETHERNET_HEADER, HOST_UNREACHABLE),
    })
  }

  /** Sends `length` bytes of TCP, written by `write`, that no router may cut (RFC 1191 §3): what TCP is given of IP. */
  transmit(
    destination: number,
    protocol: number,
    length: number,
    write: Write,
    ttl: number,
    dsfield: number,
  ): void {
    const path = this.#paths.get(destination) ?? this.#findPath(destination)
    // RFC 9293 §3.9.2.3 (MUST-57): TCP is between two hosts.
    if (path.kind === 'none' || path.kind === 'everyone') {
      this.#report(this.#build(path, protocol, length, write, ttl, dsfield), NET_UNREACHABLE)
    } else if (length + SMALLEST_HEADER <= path.mtu) {
      this.#dispatch(path, this.#build(path, protocol, length, write, ttl, dsfield))
    } else this.send(destination, protocol, length, write, ttl, dsfield)
  }

  /** Whether the address means everyone on this link. */
  isBroadcast(address: number): boolean {
    return this.interface.isBroadcast(address)
  }

  /** A transport gets no answer from there: is the next hop on the way still where it was (RFC 1122 §3.3.1.4)? */
  doubt(destination: number): void {
    const path = this.#paths.get(destination)
    if (path?.kind === 'neighbour') this.interface.arp.doubt(path.nextHop)
  }

  /** Sends `length` bytes, written by `write`, in one packet or in as many fragments as it takes. */
  send(
    destination: number,
    protocol: number,
    length: number,
    write: Write,
    ttl = DEFAULT_TTL,
    dsfield = 0,
  ): IpSent {
    if (length + SMALLEST_HEADER > LARGEST_PACKET) return 'too long'
    const path = this.#paths.get(destination) ?? this.#findPath(destination)
    if (path.kind === 'none') return 'no route'
    const payload = new Uint8Array(length)
    write(payload, 0)
    const header = new Ipv4Header({
      identification: this.#nextIdentification(),
      dsfield,
      ttl,
      protocol,
      source: this.address,
      destination,
    })
    const mtu = path.kind === 'ourselves' ? LARGEST_PACKET : path.mtu
    for (const frame of framesOf(header, payload, mtu)) this.#dispatch(path, frame)
    return 'sent'
  }

  /** A router has said that no more than `mtu` bytes get through to a destination (RFC 1191 §3). */
  learnMtu(destination: number, mtu: number): void {
    const path = this.#paths.get(destination)
    if (path !== undefined && mtu >= SMALLEST_MTU) path.mtu = Math.min(path.mtu, mtu)
  }

  /** No more frames, in or out. */
  close(): void {
    this.#closed = true
    this.interface.detach()
    this.#reassembler.close()
    this.#looped.clear()
    this.#loopedBytes = 0
  }

  /** A frame whose packet can't be cut on the way (RFC 791's DF). */
  #build(
    path: Path,
    protocol: number,
    length: number,
    write: Write,
    ttl: number,
    dsfield: number,
  ): Uint8Array {
    const total = SMALLEST_HEADER + length
    const frame = allocateFrame(ETHERNET_HEADER + total)
    frame.set(path.header, ETHERNET_HEADER)
    frame[ETHERNET_HEADER + IPV4_LAYOUT.dsfield] = dsfield
    frame[ETHERNET_HEADER + IPV4_LAYOUT.ttl] = ttl
    frame[ETHERNET_HEADER + IPV4_LAYOUT.proto] = protocol
    put16(frame, ETHERNET_HEADER + IPV4_LAYOUT.len, total)
    put16(frame, ETHERNET_HEADER + IPV4_LAYOUT.id, this.#nextIdentification())
    const payload = ETHERNET_HEADER + SMALLEST_HEADER
    const checksum = internetChecksum(frame, ETHERNET_HEADER, payload)
    put16(frame, ETHERNET_HEADER + IPV4_LAYOUT.checksum, checksum)
    write(frame, payload)
    return frame
  }

  #nextIdentification(): number {
    this.#identification = (this.#identification + 1) & 0xffff
    return this.#identification
  }

  #dispatch(path: Path, frame: Uint8Array): void {
    switch (path.kind) {
      case 'neighbour':
        this.interface.sendTo(frame, path.nextHop)
        return
      case 'everyone':
        // Programs on this host that listen are among everyone.
        this.#loop(frame.slice())
        this.interface.sendToAll(frame)
        return
      case 'ourselves':
        this.#loop(frame)
        return
      case 'none':
    }
  }

  #findPath(destination: number): Path {
    if (this.#paths.size >= MOST_PATHS) this.#paths.clear()
    const header = new Uint8Array(SMALLEST_HEADER)
    encodeIpv4(new Ipv4Header({ source: this.address, destination, dontFragment: true }), header, 0)
    put16(header, IPV4_LAYOUT.checksum, 0)
    const path: Path = { ...this.#route(destination), header, mtu: this.mtu }
    this.#paths.set(destination, path)
    return path
  }

  /** RFC 1122 §3.3.1.1: on this link, or else by way of the gateway. */
  #route(destination: number): Pick<Path, 'kind' | 'nextHop'> {
    const nextHop = destination
    if (destination === this.address) return { kind: 'ourselves', nextHop }
    if (this.interface.isBroadcast(destination)) return { kind: 'everyone', nextHop }
    if (!isUnicast(destination)) return { kind: 'none', nextHop }
    if (this.interface.reaches(destination)) return { kind: 'neighbour', nextHop }
    return this.#gateway === undefined
      ? { kind: 'none', nextHop }
      : { kind: 'neighbour', nextHop: this.#gateway }
  }

  /** In a turn of its own: whoever sends is in the middle of something. */
  #report(frame: Uint8Array, code: number): void {
    this.clock.at(this.clock.now(), () => {
      if (!this.#closed) this.#user.undelivered(frame, ETHERNET_HEADER, code)
    })
  }

  #loop(frame: Uint8Array): void {
    if (this.#closed || this.#loopedBytes + frame.length > MOST_LOOPED_BYTES) return
    this.#loopedBytes += frame.length
    this.#looped.push(frame)
    this.clock.at(this.clock.now(), () => {
      const next = this.#looped.shift()
      if (next === undefined) return
      this.#loopedBytes -= next.length
      this.#receive(next, ETHERNET_HEADER, false, true)
    })
  }

  #receive(bytes: Uint8Array, start: number, toGroup: boolean, looped = false): void {
    const header = this.#received
    if (this.#closed || !decodeIpv4(bytes, start, bytes.length, header)) return
    const { source, destination, protocol } = header
    if (!looped && !this.#isPlausible(source)) return
    const everyone = destination !== this.address
    if (everyone && !this.interface.isBroadcast(destination)) return
    // One host's packet in everyone's frame: dropped, lest many answer for it (RFC 1122 §3.3.6).
    if (toGroup && !everyone) return
    const end = start + header.totalLength
    if (header.moreFragments || header.fragmentOffset > 0) {
      const packet = this.#reassembler.add(header, bytes, start, end)
      if (packet !== undefined) this.#deliver(this.#wholePacket(packet))
      return
    }
    // Options are skipped (RFC 1122 §3.2.1.8: to be understood or ignored).
    const payload = start + header.headerLength
    if (protocol !== TCP) {
      const { ttl } = header
      this.#deliver({ source, destination, protocol, ttl, bytes, start, payload, end, toGroup: everyone })
    } else if (!everyone) this.#user.segment(source, destination, bytes, payload, end)
  }

  /** RFC 1122 §3.2.1.3: a packet from everyone, from a group or from ourselves is a lie. */
  #isPlausible(source: number): boolean {
    return isUnicast(source) && source !== this.address && !this.interface.isBroadcast(source)
  }

  #deliver(packet: IpPacket): void {
    const { source, destination, protocol, bytes, payload, end, toGroup } = packet
    if (protocol !== TCP) this.#user.packet(packet)
    else if (!toGroup) this.#user.segment(source, destination, bytes, payload, end)
  }

  /** What the reassembler has made: a packet in bytes of its own. */
  #wholePacket(bytes: Uint8Array): IpPacket {
    const header = new Ipv4Header()
    decodeIpv4(bytes, 0, bytes.length, header)
    const { source, destination, protocol, ttl, headerLength } = header
    const toGroup = isMulticast(destination) || this.interface.isBroadcast(destination)
    return {
      source,
      destination,
      protocol,
      ttl,
      bytes,
      start: 0,
      payload: headerLength,
      end: bytes.length,
      toGroup,
    }
  }
}
