/** A computer on the lab network: an interface with its MAC and IPv4 address, and ARP, IP, ICMP, UDP and TCP upon it. */
import { at32 } from '../protocols/big-endian.ts'
import {
  FRAGMENTATION_NEEDED,
  HOST_UNREACHABLE,
  PORT_UNREACHABLE,
  PROTOCOL_UNREACHABLE,
  REASSEMBLY_TIME_EXCEEDED,
  TIME_EXCEEDED,
  UNREACHABLE,
} from '../protocols/icmp.ts'
import { ICMP, TCP, UDP } from '../protocols/ip-protocols.ts'
import { TCP_LAYOUT } from '../protocols/tcp-segment.ts'
import { decodePorts } from '../protocols/udp-header.ts'
import type { AddressConflict } from './arp.ts'
import type { Clock } from './clock.ts'
import { Icmp, type PingOptions, type PingResult, type ReportedError } from './icmp.ts'
import type { IpPacket } from './icmp-errors.ts'
import type { Cable } from './interface.ts'
import { Ip } from './ip.ts'
import type { Random } from './random.ts'
import { TcpLayer, type TcpOptions } from './tcp/layer.ts'
import { UdpLayer } from './udp.ts'

export interface HostOptions {
  readonly name: string
  readonly address: number
  /** Bits of the address that name its subnet. */
  readonly prefix: number
  /** Where packets for other subnets go; without one they go nowhere. */
  readonly gateway?: number
  readonly clock: Clock
  readonly random: Random
  /** Bytes of the largest IP packet that the link carries; 1500, as Ethernet does. */
  readonly mtu?: number
  readonly tcp?: TcpOptions
}

const ETHERNET_MTU = 1500

export class Host {
  readonly name: string
  readonly mac: number
  readonly address: number
  /** Bits of the address that name its subnet. */
  readonly prefix: number
  readonly tcp: TcpLayer
  readonly udp: UdpLayer
  readonly #ip: Ip
  readonly #icmp: Icmp
  #closed = false

  constructor(options: HostOptions) {
    const { name, address, prefix, gateway, clock, random, mtu = ETHERNET_MTU, tcp = {} } = options
    this.name = name
    this.address = address
    this.prefix = prefix
    this.#ip = new Ip(
      { name, address, prefix, gateway, mtu, clock, random },
      {
        segment: (source, destination, bytes, start, end) => {
          this.tcp.receive(source, destination, bytes, start, end)
        },
        packet: (packet) => this.#packet(packet),
        undelivered: (bytes, start, code) => this.#icmp.undelivered(bytes, start, code),
        incomplete: (packet) => this.#icmp.tell(packet, TIME_EXCEEDED, REASSEMBLY_TIME_EXCEEDED),
      },
    )
    this.mac = this.#ip.interface.mac
    this.#icmp = new Icmp(this.#ip, (error) => this.#reported(error))
    this.udp = new UdpLayer(this.#ip, this.#icmp)
    this.tcp = new TcpLayer(this.#ip, tcp)
  }

  /** Another host that claims our address, if one was heard (RFC 5227 §2.4). */
  get conflict(): AddressConflict | undefined {
    return this.#ip.interface.arp.conflict
  }

  /** Plugs it in; it announces its address in the next turn. What was sent before is gone. */
  attach(cable: Cable): void {
    this.#ip.interface.attach(cable)
  }

  /** A frame from the cable: any bytes. The host keeps views of it. */
  receive(frame: Uint8Array): void {
    if (!this.#closed) this.#ip.interface.receive(frame)
  }

  /** Asks whether somebody is there. Never rejects. */
  ping(address: number, options?: PingOptions): Promise<PingResult> {
    if (this.#closed) return Promise.resolve({ kind: 'timeout' })
    return this.#icmp.ping(address, options)
  }

  /** Resets connections, forgets sockets and timers, and is silent from then on. */
  close(): void {
    if (this.#closed) return
    this.tcp.close()
    this.#closed = true
    this.udp.close()
    this.#icmp.close()
    this.#ip.close()
  }

  #packet(packet: IpPacket): void {
    switch (packet.protocol) {
      case ICMP:
        this.#icmp.receive(packet)
        return
      case UDP:
        this.udp.receive(packet)
        return
      default:
        // RFC 1122 §3.2.2.1
        this.#icmp.tell(packet, UNREACHABLE, PROTOCOL_UNREACHABLE)
    }
  }

  /** RFC 1122 §3.2.2.1: what is said about a transport's packet is passed on to it. */
  #reported(error: ReportedError): void {
    if (error.protocol === UDP) this.udp.reported(error)
    if (error.protocol !== TCP) return
    const { sourcePort, destinationPort } = decodePorts(error.bytes, error.payload)
    const source = { address: this.address, port: sourcePort }
    const destination = { address: error.destination, port: destinationPort }
    const isUnreachable = error.type === UNREACHABLE
    // IP has learnt from it already, and cuts what TCP sends again (RFC 1191 §6.4 knows better cures).
    if (isUnreachable && error.code === FRAGMENTATION_NEEDED) return
    // RFC 1122 §4.2.3.9: that nobody there has the protocol or the port is final; a path or a host may come back.
    const hard = isUnreachable && (error.code === PROTOCOL_UNREACHABLE || error.code === PORT_UNREACHABLE)
    const code = isUnreachable ? error.code : HOST_UNREACHABLE
    this.tcp.unreachable(
      source,
      destination,
      code,
      hard,
      at32(error.bytes, error.payload + TCP_LAYOUT.seq_raw),
    )
  }
}
