/**
 * The pcapng capture file, draft-ietf-opsawg-pcapng: blocks one after the other, each in its section's byte
 * order. A reader skips the types it does not know.
 *
 *  | type 4 | total length 4 | body, padded to 4 | total length again 4 |
 */
import { CaptureError } from '../errors.ts'
import type { Frame } from '../protocols/packet.ts'
import { PlacedFrame, splitTicks } from '../protocols/placed-frame.ts'
import type { ByteInput } from './byte-input.ts'
import { type CaptureHandlers, type FormatReader, MAX_RECORD } from './capture-format.ts'
import { readHostNames } from './host-names.ts'
import {
  BYTE_ORDER_MAGIC,
  CUSTOM,
  DECRYPTION_SECRETS,
  ENHANCED_PACKET,
  ENVELOPE,
  eachOption,
  INTERFACE_DESCRIPTION,
  INTERFACE_STATISTICS,
  ISB_IFDROP,
  ISB_OSDROP,
  NAME_RESOLUTION,
  PACKET,
  padding,
  SECTION_HEADER,
  SIMPLE_PACKET,
} from './pcapng-blocks.ts'
import { InterfaceOptions, type PcapngInterface, PcapngRecord } from './pcapng-record.ts'
import { readBlockWords, readWords, type Words } from './pcapng-words.ts'
import type { SessionItem } from './session-item.ts'
import { ENTERPRISE } from './session-option.ts'
import { clampTime } from './timestamp.ts'

/** Bytes of body before the options or the packet; also which types are read at all. */
const FIXED_BODY: ReadonlyMap<number, number> = new Map([
  [SECTION_HEADER, 16],
  [INTERFACE_DESCRIPTION, 8],
  [PACKET, 20],
  [SIMPLE_PACKET, 4],
  [NAME_RESOLUTION, 0],
  [INTERFACE_STATISTICS, 12],
  [ENHANCED_PACKET, 20],
  [DECRYPTION_SECRETS, 8],
  [CUSTOM, 4],
])
const PACKET_BLOCKS: readonly number[] = [ENHANCED_PACKET, PACKET, SIMPLE_PACKET]
/** Without them a file says nothing: one that is too long for what it may hold is damage. */
const PLAIN_BLOCKS: readonly number[] = [
  ...PACKET_BLOCKS,
  SECTION_HEADER,
  INTERFACE_DESCRIPTION,
  INTERFACE_STATISTICS,
]

/** A block is held whole until it has been read: a packet, its options and some room. */
const MAX_BLOCK = MAX_RECORD * 4
/** Names, secrets and what others wrote; what is longer is passed over. */
const MAX_OTHER = 16 * 1024 * 1024
const MAX_INTERFACES = 65_536
/** Of the same kind, in one file. */
const MAX_NOTES = 3
/** `TLSK`: an NSS key log (draft-ietf-opsawg-pcapng §4.7). */
const TLS_KEY_LOG = 0x544c534b

export function isPcapngMagic(bigEndian: number): boolean {
  return bigEndian === SECTION_HEADER
}

export class PcapngReader implements FormatReader {
  packets = 0
  begun = false
  readonly #handlers: CaptureHandlers
  #littleEndian = true
  #interfaces: PcapngInterface[] = []
  /** Packets that its capturing system lost, in all. */
  #dropped = 0
  #section = 0
  /** Total length of a block that is being skipped, until its second length has been seen. */
  #skipped = 0
  #lastTime = 0n
  #timeless = false
  #problems = 0
  readonly #placed = new PlacedFrame()
  /** Whether the last time is the placed frame's. */
  #lastIsPlaced = false
  readonly #ticks = { seconds: 0, rest: 0 }
  readonly #foreign = new Set<number>()

  constructor(handlers: CaptureHandlers) {
    this.#handlers = handlers
  }

  read(input: ByteInput): void {
    while (this.#readBlock(input)) {
      // Each call reads one block.
    }
  }

