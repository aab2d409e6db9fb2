/** Text to a stream that may be slow, or whose reader may leave: `wirelab read … | head`. */
import { systemCode } from '../errors.ts'
import { Ink } from '../protocols/ink.ts'

/** What is gathered before it is written; a write for each line would cost more than the line. */
const GATHERED = 64 * 1024

export class TextOutput {
  readonly #stream: NodeJS.WritableStream
  readonly #ink = new Ink(2 * GATHERED)
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

  /** Whether so much has been gathered that it should be flushed before more is added. */
  get full(): boolean {
    return this.#text.length + this.#ink.at >= GATHERED
  }

  /** Adds text. */
  add(text: string): void {
    if (this.#ink.at > 0) this.#ink.text(text)
    else this.#text += text
  }

  /** Where text may be added as bytes, behind what was added before. */
  get ink(): Ink {
    if (this.#text !== '') {
      this.#ink.text(this.#text)
      this.#text = ''
    }
    return this.#ink
  }

  /** Adds text; waits only when much is gathered and the reader is behind. */
  async write(text: string): Promise<void> {
    this.add(text)
    if (this.full) await this.flush()
  }

  /** Hands over what was gathered, and waits until the stream takes more. Rejects when it can't be written. */
  async flush(): Promise<void> {
    const gathered = this.#ink.at === 0 ? this.#text : this.#ink.bytes.subarray(0, this.#ink.at)
    this.#text = ''
    if (this.#error !== undefined) throw this.#error
    if (gathered.length > 0 && !this.#gone) {
      // The callback comes when the bytes are out, or with the error: until then they stay as they are.
      await new Promise<void>((resolve) => this.#stream.write(gathered, () => resolve()))
    }
    this.#ink.at = 0
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
