/** A network interface: a MAC address and an IPv4 address on a cable, and Ethernet and ARP between them. */
import { at16, at48, put48 } from '../protocols/big-endian.ts'
import { ETHERNET_HEADER, ETHERNET_LAYOUT, encodeEthernet } from '../protocols/ethernet.ts'
import { TYPE_ARP, TYPE_IPV4 } from '../protocols/ethertypes.ts'
import { BROADCAST_MAC, broadcastOf, isGroupMac, LIMITED_BROADCAST, macOf, maskOf } from './address.ts'
import { Arp } from './arp.ts'
import type { Clock } from './clock.ts'

/** What an interface is plugged into. */
export interface Cable {
  /** The frame belongs to the cable from now on: nobody changes it any more. */
  send(frame: Uint8Array): void
}

export interface InterfaceOptions {
  readonly name: string
  readonly address: number
  /** Bits of the address that name its subnet. */
  readonly prefix: number
  /** Bytes of the largest IP packet that the link carries. */
  readonly mtu: number
  readonly clock: Clock
  /**
   * An IP packet came, at `start` of the frame. `toGroup`: the link carried it to everyone or to a multicast group.
   */
  packet(frame: Uint8Array, start: number, toGroup: boolean): void
  /** The neighbour that this packet should have gone to doesn't answer. The IP header is behind Ethernet's. */
  unresolved(frame: Uint8Array): void
}

export class NetworkInterface {
  readonly name: string
  readonly mac: number
  readonly address: number
  readonly prefix: number
  readonly mtu: number
  readonly arp: Arp
  /** That of the subnet, if it has one. */
  readonly broadcast: number | undefined
  /** A router turns it off when its cable is cut: nothing is sent nor taken. */
  up = true
  readonly #options: InterfaceOptions
  readonly #mask: number
  /** Ethernet headers but for the destination. */
  readonly #ipHeader: Uint8Array
  readonly #arpHeader: Uint8Array
  #cable: Cable | undefined

  constructor(options: InterfaceOptions) {
    const { name, address, prefix, mtu, clock } = options
    this.name = name
    this.address = address
    this.prefix = prefix
    this.mtu = mtu
    this.mac = macOf(address)
    this.broadcast = broadcastOf(address, prefix)
    this.#options = options
    this.#mask = maskOf(prefix)
    this.#ipHeader = headerOf(this.mac, TYPE_IPV4)
    this.#arpHeader = headerOf(this.mac, TYPE_ARP)
    this.arp = new Arp({
      clock,
      mac: this.mac,
      address,
      prefix,
      sendArp: (frame, mac) => this.#send(frame, this.#arpHeader, mac),
      sendPacket: (frame, mac) => this.#send(frame, this.#ipHeader, mac),
      failed: (frame) => options.unresolved(frame),
    })
  }

  /** Plugs it in and, in a turn of its own, announces it. */
  attach(cable: Cable): void {
    this.#cable = cable
    const { clock } = this.#options
    clock.at(clock.now(), () => {
      if (this.#cable === cable && this.up) this.arp.announce()
    })
  }

  /** Unplugs it, and forgets its neighbours. */
  detach(): void {
    this.#cable = undefined
    this.arp.clear()
  }

  /** Whether an address is on this link. */
  reaches(address: number): boolean {
    return ((address ^ this.address) & this.#mask) === 0
  }

  /** Whether an address means everyone on this link (RFC 1122 §3.2.1.3 c, d). */
  isBroadcast(address: number): boolean {
    return address === LIMITED_BROADCAST || address === this.broadcast
  }

  /** Sends a packet, in a frame with room for Ethernet's header, to a neighbour by its IPv4 address. */
  sendTo(frame: Uint8Array, neighbour: number): void {
    if (this.up) this.arp.send(frame, neighbour)
  }

  sendToAll(frame: Uint8Array): void {
    this.#send(frame, this.#ipHeader, BROADCAST_MAC)
  }

  /** A frame from the cable. What is for somebody else, or of another protocol, is dropped. */
  receive(frame: Uint8Array): void {
    if (!this.up || frame.length < ETHERNET_HEADER) return
    const destination = at48(frame, ETHERNET_LAYOUT.dst)
    const toGroup = destination !== this.mac
    if (toGroup && !isGroupMac(destination)) return
    const type = at16(frame, ETHERNET_LAYOUT.type)
    if (type === TYPE_IPV4) this.#options.packet(frame, ETHERNET_HEADER, toGroup)
    else if (type === TYPE_ARP) this.arp.receive(frame, ETHERNET_HEADER, frame.length)
  }

  #send(frame: Uint8Array, header: Uint8Array, mac: number): void {
    if (!this.up || this.#cable === undefined) return
    frame.set(header)
    put48(frame, ETHERNET_LAYOUT.dst, mac)
    this.#cable.send(frame)
  }
}

function headerOf(source: number, type: number): Uint8Array {
  const header = new Uint8Array(ETHERNET_HEADER)
  encodeEthernet({ destination: 0, source, type }, header)
  return header
}
