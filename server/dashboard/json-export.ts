/** Packets with their trees as one JSON array: what `GET /api/packets/N` answers for each, one a line. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Trace } from '../trace/trace.ts'
import { SLICE_MS } from './selection.ts'

/** Handed to the socket at once: one write a packet would cost more than the packet. */
const BATCH_CHARACTERS = 64 * 1024

/** In batches; a slow reader is waited for. What was evicted until its turn came is left out. */
export async function* jsonExport(trace: Trace, numbers: readonly number[]): AsyncGenerator<string> {
  let batch = '['
  let separator = '\n'
  let sliceEnd = performance.now() + SLICE_MS
  for (const number of numbers) {
    const detail = trace.detail(number)
    if (typeof detail === 'string') continue
    batch += separator + JSON.stringify(detail)
    separator = ',\n'
    if (batch.length >= BATCH_CHARACTERS) {
      yield batch
      batch = ''
    }
    if (performance.now() > sliceEnd) {
      await nextTurn()
      sliceEnd = performance.now() + SLICE_MS
    }
  }
  yield `${batch}\n]\n`
}
