/**
 * Reading a packet without recording it. A capture is read from its beginning at hundreds of thousands of packets a
 * second, and of most of them only the packet list's line is ever seen. So the protocols that most packets are made
 * of declare `skim` beside `dissect`: the same effects on the conversation and the same words for the line, straight
 * from the bytes, with no spans, no cursor and hardly an object.
 *
 * Whatever is unusual is left to `dissect`: a skim that returns false has changed nothing. Behind the TCP header, when
 * the stream has taken the segment in, that holds for each message by itself.
 */
import type { Flow, Message, SeenPacket, Segment } from './conversation.ts'
import { Ink } from './ink.ts'
import type { Frame, Surroundings } from './packet.ts'
import { Packet } from './packet.ts'
import type { PlacedFrame } from './placed-frame.ts'
import type { AnyProtocol, Next, Table } from './protocol.ts'

/** Where the layers stood that a skim went through, for fields that are read by their place: at most so many. */
const MAX_MARKS = 64

/** A layer that was passed: where it begins in its buffer. */
export interface Mark {
  protocol: AnyProtocol
  /** The buffer, or undefined for the frame. */
  bytes: Uint8Array | undefined
  /** In that buffer; in the frame counted from its first byte. */
  start: number
  end: number
  /** What a skim found there, for the places of its protocol's fields: as that one says; 0 where it said nothing. */
  kind: number
}

/** Packets in packets in packets: what lies deeper is left to `dissect`, which makes an end. */
const MAX_DEPTH = 16

/** Characters of the info column after which messages side by side are no longer added, as in `Packet`. */
const MAX_INFO = 300
/** ` · ` in UTF-8. */
const BETWEEN = [0x20, 0xc2, 0xb7, 0x20]

/** One object for all packets of a trace: whoever wants to keep something of it copies that. */
export class Skim implements SeenPacket {
  number = 0
  /** Nanoseconds since the capture's first packet. */
  nanos = 0
  originalLength = 0
  linkType = 0
  /** Holds the frame, or what is read of it at the moment: unmasked bytes. */
  bytes: Uint8Array = NO_BYTES
  /** Where the frame begins in the bytes that were handed over; offsets that are kept count from there. */
  frameStart = 0
  at = 0
  /** Where the bytes end that were captured, and where they ended on the wire. */
  end = 0
  wireEnd = 0
  protocols = 0
  source = ''
  destination = ''
  sourcePort = 0
  destinationPort = 0
  /** The addresses as numbers of 32 bits: one each for IPv4 (`family` 4), four for IPv6. */
  family = 0
  /** Where they stand, source first: checksums cover them. */
  addressesAt = 0
  from0 = 0
  from1 = 0
  from2 = 0
  from3 = 0
  to0 = 0
  to1 = 0
  to2 = 0
  to3 = 0
  /** Where the link's addresses stand; -1 for one that it has not, or not of Ethernet's kind. */
  senderAt = -1
  receiverAt = -1
  flow: Flow | undefined
  segment: Segment | undefined
  /** Bytes of its payload on the wire. */
  segmentLength = 0
  /** Whether the conversation's client sent it; null outside a conversation, as in `Packet`. */
  fromClient: boolean | null = null
  /** What the packet list's protocol column says. */
  column = ''
  /** What dissectors would have remembered, in their order. */
  memory: unknown[] = []
  /** True where the line must be made by `dissect` although the conversation knows all about the packet. */
  unusual = false
  /** Whose checksums are to be looked at. */
  verifiesIp = false
  verifiesTcp = false
  verifiesUdp = false
  /** Whether the words of the packet list are wanted. */
  worded = false
  /** What the carrying layer tells of the message: see `Cursor.told`. */
  told: unknown
  readonly surroundings: Surroundings
  readonly info = new Ink(4096)
  /** Where the words of the message at hand begin: those before it, and not around it, stay. */
  #infoFrom = 0
  #spoken = false
  #depth = 0
  readonly marks: Mark[] = []
  marked = 0
  #frame: PlacedFrame | undefined
  #packet: Packet | undefined
  #viewed: Uint8Array = NO_BYTES
  #view: DataView = new DataView(NO_BYTES.buffer)
  #handed: Uint8Array = NO_BYTES

  constructor(surroundings: Surroundings) {
    this.surroundings = surroundings
  }

