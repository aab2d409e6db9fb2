/**
 * The frames that are held: bytes in slabs, everything else in columns, and the oldest slab goes first.
 * Numbers count from 1 in order of arrival and are never used twice.
 */
import type { FileRecord } from '../protocols/file-record.ts'
import type { Frame, Transit } from '../protocols/packet.ts'
import type { PlacedFrame } from '../protocols/placed-frame.ts'

const SLAB_BYTES = 1 << 20
const SMALLEST_SLAB = 4096
/** Packets a chunk holds at most; with 66-byte segments a slab is then half full, which costs address space only. */
const CHUNK_PACKETS = 8192
/** A packet's own cost beside its bytes: why the number of packets is limited as well. */
const BYTES_PER_PACKET = 256
/**
 * About what is kept for each thing that a dissector remembers and for each message of a stream. A segment of
 * 64 kB may hold 32,000 messages: what is kept of it is then far more than its bytes, and must be limited too.
 */
const BYTES_PER_MEMORY = 128
const BYTES_PER_MESSAGE = 256
const BYTES_PER_TRANSIT = 256
const KEPT_PER_BYTE = 2
/** At least so many make up a full store. */
const CHUNKS = 8

/** Who sent it, where its conversation counts it. */
export const UNCOUNTED = 0
export const FROM_CLIENT = 1
export const FROM_SERVER = 2
export type Part = typeof UNCOUNTED | typeof FROM_CLIENT | typeof FROM_SERVER

/** What the first pass found out about a packet. */
export interface Findings {
  readonly memory: unknown[]
  readonly protocols: number
  /** Its place in the flow table; -1 for none. */
  readonly flow: number
  readonly part: Part
  /** Messages that it completed. */
  readonly messages: number
}

interface Chunk {
  readonly first: number
  count: number
  used: number
  /** Estimated bytes of what is kept beside the frames. */
  kept: number
  readonly slab: Uint8Array
  /** Whether the slab is what the frames were read from, rather than our own. */
  readonly lasting: boolean
  /** Of frames that were copied; of the others seconds and nanoseconds beside them, which cost no bigint. */
  readonly times: BigInt64Array
  readonly seconds: Float64Array
  readonly nanoseconds: Uint32Array
  readonly offsets: Uint32Array
  readonly lengths: Uint32Array
  readonly originals: Float64Array
  readonly links: Uint32Array
  readonly flows: Int32Array
  readonly parts: Uint8Array
  readonly protocols: Uint32Array
  readonly memory: (unknown[] | undefined)[]
  readonly transits: (Transit | undefined)[]
  readonly records: (FileRecord | undefined)[]
}

function timeOf(chunk: Chunk, at: number): bigint {
  if (!chunk.lasting) return chunk.times[at] ?? 0n
  return BigInt(chunk.seconds[at] ?? 0) * 1_000_000_000n + BigInt(chunk.nanoseconds[at] ?? 0)
}

/** Bytes that something remembered holds of its own: unpacked, decrypted, put together. */
function bytesKept(remembered: unknown): number {
  if (typeof remembered !== 'object' || remembered === null || !('kept' in remembered)) return 0
  return typeof remembered.kept === 'number' ? remembered.kept : 0
}

/** Bytes that all of a packet's remembered things hold. */
export function keptIn(memory: readonly unknown[]): number {
  let kept = 0
  for (const remembered of memory) kept += bytesKept(remembered)
  return kept
}

