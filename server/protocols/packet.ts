/** One packet under dissection: its buffers, its layers, and the loop that goes from one layer to the next. */
import type { Conversations, Flow, Inflaters, Message, Segment } from './conversation.ts'
import { Cursor, Malformed, type Span } from './cursor.ts'
import { data } from './data.ts'
import { link } from './link.ts'
import { malformed } from './malformed.ts'
import type { AnyProtocol, Next } from './protocol.ts'
import type { Stack } from './stack.ts'

/** What a capture source hands over. */
export interface Frame {
  /** Nanoseconds since 1970-01-01T00:00Z. */
  readonly time: bigint
  readonly bytes: Uint8Array
  /** Length on the wire; more than `bytes.length` when the snaplen cut it. */
  readonly originalLength: number
  /** LINKTYPE_ value (tcpdump.org/linktypes.html): 1 is Ethernet. */
  readonly linkType: number
  /** What its cable did to it; left out on networks that can't know. */
  readonly transit?: Transit | undefined
}

/** A frame's way over a cable of the lab network: the truth beside what a capture lets one guess. */
export interface Transit {
  /** `server` for the impaired one. */
  readonly cable: string
  /** `up` is towards the server. */
  readonly direction: 'up' | 'down'
  /** `delivered`, or what befell it: `lost`, `queue full`, `cut`, `corrupted`, `duplicated`, `reordered`. */
  readonly fates: readonly string[]
  /** Nanoseconds since 1970 at which it entered the cable. */
  readonly sentAt: bigint
  /** When it came out: none while it travels and if it never does, two if it was duplicated. Another list when it grows. */
  arrivals: readonly bigint[]
  /** Frames before it in the queue. */
  readonly queue: number
  /** Seconds on the cable as decided; undefined if it never arrives. */
  readonly delay: number | undefined
  /** Bits a second of its cable in this direction; 0, or left out, where there was no limit. */
  readonly rate?: number
  /** False for a frame that a capture on the host whose trace this is would not show: lost before it, or on another cable. */
  readonly seen: boolean
  /** The frame at the cable's other end, where it is not the same: corrupted. */
  other?: Uint8Array | undefined
}

export interface Layer {
  readonly protocol: AnyProtocol
  readonly buffer: number
  readonly start: number
  /** Where its own bytes (its header, for those that carry another) end. */
  end: number
  /** Index of the layer that carries it; -1 for the first. */
  readonly parent: number
  readonly fields: Span[]
}

export interface PacketBuffer {
  readonly name: string
  readonly bytes: Uint8Array
}

/** Everything around a packet that a dissector may need. */
export interface Surroundings {
  readonly stack: Stack
  readonly conversations: Conversations
  readonly inflate: Inflaters
  /** Time of the capture's first packet. */
  readonly start?: bigint | undefined
  /** Checksums are verified although the frames may have met a card that finishes them later. */
  readonly verify?: boolean | undefined
}

/** Deeper than any honest packet nests. */
const MAX_DEPTH = 32

/**
 * Layers shown of one packet: a 64 kB segment of the loopback may hold thousands of small messages. The first
 * pass has no such bound, since a message that it passed over would be missing from its session.
 */
const MAX_LAYERS = 2000

/** Characters of the info column after which messages side by side are no longer added. */
const MAX_INFO = 300

export class Packet {
  readonly number: number
  readonly time: bigint
  readonly originalLength: number
  /** LINKTYPE_ value: what the first layer is. */
  readonly linkType: number
  /** What its cable did to it; undefined where that can't be known. */
  readonly transit: Transit | undefined
  readonly buffers: PacketBuffer[]
  /** Recorded layers, outermost first; empty on a pass that records nothing. */
  readonly layers: Layer[] = []
  /** What dissectors kept on the first pass, in the order of their `remember` calls. */
  readonly memory: unknown[]
  /** True on the first pass, in capture order: only then does `remember` call its function. */
  readonly firstPass: boolean
  readonly recording: boolean
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
  flow: Flow | undefined
  /** What its stream made of it, and the messages it completed; unset outside TCP. */
  segment: Segment | undefined
  /** Columns of the packet list. */
  column = ''
  infoText = ''
  /** True inside a packet that an ICMP error quotes: nothing there may touch a conversation. */
  quoted = false
  /** True inside the first fragment of an IP packet: what is missing travels in the others. */
  fragmented = false
  /** A checksum that covers what is being read was verified, and wrong: no host takes this packet in. */
  damaged = false
  #memoryAt = 0
  #infoLayer = -1
  #current = -1
  #count = 0
  #depth = 0