  /** The bytes that hold the frame, whatever is read at the moment. */
  get frameBytes(): Uint8Array {
    return this.#handed
  }

  /** A view of those bytes. */
  get frameView(): DataView {
    const bytes = this.#handed
    if (bytes !== this.#viewed) {
      this.#viewed = bytes
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    }
    return this.#view
  }

  /** True where a message was left to `dissect`. */
  get handedOver(): boolean {
    return this.#packet !== undefined
  }

  /** Nanoseconds since 1970. */
  get time(): bigint {
    return this.#frame?.time ?? 0n
  }

  /** The same in seconds. */
  get seconds(): number {
    return this.#frame?.seconds ?? 0
  }

  /** Reads the frame, whose first layer is `first`; false leaves everything to `dissect`. */
  read(frame: PlacedFrame, number: number, nanos: number, first: AnyProtocol | undefined): boolean {
    const { buffer, start, length, originalLength } = frame
    this.number = number
    this.nanos = nanos
    this.originalLength = originalLength
    this.linkType = frame.linkType
    this.bytes = buffer
    this.#handed = buffer
    this.frameStart = start
    this.at = start
    this.end = start + length
    this.wireEnd = start + (originalLength > length ? originalLength : length)
    this.protocols = 0
    this.senderAt = -1
    this.receiverAt = -1
    this.flow = undefined
    this.segment = undefined
    this.fromClient = null
    this.column = ''
    this.unusual = false
    this.told = undefined
    this.marked = 0
    this.info.at = 0
    this.#infoFrom = 0
    this.#spoken = false
    this.#depth = 0
    this.#frame = frame
    this.#packet = undefined
    return first !== undefined && this.enter(first)
  }

  /** Reads the layer that begins here. */
  enter(protocol: AnyProtocol): boolean {
    if (protocol.skim === undefined || this.#depth >= MAX_DEPTH) return false
    const { protocols, column } = this
    const slot = this.marked
    this.protocols |= this.surroundings.stack.bit(protocol)
    if (protocol.short !== undefined) this.column = protocol.short
    this.#mark(protocol)
    this.#depth++
    const done = protocol.skim(this)
    this.#depth--
    if (done) return true
    this.protocols = protocols
    this.column = column
    this.marked = slot
    return false
  }

  /** Notes a layer that nothing need be read of. */
  pass(protocol: AnyProtocol): void {
    this.protocols |= this.surroundings.stack.bit(protocol)
    if (protocol.short !== undefined) this.column = protocol.short
    this.#mark(protocol)
  }

  /** The same, found by its key; for bytes that nobody claims false. */
  next(table: Table, key: number): boolean {
    const protocol = this.surroundings.stack.lookup(table, key)
    return protocol !== undefined && this.enter(protocol)
  }

  /** The layer at hand ends here: what lies behind is padding. */
  limit(end: number): void {
    this.wireEnd = end
    if (this.end > end) this.end = end
  }

  /** Goes on in bytes that don't stand in the frame: unmasked ones. */
  goInto(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes
    this.at = start
    this.end = end
    this.wireEnd = end
  }

  /** Skims what a datagram carries from here on, or has it dissected. */
  carry(protocol: AnyProtocol): void {
    const { at, end } = this
    if (!this.#skims(protocol)) this.leave(protocol, at, end)
  }

  /** Has the beginning of a packet dissected that an error quotes. What stands in it says nothing in the line. */
  quote(next: Next, start: number, end: number): void {
    const packet = this.handOver(false)
    packet.nestQuoted(next, 0, start - this.frameStart, end - this.frameStart)
    this.protocols |= packet.protocols
  }

  /** Skims a message, or has it dissected. */
  message(message: Message): void {
    if (this.#packet === undefined && message.protocol.skim !== undefined && this.#goTo(message)) {
      if (this.#skims(message.protocol)) return
    }
    this.handOver().nestMessage(message)
    this.protocols |= this.#packet?.protocols ?? 0
  }

  /** Skims the message whose bytes begin here; where that can't be, nothing has changed. */
  #skims(protocol: AnyProtocol): boolean {
    const length = this.memory.length
    const spoken = this.#begin()
    this.told = undefined
    if (this.enter(protocol)) return true
    this.forget(length)
    this.#spoken = spoken
    return false
  }

  /** The packet as `dissect` knows it, for a message that is not skimmed. */
  handOver(worded = this.worded): Packet {
    if (this.#packet === undefined) {
      const frame = this.#frame?.lasting() ?? EMPTY_FRAME
      this.#packet = new Packet(frame, this.number, this.surroundings, {
        recording: false,
        worded,
      })
      this.#packet.goOnFrom(this)
    }
    return this.#packet
  }

