/**
 * What a program leaves behind that was killed: connections whose peers know nothing. A kernel would tell them by
 * RST. The program was its own kernel, so the lab does it in its place, from what went over its cable: each
 * connection's next sequence number.
 */
import { at8, at16, at48 } from '../../protocols/big-endian.ts'
import { ETHERNET_HEADER, ETHERNET_LAYOUT, encodeEthernet } from '../../protocols/ethernet.ts'
import { encodeIpv4, SMALLEST_HEADER as IPV4_HEADER, Ipv4Header } from '../../protocols/ipv4.ts'
import {
  encodeHeader,
  FIN,
  headerLength,
  putChecksum,
  RST,
  TCP_PROTOCOL,
  TcpSegment,
} from '../../protocols/tcp-segment.ts'
import { parseSegment, type SegmentView } from '../segment-view.ts'

interface Connection {
  readonly view: SegmentView
  /** Where its frames go: the peer, or the gateway. */
  readonly destinationMac: number
  readonly sourceMac: number
  /** SND.NXT, as far as the cable has seen it. */
  next: number
  /** FINs that were seen: its own, and the peer's; one may be seen again. */
  ended: number
}

const OWN = 1
const PEERS = 2

/** The oldest is forgotten first. */
const MAX_CONNECTIONS = 4096

export class LeftBehind {
  /** By the peer's address, then by both ports. */
  readonly #byPeer = new Map<number, Map<number, Connection>>()
  #count = 0

  /** The program sent this frame. */
  sent(frame: Uint8Array): void {
    if (!isTcp(frame)) return
    const view = parseSegment(frame)
    if (view === undefined) return
    if (view.rst) {
      this.#forget(view.destination, view.sourcePort, view.destinationPort)
      return
    }
    const next = (view.sequence + view.length + Number(view.syn) + Number(view.fin)) >>> 0
    const known = this.#find(view.destination, view.sourcePort, view.destinationPort)
    if (view.syn) this.#remember(view, frame, next)
    else if (known === undefined) return
    // Sequence numbers wrap: later is what is less than half their space ahead.
    else if (((next - known.next) | 0) > 0) known.next = next
    if (view.fin) this.#halfEnded(OWN, view.destination, view.sourcePort, view.destinationPort)
  }

  /** The program was sent this frame. */
  received(frame: Uint8Array): void {
    if (!isTcp(frame)) return
    const at = ETHERNET_HEADER + (at8(frame, ETHERNET_HEADER) & 0x0f) * 4
    const flags = at + 13 < frame.length ? at8(frame, at + 13) : 0
    if ((flags & (FIN | RST)) === 0) return
    const view = parseSegment(frame)
    if (view?.rst) this.#forget(view.source, view.destinationPort, view.sourcePort)
    else if (view?.fin) this.#halfEnded(PEERS, view.source, view.destinationPort, view.sourcePort)
  }

  /** Connections that nobody has ended. */
  get open(): number {
    return this.#count
  }

  /** A frame for each of them. */
  *resets(): Generator<Uint8Array> {
    for (const connections of this.#byPeer.values()) {
      for (const connection of connections.values()) yield reset(connection)
    }
  }

  #find(peer: number, ownPort: number, peerPort: number): Connection | undefined {
    return this.#byPeer.get(peer)?.get(ownPort * 0x1_0000 + peerPort)
  }

  #remember(view: SegmentView, frame: Uint8Array, next: number): void {
    if (this.#count >= MAX_CONNECTIONS) this.#forgetOldest()
    const destinationMac = at48(frame, ETHERNET_LAYOUT.dst)
    const sourceMac = at48(frame, ETHERNET_LAYOUT.src)
    const connections = this.#byPeer.get(view.destination) ?? new Map<number, Connection>()
    this.#byPeer.set(view.destination, connections)
    const key = view.sourcePort * 0x1_0000 + view.destinationPort
    if (!connections.has(key)) this.#count++
    connections.set(key, { view, destinationMac, sourceMac, next, ended: 0 })
  }

  /** One FIN ends one direction; with the second the connection has ended in order. */
  #halfEnded(side: number, peer: number, ownPort: number, peerPort: number): void {
    const connection = this.#find(peer, ownPort, peerPort)
    if (connection === undefined) return
    connection.ended |= side
    if (connection.ended === (OWN | PEERS)) this.#forget(peer, ownPort, peerPort)
  }

  #forget(peer: number, ownPort: number, peerPort: number): void {
    const connections = this.#byPeer.get(peer)
    if (!connections?.delete(ownPort * 0x1_0000 + peerPort)) return
    this.#count--
    if (connections.size === 0) this.#byPeer.delete(peer)
  }

  #forgetOldest(): void {
    const [oldest] = this.#byPeer.values()
    const [connection] = oldest?.values() ?? []
    if (connection === undefined) return
    const { destination, sourcePort, destinationPort } = connection.view
    this.#forget(destination, sourcePort, destinationPort)
  }
}

const isTcp = (frame: Uint8Array): boolean =>
  frame.length >= ETHERNET_HEADER + IPV4_HEADER &&
  at16(frame, ETHERNET_LAYOUT.type) === 0x0800 &&
  at8(frame, ETHERNET_HEADER + 9) === TCP_PROTOCOL

/** RFC 9293 §3.10.5: `<SEQ=SND.NXT><CTL=RST>`. */
function reset({ view, destinationMac, sourceMac, next }: Connection): Uint8Array {
  const segment = new TcpSegment()
  segment.sourcePort = view.sourcePort
  segment.destinationPort = view.destinationPort
  segment.seq = next
  segment.flags = RST
  const length = headerLength(segment)
  const { source, destination } = view
  const totalLength = IPV4_HEADER + length
  const frame = new Uint8Array(ETHERNET_HEADER + totalLength)
  const ip = encodeEthernet({ destination: destinationMac, source: sourceMac, type: 0x0800 }, frame)
  const header = new Ipv4Header({
    totalLength,
    dontFragment: true,
    protocol: TCP_PROTOCOL,
    source,
    destination,
  })
  const at = encodeIpv4(header, frame, ip)
  const end = encodeHeader(segment, frame, at)
  putChecksum(frame, at, end, source, destination)
  return frame
}
