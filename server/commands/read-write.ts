/** `-w`: the packets that match, as a capture of their own. */
import { statSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { HostName } from '../capture/host-names.ts'
import { PcapngRecord } from '../capture/pcapng-record.ts'
import {
  fileHeader,
  namesBlock,
  PcapngWriter,
  secretsBlock,
  statisticsBlock,
} from '../capture/pcapng-writer.ts'
import type { SessionItem } from '../capture/session-item.ts'
import { eventWords } from '../dashboard/session-words.ts'
import { UsageError } from '../errors.ts'
import type { Frame, Packet } from '../protocols/packet.ts'
import { WantedFields } from '../trace/wanted-fields.ts'
import type { Collector } from './read-collect.ts'

/** What is gathered before it is written. */
const GATHERED = 256 * 1024
/** Packets of which it is known where they stand in the file that is written. */
const PLACES_KEPT = 20_000

export class CaptureOutput implements Collector {
  readonly needs = new WantedFields([])
  readonly #path: string
  /** What is told of the lab before the first packet. */
  readonly #head: SessionItem[] = []
  readonly #writer = new PcapngWriter(
    ({ record }) => ({ name: record?.interface.name, description: record?.interface.description }),
    undefined,
    { application: 'Wirelab read', items: this.#head },
  )
  #handle: FileHandle | undefined
  #parts: Uint8Array[] = []
  #gathered = 0
  #begun = false
  /** The file is copied block by block, since all of it is wanted. */
  #copies = false
  /** Yet to be written, before the next packet. */
  #secrets: string[] = []
  packets = 0
  /** Frames of the file that is read, those counted that were never seen at its end. */
  #seen = 0
  /** By such a frame's place, its own place in the file that is written. */
  readonly #places = new Map<number, number>()
  #time = 0n

  constructor(path: string) {
    this.#path = path
  }

  get path(): string {
    return this.#path
  }

  /** Rejects with Node's error when the file can't be made. */
  async open(): Promise<void> {
    this.#handle = await open(this.#path, 'w')
  }

  packet(packet: Packet, frame: Frame): void {
    this.packets++
    this.#time = frame.time
    if (this.#copies && frame.record instanceof PcapngRecord) {
      this.#add(frame.record.block(frame))
      return
    }
    this.#places.set(this.#seen, this.packets)
    const [oldest = 0] = this.#places.size > PLACES_KEPT ? this.#places.keys() : []
    this.#places.delete(oldest)
    if (!this.#begun) this.#add(this.#writer.begin(frame.linkType))
    this.#begun = true
    for (const keyLog of this.#secrets.splice(0)) this.#add(secretsBlock(keyLog))
    const comments = packet.comments
    this.#add(this.#writer.packet(frame, undefined, comments.length > 0 ? { comments } : {}))
  }

  /** A block of a pcapng that holds no packet, where all of the file is wanted: it is copied as it is from here on. */
  copy(block: Uint8Array): void {
    if (!this.#begun) {
      const given = this.#secrets.splice(0)
      // In a section of their own: the file's may have another byte order.
      if (given.length > 0) this.#add(fileHeader({ application: 'Wirelab read' }))
      for (const keyLog of given) this.#add(secretsBlock(keyLog))
    }
    this.#begun = true
    this.#copies = true
    this.#add(block)
  }

  /** A packet of the file that is read: whether it is written is told next. */
  came(): void {
    this.#seen++
  }

  /**
   * What Wirelab told of the lab: how it stood, and what is of packets that are written. Where all of the file is wanted
   * it stands in the blocks that are copied.
   */
  tell(item: SessionItem): void {
    if (item.kind === 'unseen') this.#seen++
    if (this.#copies || item.kind === 'unseen' || item.kind === 'submission') return
    if (item.kind !== 'event' && item.kind !== 'transit') {
      this.#say(item.kind === 'session' ? { ...item, filtered: true } : item)
      return
    }
    const place = item.back === undefined ? undefined : this.#places.get(this.#seen - item.back)
    if (place === undefined) return
    const words = item.kind === 'event' ? eventWords({ ...item.event, packet: null }) : undefined
    this.#say({ ...item, back: this.packets - place }, words)
  }

  #say(item: SessionItem, comment?: string): void {
    if (!this.#begun) this.#head.push(item)
    else {
      const comments = comment === undefined ? [] : [comment]
      this.#add(statisticsBlock(this.#time, { items: [item], comments }))
    }
  }

  /** Names of hosts go along with the packets. */
  names(names: readonly HostName[]): void {
    if (this.#copies) return
    if (!this.#begun) this.#add(this.#writer.begin())
    this.#begun = true
    this.#add(namesBlock(names))
  }

  /** What is encrypted opens only where its secrets stand before it. */
  secrets(keyLog: string): void {
    if (!this.#copies) this.#secrets.push(keyLog)
  }

  #add(bytes: Uint8Array): void {
    this.#parts.push(bytes)
    this.#gathered += bytes.length
  }

  async settle(): Promise<void> {
    if (this.#gathered >= GATHERED) await this.#write()
  }

  async #write(): Promise<void> {
    const bytes = Buffer.concat(this.#parts)
    this.#parts = []
    this.#gathered = 0
    let written = 0
    while (written < bytes.length) {
      written += (await this.#handle?.write(bytes, written))?.bytesWritten ?? bytes.length
    }
  }

  async finish(): Promise<void> {
    if (!this.#begun) this.#add(this.#writer.begin())
    for (const keyLog of this.#secrets.splice(0)) this.#add(secretsBlock(keyLog))
    await this.#write()
  }

  async close(): Promise<void> {
    await this.#handle?.close()
    this.#handle = undefined
  }
}

/** Throws a UsageError where a capture would be written over itself. */
export function parseWrite(path: string | undefined, file: string): CaptureOutput | undefined {
  if (path === undefined) return undefined
  if (path === '-') throw new UsageError('-w -: expected a file; lines go to standard output')
  if (path === file || isSame(path, file)) throw new UsageError(`-w ${path}: that is the file that is read`)
  return new CaptureOutput(path)
}

function isSame(path: string, file: string): boolean {
  const options = { throwIfNoEntry: false, bigint: true } as const
  const [one, other] = [statSync(path, options), statSync(file, options)]
  return one !== undefined && one.ino === other?.ino && one.dev === other.dev
}
