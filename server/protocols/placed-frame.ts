/**
 * A frame where it stands in the buffer that was read from a file. A reader fills one object for each packet in turn:
 * a view of the bytes and a time of 64 bits are made only for who asks for them.
 */
import type { FileRecord } from './file-record.ts'
import type { Frame, Transit } from './packet.ts'

const NO_BYTES = new Uint8Array(0)
const BILLION = 1_000_000_000
let latestSecond = 0
let latestStart = 0n

export class PlacedFrame implements Frame {
  /** Holds the frame from `start`, `length` bytes of it; never changes where the frame is a file's. */
  buffer: Uint8Array = NO_BYTES
  start = 0
  length = 0
  originalLength = 0
  linkType = 0
  /** Since 1970, and nanoseconds beside them. */
  seconds = 0
  nanoseconds = 0
  record: FileRecord | undefined = undefined
  transit: Transit | undefined = undefined
  #bytes: Uint8Array | undefined
  #time: bigint | undefined

  /** Takes another frame's place and time. */
  place(buffer: Uint8Array, start: number, length: number, seconds: number, nanoseconds: number): void {
    this.buffer = buffer
    this.start = start
    this.length = length
    this.seconds = seconds
    this.nanoseconds = nanoseconds
    this.#bytes = undefined
    this.#time = undefined
  }

  /** The same frame as an object that stays as it is. */
  lasting(): Frame {
    const { time, bytes, originalLength, linkType, record, transit } = this
    return { time, bytes, originalLength, linkType, record, transit }
  }

  get bytes(): Uint8Array {
    this.#bytes ??= this.buffer.subarray(this.start, this.start + this.length)
    return this.#bytes
  }

  get time(): bigint {
    if (this.#time !== undefined) return this.#time
    // Many packets share their second.
    if (this.seconds !== latestSecond) {
      latestSecond = this.seconds
      latestStart = BigInt(latestSecond) * 1_000_000_000n
    }
    this.#time = latestStart + BigInt(this.nanoseconds)
    return this.#time
  }

  /** Takes what any frame holds. */
  copy(frame: Frame): void {
    const { time, bytes } = frame
    const seconds = time / 1_000_000_000n
    this.place(bytes, 0, bytes.length, Number(seconds), Number(time - seconds * 1_000_000_000n))
    this.#bytes = bytes
    this.#time = time
    this.originalLength = frame.originalLength
    this.linkType = frame.linkType
    this.record = frame.record
    this.transit = frame.transit
  }
}

/** Seconds and nanoseconds beside them, of a count of `units` a second in two words of 32 bits; exact. */
export function splitTicks(
  high: number,
  low: number,
  units: number,
  into: { seconds: number; rest: number },
): void {
  // By words of 16 bits, so that no number on the way is above 2^53.
  const first = high * 0x1_0000 + (low >>> 16)
  const seconds = Math.floor(first / units)
  const left = (first - seconds * units) * 0x1_0000 + (low & 0xffff)
  const more = Math.floor(left / units)
  into.seconds = seconds * 0x1_0000 + more
  into.rest = (left - more * units) * (BILLION / units)
}
