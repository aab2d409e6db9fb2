/** A capture's packets as the blocks of a pcapng file: what is held, and what comes, until told otherwise. */
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'
import { statisticsBlock } from '../capture/pcapng-writer.ts'
import { epochNow } from '../services/application-events.ts'
import type { CompiledFilter } from '../trace/filter.ts'
import type { Trace } from '../trace/trace.ts'
import { SLICE_MS } from './selection.ts'
import type { SessionExport } from './session-export.ts'

/** Handed on at once: one write a frame would cost more than the frame. */
const BATCH_BYTES = 64 * 1024
/**
 * What came is written so much later: by then most frames have come out of their cable, and most events have met
 * their packet, so that both stand with the packet itself. A file never lags behind by more than a second.
 */
const GATHER_MS = 250
/** What has no packet to go with is written all the same, once in a while. */
const QUIET_MS = 600

export interface ExportProgress {
  packets: number
  /** Evicted before whoever reads was ready for them. */
  missed: number
}

export interface ExportOptions {
  readonly trace: Trace
  /** What a file begins with. */
  readonly head: Uint8Array
  readonly session: SessionExport
  readonly filter: CompiledFilter | undefined
  /** Numbers of the packets; all when left out. */
  readonly only?: ReadonlySet<number>
  /** Goes on with what comes until this says that it is enough: then with all there is by then. */
  readonly follow: AbortSignal | undefined
  readonly progress?: ExportProgress
}

/** In batches of whole blocks; a slow reader is waited for, and told how much it has missed. */
export async function* exported(options: ExportOptions): AsyncGenerator<Uint8Array> {
  const { trace, head, session, filter, only, follow } = options
  const progress = options.progress ?? { packets: 0, missed: 0 }
  let batch: Uint8Array[] = [head]
  let held = 0
  let next = Math.max(1, trace.first)
  let sliceEnd = performance.now() + SLICE_MS
  const add = (blocks: readonly Uint8Array[]) => {
    for (const block of blocks) {
      batch.push(block)
      held += block.length
    }
  }
  const take = () => {
    const bytes = Buffer.concat(batch)
    batch = []
    held = 0
    return bytes
  }
  try {
    for (;;) {
      const enough = follow === undefined || follow.aborted
      const last = trace.last
      add(session.gather(enough))
      for (; next <= last; next++) {
        if (next < trace.first) {
          progress.missed += trace.first - next
          next = trace.first
          add([missedBlock(progress.missed)])
        }
        const frame = trace.frame(next)
        const wanted = only?.has(next) ?? (filter === undefined || passes(trace, filter, next))
        if (frame !== undefined && wanted) {
          // A capture there would not hold what did not come there.
          if (frame.transit?.seen === false) add(session.unseen(next, frame))
          else {
            add([session.packet(next, frame)])
            progress.packets++
          }
        }
        if (held >= BATCH_BYTES) yield take()
        else if (performance.now() > sliceEnd) {
          await nextTurn()
          sliceEnd = performance.now() + SLICE_MS
        }
      }
      add(session.rest())
      if (batch.length > 0) yield take()
      if (enough) return
      await change(trace, last, follow)
    }
  } finally {
    session.close()
  }
}

function passes(trace: Trace, filter: CompiledFilter, number: number): boolean {
  const packet = trace.packet(number)
  return typeof packet !== 'string' && filter.matches(packet)
}

function missedBlock(missed: number): Uint8Array {
  const comment = `lab: ${missed} packets were missed until here, since what was written was not taken in time`
  return statisticsBlock(epochNow(), { comments: [comment] }, missed)
}

/** Some time after the next packet, or a while, or as soon as it is enough. */
async function change(trace: Trace, last: number, enough: AbortSignal): Promise<void> {
  if (trace.last === last) {
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer)
        stop()
        enough.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, QUIET_MS)
      const stop = trace.onChange(done)
      enough.addEventListener('abort', done)
    })
  }
  await wait(GATHER_MS, undefined, { signal: enough }).catch(() => undefined)
}
