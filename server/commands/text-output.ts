/** Text to a stream that may be slow, or whose reader may leave: `wirelab read … | head`. */
import { systemCode } from '../errors.ts'

/** What is gathered before it is written; a write for each line would cost more than the line. */
const GATHERED = 64 * 1024

export class TextOutput {
  readonly #stream: NodeJS.WritableStream
  #text = ''
  #gone = false
  #error: Error | undefined

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream
    stream.on('error', this.#onError)
  }

  /** True once the reader has left: nothing more need be written, and nothing is wrong. */
  get gone(): boolean {
    return this.#gone
  }

  /** Adds text; waits only when the reader is behind. */
  async write(text: string): Promise<void> {
    this.#text += text
    if (this.#text.length >= GATHERED) await this.flush()
  }

  /** Hands over what was gathered, and waits until the stream takes more. Rejects when it can't be written. */
  async flush(): Promise<void> {
    const text = this.#text
    this.#text = ''
    if (this.#error !== undefined) throw this.#error
    if (text === '' || this.#gone) return
    // The callback comes when the bytes are out, or with the error.
    await new Promise<void>((resolve) => this.#stream.write(text, () => resolve()))
    if (this.#error !== undefined) throw this.#error
  }

  close(): void {
    this.#stream.off('error', this.#onError)
  }

  readonly #onError = (error: Error): void => {
    if (systemCode(error) === 'EPIPE' || systemCode(error) === 'ERR_STREAM_DESTROYED') this.#gone = true
    else this.#error = error
  }
}
