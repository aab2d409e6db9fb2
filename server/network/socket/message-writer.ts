/** Writes messages to the local socket, those of one turn in one go; drops frames when the reader is far behind. */
import type { Writable } from 'node:stream'
import { control, FRAME, type FromLab, type FromProgram, header } from './join-messages.ts'

/** As a network card does whose ring is full: a thousand full frames and more may wait. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024

export class MessageWriter {
  readonly #stream: Writable
  #parts: Uint8Array[] = []
  #bytes = 0
  /** Frames that found no room. */
  dropped = 0

  constructor(stream: Writable) {
    this.#stream = stream
  }

  /** The bytes must not change any more. False when there was no room for it. */
  frame(bytes: Uint8Array): boolean {
    if (this.#stream.writableLength + this.#bytes > MAX_WAITING_BYTES) {
      this.dropped++
      return false
    }
    this.#add(header(FRAME, bytes.length))
    this.#add(bytes)
    return true
  }

  /** Like a frame, but for what may be left out without harm only when `mayDrop`: false then. */
  control(message: FromProgram | FromLab, mayDrop = false): boolean {
    if (mayDrop && this.#stream.writableLength + this.#bytes > MAX_WAITING_BYTES) return false
    this.#add(control(message))
    return true
  }

  /** At once, for a process that is about to end. */
  flush(): void {
    const parts = this.#parts
    const bytes = this.#bytes
    if (parts.length === 0) return
    this.#parts = []
    this.#bytes = 0
    if (this.#stream.writable) this.#stream.write(Buffer.concat(parts, bytes))
  }

  #add(part: Uint8Array): void {
    // After the callback that runs now: the frames of one turn of the clock leave together.
    if (this.#parts.length === 0) process.nextTick(() => this.flush())
    this.#parts.push(part)
    this.#bytes += part.length
  }
}
