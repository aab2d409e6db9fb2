/**
 * The pcapng capture file, draft-ietf-opsawg-pcapng: blocks one after the other, each in its section's byte
 * order. A reader skips the types it does not know.
 *
 *  | type 4 | total length 4 | body, padded to 4 | total length again 4 |
 */
import { CaptureError } from '../errors.ts'
import type { Frame, Transit } from '../protocols/packet.ts'
import type { ByteInput } from './byte-input.ts'
import { type FormatReader, MAX_RECORD, type Note } from './capture-format.ts'
import { clampTime, type TickConverter, tickConverter } from './timestamp.ts'
import { readTransitComment } from './transit-comment.ts'

const SECTION_HEADER = 0x0a0d0d0a
const INTERFACE_DESCRIPTION = 1
const PACKET = 2
const SIMPLE_PACKET = 3
const INTERFACE_STATISTICS = 5
const ENHANCED_PACKET = 6

/** Bytes of body before the options or the packet; also which types are read at all. */
const FIXED_BODY: ReadonlyMap<number, number> = new Map([
  [SECTION_HEADER, 16],
  [INTERFACE_DESCRIPTION, 8],
  [PACKET, 20],
  [SIMPLE_PACKET, 4],
  [INTERFACE_STATISTICS, 12],
  [ENHANCED_PACKET, 20],
])

const BYTE_ORDER_MAGIC = 0x1a2b3c4d
/** Type, length and length again. */
const ENVELOPE = 12
/** A block is held whole until it has been read: a packet, its options and some room. */
const MAX_BLOCK = MAX_RECORD * 4
const MAX_INTERFACES = 65_536

const OPT_COMMENT = 1
const IF_NAME = 2
const IF_TSRESOL = 9
const IF_TSOFFSET = 14
const ISB_IFDROP = 5
const ISB_OSDROP = 7

interface Interface {
  readonly linkType: number
  /** 0 for no limit. */
  readonly snaplen: number
  readonly name: string
  readonly toNanoseconds: TickConverter
  dropped: number
}

export function isPcapngMagic(bigEndian: number): boolean {
  return bigEndian === SECTION_HEADER
}

export class PcapngReader implements FormatReader {
  packets = 0
  begun = false
  readonly #onFrame: (frame: Frame) => void
  readonly #onNote: (note: Note) => void
  #littleEndian = true
  #interfaces: Interface[] = []
  /** Total length of a block that is being skipped, until its second length has been seen. */
  #skipped = 0
  #lastTime = 0n
  #timeless = false

