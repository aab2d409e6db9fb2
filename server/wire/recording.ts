/** A wire's frames in a pcapng file: as they come, or all that are held. The file is whole at every moment. */
import { PcapngFile } from '../capture/pcapng-file.ts'
import { labWriter, type PcapngWriter } from '../capture/pcapng-writer.ts'
import { messageOf, StartError, systemCode, UsageError } from '../errors.ts'
import type { Pressure } from '../network/pressure.ts'
import type { Trace } from '../trace/trace.ts'
import type { Naming, WirePlan } from './wire-options.ts'

/** How long a frame may wait to be written. */
const FLUSH_MS = 100
/** Handed to the file at once. */
const BATCH_BYTES = 1024 * 1024
/** Frames that wait to be written above which no more bytes are let in: 6 MB. The trace holds ten times that. */
const HIGH = 4096
const ETHERNET = 1

/**
 * The blocks of the frames from a number on, in batches; what a capture at this end would not hold is left out.
 * `missed`: frames that the trace had let go before.
 */
function* blocks(
  trace: Trace,
  writer: PcapngWriter,
  from: number,
): Generator<{ bytes: Uint8Array; next: number; missed: number }> {
  let batch: Uint8Array[] = []
  let held = 0
  let missed = 0
  let next = from
  for (; next <= trace.last; next++) {
    if (next < trace.first) {
      missed += trace.first - next
      next = trace.first
    }
    const frame = trace.frame(next)
    if (frame === undefined || frame.transit?.seen === false) continue
    const block = writer.packet(frame)
    batch.push(block)
    held += block.length
    if (held < BATCH_BYTES) continue
    yield { bytes: Buffer.concat(batch), next: next + 1, missed }
    batch = []
    held = 0
    missed = 0
  }
  yield { bytes: Buffer.concat(batch), next, missed }
}

/** Overwrites. Rejects with Node's error. */
export async function saveTrace(trace: Trace, path: string, at: 'client' | 'server'): Promise<void> {
  const file = await PcapngFile.create(path, true)
  try {
    const writer = labWriter(at)
    await file.append(writer.begin(ETHERNET))
    for (const { bytes } of blocks(trace, writer, 1)) await file.append(bytes)
  } finally {
    await file.close()
  }
}

export type RecordingPlan = Pick<WirePlan, 'at' | 'overwrite'> & { readonly write: string }

/** Whoever brings bytes in waits for the disk: else the trace would let frames go that are not written yet. */
export class Recording implements Pressure {
  readonly #file: PcapngFile
  readonly #trace: Trace
  readonly #writer: PcapngWriter
  readonly #stop: () => void
  #timer: NodeJS.Timeout | undefined
  #next = 1
  /** What is being written; the next waits for it. */
  #writing = Promise.resolve()
  #failure: unknown
  #missed = 0
  /** Who waits until the most is written. */
  #waiting: (() => void)[] = []

  /** The writer has begun the file. */
  private constructor(file: PcapngFile, trace: Trace, writer: PcapngWriter) {
    this.#file = file
    this.#trace = trace
    this.#writer = writer
    this.#stop = trace.onChange(() => {
      this.#timer ??= setTimeout(() => void this.#flush(), FLUSH_MS)
    })
  }

  /** Rejects with a UsageError when the file is there and may not be overwritten, with a StartError when it can't be. */
  static async open(
    { write, at, overwrite }: RecordingPlan,
    trace: Trace,
    named: Naming,
  ): Promise<Recording> {
    let file: PcapngFile | undefined
    try {
      file = await PcapngFile.create(write, overwrite)
      const writer = labWriter(at)
      await file.append(writer.begin(ETHERNET))
      return new Recording(file, trace, writer)
    } catch (error) {
      await file?.close().catch(() => undefined)
      if (systemCode(error) === 'EEXIST') {
        throw new UsageError(`${named('write')}: ${write} is there already; ${named('force')} overwrites it`)
      }
      throw new StartError(`${named('write')}: ${write} can't be written: ${messageOf(error)}`)
    }
  }

  get packets(): number {
    return this.#file.packets
  }

  /** Frames that came faster than they could be written. */
  get missed(): number {
    return this.#missed
  }

  get high(): boolean {
    return this.#failure === undefined && this.#trace.last - this.#next >= HIGH
  }

  eased(callback: () => void): void {
    this.#waiting.push(callback)
    void this.#flush()
  }

  /** Why it was given up, in words; undefined while all goes well. */
  get failure(): string | undefined {
    return this.#failure === undefined ? undefined : messageOf(this.#failure)
  }

  /** Writes the rest. Never rejects: `failure` says it. */
  async close(): Promise<void> {
    this.#stop()
    await this.#flush()
    await this.#file.close().catch((error) => {
      this.#failure ??= error
    })
  }

  #flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#writing = this.#writing
      .then(() => this.#write())
      .catch((error) => {
        // A full disk, say: what the file holds is whole, and no more is added.
        this.#failure ??= error
      })
      .then(() => this.#ease())
    return this.#writing
  }

  async #write(): Promise<void> {
    if (this.#failure !== undefined) return
    for (const { bytes, next, missed } of blocks(this.#trace, this.#writer, this.#next)) {
      this.#next = next
      this.#missed += missed
      if (bytes.length > 0) await this.#file.append(bytes)
      if (!this.high) this.#ease()
    }
  }

  #ease(): void {
    for (const callback of this.#waiting.splice(0)) callback()
  }
}