  #readBlock(input: ByteInput): boolean {
    if (this.#skipped > 0) {
      if (!input.has(4)) return false
      this.#checkSecondLength(input, input.at, this.#skipped)
      input.at += 4
      this.#skipped = 0
    }
    if (!input.has(ENVELOPE)) return false
    const { view, at } = input
    // A section's header reads the same in both byte orders, and tells which one holds from here on.
    const type = view.getUint32(at, this.#littleEndian)
    if (type === SECTION_HEADER) this.#readByteOrder(input)
    const length = view.getUint32(at + 4, this.#littleEndian)
    if (length < ENVELOPE || length % 4 !== 0) {
      this.#damaged(input, `a block of ${length} bytes, expected at least ${ENVELOPE} and a multiple of 4`)
    }
    const fixed = FIXED_BODY.get(type)
    const { block } = this.#handlers
    const passedOver = fixed === undefined && block === undefined
    if (passedOver || (length > MAX_OTHER && !PLAIN_BLOCKS.includes(type))) {
      if (block !== undefined)
        this.#note(`a block of type ${type} and ${length} bytes is too long to be kept`)
      input.skip(length - 4)
      this.#skipped = length
      return true
    }
    if (length > MAX_BLOCK && PLAIN_BLOCKS.includes(type)) {
      this.#damaged(input, `a block of ${length} bytes, where ${MAX_BLOCK} is the most`)
    }
    if (length < ENVELOPE + (fixed ?? 0)) {
      this.#damaged(
        input,
        `a block of type ${type} has ${length} bytes, expected at least ${ENVELOPE + (fixed ?? 0)}`,
      )
    }
    if (!input.has(length)) return false
    this.#checkSecondLength(input, input.at + length - 4, length)
    this.#readBody(type, input, input.at + 8, input.at + length - 4)
    if (block !== undefined && !PACKET_BLOCKS.includes(type))
      block(input.bytes.slice(input.at, input.at + length))
    input.at += length
    return true
  }

