/** UDP in a host (RFC 768, RFC 1122 §4.1). */
import { NetworkError } from '../errors.ts'
import { PORT_UNREACHABLE, UNREACHABLE } from '../protocols/icmp.ts'
import { UDP } from '../protocols/ip-protocols.ts'
import { LARGEST_PACKET, SMALLEST_HEADER } from '../protocols/ipv4.ts'
import { decodePorts, decodeUdp, encodeUdp, UDP_HEADER } from '../protocols/udp-header.ts'
import { ipv4Text } from './address.ts'
import type { Icmp, ReportedError } from './icmp.ts'
import type { IpPacket } from './icmp-errors.ts'
import { DEFAULT_TTL, type Ip } from './ip.ts'

/** What one datagram can carry: 65507 bytes. */
export const LARGEST_DATAGRAM = LARGEST_PACKET - SMALLEST_HEADER - UDP_HEADER

/** Ports for whoever doesn't mind which (RFC 6335 §6), drawn by chance as RFC 6056 §3.3.1 advises. */
const FIRST_DYNAMIC = 49_152
const LAST_PORT = 65_535

export interface UdpEnd {
  readonly address: number
  readonly port: number
}

export interface UdpHandler {
  /** The bytes are the receiver's to keep. `to` is this host's address, or a broadcast one (RFC 1122 §4.1.3.5). */
  message(bytes: Uint8Array, from: UdpEnd, to: number): void
  /** A datagram that was sent from here to `to` came to nothing; `code` is ICMP's, 3 where nobody has that port. */
  unreachable?(to: UdpEnd, code: number): void
}

/** `not permitted`: to everyone, and `setBroadcast` has not allowed it. `no route`: to another subnet, and no gateway. */
export type UdpSent = 'sent' | 'too long' | 'not permitted' | 'no route'

export interface UdpSocket {
  readonly port: number
  /** Sends one datagram; whether it arrives nobody says. The bytes may be changed afterwards. */
  send(bytes: Uint8Array, address: number, port: number): UdpSent
  setBroadcast(on: boolean): void
  /** Hops that its datagrams may take, 1 to 255; 64 at first. */
  setTtl(ttl: number): void
  /** May be called again. */
  close(): void
}

export class UdpLayer {
  readonly #ip: Ip
  readonly #icmp: Icmp
  readonly #bound = new Map<number, UdpHandler>()

  constructor(ip: Ip, icmp: Icmp) {
    this.#ip = ip
    this.#icmp = icmp
  }

  /** Ports that are taken. */
  ports(): Iterable<number> {
    return this.#bound.keys()
  }

  /** `port` 0 takes any that is free. Throws a NetworkError `EADDRINUSE`. */
  bind(port: number, handler: UdpHandler): UdpSocket {
    const bound = port === 0 ? this.#freePort() : port
    if (bound === undefined || this.#bound.has(bound)) {
      const where = `${ipv4Text(this.#ip.address)}:${port}`
      throw new NetworkError(`UDP port ${where} is in use`, 'EADDRINUSE', { field: 'port' })
    }
    this.#bound.set(bound, handler)
    let broadcast = false
    let ttl = DEFAULT_TTL
    return {
      port: bound,
      send: (bytes, address, to) => {
        if (this.#bound.get(bound) !== handler) return 'not permitted'
        if (!broadcast && this.#ip.interface.isBroadcast(address)) return 'not permitted'
        return this.#send(bound, bytes, address, to, ttl)
      },
      setBroadcast: (on) => {
        broadcast = on
      },
      setTtl: (hops) => {
        ttl = hops
      },
      close: () => {
        if (this.#bound.get(bound) === handler) this.#bound.delete(bound)
      },
    }
  }

  receive(packet: IpPacket): void {
    const { bytes, payload, end, source, destination } = packet
    const datagram = decodeUdp(bytes, payload, end, source, destination)
    if (datagram === undefined) return
    const { sourcePort, destinationPort, length } = datagram
    const handler = this.#bound.get(destinationPort)
    if (handler === undefined) {
      // RFC 1122 §4.1.3.1; not to everyone's datagram, which `tell` knows.
      this.#icmp.tell(packet, UNREACHABLE, PORT_UNREACHABLE)
      return
    }
    const message = bytes.subarray(payload + UDP_HEADER, payload + length)
    handler.message(message, { address: source, port: sourcePort }, destination)
  }

  /** RFC 1122 §4.1.3.3: the program that sent it is told. */
  reported({ type, code, destination, bytes, payload, local }: ReportedError): void {
    if (type !== UNREACHABLE || local) return
    const { sourcePort, destinationPort } = decodePorts(bytes, payload)
    this.#bound.get(sourcePort)?.unreachable?.({ address: destination, port: destinationPort }, code)
  }

  /** Nobody is told of anything any more. */
  close(): void {
    this.#bound.clear()
  }

  #send(
    sourcePort: number,
    message: Uint8Array,
    address: number,
    destinationPort: number,
    ttl: number,
  ): UdpSent {
    const length = UDP_HEADER + message.length
    if (message.length > LARGEST_DATAGRAM) return 'too long'
    const write = (bytes: Uint8Array, at: number) => {
      bytes.set(message, at + UDP_HEADER)
      encodeUdp({ sourcePort, destinationPort, length }, bytes, at, this.#ip.address, address)
    }
    return this.#ip.send(address, UDP, length, write, ttl)
  }

  #freePort(): number | undefined {
    const count = LAST_PORT - FIRST_DYNAMIC + 1
    const first = this.#ip.random.below(count)
    for (let i = 0; i < count; i++) {
      const port = FIRST_DYNAMIC + ((first + i) % count)
      if (!this.#bound.has(port)) return port
    }
    return undefined
  }
}
