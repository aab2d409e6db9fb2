/** Puts segments into IP packets: the header, the data straight from the send buffer, and the checksum over both. */
import {
  ACK,
  encodeHeader,
  headerLength,
  putChecksum,
  RST,
  TCP_PROTOCOL,
  TcpSegment,
} from '../../protocols/tcp-segment.ts'
import type { Clock } from '../clock.ts'
import type { Random } from '../random.ts'
import type { Tcb } from './tcb.ts'

/** What TCP asks of the IP below it. */
export interface TcpIp {
  readonly address: number
  readonly mtu: number
  readonly clock: Clock
  readonly random: Random
  /**
   * Sends `length` bytes of IP payload, which `write` puts into `bytes` at `at`: called at most once, and before this
   * returns. The time to live and the Diffserv field, ECN's two bits included, go into the IP header.
   */
  transmit(
    destination: number,
    protocol: number,
    length: number,
    write: (bytes: Uint8Array, at: number) => void,
    ttl: number,
    dsfield: number,
  ): void
  /** Whether the address means everyone on this link, so that there can be no connection to it. */
  isBroadcast?(address: number): boolean
  /** Nobody there answers us: the way there is to be asked for anew (RFC 1122 §3.3.1.4, "negative advice"). */
  doubt?(destination: number): void
}

export class Sender {
  /** The header of what is sent next. */
  readonly out = new TcpSegment()
  readonly #ip: TcpIp
  readonly #ttl: number
  // What `#write` puts into the packet: kept here, so that a segment makes no function of its own.
  #tcb: Tcb | undefined
  #from = 0
  #to = 0
  #destination = 0

  constructor(ip: TcpIp, ttl: number) {
    this.#ip = ip
    this.#ttl = ttl
  }

  /** `out`, with the bytes from position `from` to `to` of the connection's send buffer. */
  send(tcb: Tcb, from: number, to: number): void {
    this.#tcb = tcb
    this.#from = from
    this.#to = to
    this.#transmit(tcb.identity.remoteAddress, tcb.diffserv)
  }

  /** RFC 9293 §3.5.2: `<SEQ=seq><CTL=RST>`, or with an `ack`, `<SEQ=seq><ACK=ack><CTL=RST,ACK>`. */
  reset(
    destination: number,
    localPort: number,
    remotePort: number,
    seq: number,
    ack: number | undefined,
  ): void {
    const { out } = this
    out.clear()
    out.sourcePort = localPort
    out.destinationPort = remotePort
    out.seq = seq
    out.ack = ack ?? 0
    out.flags = ack === undefined ? RST : RST | ACK
    out.window = 0
    this.#tcb = undefined
    this.#from = 0
    this.#to = 0
    this.#transmit(destination, 0)
  }

  #transmit(destination: number, diffserv: number): void {
    this.#destination = destination
    const length = headerLength(this.out) + this.#to - this.#from
    // SHLD-22: as the user gave it. The two bits beside it are ECN's (RFC 3168), which we don't speak.
    this.#ip.transmit(destination, TCP_PROTOCOL, length, this.#write, this.#ttl, diffserv << 2)
  }

  readonly #write = (bytes: Uint8Array, at: number) => {
    const dataAt = encodeHeader(this.out, bytes, at)
    if (this.#to > this.#from) this.#tcb?.buffer.copy(this.#from, this.#to, bytes, dataAt)
    putChecksum(bytes, at, dataAt + this.#to - this.#from, this.#ip.address, this.#destination)
  }
}
