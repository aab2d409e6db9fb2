/**
 * What the user has written and the peer has not acknowledged yet, by position. Written chunks are kept as they are and
 * copied once, into the frame; only small ones are gathered, so that a million writes of one byte don't cost a million
 * objects.
 */

/** Writes below this are copied into a chunk of their own, of `GATHERED` bytes. */
const SMALL = 512
const GATHERED = 4096

export class SendBuffer {
  /** May be changed at any time; what is in here stays. */
  capacity: number
  /** Position of the first byte that is kept, and of the one behind the last. */
  start = 1
  end = 1
  /** `#chunks[i]` holds the bytes from position `#starts[i]` on; those before `#first` are acknowledged and dropped. */
  #chunks: Uint8Array[] = []
  #starts: number[] = []
  #first = 0
  /** Where the last read ended: reading is mostly sequential. */
  #hint = 0
  /** The chunk small writes are gathered in, if it is the last one. */
  #gathering: Uint8Array | undefined

  constructor(capacity: number) {
    this.capacity = capacity
  }

  get room(): number {
    return Math.max(0, this.capacity - (this.end - this.start))
  }

  /** Takes as much as there is room for; returns how much that was. */
  write(bytes: Uint8Array): number {
    const length = Math.min(bytes.length, this.room)
    if (length === 0) return 0
    const taken = length === bytes.length ? bytes : bytes.subarray(0, length)
    if (length < SMALL) this.#gather(taken)
    else this.#append(taken)
    this.end += length
    return length
  }

  /** Copies the bytes from position `from` to `to` into `into` at `at`. */
  copy(from: number, to: number, into: Uint8Array, at: number): void {
    let index = this.#find(from)
    let position = from
    while (position < to) {
      const chunk = this.#chunks[index]
      const chunkStart = this.#starts[index]
      if (chunk === undefined || chunkStart === undefined)
        throw new RangeError(`no byte at position ${position}`)
      const offset = position - chunkStart
      // One that gathers small writes may be longer than what it holds: it ends where the next one begins.
      const chunkEnd = this.#starts[index + 1] ?? this.end
      const length = Math.min(chunkEnd, to) - position
      into.set(chunk.subarray(offset, offset + length), at + position - from)
      position += length
      if (position < to) index++
    }
    this.#hint = index
  }

  /** Everything before `position` is acknowledged. */
  release(position: number): void {
    this.start = Math.min(position, this.end)
    const starts = this.#starts
    let first = this.#first
    // A chunk goes when the next one begins at or before the new start, or all is acknowledged.
    while (first + 1 < starts.length && (starts[first + 1] ?? 0) <= this.start) first++
    if (this.start === this.end) first = starts.length
    this.#drop(first)
  }

  clear(): void {
    this.start = this.end
    this.#drop(this.#starts.length)
  }

  #drop(first: number): void {
    if (first === this.#starts.length) {
      this.#chunks = []
      this.#starts = []
      this.#first = 0
      this.#hint = 0
      this.#gathering = undefined
      return
    }
    for (let i = this.#first; i < first; i++) this.#chunks[i] = EMPTY
    this.#first = first
    if (first < 64 || first * 2 < this.#starts.length) return
    this.#chunks = this.#chunks.slice(first)
    this.#starts = this.#starts.slice(first)
    this.#hint = Math.max(0, this.#hint - first)
    this.#first = 0
  }

  #append(bytes: Uint8Array): void {
    this.#chunks.push(bytes)
    this.#starts.push(this.end)
    this.#gathering = undefined
  }

  #gather(bytes: Uint8Array): void {
    const last = this.#starts.length - 1
    const used = this.end - (this.#starts[last] ?? 0)
    if (this.#gathering === undefined || used + bytes.length > GATHERED) {
      // A lone small write takes no more than its own size; those that follow it share a large chunk.
      const chunk = new Uint8Array(last < 0 ? SMALL : GATHERED)
      chunk.set(bytes)
      this.#append(chunk)
      this.#gathering = chunk
    } else if (used + bytes.length > this.#gathering.length) {
      const chunk = new Uint8Array(GATHERED)
      chunk.set(this.#gathering)
      chunk.set(bytes, used)
      this.#chunks[last] = chunk
      this.#gathering = chunk
    } else this.#gathering.set(bytes, used)
  }

  #find(position: number): number {
    const starts = this.#starts
    const hint = this.#hint
    if (position >= (starts[hint] ?? Infinity)) {
      if (position < (starts[hint + 1] ?? Infinity)) return hint
      if (position < (starts[hint + 2] ?? Infinity)) return hint + 1
    }
    let low = this.#first
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] ?? 0) <= position) low = middle
      else high = middle - 1
    }
    return low
  }
}

const EMPTY = new Uint8Array(0)
