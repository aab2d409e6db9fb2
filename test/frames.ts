/**
 * Frames made for tests: Ethernet, IPv4 or IPv6, TCP and UDP with right lengths and checksums, and whole TCP
 * conversations. Written apart from `server/protocols` on purpose: a reader is not proven by its own writer.
 */
import type { Endpoint } from '../server/protocols/conversation.ts'
import type { Frame } from '../server/protocols/packet.ts'

export const START_TIME = 1_700_000_000_000_000_000n
export const CLIENT: Endpoint = { address: '127.0.0.1', port: 50_000 }
export const SERVER: Endpoint = { address: '127.0.0.1', port: 4001 }

/** Bytes from hex text; white space between them is of no matter. */
export function hex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replace(/\s+/g, ''), 'hex'))
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}

/** A captured frame around bytes that are all there. */
export function frameOf(bytes: Uint8Array, time = START_TIME, linkType = 1): Frame {
  return { time, bytes, originalLength: bytes.length, linkType }
}

/** The same frame as a capture with a snaplen would hold it. */
export function cutTo(frame: Frame, snaplen: number): Frame {
  return { ...frame, bytes: frame.bytes.slice(0, snaplen) }
}

export interface EthernetOptions {
  destination?: string
  source?: string
  type: number
}

export function ethernetBytes(options: EthernetOptions, payload: Uint8Array): Uint8Array {
  const mac = (text: string) => hex(text.replaceAll(':', ''))
  return concat(
    mac(options.destination ?? '00:00:00:00:00:00'),
    mac(options.source ?? '00:00:00:00:00:00'),
    u16(options.type),
    payload,
  )
}

export interface Ipv4Options {
  source: string
  destination: string
  protocol: number
  id?: number
  ttl?: number
  dontFragment?: boolean
  moreFragments?: boolean
  /** In bytes; a multiple of 8. */
  fragmentOffset?: number
}

export function ipv4Bytes(options: Ipv4Options, payload: Uint8Array): Uint8Array {
  const fragment =
    ((options.fragmentOffset ?? 0) >> 3) |
    ((options.dontFragment ?? true) ? 0x4000 : 0) |
    (options.moreFragments ? 0x2000 : 0)
  const header = concat(
    hex('4500'),
    u16(20 + payload.length),
    u16(options.id ?? 0),
    u16(fragment),
    Uint8Array.of(options.ttl ?? 64, options.protocol, 0, 0),
    addressBytes(options.source),
    addressBytes(options.destination),
  )
  writeU16(header, 10, internetChecksum(header))
  return concat(header, payload)
}

export interface Ipv6Options {
  source: string
  destination: string
  nextHeader: number
  hopLimit?: number
}

export function ipv6Bytes(options: Ipv6Options, payload: Uint8Array): Uint8Array {
  return concat(
    hex('60000000'),
    u16(payload.length),
    Uint8Array.of(options.nextHeader, options.hopLimit ?? 64),
    addressBytes(options.source),
    addressBytes(options.destination),
    payload,
  )
}

/** One datagram over Ethernet and IPv4, or IPv6 if the addresses are. */
export function udpFrame(from: Endpoint, to: Endpoint, payload: Uint8Array, time = START_TIME): Frame {
  const segment = concat(u16(from.port), u16(to.port), u16(8 + payload.length), u16(0), payload)
  writeU16(segment, 6, transportChecksum(from, to, 17, segment) || 0xffff)
  return frameOf(overIp(from, to, 17, segment), time)
}

/** Any of `FSRPAU`, as tcpdump writes them, in any order. */
export type Flags = string

export interface TcpOptions {
  seq: number
  ack?: number
  flags: Flags
  window?: number
  /** Option bytes as they stand; padded with zeros to a multiple of four. */
  options?: Uint8Array
  payload?: Uint8Array
  time?: bigint
}

const FLAG_BITS: Readonly<Record<string, number>> = { F: 1, S: 2, R: 4, P: 8, A: 16, U: 32, E: 64, C: 128 }

/** One segment over Ethernet and IPv4, or IPv6 if the addresses are. */
export function tcpFrame(from: Endpoint, to: Endpoint, options: TcpOptions): Frame {
  const optionBytes = padded(options.options ?? new Uint8Array(0))
  let flags = 0
  for (const letter of options.flags) flags |= FLAG_BITS[letter] ?? 0
  const segment = concat(
    u16(from.port),
    u16(to.port),
    u32(options.seq),
    u32(options.ack ?? 0),
    Uint8Array.of(((20 + optionBytes.length) / 4) << 4, flags),
    u16(options.window ?? 65_535),
    u16(0),
    u16(0),
    optionBytes,
    options.payload ?? new Uint8Array(0),
  )
  writeU16(segment, 16, transportChecksum(from, to, 6, segment))
  return frameOf(overIp(from, to, 6, segment), options.time ?? START_TIME)
}

export interface ConversationOptions {
  client?: Endpoint
  server?: Endpoint
  /** First sequence numbers of either side. */
  clientSeq?: number
  serverSeq?: number
  start?: bigint
  /** Nanoseconds from one frame to the next. */
  step?: bigint
  window?: number
}

export type Side = 'client' | 'server'

/**
 * A whole TCP connection, frame by frame, in `frames`. Each method appends and returns what it appended, so
 * that a test can leave some out, repeat or reorder them before it feeds them to a trace.
 */
export class TcpConversation {
  readonly frames: Frame[] = []
  readonly client: Endpoint
  readonly server: Endpoint
  readonly #sent: Record<Side, number>
  readonly #step: bigint
  readonly #window: number
  #time: bigint

