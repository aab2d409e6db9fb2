/** A packet's block as it stood in its file, so that it can be written again as it was. */
import type { FileInterface, FileRecord } from '../protocols/file-record.ts'
import type { Frame } from '../protocols/packet.ts'
import {
  ENHANCED_PACKET,
  ENVELOPE,
  IF_DESCRIPTION,
  IF_NAME,
  IF_TSOFFSET,
  IF_TSRESOL,
  PACKET,
  padding,
  SIMPLE_PACKET,
} from './pcapng-blocks.ts'
import { type TickConverter, tickConverter, tickCounter } from './timestamp.ts'

const NONE: readonly string[] = []
const NO_BYTES = new Uint8Array(0)
/** About what a record of its own costs, beside the bytes of its options. */
const RECORD_BYTES = 160

export interface InterfaceDescription {
  readonly id: number
  readonly section: number
  readonly littleEndian: boolean
  readonly linkType: number
  /** 0 for no limit. */
  readonly snaplen: number
  readonly name: string | undefined
  readonly description: string | undefined
  /** if_tsresol and if_tsoffset. */
  readonly resolution: number
  readonly offsetSeconds: bigint
}

export class PcapngInterface implements FileInterface {
  readonly id: number
  readonly section: number
  readonly littleEndian: boolean
  readonly linkType: number
  readonly snaplen: number
  readonly name: string | undefined
  readonly description: string | undefined
  readonly toNanoseconds: TickConverter
  /** Undefined where nanoseconds say less than its ticks. */
  readonly toTicks: ((time: bigint) => bigint) | undefined
  /** Ticks a second, where a time is seconds and nanoseconds without further ado. */
  readonly units: number
  /** The upper word of a time that is not, because it does not fit into 63 bits of nanoseconds; 0 for all of them. */
  readonly tooLate: number
  dropped = 0
  /** Of its packets about which the file says nothing more, by the kind of their block. */
  #enhanced: PcapngRecord | undefined
  #simple: PcapngRecord | undefined

  constructor(about: InterfaceDescription) {
    this.id = about.id
    this.section = about.section
    this.littleEndian = about.littleEndian
    this.linkType = about.linkType
    this.snaplen = about.snaplen
    this.name = about.name
    this.description = about.description
    const clock = clockOf(about.resolution, about.offsetSeconds)
    this.toNanoseconds = clock.toNanoseconds
    this.toTicks = clock.toTicks
    const simple = about.offsetSeconds === 0n && about.resolution <= 9
    this.units = simple ? 10 ** about.resolution : 1
    this.tooLate = simple ? Math.floor((0x8000_0000 * this.units) / 1e9) : 0
  }

  get enhanced(): PcapngRecord {
    this.#enhanced ??= new PcapngRecord(this, ENHANCED_PACKET)
    return this.#enhanced
  }

  get simple(): PcapngRecord {
    this.#simple ??= new PcapngRecord(this, SIMPLE_PACKET)
    return this.#simple
  }
}

interface Clock {
  readonly toNanoseconds: TickConverter
  readonly toTicks: ((time: bigint) => bigint) | undefined
}

/** Those without an offset, by their resolution: a file may describe an interface for each of its packets. */
const clocks: Clock[] = []

function clockOf(resolution: number, offsetSeconds: bigint): Clock {
  const known = offsetSeconds === 0n ? clocks[resolution] : undefined
  if (known !== undefined) return known
  const clock = {
    toNanoseconds: tickConverter(resolution, offsetSeconds),
    toTicks: tickCounter(resolution, offsetSeconds),
  }
  if (offsetSeconds === 0n) clocks[resolution] = clock
  return clock
}

/** Gathers what an interface's description says in its options. */
export class InterfaceOptions {
  readonly #view: DataView
  readonly #littleEndian: boolean
  #name: string | undefined
  #description: string | undefined
  #resolution = 6
  #offsetSeconds = 0n

