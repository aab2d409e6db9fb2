/**
 * The classic capture file, draft-ietf-opsawg-pcap. All words in the writer's own byte order, which the
 * magic number tells, as it tells whether the fraction is in µs or ns.
 *
 *  file:    | magic 4 | major 2 | minor 2 | reserved 8 | snaplen 4 | FCS and link type 4 |
 *  record:  | seconds 4 | fraction 4 | captured length 4 | original length 4 | bytes… |
 */
import { CaptureError } from '../errors.ts'
import type { Frame } from '../protocols/packet.ts'
import { PlacedFrame } from '../protocols/placed-frame.ts'
import type { ByteInput } from './byte-input.ts'
import { type CaptureHandlers, type FormatReader, MAX_RECORD } from './capture-format.ts'

interface Variant {
  littleEndian: boolean
  nanosecondsPerUnit: number
  recordHeader: number
}

const MICROSECONDS = { nanosecondsPerUnit: 1000, recordHeader: 16 }
const NANOSECONDS = { nanosecondsPerUnit: 1, recordHeader: 16 }
/** Alexey Kuznetsov's libpcap of the 1990s, which Red Hat shipped: the interface follows each record's lengths. */
const KUZNETSOV = { nanosecondsPerUnit: 1000, recordHeader: 24 }

/** By the first four bytes, read as big-endian. */
const VARIANTS: ReadonlyMap<number, Variant> = new Map([
  [0xa1b2c3d4, { ...MICROSECONDS, littleEndian: false }],
  [0xd4c3b2a1, { ...MICROSECONDS, littleEndian: true }],
  [0xa1b23c4d, { ...NANOSECONDS, littleEndian: false }],
  [0x4d3cb2a1, { ...NANOSECONDS, littleEndian: true }],
  [0xa1b2cd34, { ...KUZNETSOV, littleEndian: false }],
  [0x34cdb2a1, { ...KUZNETSOV, littleEndian: true }],
])

const FILE_HEADER = 24

export function isPcapMagic(bigEndian: number): boolean {
  return VARIANTS.has(bigEndian)
}

export class PcapReader implements FormatReader {
  packets = 0
  readonly #onFrame: (frame: Frame) => void
  readonly #onPlaced: ((frame: PlacedFrame) => void) | undefined
  readonly #placed = new PlacedFrame()
  #variant: Variant | undefined
  #linkType = 0

  constructor(handlers: CaptureHandlers) {
    this.#onFrame = handlers.frame
    this.#onPlaced = handlers.placed
  }

  get begun(): boolean {
    return this.#variant !== undefined
  }

  read(input: ByteInput): void {
    if (this.#variant === undefined) {
      if (!input.has(FILE_HEADER)) return
      this.#variant = this.#readFileHeader(input)
    }
    const { littleEndian, nanosecondsPerUnit, recordHeader } = this.#variant
    while (input.has(recordHeader)) {
      const length = input.view.getUint32(input.at + 8, littleEndian)
      if (length > MAX_RECORD) {
        throw new CaptureError(
          `damaged at byte ${input.offset}: a packet of ${length} bytes, where ${MAX_RECORD} is the most`,
          input.offset,
        )
      }
      if (!input.has(recordHeader + length)) return
      const { view, at } = input
      const seconds = view.getUint32(at, littleEndian)
      const fraction = view.getUint32(at + 4, littleEndian) * nanosecondsPerUnit
      const originalLength = view.getUint32(at + 12, littleEndian)
      const start = at + recordHeader
      input.at = start + length
      this.packets++
      if (this.#onPlaced !== undefined) {
        const placed = this.#placed
        placed.place(input.bytes, start, length, seconds, fraction)
        placed.originalLength = originalLength
        placed.linkType = this.#linkType
        this.#onPlaced(placed)
        continue
      }
      this.#onFrame({
        time: BigInt(seconds) * 1_000_000_000n + BigInt(fraction),
        bytes: input.bytes.subarray(start, start + length),
        originalLength,
        linkType: this.#linkType,
      })
    }
  }

  #readFileHeader(input: ByteInput): Variant {
    const { view, at } = input
    const variant = VARIANTS.get(view.getUint32(at))
    if (variant === undefined) throw new CaptureError('not a pcap capture', 0)
    const major = view.getUint16(at + 4, variant.littleEndian)
    if (major !== 2)
      throw new CaptureError(`pcap version ${major}: only version 2 can be read`, input.offset + 4)
    // The upper half says whether frames end with their FCS.
    this.#linkType = view.getUint32(at + 20, variant.littleEndian) & 0xffff
    input.at += FILE_HEADER
    return variant
  }
}
