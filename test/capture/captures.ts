/** Captures made byte by byte for the readers' tests, in either byte order; apart from `pcapng-writer.ts` on purpose. */
import { FrameReader } from '../../server/capture/frame-reader.ts'
import type { Frame } from '../../server/protocols/packet.ts'
import { concat } from '../frames.ts'

/** Writes words of one byte order. */
export class Words {
  readonly little: boolean
  constructor(little: boolean) {
    this.little = little
  }

  u16(...values: number[]): Uint8Array {
    return concat(...values.map((value) => this.#number(2, (v) => v.setUint16(0, value, this.little))))
  }

  u32(...values: number[]): Uint8Array {
    return concat(...values.map((value) => this.#number(4, (v) => v.setUint32(0, value, this.little))))
  }

  i64(value: bigint): Uint8Array {
    return this.#number(8, (v) => v.setBigInt64(0, value, this.little))
  }

  pcapHeader(magic: number, linkType = 1): Uint8Array {
    return concat(this.u32(magic), this.u16(2, 4), this.u32(0, 0, 262_144, linkType))
  }

  pcapRecord(seconds: number, fraction: number, bytes: Uint8Array, original = bytes.length): Uint8Array {
    return concat(this.u32(seconds, fraction, bytes.length, original), bytes)
  }

  block(type: number, ...body: Uint8Array[]): Uint8Array {
    const inner = padded(concat(...body))
    return concat(this.u32(type, inner.length + 12), inner, this.u32(inner.length + 12))
  }

  section(...options: Uint8Array[]): Uint8Array {
    return this.block(0x0a0d0d0a, this.u32(0x1a2b3c4d), this.u16(1, 0), this.i64(-1n), ...options)
  }

  interface(linkType: number, snaplen: number, ...options: Uint8Array[]): Uint8Array {
    return this.block(1, this.u16(linkType, 0), this.u32(snaplen), ...options)
  }

  option(code: number, value: Uint8Array): Uint8Array {
    return concat(this.u16(code, value.length), padded(value))
  }

  /** An enhanced packet block; `ticks` counts the interface's own unit. */
  packet(id: number, ticks: bigint, bytes: Uint8Array, original = bytes.length, ...options: Uint8Array[]) {
    const time = this.u32(Number(ticks >> 32n), Number(ticks & 0xffff_ffffn))
    return this.block(6, this.u32(id), time, this.u32(bytes.length, original), padded(bytes), ...options)
  }

  #number(size: number, write: (view: DataView) => void): Uint8Array {
    const bytes = new Uint8Array(size)
    write(new DataView(bytes.buffer))
    return bytes
  }
}

export const LITTLE = new Words(true)
export const BIG = new Words(false)

export function padded(bytes: Uint8Array): Uint8Array {
  return concat(bytes, new Uint8Array((4 - (bytes.length % 4)) % 4))
}

export interface ReadResult {
  frames: Frame[]
  notes: string[]
  dropped: number[]
}

/** Reads a whole capture, fed in the pieces given; throws as the reader does. */
export function readAll(pieces: readonly Uint8Array[]): ReadResult {
  const result: ReadResult = { frames: [], notes: [], dropped: [] }
  const reader = new FrameReader({
    // What the file says beside it is looked at by tests of its own.
    frame: ({ record: _, ...frame }) => void result.frames.push(frame),
    note: (note) => {
      result.notes.push(note.message)
      if (note.dropped !== undefined) result.dropped.push(note.dropped)
    },
  })
  for (const piece of pieces) reader.push(piece)
  reader.end()
  return result
}

/** The bytes in two pieces, cut at `at`. */
export function cut(bytes: Uint8Array, at: number): Uint8Array[] {
  return [bytes.slice(0, at), bytes.slice(at)]
}