  constructor(onFrame: (frame: Frame) => void, onNote: (note: Note) => void) {
    this.#onFrame = onFrame
    this.#onNote = onNote
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
    if (fixed === undefined) {
      input.skip(length - 4)
      this.#skipped = length
      return true
    }
    if (length > MAX_BLOCK) {
      this.#damaged(input, `a block of ${length} bytes, where ${MAX_BLOCK} is the most`)
    }
    if (length < ENVELOPE + fixed) {
      this.#damaged(
        input,
        `a block of type ${type} has ${length} bytes, expected at least ${ENVELOPE + fixed}`,
      )
    }
    if (!input.has(length)) return false
    this.#checkSecondLength(input, input.at + length - 4, length)
    this.#readBody(type, input, input.at + 8, input.at + length - 4)
    input.at += length
    return true
  }

  #readBody(type: number, input: ByteInput, body: number, end: number): void {
    const { view } = input
    const little = this.#littleEndian
    switch (type) {
      case SECTION_HEADER:
        this.#readSection(input, body)
        break
      case INTERFACE_DESCRIPTION:
        this.#readInterface(input, body, end)
        break
      case ENHANCED_PACKET:
        this.#readPacket(input, view.getUint32(body, little), body, end)
        break
      case PACKET:
        this.#readPacket(input, view.getUint16(body, little), body, end)
        break
      case SIMPLE_PACKET:
        this.#readSimplePacket(input, body, end)
        break
      case INTERFACE_STATISTICS:
        this.#readStatistics(input, body, end)
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

  #readSection(input: ByteInput, body: number): void {
    const major = input.view.getUint16(body + 4, this.#littleEndian)
    if (major !== 1) this.#damaged(input, `pcapng version ${major}: only version 1 can be read`)
    this.#interfaces = []
    this.begun = true
  }

  #readInterface(input: ByteInput, body: number, end: number): void {
    if (this.#interfaces.length >= MAX_INTERFACES) {
      this.#damaged(input, `more than ${MAX_INTERFACES} interfaces in a section`)
    }
    const { view, bytes } = input
    const little = this.#littleEndian
    let name = `interface ${this.#interfaces.length}`
    let resolution = 6
    let offsetSeconds = 0n
    this.#eachOption(input, body + 8, end, (code, start, length) => {
      if (code === IF_TSRESOL && length >= 1) resolution = view.getUint8(start)
      else if (code === IF_TSOFFSET && length >= 8) offsetSeconds = view.getBigInt64(start, little)
      else if (code === IF_NAME) name = new TextDecoder().decode(bytes.subarray(start, start + length))
    })
    this.#interfaces.push({
      linkType: view.getUint16(body, little),
      snaplen: view.getUint32(body + 4, little),
      name,
      toNanoseconds: tickConverter(resolution, offsetSeconds),
      dropped: 0,
    })
  }

  /** The enhanced packet block and the obsolete packet block differ only in how they number the interface. */
  #readPacket(input: ByteInput, interfaceId: number, body: number, end: number): void {
    const { view } = input
    const little = this.#littleEndian
    const from = this.#interface(input, interfaceId)
    const length = view.getUint32(body + 12, little)
    this.#checkPacketLength(input, length, end - body - 20)
    const time = from.toNanoseconds(view.getUint32(body + 4, little), view.getUint32(body + 8, little))
    this.#lastTime = time
    const start = body + 20
    const options = start + length + ((4 - (length % 4)) % 4)
    const transit = options < end ? this.#readTransit(input, options, end, start, length) : undefined
    this.#emit(input, from, time, start, length, view.getUint32(body + 16, little), transit)
  }

  /**
   * The lab network's own word on the packet, where its first comment is it. What else stands among a packet's
   * options is of no matter, damaged or not.
   */
  #readTransit(
    input: ByteInput,
    options: number,
    end: number,
    start: number,
    length: number,
  ): Transit | undefined {
    const { view, bytes } = input
    const little = this.#littleEndian
    for (let at = options; at + 4 <= end; ) {
      const code = view.getUint16(at, little)
      const size = view.getUint16(at + 2, little)
      if (code === 0 || at + 4 + size > end) return undefined
      if (code === OPT_COMMENT) {
        const comment = new TextDecoder().decode(bytes.subarray(at + 4, at + 4 + size))
        return readTransitComment(comment, bytes.subarray(start, start + length))
      }
      at += 4 + size + ((4 - (size % 4)) % 4)
    }
    return undefined
  }

  #readSimplePacket(input: ByteInput, body: number, end: number): void {
    const from = this.#interface(input, 0)
    const originalLength = input.view.getUint32(body, this.#littleEndian)
    const held = end - body - 4
    const length = Math.min(originalLength, held, from.snaplen === 0 ? held : from.snaplen)
    this.#checkPacketLength(input, length, held)
    if (!this.#timeless) {
      this.#timeless = true
      this.#onNote({
        message: 'some packets were saved without a time: each is shown at the time of the one before',
      })
    }
    this.#emit(input, from, this.#lastTime, body + 4, length, originalLength)
  }

  #emit(
    input: ByteInput,
    from: Interface,
    time: bigint,
    start: number,
    length: number,
    originalLength: number,
    transit?: Transit,
  ): void {
    this.packets++
    this.#onFrame({
      time: clampTime(time),
      bytes: input.bytes.subarray(start, start + length),
      originalLength,
      linkType: from.linkType,
      ...(transit !== undefined && { transit }),
    })
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
    // Counted since the capture began, so a later block replaces an earlier one.
    const now = Number(dropped)
    if (now === of.dropped) return
    of.dropped = now
    const total = this.#interfaces.reduce((sum, each) => sum + each.dropped, 0)
    this.#onNote({ message: `${of.name}: ${now} packets were lost while capturing`, dropped: total })
  }

  #eachOption(
    input: ByteInput,
    from: number,
    end: number,
    use: (code: number, start: number, length: number) => void,
  ): void {
    let at = from
    while (at + 4 <= end) {
      const code = input.view.getUint16(at, this.#littleEndian)
      const length = input.view.getUint16(at + 2, this.#littleEndian)
      if (code === 0) return
      if (at + 4 + length > end) {
        this.#damaged(input, `option ${code} is ${length} bytes long, but ${end - at - 4} are left`)
      }
      use(code, at + 4, length)
      at += 4 + length + ((4 - (length % 4)) % 4)
    }
  }

  #interface(input: ByteInput, id: number): Interface {
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