  constructor(view: DataView, littleEndian: boolean) {
    this.#view = view
    this.#littleEndian = littleEndian
  }

  take(code: number, start: number, length: number): void {
    if (code === IF_TSRESOL && length >= 1) this.#resolution = this.#view.getUint8(start)
    else if (code === IF_TSOFFSET && length >= 8) {
      this.#offsetSeconds = this.#view.getBigInt64(start, this.#littleEndian)
    } else if (code === IF_NAME) this.#name = this.#text(start, length)
    else if (code === IF_DESCRIPTION) this.#description = this.#text(start, length)
  }

  /** `body`: where the block's body begins. */
  described(id: number, section: number, body: number): PcapngInterface {
    const littleEndian = this.#littleEndian
    return new PcapngInterface({
      id,
      section,
      littleEndian,
      linkType: this.#view.getUint16(body, littleEndian),
      snaplen: this.#view.getUint32(body + 4, littleEndian),
      name: this.#name,
      description: this.#description,
      resolution: this.#resolution,
      offsetSeconds: this.#offsetSeconds,
    })
  }

  #text(start: number, length: number): string {
    return new TextDecoder().decode(new Uint8Array(this.#view.buffer, this.#view.byteOffset + start, length))
  }
}

export class PcapngRecord implements FileRecord {
  readonly interface: PcapngInterface
  /** Of its block. */
  readonly type: number
  readonly comments: readonly string[]
  /** What stands behind the packet's bytes, as it is. */
  readonly options: Uint8Array
  /** Its time as the file has it, where that can't be told from nanoseconds. */
  readonly ticks: readonly [high: number, low: number] | undefined
  /** Of the obsolete packet block. */
  readonly drops: number
  readonly kept: number

  constructor(
    from: PcapngInterface,
    type: number,
    more: {
      comments?: readonly string[]
      options?: Uint8Array
      ticks?: readonly [number, number] | undefined
      drops?: number
    } = {},
  ) {
    this.interface = from
    this.type = type
    this.comments = more.comments ?? NONE
    this.options = more.options ?? NO_BYTES
    this.ticks = more.ticks
    this.drops = more.drops ?? 0
    const text = this.comments.reduce((sum, comment) => sum + 2 * comment.length, 0)
    // One that says nothing more is shared by all of its interface.
    const own = this.options.length > 0 || this.ticks !== undefined || this.drops > 0
    this.kept = own ? RECORD_BYTES + this.options.length + text : 0
  }

  /** The block that the packet was in. */
  block(frame: Frame): Uint8Array {
    const little = this.interface.littleEndian
    const { length } = frame.bytes
    const head = this.type === SIMPLE_PACKET ? 4 : 20
    const body = head + length + padding(length) + this.options.length
    const bytes = new Uint8Array(ENVELOPE + body)
    const view = new DataView(bytes.buffer)
    view.setUint32(0, this.type, little)
    view.setUint32(4, bytes.length, little)
    view.setUint32(bytes.length - 4, bytes.length, little)
    if (this.type === SIMPLE_PACKET) view.setUint32(8, frame.originalLength, little)
    else this.#fillHead(new DataView(bytes.buffer, 8, 20), frame, little)
    bytes.set(frame.bytes, 8 + head)
    bytes.set(this.options, 8 + head + length + padding(length))
    return bytes
  }

  #fillHead(view: DataView, frame: Frame, little: boolean): void {
    if (this.type === PACKET) {
      view.setUint16(0, this.interface.id, little)
      view.setUint16(2, this.drops, little)
    } else view.setUint32(0, this.interface.id, little)
    const ticks = this.interface.toTicks?.(frame.time) ?? 0n
    view.setUint32(4, this.ticks?.[0] ?? Number((ticks >> 32n) & 0xffff_ffffn), little)
    view.setUint32(8, this.ticks?.[1] ?? Number(ticks & 0xffff_ffffn), little)
    view.setUint32(12, frame.bytes.length, little)
    view.setUint32(16, frame.originalLength, little)
  }
}
