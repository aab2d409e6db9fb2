/** ICMP in a host (RFC 792, RFC 1122 §3.2.2): answers echoes, sends them, tells of errors and hears of them. */

import { at16 } from '../protocols/big-endian.ts'
import {
  decodeIcmp,
  encodeIcmp,
  FRAGMENTATION_NEEDED,
  type IcmpMessage,
  icmpLength,
  TIME_EXCEEDED,
  UNREACHABLE,
} from '../protocols/icmp.ts'
import { ICMP } from '../protocols/ip-protocols.ts'
import { decodeIpv4, Ipv4Header, LARGEST_PACKET, SMALLEST_HEADER } from '../protocols/ipv4.ts'
import type { Timer } from './clock.ts'
import { IcmpErrors, type IpPacket } from './icmp-errors.ts'
import { DEFAULT_TTL, type Ip } from './ip.ts'

/** Addresses are numbers. */
export type PingResult =
  | {
      readonly kind: 'reply'
      readonly from: number
      /** As it came: what routers have left of it. */
      readonly ttl: number
      readonly ms: number
      /** Of data, all of them as they were sent. */
      readonly bytes: number
    }
  | { readonly kind: 'time exceeded'; readonly from: number }
  /** `code` is ICMP's; `from` is this host itself where it could not even send. */
  | { readonly kind: 'unreachable'; readonly from: number; readonly code: number }
  | { readonly kind: 'timeout' }

export interface PingOptions {
  readonly ttl?: number
  /** Bytes of data, 56 as ping(8) sends, at most 65507. */
  readonly size?: number
  readonly timeoutMs?: number
}

const PING_BYTES = 56
const LARGEST_DATA = LARGEST_PACKET - SMALLEST_HEADER - 8
const PING_TIMEOUT_MS = 5000
/** One more, and the first is given up. */
const MOST_PINGS = 1000

/** What an ICMP error says about one of our packets. */
export interface ReportedError {
  readonly type: number
  readonly code: number
  /** Of the packet that met the error. */
  readonly protocol: number
  readonly destination: number
  /** The beginning of its payload: 8 bytes at least. */
  readonly bytes: Uint8Array
  readonly payload: number
  /** True for what this host found out itself and no router said. */
  readonly local: boolean
}

interface Ping {
  readonly sentAt: number
  readonly data: Uint8Array
  readonly timer: Timer
  readonly resolve: (result: PingResult) => void
}

export class Icmp {
  readonly #ip: Ip
  readonly #errors: IcmpErrors
  readonly #reported: (error: ReportedError) => void
  readonly #pings = new Map<number, Ping>()
  /** Tells our pings from those of others, as a ping program's process does. */
  readonly #identifier: number
  #sequence = 0

  /** `reported` hears of what went wrong with packets that weren't pings. */
  constructor(ip: Ip, reported: (error: ReportedError) => void) {
    this.#ip = ip
    this.#errors = new IcmpErrors(ip.clock)
    this.#reported = reported
    this.#identifier = ip.random.below(0x1_0000)
  }

  receive(packet: IpPacket): void {
    const message = decodeIcmp(packet.bytes, packet.payload, packet.end)
    if (message === undefined) return
    switch (message.kind) {
      case 'echo request':
        // One to everyone may stay unanswered (RFC 1122 §3.2.2.6): else one question brings a flood.
        if (!packet.toGroup) this.#send(packet.source, { ...message, kind: 'echo reply' })
        return
      case 'echo reply':
        this.#replied(packet, message)
        return
      case 'error':
        this.#heard(packet.source, message, false)
    }
  }

  /** Tells the sender of a packet that it went wrong, where RFC 1122 §3.2.2 allows it. */
  tell(packet: IpPacket, type: number, code: number): void {
    const message = this.#errors.about(packet, type, code)
    if (message !== undefined) this.#send(packet.source, message)
  }

  /** A packet of ours did not even leave: heard as if a router had said so. */
  undelivered(bytes: Uint8Array, start: number, code: number): void {
    const quoted = bytes.subarray(start)
    this.#heard(this.#ip.address, { kind: 'error', type: UNREACHABLE, code, mtu: 0, quoted }, true)
  }