  #readBody(type: number, input: ByteInput, body: number, end: number): void {
    const { view } = input
    const little = this.#littleEndian
    switch (type) {
      case SECTION_HEADER:
        this.#readSection(input, body, end)
        break
      case INTERFACE_DESCRIPTION:
        this.#readInterface(input, body, end)
        break
      case ENHANCED_PACKET:
        this.#readPacket(input, type, view.getUint32(body, little), body, end)
        break
      case PACKET:
        this.#readPacket(input, type, view.getUint16(body, little), body, end)
        break
      case SIMPLE_PACKET:
        this.#readSimplePacket(input, body, end)
        break
      case NAME_RESOLUTION:
        this.#readNames(input, body, end)
        break
      case INTERFACE_STATISTICS:
        this.#readStatistics(input, body, end)
        break
      case DECRYPTION_SECRETS:
        this.#readSecrets(input, body, end)
        break
      case CUSTOM:
        this.#readCustom(input, body, end)
        break
    }
  }

  #readByteOrder(input: ByteInput): void {
    const magic = input.view.getUint32(input.at + 8, true)
    if (magic !== BYTE_ORDER_MAGIC && magic !== 0x4d3c2b1a) {
      this.#damaged(input, `a section with byte-order magic ${magic.toString(16)}, expected 1a2b3c4d`)
    }
    this.#littleEndian = magic === BYTE_ORDER_MAGIC
  }

  #readSection(input: ByteInput, body: number, end: number): void {
    const major = input.view.getUint16(body + 4, this.#littleEndian)
    if (major !== 1) this.#damaged(input, `pcapng version ${major}: only version 1 can be read`)
    this.#interfaces = []
    this.#dropped = 0
    this.#section++
    this.begun = true
    this.#tell(this.#words(input, body + 16, end).items)
  }

  #readInterface(input: ByteInput, body: number, end: number): void {
    if (this.#interfaces.length >= MAX_INTERFACES) {
      this.#damaged(input, `more than ${MAX_INTERFACES} interfaces in a section`)
    }
    const about = new InterfaceOptions(input.view, this.#littleEndian)
    this.#eachOption(input, body + 8, end, (code, start, length) => about.take(code, start, length))
    this.#interfaces.push(about.described(this.#interfaces.length, this.#section, body))
  }

  /** The enhanced packet block and the obsolete packet block differ only in how they number the interface. */
  #readPacket(input: ByteInput, type: number, interfaceId: number, body: number, end: number): void {
    const { view } = input
    const little = this.#littleEndian
    const from = this.#interface(input, interfaceId)
    const length = view.getUint32(body + 12, little)
    this.#checkPacketLength(input, length, end - body - 20)
    const { placed } = this.#handlers
    const high = view.getUint32(body + 4, little)
    const low = view.getUint32(body + 8, little)
    if (placed !== undefined && type === ENHANCED_PACKET && high < from.tooLate) {
      const start = body + 20
      if (start + length + padding(length) >= end) {
        const frame = this.#placed
        splitTicks(high, low, from.units, this.#ticks)
        this.#lastIsPlaced = true
        frame.place(input.bytes, start, length, this.#ticks.seconds, this.#ticks.rest)
        frame.originalLength = view.getUint32(body + 16, little)
        frame.linkType = from.linkType
        frame.record = from.enhanced
        this.packets++
        placed(frame)
        return
      }
    }
    const ticks = from.toNanoseconds(high, low)
    const time = clampTime(ticks)
    this.#lastTime = time
    this.#lastIsPlaced = false
    const start = body + 20
    const options = start + length + padding(length)
    const originalLength = view.getUint32(body + 16, little)
    const frame = { time, bytes: input.bytes.subarray(start, start + length), originalLength }
    const plain = type === ENHANCED_PACKET && from.toTicks !== undefined && time === ticks
    if (plain && options >= end) {
      this.#emit({ ...frame, linkType: from.linkType, record: from.enhanced })
      return
    }
    const words = options < end ? this.#words(input, options, end, frame.bytes) : undefined
    const record = new PcapngRecord(from, type, {
      ...(words !== undefined && { comments: words.comments, options: input.bytes.slice(options, end) }),
      ...((from.toTicks === undefined || time !== ticks) && { ticks: [high, low] }),
      ...(type === PACKET && { drops: view.getUint16(body + 2, little) }),
    })
    const transit = words?.transit
    this.#tell(words?.items.filter((item) => !isLookingBack(item)))
    this.#emit({
      ...frame,
      linkType: from.linkType,
      ...(transit !== undefined && { transit }),
      record,
    })
    this.#tell(words?.items.filter(isLookingBack))
  }

  #readSimplePacket(input: ByteInput, body: number, end: number): void {
    const from = this.#interface(input, 0)
    const originalLength = input.view.getUint32(body, this.#littleEndian)
    const held = end - body - 4
    const length = Math.min(originalLength, held, from.snaplen === 0 ? held : from.snaplen)
    this.#checkPacketLength(input, length, held)
    if (!this.#timeless) {
      this.#timeless = true
      this.#note('some packets were saved without a time: each is shown at the time of the one before')
    }
    this.#emit({
      time: this.#lastIsPlaced ? this.#placed.time : this.#lastTime,
      bytes: input.bytes.subarray(body + 4, body + 4 + length),
      originalLength,
      linkType: from.linkType,
      record: from.simple,
    })
  }

  #emit(frame: Frame): void {
    this.packets++
    this.#handlers.frame(frame)
  }

  #readNames(input: ByteInput, body: number, end: number): void {
    const names = readHostNames(input.bytes.subarray(body, end), this.#littleEndian)
    if (names.length > 0) this.#handlers.names?.(names)
  }

  #readStatistics(input: ByteInput, body: number, end: number): void {
    const { view } = input
    const little = this.#littleEndian
    const of = this.#interface(input, view.getUint32(body, little))
    let dropped = 0n
    this.#eachOption(input, body + 12, end, (code, start, length) => {
      if ((code === ISB_IFDROP || code === ISB_OSDROP) && length >= 8) {
        dropped += view.getBigUint64(start, little)
      }
    })
    this.#tell(this.#words(input, body + 12, end).items)
    // Counted since the capture began, so a later block replaces an earlier one.
    const now = Number(dropped)
    if (now === of.dropped) return
    this.#dropped += now - of.dropped
    of.dropped = now
    const name = of.name ?? `interface ${of.id}`
    this.#note(`${name}: ${now} packets were lost while capturing`, this.#dropped)
  }

  #readSecrets(input: ByteInput, body: number, end: number): void {
    const { view, bytes } = input
    const length = view.getUint32(body + 4, this.#littleEndian)
    if (length > end - body - 8) {
      this.#damaged(input, `secrets of ${length} bytes in a block with room for ${end - body - 8}`)
    }
    if (view.getUint32(body, this.#littleEndian) !== TLS_KEY_LOG) return
    this.#handlers.secrets?.(new TextDecoder().decode(bytes.subarray(body + 8, body + 8 + length)))
  }

  /** Other programs' are kept as they are; ours may come as blocks too. */
  #readCustom(input: ByteInput, body: number, end: number): void {
    const enterprise = input.view.getUint32(body, this.#littleEndian)
    if (enterprise === ENTERPRISE) {
      const items = readBlockWords(input.bytes.subarray(body + 4, end), (what) => this.#problem(what))
      this.#tell(items)
      if (items !== undefined) return
    }
    if (this.#foreign.has(enterprise) || this.#foreign.size >= MAX_NOTES) return
    this.#foreign.add(enterprise)
    this.#note(`custom blocks of enterprise ${enterprise} are not read`)
  }

  #words(input: ByteInput, start: number, end: number, packet = input.bytes.subarray(0, 0)): Words {
    const problem = (what: string) => this.#problem(what)
    return readWords(input.bytes, input.view, this.#littleEndian, start, end, packet, problem)
  }

  #tell(items: readonly SessionItem[] | undefined): void {
    const { session } = this.#handlers
    if (session !== undefined) for (const item of items ?? []) session(item)
  }

  #problem(what: string): void {
    if (++this.#problems <= MAX_NOTES) this.#note(`of what Wirelab told, one thing can't be read: ${what}`)
  }

  #note(message: string, dropped?: number): void {
    this.#handlers.note?.({ message, ...(dropped !== undefined && { dropped }) })
  }

  #eachOption(
    input: ByteInput,
    from: number,
    end: number,
    use: (code: number, start: number, length: number) => void,
  ): void {
    const cut = eachOption(input.view, this.#littleEndian, from, end, use)
    if (cut === undefined) return
    this.#damaged(input, `option ${cut.code} is ${cut.length} bytes long, but ${cut.left} are left`)
  }

  #interface(input: ByteInput, id: number): PcapngInterface {
    const found = this.#interfaces[id]
    if (found === undefined) {
      this.#damaged(input, `interface ${id} is named, but only ${this.#interfaces.length} are described`)
    }
    return found
  }

  #checkPacketLength(input: ByteInput, length: number, room: number): void {
    if (length > MAX_RECORD) {
      this.#damaged(input, `a packet of ${length} bytes, where ${MAX_RECORD} is the most`)
    }
    if (length > room) this.#damaged(input, `a packet of ${length} bytes in a block with room for ${room}`)
  }

  #checkSecondLength(input: ByteInput, at: number, expected: number): void {
    const found = input.view.getUint32(at, this.#littleEndian)
    if (found !== expected) {
      this.#damaged(input, `a block's two lengths differ: ${expected} before, ${found} after`)
    }
  }

  /** Names the beginning of the block, or its second length if it was skipped. */
  #damaged(input: ByteInput, what: string): never {
    throw new CaptureError(`damaged at byte ${input.offset}: ${what}`, input.offset)
  }
}

/** Of a packet that stands before it: told when that has been. */
function isLookingBack(item: SessionItem): boolean {
  return 'back' in item && item.back !== undefined
}