  /** When all messages were read: takes the words of those that were dissected. */
  gather(): void {
    const packet = this.#packet
    if (packet === undefined || !this.worded) return
    this.unusual = packet.unsaid
    this.column = packet.column
    if (packet.infoText === '') return
    this.info.at = 0
    this.info.text(packet.infoText)
    this.#spoken = true
  }

  /** Keeps what `Cursor.remember` would have kept. */
  remember<T>(made: T): T {
    this.memory.push(made)
    return made
  }

  /** Keeps the first `count` alone. To set `length` to 0 would be slower, and take the array's room away with it. */
  forget(count = 0): void {
    while (this.memory.length > count) this.memory.pop()
  }

  /** Whether a message in this packet has had something to say. */
  get spoken(): boolean {
    return this.#spoken
  }

  /**
   * Where a message's words are written, from the beginning: they take the place of what its carrier said. False
   * where none are wanted.
   */
  speak(): boolean {
    if (!this.worded) return false
    this.info.at = this.#infoFrom
    this.info.room(1024)
    if (this.#infoFrom > 0) {
      // Bytes are many at least where characters are.
      if (this.info.at >= MAX_INFO && this.info.from(0).length >= MAX_INFO) return false
      for (const byte of BETWEEN) this.info.byte(byte)
    }
    this.#spoken = true
    return true
  }

  /** Says what the layer that was entered last is. */
  tell(kind: number): void {
    const mark = this.marks[this.marked - 1]
    if (mark !== undefined) mark.kind = kind
  }

  /** Whether a layer is missing among the marks. */
  get overflowed(): boolean {
    return this.marked >= MAX_MARKS
  }

  /** What the message at hand has said is taken back: what it carries says more. */
  hush(): void {
    this.info.at = this.#infoFrom
    this.#spoken = this.#infoFrom > 0
  }

  /** What comes now stands beside what was said in this message before. */
  beside(): void {
    this.#begin()
  }

  /** Leaves some of the bytes that are read to `dissect`, and with them all that comes behind. */
  leave(protocol: AnyProtocol, start: number, end: number, told?: unknown): void {
    const packet = this.handOver()
    if (this.bytes === this.#handed) {
      packet.nest(protocol, 0, start - this.frameStart, end - this.frameStart, told)
    } else packet.nest(protocol, packet.addBuffer('Reassembled TCP', this.bytes), start, end, told)
    this.protocols |= packet.protocols
  }

  /** Where the bytes of a message are: in this frame, or put together from several. False where they are not kept. */
  #goTo(message: Message): boolean {
    const { pieces, length } = message
    const [only] = pieces
    if (only !== undefined && pieces.length === 1 && only.number === this.number) {
      if (only.bytes !== undefined) return false
      this.bytes = this.#handed
      this.at = this.frameStart + only.offset
      this.end = this.at + only.length
      this.wireEnd = this.at + Math.max(only.length, length)
      return true
    }
    const joined = this.surroundings.conversations.messageBytes(message)
    if (joined === undefined) return false
    this.goInto(joined, 0, joined.length)
    this.wireEnd = Math.max(joined.length, length)
    return true
  }

  #begin(): boolean {
    this.#infoFrom = this.#spoken ? this.info.at : 0
    return this.#spoken
  }

  #mark(protocol: AnyProtocol): void {
    if (this.marked >= MAX_MARKS) return
    const mark = this.marks[this.marked]
    const inFrame = this.bytes === this.#handed
    const bytes = inFrame ? undefined : this.bytes
    const start = inFrame ? this.at - this.frameStart : this.at
    const end = inFrame ? this.end - this.frameStart : this.end
    if (mark === undefined) this.marks.push({ protocol, bytes, start, end, kind: 0 })
    else {
      mark.protocol = protocol
      mark.bytes = bytes
      mark.start = start
      mark.end = end
      mark.kind = 0
    }
    this.marked++
  }
}

const NO_BYTES = new Uint8Array(0)
const EMPTY_FRAME: Frame = { time: 0n, bytes: NO_BYTES, originalLength: 0, linkType: 0 }
