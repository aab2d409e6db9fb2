/** One packet under dissection: its buffers, its layers, and the loop that goes from one layer to the next. */
import type { Conversations, Flow, Inflaters, Message, Segment } from './conversation.ts'
import { Cursor, Malformed, type Span } from './cursor.ts'
import { data } from './data.ts'
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
}

/** More layers than any honest packet has: a bound against packets made to nest without end. */
const MAX_LAYERS = 400

export class Packet {
  readonly number: number
  readonly time: bigint
  readonly originalLength: number
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
  flow: Flow | undefined
  /** Columns of the packet list. */
  column = ''
  infoText = ''
  #memoryAt = 0
  #infoLayer = -1
  #current = -1
  #count = 0

  constructor(
    frame: Frame,
    number: number,
    surroundings: Surroundings,
    mode: { recording: boolean; memory?: unknown[] | undefined },
  ) {
    this.number = number
    this.time = frame.time
    this.originalLength = frame.originalLength
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

  /** Dissects a range of a buffer as `inner` and whatever that carries, below the current layer. */
  nest(inner: AnyProtocol, buffer: number, start: number, end: number): void {
    const held = this.buffers[buffer]
    if (held === undefined) return
    const outer = this.#current
    this.#run(new Cursor(this, buffer, held.bytes, start, Math.min(end, held.bytes.length)), inner)
    this.#current = outer
  }

  nestNext(next: Next, buffer: number, start: number, end: number): void {
    this.nest(this.#find(next), buffer, start, end)
  }

  /** Dissects, one after the other, the messages that a segment completed. */
  nestMessages(segment: Segment): void {
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
    if (message.pieces.length === 1 && only?.number === this.number) {
      this.nest(message.protocol, 0, only.offset, only.offset + only.length)
      return
    }
    const bytes = this.surroundings.conversations.messageBytes(message)
    if (bytes === undefined) {
      this.#complain('Reassembly: some segments of this message are no longer kept', 0, 0, 0)
      return
    }
    this.nest(message.protocol, this.addBuffer('Reassembled TCP', bytes), 0, bytes.length)
  }

  setInfo(text: string): void {
    const sibling = this.#infoLayer >= 0 && this.column === this.#columnAtInfo && this.#isSibling()
    this.infoText = sibling && this.infoText !== '' ? `${this.infoText} · ${text}` : text
    this.#infoLayer = this.#current
    this.#columnAtInfo = this.column
  }
  #columnAtInfo = ''

  /** Whether the current layer is of the same protocol as, and not inside, the one that wrote the info. */
  #isSibling(): boolean {
    const wrote = this.layers[this.#infoLayer]
    let at = this.#current
    if (wrote === undefined || at === this.#infoLayer) return false
    if (this.layers[at]?.protocol !== wrote.protocol) return false
    for (at = this.layers[at]?.parent ?? -1; at >= 0; at = this.layers[at]?.parent ?? -1) {
      if (at === this.#infoLayer) return false
    }
    return true
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
      if (++this.#count > MAX_LAYERS) return
      const start = cursor.pos
      const layer = this.#begin(inner, cursor)
      let next: Next | undefined
      try {
        next = inner.read(cursor)
      } catch (error) {
        if (layer) layer.end = Math.min(cursor.pos, cursor.end)
        const message =
          error instanceof Malformed ? error.message : `defect in the ${inner.id} dissector: ${error}`
        this.#complain(message, cursor.buffer, cursor.pos, cursor.end)
        return
      }
      if (layer && layer.end === start) layer.end = cursor.pos
      if (next === undefined || cursor.left <= 0) return
      inner = this.#find(next)
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

  /** Adds the one layer that says what was expected, where, and what was there. */
  #complain(message: string, buffer: number, start: number, end: number): void {
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
    this.infoText = this.infoText === '' ? message : `${this.infoText} [${message}]`
  }
}

/** Dissects a frame from its link layer up. Never throws. */
export function dissect(packet: Packet, linkType: number): Packet {
  const frame = packet.buffers[0]
  if (frame !== undefined) packet.nestNext({ table: 'link', keys: [linkType] }, 0, 0, frame.bytes.length)
  return packet
}