  constructor(options: ConversationOptions = {}) {
    this.client = options.client ?? CLIENT
    this.server = options.server ?? SERVER
    this.#sent = { client: options.clientSeq ?? 1_000, server: options.serverSeq ?? 9_000 }
    this.#time = options.start ?? START_TIME
    this.#step = options.step ?? 1_000_000n
    this.#window = options.window ?? 65_535
  }

  /** SYN, SYN ACK, ACK, with an MSS option and a window scale of 0. */
  handshake(): Frame[] {
    const options = hex('020405b4 030300')
    return [
      this.segment('client', 'S', { options }),
      this.segment('server', 'SA', { options }),
      this.segment('client', 'A'),
    ]
  }

  /** Sends a message as one segment, or as segments of `size` bytes; the other side does not answer yet. */
  send(side: Side, payload: Uint8Array | string, size = Number.POSITIVE_INFINITY): Frame[] {
    const bytes = typeof payload === 'string' ? utf8(payload) : payload
    const made: Frame[] = []
    for (let at = 0; at < bytes.length; at += size) {
      const piece = bytes.slice(at, Math.min(bytes.length, at + size))
      made.push(this.segment(side, 'PA', { payload: piece }))
    }
    return made
  }

  ack(side: Side): Frame {
    return this.segment(side, 'A')
  }

  /** FIN from `side`, FIN with ACK from the other, and the last ACK. */
  close(side: Side = 'client'): Frame[] {
    const other = side === 'client' ? 'server' : 'client'
    return [this.segment(side, 'FA'), this.segment(other, 'FA'), this.segment(side, 'A')]
  }

  reset(side: Side = 'client'): Frame {
    return this.segment(side, 'RA')
  }

  /** Any segment at the side's own place in its stream, which it moves on. */
  segment(side: Side, flags: Flags, extra: { payload?: Uint8Array; options?: Uint8Array } = {}): Frame {
    const [from, to, other]: [Endpoint, Endpoint, Side] =
      side === 'client' ? [this.client, this.server, 'server'] : [this.server, this.client, 'client']
    const frame = tcpFrame(from, to, {
      seq: this.#sent[side],
      ack: flags.includes('A') ? this.#sent[other] : 0,
      flags,
      window: this.#window,
      time: this.#time,
      ...extra,
    })
    const counted = (flags.includes('S') ? 1 : 0) + (flags.includes('F') ? 1 : 0)
    this.#sent[side] = (this.#sent[side] + counted + (extra.payload?.length ?? 0)) >>> 0
    this.#time += this.#step
    this.frames.push(frame)
    return frame
  }
}

/** A little-endian microsecond pcap file, for uploads and readers. */
export function pcapFile(frames: readonly Frame[], linkType = 1): Uint8Array {
  const header = Buffer.alloc(24)
  header.writeUInt32LE(0xa1b2c3d4, 0)
  header.writeUInt16LE(2, 4)
  header.writeUInt16LE(4, 6)
  header.writeUInt32LE(262_144, 16)
  header.writeUInt32LE(linkType, 20)
  const records = frames.flatMap((frame) => {
    const record = Buffer.alloc(16)
    record.writeUInt32LE(Number(frame.time / 1_000_000_000n), 0)
    record.writeUInt32LE(Number((frame.time % 1_000_000_000n) / 1_000n), 4)
    record.writeUInt32LE(frame.bytes.length, 8)
    record.writeUInt32LE(frame.originalLength, 12)
    return [record, frame.bytes]
  })
  return concat(header, ...records)
}

function overIp(from: Endpoint, to: Endpoint, protocol: number, payload: Uint8Array): Uint8Array {
  if (from.address.includes(':')) {
    const packet = { source: from.address, destination: to.address, nextHeader: protocol }
    return ethernetBytes({ type: 0x86dd }, ipv6Bytes(packet, payload))
  }
  const packet = { source: from.address, destination: to.address, protocol }
  return ethernetBytes({ type: 0x0800 }, ipv4Bytes(packet, payload))
}

function transportChecksum(from: Endpoint, to: Endpoint, protocol: number, segment: Uint8Array): number {
  const pseudo = concat(
    addressBytes(from.address),
    addressBytes(to.address),
    u32(segment.length),
    u32(protocol),
    segment,
  )
  return internetChecksum(pseudo)
}

/** RFC 1071. */
export function internetChecksum(bytes: Uint8Array): number {
  let sum = 0
  for (let at = 0; at < bytes.length; at += 2) sum += (bytes[at]! << 8) | (bytes[at + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000)
  return ~sum & 0xffff
}

export function addressBytes(address: string): Uint8Array {
  if (!address.includes(':')) return Uint8Array.from(address.split('.').map(Number))
  const [head = '', tail] = address.split('::')
  const groups = (text: string) => (text === '' ? [] : text.split(':').map((g) => Number.parseInt(g, 16)))
  const left = groups(head)
  const right = tail === undefined ? [] : groups(tail)
  const zeros = new Array<number>(8 - left.length - right.length).fill(0)
  return concat(...[...left, ...zeros, ...right].map(u16))
}

function padded(options: Uint8Array): Uint8Array {
  return concat(options, new Uint8Array((4 - (options.length % 4)) % 4))
}

function u16(value: number): Uint8Array {
  return Uint8Array.of((value >> 8) & 255, value & 255)
}

function u32(value: number): Uint8Array {
  return Uint8Array.of((value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255)
}

function writeU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = (value >> 8) & 255
  bytes[at + 1] = value & 255
}
