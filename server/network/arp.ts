/**
 * Who on this link has an IPv4 address: ARP (RFC 826) as a host must do it (RFC 1122 §2.3.2), with announcement and
 * defence of its own address (RFC 5227).
 */
import { ARP_LENGTH, type ArpPacket, decodeArp, encodeArp, REPLY, REQUEST } from '../protocols/arp.ts'
import { ETHERNET_HEADER } from '../protocols/ethernet.ts'
import { BROADCAST_MAC, isGroupMac, isUnicast, subnetOf } from './address.ts'
import type { Clock, Timer } from './clock.ts'
import { allocateFrame } from './frame-buffers.ts'

/** What is known is believed for so long, then asked for again (RFC 1122 §2.3.2.1: about a minute). */
const REACHABLE_MS = 60_000
/** No destination is asked for more often (RFC 1122 §2.3.2.1, a MUST). */
const REQUEST_INTERVAL_MS = 1000
/** Requests without an answer before a neighbour counts as gone: as many as Linux sends. */
const MOST_REQUESTS = 3
/** What waits for one address; the oldest gives way (RFC 1122 §2.3.2.2). A UDP datagram of 64 kB in fragments fits. */
const MOST_QUEUED_BYTES = 128 * 1024
/** Neighbours known or asked for; a scan of a large subnet must not fill the memory. */
const MOST_NEIGHBOURS = 1024
/** An address is defended against another's claim no more often (RFC 5227 §2.4 b). */
const DEFEND_INTERVAL_MS = 10_000

/** Somebody else uses our address (RFC 5227 §2.4). */
export interface AddressConflict {
  /** The hardware address that claims it. */
  readonly mac: number
  /** When it did so last, on the network's clock. */
  readonly time: number
}

export interface ArpOptions {
  readonly clock: Clock
  readonly mac: number
  readonly address: number
  readonly prefix: number
  /** Sends an Ethernet payload of ARP, its header still to be written, to a hardware address. */
  sendArp(frame: Uint8Array, mac: number): void
  /** Sends a packet that waited, or that need not wait. */
  sendPacket(frame: Uint8Array, mac: number): void
  /** Nobody answered for the address that this packet should have gone to; called from a timer. */
  failed(frame: Uint8Array): void
}

interface Neighbour {
  readonly address: number
  /** Undefined until it has answered. */
  mac: number | undefined
  /** Until when the MAC address is believed without asking again. */
  freshUntil: number
  /** Requests since it was last heard of. */
  requests: number
  timer: Timer | undefined
  waiting: Uint8Array[]
  waitingBytes: number
}

export class Arp {
  /** The latest claim to our address. */
  conflict: AddressConflict | undefined
  readonly #options: ArpOptions
  readonly #neighbours = new Map<number, Neighbour>()
  #defendedAt = Number.NEGATIVE_INFINITY

  constructor(options: ArpOptions) {
    this.#options = options
  }

  /** The hardware address as far as it is known now. */
  lookup(address: number): number | undefined {
    return this.#neighbours.get(address)?.mac
  }

  /** Sends the frame to a neighbour, now or when it has said where it is. */
  send(frame: Uint8Array, address: number): void {
    const neighbour = this.#neighbours.get(address)
    if (neighbour?.mac === undefined) {
      this.#wait(frame, neighbour ?? this.#newNeighbour(address))
      return
    }
    const { clock } = this.#options
    if (clock.now() >= neighbour.freshUntil && neighbour.timer === undefined) this.#request(neighbour)
    this.#options.sendPacket(frame, neighbour.mac)
  }

  /** Somebody gets no answer by way of this neighbour: it is asked at once whether it is still there. */
  doubt(address: number): void {
    const neighbour = this.#neighbours.get(address)
    if (neighbour?.mac !== undefined && neighbour.timer === undefined) this.#request(neighbour)
  }

  /** Tells everyone where this address is now: an ARP announcement (RFC 5227 §2.3). */
  announce(): void {
    const { address } = this.#options
    this.#send(REQUEST, BROADCAST_MAC, 0, address)
  }

