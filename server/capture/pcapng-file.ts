/** A pcapng file that grows, and is whole at every moment: only whole blocks are kept in it. */
import { type FileHandle, open } from 'node:fs/promises'
import { CaptureError } from '../errors.ts'
import { ENHANCED_PACKET } from './pcapng-blocks.ts'

/** As long as the longest block that a reader takes. */
export const MAX_FILE_BLOCK = 16 * 1024 * 1024

export class PcapngFile {
  readonly #handle: FileHandle
  /** The beginning of a block whose end has not come. */
  #rest: Uint8Array = new Uint8Array(0)
  /** In the file: whole blocks only. */
  bytes = 0
  packets = 0

  private constructor(handle: FileHandle) {
    this.#handle = handle
  }

  /** Rejects with Node's error: `EEXIST` when the file is there and may not be overwritten. */
  static async create(path: string, overwrite: boolean): Promise<PcapngFile> {
    return new PcapngFile(await open(path, overwrite ? 'w' : 'wx'))
  }

  /**
   * Adds bytes of a little-endian pcapng stream, cut anywhere. Rejects with Node's error when the disk takes no
   * more; the file then ends with the last whole block that it took.
   */
  async append(chunk: Uint8Array): Promise<void> {
    const bytes = Buffer.concat([this.#rest, chunk])
    const whole = wholeBlocks(bytes)
    this.#rest = bytes.subarray(whole.length)
    let written = 0
    try {
      while (written < whole.length) {
        written += (await this.#handle.write(bytes, written, whole.length - written, this.bytes + written))
          .bytesWritten
      }
      this.#count(whole)
    } catch (error) {
      this.#count(wholeBlocks(bytes.subarray(0, written)))
      // Best effort: where the disk is gone altogether there is nothing left to mend.
      await this.#handle.truncate(this.bytes).catch(() => undefined)
      throw error
    }
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }

  #count({ length, packets }: { length: number; packets: number }): void {
    this.bytes += length
    this.packets += packets
  }
}

/** How many of the bytes are whole blocks, and how many packets are in them. */
function wholeBlocks(bytes: Buffer): { length: number; packets: number } {
  let length = 0
  let packets = 0
  while (length + 12 <= bytes.length) {
    const block = bytes.readUInt32LE(length + 4)
    if (block < 12 || block > MAX_FILE_BLOCK || block % 4 !== 0) {
      throw new CaptureError(`what arrives is no pcapng: a block of ${block} bytes`, length)
    }
    if (length + block > bytes.length) break
    if (bytes.readUInt32LE(length) === ENHANCED_PACKET) packets++
    length += block
  }
  return { length, packets }
}