  /** Sends one echo request. Never rejects. */
  ping(address: number, options: PingOptions = {}): Promise<PingResult> {
    const { ttl = DEFAULT_TTL, size = PING_BYTES, timeoutMs = PING_TIMEOUT_MS } = options
    const { clock } = this.#ip
    return new Promise((resolve) => {
      const sequence = this.#nextSequence()
      const data = pattern(Math.max(0, Math.min(LARGEST_DATA, Math.floor(size))))
      const sentAt = clock.now()
      const timer = clock.at(sentAt + timeoutMs, () => this.#settle(sequence, { kind: 'timeout' }))
      this.#pings.set(sequence, { sentAt, data, timer, resolve })
      const request = { kind: 'echo request', identifier: this.#identifier, sequence, data } as const
      if (this.#send(address, request, ttl) === 'no route') {
        this.#settle(sequence, { kind: 'unreachable', from: this.#ip.address, code: 0 })
      }
    })
  }

  /** Pings under way time out now. */
  close(): void {
    for (const sequence of [...this.#pings.keys()]) this.#settle(sequence, { kind: 'timeout' })
  }

  #nextSequence(): number {
    const [oldest] = this.#pings.keys()
    if (oldest !== undefined && this.#pings.size >= MOST_PINGS) this.#settle(oldest, { kind: 'timeout' })
    this.#sequence = (this.#sequence + 1) & 0xffff
    return this.#sequence
  }

  #send(destination: number, message: IcmpMessage, ttl?: number) {
    const length = icmpLength(message)
    return this.#ip.send(destination, ICMP, length, (bytes, at) => encodeIcmp(message, bytes, at), ttl)
  }

  #replied(packet: IpPacket, message: Extract<IcmpMessage, { kind: 'echo request' | 'echo reply' }>): void {
    const ping = this.#pings.get(message.sequence)
    if (message.identifier !== this.#identifier || ping === undefined) return
    const { data, sentAt } = ping
    // RFC 1122 §3.2.2.6: the data comes back entire.
    if (data.length !== message.data.length || data.some((byte, i) => byte !== message.data[i])) return
    this.#settle(message.sequence, {
      kind: 'reply',
      from: packet.source,
      ttl: packet.ttl,
      ms: this.#ip.clock.now() - sentAt,
      bytes: data.length,
    })
  }

  #settle(sequence: number, result: PingResult): void {
    const ping = this.#pings.get(sequence)
    ping?.timer.cancel()
    this.#pings.delete(sequence)
    ping?.resolve(result)
  }

  /** Whom it concerns stands in the packet that the error quotes: it must be one of ours. */
  #heard(from: number, error: Extract<IcmpMessage, { kind: 'error' }>, local: boolean): void {
    const { quoted: bytes, type, code } = error
    const header = new Ipv4Header()
    if (!decodeIpv4(bytes, 0, bytes.length, header, true)) return
    const { source, destination, protocol, headerLength: payload } = header
    if (source !== this.#ip.address || bytes.length < payload + 8) return
    if (type === UNREACHABLE && code === FRAGMENTATION_NEEDED) this.#ip.learnMtu(destination, error.mtu)
    if (protocol !== ICMP) {
      this.#reported({ type, code, protocol, destination, bytes, payload, local })
      return
    }
    // Of an echo request only its first 8 bytes may be there, so its checksum can't be asked.
    if (bytes[payload] !== 8 || at16(bytes, payload + 4) !== this.#identifier) return
    const sequence = at16(bytes, payload + 6)
    if (type === UNREACHABLE) this.#settle(sequence, { kind: 'unreachable', from, code })
    else if (type === TIME_EXCEEDED) this.#settle(sequence, { kind: 'time exceeded', from })
  }
}

/** Bytes that count up, so that one knows them again in a capture. */
const pattern = (size: number): Uint8Array => Uint8Array.from({ length: size }, (_, i) => i)
