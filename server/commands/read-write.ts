/** `-w`: the packets that match, as a capture of their own. */
import { statSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { HostName } from '../capture/host-names.ts'
import { namesBlock, PcapngWriter, secretsBlock } from '../capture/pcapng-writer.ts'
import { UsageError } from '../errors.ts'
import type { Frame, Packet } from '../protocols/packet.ts'
import type { Trace } from '../trace/trace.ts'
import { WantedFields } from '../trace/wanted-fields.ts'
import type { Collector } from './read-collect.ts'

/** What is gathered before it is written. */
const GATHERED = 256 * 1024

export class CaptureOutput implements Collector {
  readonly needs = new WantedFields([])
  readonly #path: string
  readonly #writer = new PcapngWriter(
    ({ record }) => ({ name: record?.interface.name, description: record?.interface.description }),
    undefined,
    { application: 'Wirelab read' },
  )
  #handle: FileHandle | undefined
  #parts: Uint8Array[] = []
  #gathered = 0
  #begun = false
  #secrets = 0
  packets = 0

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

  packet(packet: Packet, frame: Frame, trace: Trace): void {
    if (!this.#begun) this.#add(this.#writer.begin(frame.linkType))
    this.#begun = true
    this.#addSecrets(trace)
    const comments = packet.comments
    this.#add(this.#writer.packet(frame, undefined, comments.length > 0 ? { comments } : {}))
    this.packets++
  }

  /** Names of hosts go along with the packets. */
  names(names: readonly HostName[]): void {
    if (!this.#begun) this.#add(this.#writer.begin())
    this.#begun = true
    this.#add(namesBlock(names))
  }

  /** What is encrypted opens only where its secrets stand before it. */
  #addSecrets({ secrets }: Trace): void {
    if (secrets.version === this.#secrets) return
    this.#secrets = secrets.version
    this.#add(secretsBlock(secrets.text))
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
