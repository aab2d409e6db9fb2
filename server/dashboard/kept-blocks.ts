/** The blocks of an opened pcapng that hold no packets, as they are, so that the file can be written again as it was. */
import { PcapngRecord } from '../capture/pcapng-record.ts'
import type { CompiledFilter } from '../trace/filter.ts'
import type { Trace } from '../trace/trace.ts'

/** Beyond that an export is written anew, without them. */
const MAX_BYTES = 64 * 1024 * 1024
/** About what each costs beside its bytes. */
const BLOCK_BYTES = 200

export class KeptBlocks {
  /** `after`: the number of the packet before it. */
  #blocks: { after: number; bytes: Uint8Array }[] = []
  #held = 0
  #complete = true

  /** False when there were too many to be kept. */
  get complete(): boolean {
    return this.#complete && this.#blocks.length > 0
  }

  /** False once, when there are too many. */
  add(after: number, bytes: Uint8Array): boolean {
    if (!this.#complete) return true
    this.#held += bytes.length + BLOCK_BYTES
    this.#blocks.push({ after, bytes })
    if (this.#held <= MAX_BYTES) return true
    this.#complete = false
    this.#blocks = []
    return false
  }

  /** The file again, a block after another, with those of its packets that are held and that a filter lets through. */
  *file(trace: Trace, filter: CompiledFilter | undefined): Generator<Uint8Array> {
    let next = 0
    for (let number = Math.max(1, trace.first); number <= trace.last; number++) {
      for (; (this.#blocks[next]?.after ?? number) < number; next++) yield this.#bytes(next)
      const frame = trace.frame(number)
      // What was never a packet of the file came with one of its blocks.
      if (!(frame?.record instanceof PcapngRecord)) continue
      if (filter !== undefined) {
        const packet = trace.packet(number)
        if (typeof packet === 'string' || !filter.matches(packet)) {
          yield NOTHING
          continue
        }
      }
      yield frame.record.block(frame)
    }
    for (; next < this.#blocks.length; next++) yield this.#bytes(next)
  }

  #bytes(at: number): Uint8Array {
    return this.#blocks[at]?.bytes ?? NOTHING
  }
}

/** Says that one packet was passed over: whoever reads may look at the clock. */
const NOTHING = new Uint8Array(0)