  /** An ARP packet that came in `bytes` from `start` to `end`. */
  receive(bytes: Uint8Array, start: number, end: number): void {
    const packet = decodeArp(bytes, start, end)
    if (packet === undefined || isGroupMac(packet.senderMac) || packet.senderMac === 0) return
    const { mac, address, prefix } = this.#options
    const { senderAddress, senderMac } = packet
    if (senderMac === mac) return
    if (senderAddress === address) this.#conflicts(senderMac)
    else if (isUnicast(senderAddress) && subnetOf(senderAddress, prefix) === subnetOf(address, prefix)) {
      this.#merge(packet)
    }
    // Also a probe is answered, whose sender has no address yet (RFC 5227 §2.1.1).
    if (packet.opcode === REQUEST && packet.targetAddress === address && senderAddress !== address) {
      this.#send(REPLY, senderMac, senderMac, senderAddress)
    }
  }

  /** Forgets all neighbours and what waited for them, silently. */
  clear(): void {
    for (const { timer } of this.#neighbours.values()) timer?.cancel()
    this.#neighbours.clear()
  }

  /** RFC 826, "Packet Reception": who is known is brought up to date; who speaks to us becomes known. */
  #merge({ senderAddress, senderMac, targetAddress }: ArpPacket): void {
    const known = this.#neighbours.get(senderAddress)
    if (known === undefined && targetAddress !== this.#options.address) return
    const neighbour = known ?? this.#newNeighbour(senderAddress)
    if (neighbour === undefined) return
    neighbour.timer?.cancel()
    neighbour.timer = undefined
    neighbour.requests = 0
    neighbour.mac = senderMac
    neighbour.freshUntil = this.#options.clock.now() + REACHABLE_MS
    const { waiting } = neighbour
    neighbour.waiting = []
    neighbour.waitingBytes = 0
    for (const frame of waiting) this.#options.sendPacket(frame, senderMac)
  }

  #wait(frame: Uint8Array, neighbour: Neighbour | undefined): void {
    if (neighbour === undefined) return
    neighbour.waiting.push(frame)
    neighbour.waitingBytes += frame.length
    while (neighbour.waitingBytes > MOST_QUEUED_BYTES) {
      neighbour.waitingBytes -= neighbour.waiting.shift()?.length ?? 0
    }
    if (neighbour.timer === undefined) this.#request(neighbour)
  }

  /** Undefined if the table is full of neighbours who are being asked for. */
  #newNeighbour(address: number): Neighbour | undefined {
    if (this.#neighbours.size >= MOST_NEIGHBOURS) {
      const oldest = [...this.#neighbours.values()].find(({ timer }) => timer === undefined)
      if (oldest === undefined) return undefined
      this.#neighbours.delete(oldest.address)
    }
    const neighbour: Neighbour = {
      address,
      mac: undefined,
      freshUntil: 0,
      requests: 0,
      timer: undefined,
      waiting: [],
      waitingBytes: 0,
    }
    this.#neighbours.set(address, neighbour)
    return neighbour
  }

  /**
   * Asks, and again each second. Who was known is asked where it was known to be, and packets go on going there (a
   * unicast poll, RFC 1122 §2.3.2.1); anybody else is asked for among all.
   */
  #request(neighbour: Neighbour): void {
    if (neighbour.requests >= MOST_REQUESTS) {
      this.#giveUp(neighbour)
      return
    }
    neighbour.requests++
    this.#send(REQUEST, neighbour.mac ?? BROADCAST_MAC, 0, neighbour.address)
    const { clock } = this.#options
    neighbour.timer = clock.at(clock.now() + REQUEST_INTERVAL_MS, () => this.#request(neighbour))
  }

  #giveUp(neighbour: Neighbour): void {
    this.#neighbours.delete(neighbour.address)
    for (const frame of neighbour.waiting) this.#options.failed(frame)
  }

  #conflicts(mac: number): void {
    const time = this.#options.clock.now()
    this.conflict = { mac, time }
    if (time - this.#defendedAt < DEFEND_INTERVAL_MS) return
    this.#defendedAt = time
    this.announce()
  }

  #send(opcode: number, to: number, targetMac: number, targetAddress: number): void {
    const { mac, address } = this.#options
    const frame = allocateFrame(ETHERNET_HEADER + ARP_LENGTH)
    encodeArp(
      { opcode, senderMac: mac, senderAddress: address, targetMac, targetAddress },
      frame,
      ETHERNET_HEADER,
    )
    this.#options.sendArp(frame, to)
  }
}