  constructor(
    frame: Frame,
    number: number,
    surroundings: Surroundings,
    mode: { recording: boolean; memory?: unknown[] | undefined },
  ) {
    this.number = number
    this.time = frame.time
    this.originalLength = frame.originalLength
    this.linkType = frame.linkType
    this.transit = frame.transit
    this.buffers = [{ name: 'Frame', bytes: frame.bytes }]
    this.surroundings = surroundings
    this.recording = mode.recording
    this.firstPass = mode.memory === undefined
    this.memory = mode.memory ?? []
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
    return this.transit !== undefined || this.surroundings.verify === true
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
    return this.nest(this.#find(next), buffer, start, end, undefined, wireEnd)
  }

  /** Dissects a packet that this one quotes: layers only, so everything that is said of the packet is kept. */
  nestQuoted(next: Next, buffer: number, start: number, end: number): void {
    const { source, destination, sourcePort, destinationPort, flow, column, quoted } = this
    const { addressesAt, addressesLength } = this
    const kept = { source, destination, sourcePort, destinationPort, flow, column, quoted }
    this.quoted = true
    this.nestNext(next, buffer, start, end)
    Object.assign(this, kept, { addressesAt, addressesLength })
  }

  /** Dissects, one after the other, the messages that a segment completed. */
  nestMessages(segment: Segment): void {
    this.segment = segment
    if (!this.firstPass) {
      for (const message of segment.messages) this.#nestMessage(message)
      return
    }
    const { conversations } = this.surroundings
    for (;;) {
      const message = conversations.nextMessage(segment)
      if (message === undefined) return
      this.#nestMessage(message)
    }
  }

  #nestMessage(message: Message): void {
    const [only] = message.pieces
    if (message.pieces.length === 1 && only?.number === this.number && only.bytes === undefined) {
      const { offset, length } = only
      const wireEnd = offset + Math.max(length, message.length)
      this.nest(message.protocol, 0, offset, offset + length, undefined, wireEnd)
      return
    }
    const bytes = this.surroundings.conversations.messageBytes(message)
    if (bytes === undefined) {
      this.note('Reassembly: some segments of this message are no longer kept', 0, 0, 0)
      return
    }
    const wireEnd = Math.max(bytes.length, message.length)
    this.nest(message.protocol, this.addBuffer('Reassembled TCP', bytes), 0, bytes.length, undefined, wireEnd)
  }

  /** A layer says more than the one that carries it, and takes its place; beside others it is added to them. */
  setInfo(text: string): void {
    if (this.quoted) return
    if (!this.#insideInfoLayer()) this.#infoBefore = this.infoText
    this.#infoLayer = this.#current
    if (this.#infoBefore.length < MAX_INFO) {
      this.infoText = this.#infoBefore === '' ? text : `${this.#infoBefore} · ${text}`
    }
  }
  /** What layers before the one that wrote last, and not around it, had to say. */
  #infoBefore = ''

  /** Whether the layer that wrote the info is this one or carries it, at whatever remove. */
  #insideInfoLayer(): boolean {
    let at = this.#current
    while (at > this.#infoLayer) at = this.layers[at]?.parent ?? -1
    return at === this.#infoLayer
  }

  #find(next: Next): AnyProtocol {
    for (const key of next.keys) {
      const found = this.surroundings.stack.lookup(next.table, key)
      if (found !== undefined) return found
    }
    return data
  }

  /** The loop: one layer after another in the same buffer, until nothing follows or something is wrong. */
  #run(cursor: Cursor, first: AnyProtocol): void {
    let inner: AnyProtocol | undefined = first
    while (inner !== undefined) {
      if (++this.#count > MAX_LAYERS && this.recording) return
      const start = cursor.pos
      const layer = this.#begin(inner, cursor)
      let next: Next | undefined
      try {
        next = inner.read(cursor)
      } catch (error) {
        if (layer) layer.end = Math.max(start, Math.min(cursor.pos, cursor.end))
        const message = this.#explain(error, inner)
        if (message !== undefined) this.note(message, cursor.buffer, cursor.pos, cursor.end)
        return
      }
      if (layer && layer.end === start) layer.end = cursor.pos
      if (next === undefined || cursor.wireLeft <= 0) return
      inner = this.#find(next)
      // Nothing captured: a header that is missing is worth a note, payload that nobody reads is not.
      if (cursor.left <= 0 && (inner === data || this.quoted)) return
    }
  }

  #begin(inner: AnyProtocol, cursor: Cursor): Layer | undefined {
    this.protocols |= this.surroundings.stack.bit(inner)
    if (!this.recording) return undefined
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
    cursor.recordInto(layer.fields)
    return layer
  }

  /** The words for the error layer; `undefined` where missing bytes are no error. */
  #explain(error: unknown, inner: AnyProtocol): string | undefined {
    if (!(error instanceof Malformed)) return `defect in the ${inner.id} dissector: ${error}`
    if (error.reason === 'missing') {
      // An ICMP error need quote no more than the first 8 bytes behind the IP header (RFC 792).
      if (this.quoted) return undefined
      if (this.fragmented) return `${error.message}; the rest travels in other fragments`
    }
    return error.message
  }

  /** Adds the one layer that says what was expected, where, and what was there. */
  note(message: string, buffer: number, start: number, end: number): void {
    this.protocols |= this.surroundings.stack.bit(malformed)
    if (!this.recording) return
    const field = malformed.fields['=_ws.malformed.message']
    this.layers.push({
      protocol: malformed,
      buffer,
      start,
      end: Math.max(start, end),
      parent: this.#current,
      fields: [{ field, value: message, buffer, start, end: Math.max(start, end) }],
    })
    if (!this.quoted) this.infoText = this.infoText === '' ? message : `${this.infoText} [${message}]`
  }
}

/** Dissects a frame from its link layer up. Never throws. */
export function dissect(packet: Packet, linkType: number): Packet {
  const frame = packet.buffers[0]
  if (frame !== undefined) {
    const { length } = frame.bytes
    const wireEnd = Math.max(length, packet.originalLength)
    if (packet.transit === undefined)
      packet.nestNext({ table: 'link', keys: [linkType] }, 0, 0, length, wireEnd)
    else packet.nest(link, 0, 0, length, undefined, wireEnd)
  }
  return packet
}
