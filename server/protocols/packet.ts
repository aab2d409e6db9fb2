/** One packet under dissection: its buffers, its layers, and the loop that goes from one layer to the next. */
import type { Flow, Message, Segment } from './conversation.ts'
import { Cursor } from './cursor.ts'
import { data } from './data.ts'
import type { FileRecord } from './file-record.ts'
import type { Frame, Transit } from './frame.ts'
import { InfoColumn } from './info-column.ts'
import type { Layer, Mode, PacketBuffer, Recorded } from './layer.ts'
import { link } from './link.ts'
import { malformed } from './malformed.ts'
import { explained } from './malformed-words.ts'
import { bytesOf } from './message-bytes.ts'
import { packetComment } from './packet-comment.ts'
import type { AnyProtocol, Next } from './protocol.ts'
import type { Skim } from './skim.ts'
import type { Surroundings, Verified } from './surroundings.ts'
import type { InnerPart } from './tls-found.ts'

export type { Frame, Transit } from './frame.ts'
export type { Layer, PacketBuffer, Recorded } from './layer.ts'
export type { Surroundings, Verified } from './surroundings.ts'

/** Deeper than any honest packet nests. */
const MAX_DEPTH = 32

/**
 * Layers shown of one packet: a 64 kB segment of the loopback may hold thousands of small messages. The first
 * pass has no such bound, since a message that it passed over would be missing from its session.
 */
const MAX_LAYERS = 2000

const NO_COMMENTS: readonly string[] = []

export class Packet {
  readonly number: number
  readonly originalLength: number
  /** LINKTYPE_ value: what the first layer is. */
  readonly linkType: number
  /** What its cable did to it; undefined where that can't be known. */
  readonly transit: Transit | undefined
  /** What its capture file says beside its bytes; undefined where it came from none. */
  readonly record: FileRecord | undefined
  /** Recorded layers, outermost first; empty on a pass that records nothing. */
  readonly layers: Layer[] = []
  /** What dissectors kept on the first pass, in the order of their `remember` calls. */
  memory: unknown[]
  /** True on the first pass, in capture order: only then does `remember` call its function. */
  readonly firstPass: boolean
  readonly recording: boolean
  /** Whether the words of the packet list are made; so they are where all is recorded. */
  readonly worded: boolean
  /** The only fields that are recorded; undefined for all. */
  readonly wanted: Recorded | undefined
  /** True once a layer that says its words only to a recorder was met on a pass that records nothing. */
  unsaid = false
  readonly surroundings: Surroundings
  /** One bit for each protocol seen, by its place in the stack (31 stands for all from 31 on). */
  protocols = 0
  /** Innermost network addresses and ports so far. */
  source = ''
  destination = ''
  sourcePort = 0
  destinationPort = 0
  /** Where those two addresses stand in the frame, source first: checksums cover them. Length 0: unknown. */
  addressesAt = 0
  addressesLength = 0
  /** The buffer in which they stand: what is put together of fragments has none of its own. */
  addressesBuffer = 0
  flow: Flow | undefined
  /** What its stream made of it, and the messages it completed; unset outside TCP. */
  segment: Segment | undefined
  /** Columns of the packet list. */
  column = ''
  /** True inside a packet that an ICMP error quotes: nothing there may touch a conversation. */
  quoted = false
  /** True inside the first fragment of an IP packet: what is missing travels in the others. */
  fragmented = false
  /** A checksum that covers what is being read was verified, and wrong: no host takes this packet in. */
  damaged = false
  readonly #frame: Frame
  #buffers: PacketBuffer[] | undefined
  readonly #info = new InfoColumn()
  #memoryAt = 0
  #current = -1
  #count = 0
  #depth = 0

  constructor(frame: Frame, number: number, surroundings: Surroundings, mode: Mode) {
    this.number = number
    this.#frame = frame
    this.originalLength = frame.originalLength
    this.linkType = frame.linkType
    this.transit = frame.transit
    this.record = frame.record
    this.surroundings = surroundings
    this.recording = mode.recording
    this.worded = mode.worded ?? mode.recording
    this.wanted = mode.wanted
    this.firstPass = mode.memory === undefined
    this.memory = mode.memory ?? []
  }

  /** Nanoseconds since 1970. */
  get time(): bigint {
    return this.#frame.time
  }

  /** The frame, then what dissectors put together, unmasked, unpacked or decrypted. */
  get buffers(): PacketBuffer[] {
    this.#buffers ??= [{ name: 'Frame', bytes: this.#frame.bytes }]
    return this.#buffers
  }

  /** What the packet list's info column says. */
  get infoText(): string {
    return this.#info.text
  }

  set infoText(text: string) {
    this.#info.text = text
  }

  /** What others wrote beside it in its capture file. */
  get comments(): readonly string[] {
    return this.record?.comments ?? NO_COMMENTS
  }

