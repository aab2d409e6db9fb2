/**
 * Which layer each byte of an exchange served. Every byte on the wire is counted once, so the sums are the
 * frames' lengths. What a stream carried twice, or never to the end, is the transport's: it is what
 * reliability cost.
 */
import type { CompareWire } from '../dashboard/api-compare.ts'
import type { Message } from '../protocols/conversation.ts'
import type { Layer, Packet } from '../protocols/packet.ts'

export type LayerBytes = CompareWire['bytes']

/** One packet's share. The messages are those that it completed, with their bytes from earlier packets. */
export interface Share {
  readonly fromClient: boolean
  /** Bytes of the message itself that arrived whole with this packet. */
  readonly payload: number
}

export class Ledger {
  readonly bytes: LayerBytes = { link: 0, ip: 0, transport: 0, framing: 0, session: 0, payload: 0, total: 0 }
  readonly #message: Buffer
  /** As JSON writes it: how it stands in a Socket.IO packet. */
  readonly #quoted: Buffer
  /** The message goes once each way; more bytes than that are not its own. */
  readonly #left: { client: number; server: number }

  constructor(message: string) {
    this.#message = Buffer.from(message)
    this.#quoted = Buffer.from(JSON.stringify(message))
    this.#left = { client: this.#message.length, server: this.#message.length }
  }

  add(packet: Packet, fromClient: boolean): Share {
    const { bytes } = this
    const before = bytes.payload
    const length = packet.originalLength
    const ip = packet.layers.findIndex((layer) => layer.protocol.id === 'ip' || layer.protocol.id === 'ipv6')
    const at = packet.layers.findIndex((layer, index) => index > ip && layer.protocol.osi === 4)
    const [network, transport] = [packet.layers[ip], packet.layers[at]]
    bytes.total += length
    if (network === undefined || transport === undefined) {
      bytes.link += length
      return { fromClient, payload: 0 }
    }
    const padding = Math.max(0, length - wireEnd(network, length))
    const carried = length - padding - transport.end
    bytes.link += network.start + padding
    bytes.ip += transport.start - network.start
    bytes.transport += transport.end - transport.start + carried
    for (const [layer, held] of messagesOf(packet, at, carried)) {
      bytes.transport -= held
      this.#divide(packet, layer, held, fromClient)
    }
    return { fromClient, payload: bytes.payload - before }
  }

  /** Divides one message of the stream, or one datagram's contents, `length` bytes on the wire. */
  #divide(packet: Packet, index: number, length: number, fromClient: boolean): void {
    const top = packet.layers[index]
    const held = top && packet.buffers[top.buffer]?.bytes.subarray(top.start, top.start + length)
    if (top === undefined || held === undefined) {
      this.bytes.framing += length
      return
    }
    const head = headLength(top.protocol.id, held, length)
    const body = length - head
    const engine = packet.layers.findIndex(
      (layer, at) => layer.protocol.id === 'engineio' && isInside(packet, at, index),
    )
    if (engine < 0) {
      const own = this.#take(this.#ownBytes(top.protocol.id, held, head), body, fromClient)
      this.bytes.framing += length - own
      return
    }
    const inner = packet.layers[engine]
    const decoded =
      (inner && inner.buffer !== top.buffer && packet.buffers[inner.buffer]?.bytes) || held.subarray(head)
    // Chunk sizes stand between the head and the content; an inflated body is longer than it was on the wire.
    const content = Math.min(body, decoded.length)
    const share = content / Math.max(1, decoded.length)
    const own = this.#take(
      Math.round(this.#socketIoBytes(packet, index, decoded, fromClient) * share),
      content,
      fromClient,
    )
    this.bytes.framing += length - content
    this.bytes.session += content - own
  }

  /** Echo and WebSocket without a session: the message as it is. */
  #ownBytes(protocol: string, held: Uint8Array, head: number): number {
    if (protocol === 'http') return 0
    if (protocol !== 'websocket') return held.length - head
    return unmasked(held, head).includes(this.#message) ? this.#message.length : 0
  }

  /** Only the client's event and the server's ack carry the message; elsewhere its text would be chance. */
  #socketIoBytes(packet: Packet, index: number, decoded: Uint8Array, fromClient: boolean): number {
    const wanted = fromClient ? 2 : 3
    const carries = packet.layers.some(
      (layer, at) =>
        layer.protocol.id === 'socketio' &&
        isInside(packet, at, index) &&
        layer.fields.some((span) => span.field.name === 'socketio.type' && span.value === wanted),
    )
    return carries && Buffer.from(decoded).includes(this.#quoted) ? this.#message.length : 0
  }

  #take(bytes: number, room: number, fromClient: boolean): number {
    const side = fromClient ? 'client' : 'server'
    const taken = Math.min(bytes, room, this.#left[side])
    this.#left[side] -= taken
    this.bytes.payload += taken
    return taken
  }
}

/** The layers right above the transport, each with its length on the wire. */
function messagesOf(packet: Packet, transport: number, carried: number): [layer: number, length: number][] {
  const tops = packet.layers.flatMap((layer, at) =>
    layer.parent === transport && layer.protocol.osi > 4 ? at : [],
  )
  if (packet.segment === undefined) return tops.slice(0, 1).map((at) => [at, carried])
  const messages: readonly Message[] = packet.segment.messages
  return messages.flatMap((message, at) => {
    const held = message.pieces.reduce((sum, piece) => sum + piece.length, 0)
    const top = tops[at]
    return top === undefined ? [] : ([[top, held]] as [number, number][])
  })
}

/** Bytes before the content: an HTTP head (RFC 9112 §2.1) or a WebSocket frame's header (RFC 6455 §5.2). */
function headLength(protocol: string, held: Uint8Array, length: number): number {
  if (protocol === 'http') {
    const end = Buffer.from(held.buffer, held.byteOffset, held.length).indexOf('\r\n\r\n')
    return end < 0 ? length : end + 4
  }
  if (protocol !== 'websocket') return 0
  const opcode = (held[0] ?? 0) & 0x0f
  if (opcode >= 8) return length
  const second = held[1] ?? 0
  const extended = (second & 0x7f) === 127 ? 8 : (second & 0x7f) === 126 ? 2 : 0
  return Math.min(length, 2 + extended + (second >= 0x80 ? 4 : 0))
}

/** A WebSocket frame's payload as it was before masking (RFC 6455 §5.3): the key stands right before it. */
function unmasked(held: Uint8Array, head: number): Buffer {
  const payload = Buffer.from(held.subarray(head))
  if ((held[1] ?? 0) < 0x80) return payload
  return payload.map((byte, at) => byte ^ (held[head - 4 + (at & 3)] ?? 0)) as Buffer
}

/** Where the IP packet ends in the frame; what follows is the link's padding. */
function wireEnd(network: Layer, length: number): number {
  const value = (name: string) => network.fields.find((span) => span.field.name === name)?.value
  const total = Number(value('ip.len') ?? 0) || Number(value('ipv6.plen') ?? -40) + 40
  // 0 where the kernel left the length to the network card.
  return total === 0 ? length : Math.min(length, network.start + total)
}

function isInside(packet: Packet, layer: number, outer: number): boolean {
  for (let at: number = layer; at >= 0; at = packet.layers[at]?.parent ?? -1) if (at === outer) return true
  return false
}
