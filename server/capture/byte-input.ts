/**
 * The bytes of a capture as they arrive, in chunks cut anywhere. Readers see one run of bytes; only what
 * spans a cut is copied.
 */
const EMPTY = new Uint8Array(0)
/** Up to so many bytes that wait are joined at once: a capture that is live comes in small chunks. */
const JOINED = 128 * 1024

export class ByteInput {
  /** What can be read now, from `at` on. Only valid for as many bytes as `has` promised. */
  bytes: Uint8Array = EMPTY
  view: DataView = new DataView(EMPTY.buffer)
  at = 0
  /** Place of `bytes[0]` in the capture. */
  #base = 0
  #waiting: Uint8Array[] = []
  #waitingLength = 0
  #toSkip = 0

  /** The chunk is kept, and frames are views of it: its owner must not write to it again. */
  push(chunk: Uint8Array): void {
    this.#waiting.push(chunk)
    this.#waitingLength += chunk.length
    if (this.#toSkip > 0) this.skip(0)
  }

  /** Place in the capture of the next byte to be read, counted from 0. */
  get offset(): number {
    return this.#base + this.at
  }

  /** Bytes that have arrived and have not been read. */
  get available(): number {
    return this.bytes.length - this.at + this.#waitingLength
  }

  /** How much of what was skipped has yet to arrive. */
  get missing(): number {
    return this.#toSkip
  }

  /** Whether the next `length` bytes are there; if so, they are in one piece in `bytes` from `at`. */
  has(length: number): boolean {
    if (this.bytes.length - this.at >= length) return true
    if (this.available < length) return false
    const rest = this.bytes.subarray(this.at)
    const [first] = this.#waiting
    if (rest.length === 0 && first !== undefined && first.length >= length) {
      this.#waiting.shift()
      this.#use(first)
      return true
    }
    // A long chunk is left where it is: what spans the cut is copied, and no more. Short ones are joined at once.
    const enough = this.available - rest.length > JOINED ? length : this.available
    const joined = new Uint8Array(enough)
    joined.set(rest)
    let end = rest.length
    while (end < enough) {
      const chunk = this.#waiting.shift()
      if (chunk === undefined) break
      const taken = Math.min(chunk.length, enough - end)
      joined.set(chunk.subarray(0, taken), end)
      end += taken
      if (taken < chunk.length) this.#waiting.unshift(chunk.subarray(taken))
    }
    this.#use(joined)
    return true
  }

  /** Moves on by `length` bytes, whether or not they have arrived. */
  skip(length: number): void {
    this.#toSkip += length
    if (this.#toSkip === 0) return
    const now = Math.min(this.#toSkip, this.available)
    this.#toSkip -= now
    if (now > this.bytes.length - this.at) this.has(this.available)
    this.at += now
  }

  #use(bytes: Uint8Array): void {
    this.#base += this.at
    this.at = 0
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#waitingLength = 0
    for (const chunk of this.#waiting) this.#waitingLength += chunk.length
  }
}