  /** Nanoseconds since the capture's first packet: a double is exact for 104 days. */
  get nanos(): number {
    return Number(this.time - (this.surroundings.start ?? this.time))
  }

  /** True when the capture holds less than was on the wire. */
  get cut(): boolean {
    return (this.buffers[0]?.bytes.length ?? 0) < this.originalLength
  }

  /**
   * True for a frame that a capture at this end would not hold: its headers are read, but nothing that is said about
   * conversations may hang on it.
   */
  get unseen(): boolean {
    return this.transit?.seen === false
  }

  /**
   * Whether checksums are looked at: on the lab network they are complete when a frame is sent, while a real card
   * finishes them after the capture has seen it.
   */
  get verifies(): boolean {
    return this.transit !== undefined || this.surroundings.verify !== undefined
  }

  /** Whether this protocol's are. */
  verifiesAt(protocol: keyof Verified): boolean {
    return this.transit !== undefined || this.surroundings.verify?.[protocol] === true
  }

  /** Whether the conversation's client sent it; null outside a conversation. */
  get fromClient(): boolean | null {
    if (this.flow === undefined) return null
    const { client } = this.flow
    return this.sourcePort === client.port && this.source === client.address
  }

  remember<T>(make: () => T): T {
    if (this.firstPass) {
      const made = make()
      this.memory.push(made)
      return made
    }
    return this.memory[this.#memoryAt++] as T
  }

  /** Goes on where a skim came upon a message that it leaves to `dissect`: the stream has taken the segment in. */
  goOnFrom(skim: Skim): void {
    this.memory = skim.memory
    this.takeFrom(skim)
    if (!this.worded) return
    // The layer that carries the message, and one that stands for the messages before it, if they said something.
    const carrier: Layer = { protocol: data, buffer: 0, start: 0, end: 0, parent: -1, fields: [] }
    this.layers.push(carrier)
    this.#current = 0
    this.#info.goOn(skim.spoken ? this.layers.push({ ...carrier, parent: 0 }) - 1 : 0, skim)
  }

  /** Takes what a skim found out of the whole packet; its words stay in the ink until they are asked for. */
  takeAll(skim: Skim): void {
    this.takeFrom(skim)
    this.#info.ink = skim.info
  }

  private takeFrom(skim: Skim): void {
    this.protocols = skim.protocols
    this.column = skim.column
    this.source = skim.source
    this.destination = skim.destination
    this.sourcePort = skim.sourcePort
    this.destinationPort = skim.destinationPort
    this.flow = skim.flow
    this.segment = skim.segment
  }

  addBuffer(name: string, bytes: Uint8Array): number {
    return this.buffers.push({ name, bytes }) - 1
  }

  /**
   * Dissects a range of a buffer as `inner` and whatever that carries, below the current layer. `wireEnd` is
   * where the range ended on the wire, if the capture kept less. Returns where the carried packet said that it
   * ends, or `wireEnd` if it did not say.
   */
  nest(
    inner: AnyProtocol,
    buffer: number,
    start: number,
    end: number,
    told?: unknown,
    wireEnd: number = end,
  ): number {
    const held = this.buffers[buffer]
    if (held === undefined || this.#depth >= MAX_DEPTH) return wireEnd
    const outer = this.#current
    const { fragmented } = this
    const kept = Math.min(end, held.bytes.length)
    const cursor = new Cursor(this, buffer, held.bytes, start, kept, told, wireEnd)
    this.#depth++
    this.#run(cursor, inner)
    this.#depth--
    this.#current = outer
    this.fragmented = fragmented
    return cursor.claimed ?? wireEnd
  }

  nestNext(next: Next, buffer: number, start: number, end: number, wireEnd: number = end): number {
    return this.nest(this.surroundings.stack.find(next) ?? data, buffer, start, end, undefined, wireEnd)
  }

  /** Dissects a packet that this one quotes: layers only, so everything that is said of the packet is kept. */
  nestQuoted(next: Next, buffer: number, start: number, end: number): void {
    const { source, destination, sourcePort, destinationPort, flow, column, quoted } = this
    const { addressesAt, addressesLength, addressesBuffer } = this
    const kept = { source, destination, sourcePort, destinationPort, flow, column, quoted }
    this.quoted = true
    this.nestNext(next, buffer, start, end)
    Object.assign(this, kept, { addressesAt, addressesLength, addressesBuffer })
  }

  /** Dissects, one after the other, the messages that a segment completed. */
  nestMessages(segment: Segment): void {
    this.segment = segment
    if (!this.firstPass) {
      for (const message of segment.messages) this.nestMessage(message)
      return
    }
    const { conversations } = this.surroundings
    for (;;) {
      const message = conversations.nextMessage(segment)
      if (message === undefined) return
      this.nestMessage(message)
    }
  }

  nestMessage(message: Message): void {
    const held = bytesOf(message, this, this.#inside ? 'Reassembled TLS' : 'Reassembled TCP')
    if (held === undefined) {
      this.note('Reassembly: some segments of this message are no longer kept', 0, 0, 0)
      return
    }
    const { buffer, start, end } = held
    this.nest(message.protocol, buffer, start, end, undefined, Math.max(end, start + message.length))
  }

  /**
   * Dissects, one after the other, the messages of a stream that this layer carries. They are kept there, with all that
   * their dissectors remember: filled on the first pass.
   */
  nestInner({ stream, messages, memory }: InnerPart, fromClient: boolean): void {
    const { flow: outer, memory: outerMemory } = this
    const outerMemoryAt = this.#memoryAt
    this.flow = stream.flow
    this.memory = memory
    this.#memoryAt = 0
    this.#inside = true
    if (!this.firstPass) for (const message of messages) this.nestMessage(message)
    else {
      for (let message = stream.next(fromClient); message; message = stream.next(fromClient)) {
        messages.push(message)
        this.nestMessage(message)
      }
    }
    this.#inside = false
    this.flow = outer
    this.memory = outerMemory
    this.#memoryAt = outerMemoryAt
  }
  /** What is read stands in a stream inside the connection. */
  #inside = false

  /** A layer says more than the one that carries it, and takes its place; beside others it is added to them. */
  setInfo(text: string): void {
    if (!this.quoted) this.#info.say(text, this.#current, this.layers)
  }

  /** The loop: one layer after another in the same buffer, until nothing follows or something is wrong. */
  #run(cursor: Cursor, first: AnyProtocol): void {
    let inner: AnyProtocol | undefined = first
    while (inner !== undefined) {
      if (++this.#count > MAX_LAYERS) {
        if (this.recording) return
        this.unsaid = true
      }
      const start = cursor.pos
      const layer = this.#begin(inner, cursor)
      let next: Next | undefined
      try {
        next = inner.read(cursor)
      } catch (error) {
        if (layer) layer.end = Math.max(start, Math.min(cursor.pos, cursor.end))
        const message = explained(error, inner, this)
        if (message !== undefined) this.note(message, cursor.buffer, cursor.pos, cursor.end)
        return
      }
      if (layer && layer.end === start) layer.end = cursor.pos
      if (next === undefined || cursor.wireLeft <= 0) return
      inner = this.surroundings.stack.find(next) ?? data
      // Nothing captured: a header that is missing is worth a note, payload that nobody reads is not.
      if (cursor.left <= 0 && (inner === data || this.quoted)) return
    }
  }

  #begin(inner: AnyProtocol, cursor: Cursor): Layer | undefined {
    this.protocols |= this.surroundings.stack.bit(inner)
    if (!this.worded && !this.recording) return undefined
    if (!this.recording && inner.wordy !== true) this.unsaid = true
    const layer: Layer = {
      protocol: inner,
      buffer: cursor.buffer,
      start: cursor.pos,
      end: cursor.pos,
      parent: this.#current,
      fields: [],
    }
    this.#current = this.layers.push(layer) - 1
    if (inner.short !== undefined) this.column = inner.short
    if (this.recording) {
      const kept = this.wanted === undefined || this.wanted.protocols.has(inner)
      cursor.recordInto(kept ? layer.fields : undefined)
    }
    return layer
  }

  /** Adds the one layer that says what was expected, where, and what was there. */
  note(message: string, buffer: number, start: number, end: number): void {
    this.protocols |= this.surroundings.stack.bit(malformed)
    this.unsaid = true
    if (!this.recording) return
    const field = malformed.fields['=_ws.malformed.message']
    // A length that lies may have led beyond what is there.
    const length = this.buffers[buffer]?.bytes.length ?? 0
    const from = Math.min(start, length)
    const to = Math.max(from, Math.min(end, length))
    this.layers.push({
      protocol: malformed,
      buffer,
      start: from,
      end: to,
      parent: this.#current,
      fields: [{ field, value: message, buffer, start: from, end: to }],
    })
    if (!this.quoted && this.worded)
      this.infoText = this.infoText === '' ? message : `${this.infoText} [${message}]`
  }
}

/** Dissects a frame from its link layer up. Never throws. */
export function dissect(packet: Packet, linkType: number): Packet {
  const frame = packet.buffers[0]
  if (frame !== undefined) {
    const { length } = frame.bytes
    const wireEnd = Math.max(length, packet.originalLength)
    if (packet.comments.length > 0) packet.nest(packetComment, 0, 0, 0)
    if (packet.transit === undefined)
      packet.nestNext({ table: 'link', keys: [linkType] }, 0, 0, length, wireEnd)
    else packet.nest(link, 0, 0, length, undefined, wireEnd)
  }
  return packet
}
