/** Frames out of a capture, whatever its format, as fast as its bytes arrive. */
import { CaptureError } from '../errors.ts'
import { ByteInput } from './byte-input.ts'
import type { CaptureHandlers, FormatReader } from './capture-format.ts'
import { isPcapMagic, PcapReader } from './pcap.ts'
import { isPcapngMagic, PcapngReader } from './pcapng.ts'

export class FrameReader {
  readonly #input = new ByteInput()
  readonly #handlers: CaptureHandlers
  #format: FormatReader | undefined
  #failure: CaptureError | undefined

  constructor(handlers: CaptureHandlers) {
    this.#handlers = handlers
  }

  /**
   * The chunk is kept and must not be written to again. Throws `CaptureError` when the bytes are no capture or
   * a damaged one; the frames before the damage have been handed over, and every later call throws it again.
   */
  push(chunk: Uint8Array): void {
    if (this.#failure !== undefined) throw this.#failure
    this.#input.push(chunk)
    try {
      this.#format ??= this.#recognise()
      this.#format?.read(this.#input)
    } catch (error) {
      if (error instanceof CaptureError) this.#failure = error
      throw error
    }
  }

  /** Says that no more comes. A last record that is not whole is noted; a capture without a header throws. */
  end(): void {
    if (this.#failure !== undefined) throw this.#failure
    const { available, missing, offset } = this.#input
    if (this.#format?.begun !== true) {
      const what = available === 0 ? 'it is empty' : `it ends after ${available} bytes, inside its header`
      throw new CaptureError(`not a capture: ${what}`, offset)
    }
    if (available === 0 && missing === 0) return
    const kept = this.#format.packets
    const before = kept === 1 ? 'the packet before it is' : `the ${kept} packets before it are`
    this.#handlers.note?.({
      message: `the capture is cut short in the middle of a record at byte ${offset}; ${before} kept`,
    })
  }

  #recognise(): FormatReader | undefined {
    const input = this.#input
    if (!input.has(4)) return undefined
    const magic = input.view.getUint32(input.at)
    if (isPcapngMagic(magic)) return new PcapngReader(this.#handlers)
    if (isPcapMagic(magic)) return new PcapReader(this.#handlers)
    if (magic >>> 16 === 0x1f8b) {
      throw new CaptureError('this capture is packed with gzip: unpack it first, with gunzip', 0)
    }
    const found = magic.toString(16).padStart(8, '0')
    throw new CaptureError(`not a pcap or pcapng capture: it begins with ${found}`, 0)
  }
}
