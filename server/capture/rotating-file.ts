/**
 * A pcapng stream to files, the next of which begins when one is long enough. Each opens by itself: it begins with what
 * the stream began with (section, interfaces, names, secrets) and with how the lab stood then.
 */
import { mkdir, unlink } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { CaptureError } from '../errors.ts'
import {
  DECRYPTION_SECRETS,
  ENHANCED_PACKET,
  ENVELOPE,
  eachOption,
  INTERFACE_DESCRIPTION,
  INTERFACE_STATISTICS,
  NAME_RESOLUTION,
  OPT_CUSTOM_TEXT,
  padding,
  SECTION_HEADER,
} from './pcapng-blocks.ts'
import { MAX_FILE_BLOCK, PcapngFile } from './pcapng-file.ts'
import { ENTERPRISE } from './session-option.ts'

export interface RotatingFileOptions {
  /** Where to: with `rotate` numbered before its ending, `lab-00001.pcapng`. */
  readonly path: string
  readonly overwrite: boolean
  /** Bytes at which the next file begins; undefined for one file, however long. */
  readonly rotate?: number | undefined
  /** How many files stay; undefined for all. */
  readonly keep?: number | undefined
}

/** Repeated at the beginning of each file. */
const HEAD_BLOCKS: readonly number[] = [
  SECTION_HEADER,
  INTERFACE_DESCRIPTION,
  NAME_RESOLUTION,
  DECRYPTION_SECRETS,
]
/** Items of a session that hold until the next of their kind. */
const STANDING = /^wirelab\/1[ +]\{"kind":"(services|network)"/
const PART = 'wirelab/1+'

export class RotatingFile {
  readonly #options: RotatingFileOptions
  #file: PcapngFile
  /** The beginning of a block whose end has not come. */
  #rest: Uint8Array = new Uint8Array(0)
  #head: Uint8Array[] = []
  /** The newest option, or options, of each kind of standing item. */
  readonly #standing = new Map<string, Uint8Array[]>()
  #unfinished: { kind: string; options: Uint8Array[] } | undefined
  #number = 1
  /** Those that are there, oldest first. */
  readonly paths: string[]
  #sizes: { bytes: number; packets: number }[] = []

  private constructor(options: RotatingFileOptions, file: PcapngFile, path: string) {
    this.#options = options
    this.#file = file
    this.paths = [path]
  }

  /** Rejects with Node's error: `EEXIST` when the file is there and may not be overwritten. */
  static async create(options: RotatingFileOptions): Promise<RotatingFile> {
    const path = pathOf(options, 1)
    return new RotatingFile(options, await PcapngFile.create(path, options.overwrite), path)
  }

  /** As `create`, and makes the folder where it is missing. */
  static async createIn(options: RotatingFileOptions): Promise<RotatingFile> {
    await mkdir(dirname(options.path), { recursive: true })
    return RotatingFile.create(options)
  }

  /** The one that is written to. */
  get path(): string {
    return this.paths.at(-1) ?? this.#options.path
  }

  /** In the files that are there. */
  get bytes(): number {
    return this.#sizes.reduce((sum, { bytes }) => sum + bytes, this.#file.bytes)
  }

  get packets(): number {
    return this.#sizes.reduce((sum, { packets }) => sum + packets, this.#file.packets)
  }

  /**
   * Adds bytes of a little-endian pcapng stream, cut anywhere. Rejects with Node's error when the disk takes no more;
   * the file then ends with the last whole block that it took.
   */
  async append(chunk: Uint8Array): Promise<void> {
    const { rotate } = this.#options
    if (rotate === undefined) return this.#file.append(chunk)
    const bytes = Buffer.concat([this.#rest, chunk])
    let from = 0
    let at = 0
    let room = rotate - this.#file.bytes
    let packets = this.#file.packets
    while (at + ENVELOPE <= bytes.length) {
      const length = bytes.readUInt32LE(at + 4)
      if (length < ENVELOPE || length > MAX_FILE_BLOCK || length % 4 !== 0) {
        throw new CaptureError(`what arrives is no pcapng: a block of ${length} bytes`, at)
      }
      if (at + length > bytes.length) break
      const block = bytes.subarray(at, at + length)
      const type = block.readUInt32LE(0)
      // A file of one packet is the least, however small the limit.
      if (at - from + length > room && packets > 0 && type === ENHANCED_PACKET) {
        await this.#file.append(bytes.subarray(from, at))
        await this.#next()
        from = at
        room = rotate - this.#file.bytes
        packets = 0
      }
      if (type === ENHANCED_PACKET) packets++
      if (HEAD_BLOCKS.includes(type)) this.#head.push(Uint8Array.from(block))
      this.#noteStanding(type, block)
      at += length
    }
    await this.#file.append(bytes.subarray(from, at))
    this.#rest = bytes.subarray(at)
  }

  async close(): Promise<void> {
    await this.#file.close()
  }

  async #next(): Promise<void> {
    const path = pathOf(this.#options, this.#number + 1)
    const file = await PcapngFile.create(path, this.#options.overwrite)
    const before = this.#file
    this.#number++
    this.#sizes.push({ bytes: before.bytes, packets: before.packets })
    this.#file = file
    this.paths.push(path)
    await before.close()
    await this.#deleteOldest()
    await file.append(Buffer.concat([...this.#head, ...this.#standingBlock()]))
  }

  async #deleteOldest(): Promise<void> {
    const { keep } = this.#options
    while (keep !== undefined && this.paths.length > keep) {
      const oldest = this.paths.shift()
      this.#sizes.shift()
      // Somebody else may have put it away already.
      if (oldest !== undefined) await unlink(oldest).catch(() => undefined)
    }
  }

  /** A custom option of ours, as it is, for the beginning of the next file. */
  #noteStanding(type: number, block: Buffer): void {
    const start =
      type === ENHANCED_PACKET
        ? 28 + block.readUInt32LE(20) + padding(block.readUInt32LE(20))
        : type === INTERFACE_STATISTICS
          ? 20
          : block.length
    if (start + 4 >= block.length) return
    const view = new DataView(block.buffer, block.byteOffset, block.length)
    eachOption(view, true, start, block.length - 4, (code, at, length) => {
      if (code !== OPT_CUSTOM_TEXT || length < 16 || view.getUint32(at, true) !== ENTERPRISE) return
      const begins = block.toString('latin1', at + 4, Math.min(at + length, at + 60))
      const option = Uint8Array.from(block.subarray(at - 4, at + length + padding(length)))
      const part = begins.startsWith(PART)
      const kind = this.#unfinished?.kind ?? STANDING.exec(begins)?.[1]
      if (kind === undefined) return
      const options = [...(this.#unfinished?.options ?? []), option]
      this.#unfinished = part ? { kind, options } : undefined
      if (!part) this.#standing.set(kind, options)
    })
  }

  #standingBlock(): Uint8Array[] {
    const options = [...this.#standing.values()].flat()
    if (options.length === 0) return []
    const body = Buffer.concat([Buffer.alloc(12), ...options, Buffer.alloc(4)])
    const ends = Buffer.alloc(ENVELOPE)
    ends.writeUInt32LE(INTERFACE_STATISTICS, 0)
    ends.writeUInt32LE(body.length + ENVELOPE, 4)
    ends.writeUInt32LE(body.length + ENVELOPE, 8)
    return [Buffer.concat([ends.subarray(0, 8), body, ends.subarray(8)])]
  }
}

function pathOf({ path, rotate }: RotatingFileOptions, number: number): string {
  if (rotate === undefined) return path
  const ending = extname(path)
  const name = `${basename(path, ending)}-${String(number).padStart(5, '0')}${ending || '.pcapng'}`
  return join(dirname(path), name)
}