export class FrameStore {
  readonly limitBytes: number
  readonly limitPackets: number
  readonly #slabBytes: number
  readonly #chunks: Chunk[] = []
  #newest: Chunk | undefined
  #found: Chunk | undefined
  #last = 0
  #bytes = 0
  #kept = 0

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes
    this.limitPackets = Math.max(64, Math.floor(limitBytes / BYTES_PER_PACKET))
    this.#slabBytes = Math.min(SLAB_BYTES, Math.max(SMALLEST_SLAB, Math.floor(limitBytes / 16)))
  }

  /** Number of the oldest frame held; 0 when there is none. */
  get first(): number {
    return this.#chunks[0]?.first ?? 0
  }

  get last(): number {
    return this.#last
  }

  get held(): number {
    return this.#last === 0 ? 0 : this.#last - this.first + 1
  }

  get evicted(): number {
    return this.#last - this.held
  }

  /** Frame bytes held. */
  get bytes(): number {
    return this.#bytes
  }

  /** Copies the frame, evicting the oldest where needed, and returns its number. */
  append(frame: Frame): number {
    const { bytes } = frame
    const { length } = bytes
    const chunk = this.#room(length)
    const at = chunk.count++
    chunk.slab.set(bytes, chunk.used)
    chunk.offsets[at] = chunk.used
    chunk.times[at] = frame.time
    return this.#note(chunk, at, frame, length)
  }

  /** The same for one whose buffer nobody will change, and which is full of frames: it is kept as it is. */
  appendPlaced(frame: PlacedFrame): number {
    const { buffer, length } = frame
    const newest = this.#newest
    const chunk =
      newest !== undefined && newest.slab === buffer && this.#takesMore(newest)
        ? newest
        : this.#grow(buffer, true)
    const at = chunk.count++
    chunk.offsets[at] = frame.start
    chunk.seconds[at] = frame.seconds
    chunk.nanoseconds[at] = frame.nanoseconds
    return this.#note(chunk, at, frame, length)
  }

  #note(chunk: Chunk, at: number, frame: Frame, length: number): number {
    chunk.lengths[at] = length
    chunk.originals[at] = frame.originalLength
    chunk.links[at] = frame.linkType
    chunk.flows[at] = -1
    if (frame.transit !== undefined) {
      chunk.transits[at] = frame.transit
      chunk.kept += BYTES_PER_TRANSIT
      this.#kept += BYTES_PER_TRANSIT
    }
    if (frame.record !== undefined) {
      chunk.records[at] = frame.record
      chunk.kept += frame.record.kept
      this.#kept += frame.record.kept
    }
    chunk.used += length
    this.#bytes += length
    this.#last++
    if (this.#isOver()) this.#evict()
    return this.#last
  }

  /** The newest chunk is never evicted: so what is kept beside its frames is bounded as well. */
  #takesMore(chunk: Chunk): boolean {
    return chunk.count < chunk.offsets.length && chunk.kept * CHUNKS < this.limitBytes * KEPT_PER_BYTE
  }

  /** The chunk that takes the next frame. */
  #room(length: number): Chunk {
    const chunk = this.#newest
    if (chunk !== undefined && !chunk.lasting && this.#takesMore(chunk)) {
      if (chunk.used + length <= chunk.slab.length) return chunk
    }
    return this.#grow(new Uint8Array(Math.max(this.#slabBytes, length)), false)
  }

  /** The frame as held; its bytes are a view that stays valid as long as somebody refers to it. */
  frame(number: number): Frame | undefined {
    const chunk = this.#chunkOf(number)
    if (chunk === undefined) return undefined
    const at = number - chunk.first
    const offset = chunk.offsets[at] ?? 0
    return {
      time: timeOf(chunk, at),
      bytes: chunk.slab.subarray(offset, offset + (chunk.lengths[at] ?? 0)),
      originalLength: chunk.originals[at] ?? 0,
      linkType: chunk.links[at] ?? 0,
      transit: chunk.transits[at],
      record: chunk.records[at],
    }
  }

  /** Its way over a cable; undefined when that isn't known, or the frame was evicted. */
  transit(number: number): Transit | undefined {
    const chunk = this.#chunkOf(number)
    return chunk?.transits[number - chunk.first]
  }

  /** The bytes alone of the frame as held, or `length` of them from `from` on. */
  frameBytes(number: number, from = 0, length?: number): Uint8Array | undefined {
    const chunk = this.#chunkOf(number)
    if (chunk === undefined) return undefined
    const at = number - chunk.first
    const start = (chunk.offsets[at] ?? 0) + from
    return chunk.slab.subarray(start, start + (length ?? chunk.lengths[at] ?? 0))
  }

  /** The buffer that holds the frame, whose first byte is at `frameStart` there. */
  slab(number: number): Uint8Array | undefined {
    return this.#chunkOf(number)?.slab
  }

  frameStart(number: number): number {
    const chunk = this.#chunkOf(number)
    return chunk?.offsets[number - chunk.first] ?? 0
  }

  /** Keeps what the first pass found out. */
  conclude(number: number, { memory, protocols, flow, part, messages }: Findings): void {
    this.found(number, protocols, flow, part, messages, memory)
  }

  /** The same, without an object for it; `memory` is left out where nothing of it is kept. */
  found(
    number: number,
    protocols: number,
    flow: number,
    part: Part,
    messages: number,
    memory?: unknown[],
  ): void {
    const chunk = this.#chunkOf(number)
    if (chunk === undefined) return
    const at = number - chunk.first
    chunk.protocols[at] = protocols
    chunk.flows[at] = flow
    chunk.parts[at] = part
    let kept = messages * BYTES_PER_MESSAGE
    if (memory !== undefined && memory.length > 0) {
      // A list that grew has room for more than it holds.
      chunk.memory[at] = memory.slice()
      kept += memory.length * BYTES_PER_MEMORY + keptIn(memory)
    }
    if (kept === 0) return
    chunk.kept += kept
    this.#kept += kept
    if (this.#isOver()) this.#evict()
  }

  /** The first pass has found out more about a packet after all: further protocols, and bytes kept beside it. */
  amend(number: number, protocols: number, kept: number): void {
    const chunk = this.#chunkOf(number)
    if (chunk === undefined) return
    const at = number - chunk.first
    chunk.protocols[at] = (chunk.protocols[at] ?? 0) | protocols
    chunk.kept += kept
    this.#kept += kept
    if (this.#isOver()) this.#evict()
  }

  /** What the first pass found out is about to be found out anew: it is counted from nothing again, and stands till then. */
  recount(): void {
    this.#kept = 0
    for (const chunk of this.#chunks) {
      chunk.kept = 0
      for (let at = 0; at < chunk.count; at++) {
        chunk.kept +=
          (chunk.transits[at] === undefined ? 0 : BYTES_PER_TRANSIT) + (chunk.records[at]?.kept ?? 0)
      }
      this.#kept += chunk.kept
    }
  }

  /** What dissectors kept on the first pass; `undefined` when evicted. */
  memory(number: number): unknown[] | undefined {
    const chunk = this.#chunkOf(number)
    return chunk === undefined ? undefined : (chunk.memory[number - chunk.first] ?? [])
  }

  /** One bit for each protocol in the packet, as `Stack.bit` gives them; 0 when evicted. */
  protocols(number: number): number {
    const chunk = this.#chunkOf(number)
    return chunk?.protocols[number - chunk.first] ?? 0
  }

  flow(number: number): number {
    const chunk = this.#chunkOf(number)
    return chunk?.flows[number - chunk.first] ?? -1
  }

  part(number: number): Part {
    const chunk = this.#chunkOf(number)
    return (chunk?.parts[number - chunk.first] ?? UNCOUNTED) as Part
  }

  /** When it was seen; undefined when it is not held. */
  time(number: number): bigint | undefined {
    const chunk = this.#chunkOf(number)
    return chunk === undefined ? undefined : timeOf(chunk, number - chunk.first)
  }

  /** Bytes on the wire; 0 when it is not held. */
  length(number: number): number {
    const chunk = this.#chunkOf(number)
    return chunk?.originals[number - chunk.first] ?? 0
  }

  #chunkOf(number: number): Chunk | undefined {
    const known = this.#found
    if (known !== undefined && number >= known.first && number < known.first + known.count) return known
    if (number < this.first || number > this.#last || !Number.isInteger(number)) return undefined
    let low = 0
    let high = this.#chunks.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#chunks[middle]?.first ?? Infinity) <= number) low = middle
      else high = middle - 1
    }
    this.#found = this.#chunks[low]
    return this.#found
  }

  #grow(slab: Uint8Array, lasting: boolean): Chunk {
    // In a small store a chunk must not hold all the packets that the store may hold.
    const most = Math.min(CHUNK_PACKETS, Math.max(16, this.limitPackets >> 3))
    const packets = lasting ? Math.min(most, Math.max(1, slab.length >> 5)) : most
    const chunk: Chunk = {
      first: this.#last + 1,
      count: 0,
      used: 0,
      kept: 0,
      slab,
      lasting,
      times: new BigInt64Array(lasting ? 0 : packets),
      seconds: new Float64Array(lasting ? packets : 0),
      nanoseconds: new Uint32Array(lasting ? packets : 0),
      offsets: new Uint32Array(packets),
      lengths: new Uint32Array(packets),
      originals: new Float64Array(packets),
      links: new Uint32Array(packets),
      flows: new Int32Array(packets),
      parts: new Uint8Array(packets),
      protocols: new Uint32Array(packets),
      memory: [],
      transits: [],
      records: [],
    }
    this.#chunks.push(chunk)
    this.#newest = chunk
    this.#found = chunk
    return chunk
  }

  #isOver(): boolean {
    const full = this.#bytes > this.limitBytes || this.#kept > this.limitBytes * KEPT_PER_BYTE
    return full || this.held > this.limitPackets
  }

  /** Drops whole chunks, oldest first; the newest always stays, so that what was just added can be read. */
  #evict(): void {
    while (this.#chunks.length > 1 && this.#isOver()) {
      const gone = this.#chunks.shift()
      this.#bytes -= gone?.used ?? 0
      this.#kept -= gone?.kept ?? 0
      if (gone === this.#found) this.#found = undefined
    }
  }
}
