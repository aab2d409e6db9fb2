/** What was seen, for Wireshark: pcapng, whole or going on as frames arrive. */
import { Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Type } from 'typebox'
import { labWriter, PcapngWriter } from '../../capture/pcapng-writer.ts'
import { type CompiledFilter, compileFilter } from '../../trace/filter.ts'
import type { Trace } from '../../trace/trace.ts'
import type { App, Dependencies } from '../app.ts'
import { At, CaptureId, FilterText, SLICE_MS, traceAt, viewOf } from '../selection.ts'

/** Handed to the socket at once: one write a frame would cost more than the frame. */
const BATCH_BYTES = 64 * 1024

export function exportRoutes(api: App, deps: Dependencies): void {
  const Query = Type.Object(
    {
      capture: CaptureId,
      at: At,
      filter: FilterText,
      follow: Type.Optional(Type.Union([Type.Literal('0'), Type.Literal('1')])),
    },
    { additionalProperties: false },
  )
  api.get('/capture.pcapng', { schema: { querystring: Query } }, async (request, reply) => {
    const { capture, at, filter, follow } = request.query
    const trace = await traceAt(deps.captures, capture, at)
    // A bad filter must be said before the first byte.
    viewOf(trace, filter)
    const text = filter?.trim() ?? ''
    const compiled = text === '' ? undefined : compileFilter(text)
    const gone = new AbortController()
    const release = at === 'server' ? deps.captures.otherEnd?.hold() : undefined
    const live = capture === undefined || capture === 'live'
    const lab = live ? deps.captures.otherEnd !== undefined : trace.transit(trace.last) !== undefined
    const writer = lab ? labWriter(at ?? 'client') : new PcapngWriter()
    const packets = exported(trace, writer, compiled, follow === '1' ? gone.signal : undefined)
    const blocks = Readable.from(packets, { objectMode: false, highWaterMark: BATCH_BYTES })
    reply.raw.once('close', () => {
      gone.abort()
      release?.()
    })
    return reply
      .type('application/x-pcapng')
      .header('content-disposition', 'attachment; filename="wirelab.pcapng"')
      .send(blocks)
  })
}

/**
 * The frames from the oldest held on, in batches; a slow reader is waited for, and misses what was evicted
 * meanwhile. With `follow` it goes on until that says that the reader is gone.
 */
async function* exported(
  trace: Trace,
  writer: PcapngWriter,
  filter: CompiledFilter | undefined,
  follow: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  let batch: Uint8Array[] = [writer.begin(trace.frame(trace.first)?.linkType)]
  let held = 0
  let next = Math.max(1, trace.first)
  let last = trace.last
  let sliceEnd = performance.now() + SLICE_MS
  for (;;) {
    for (; next <= last; next++) {
      if (next < trace.first) next = trace.first
      const frame = trace.frame(next)
      // A capture there would not hold what did not come there.
      const seen = frame !== undefined && frame.transit?.seen !== false
      if (seen && (filter === undefined || passes(trace, filter, next))) {
        const block = writer.packet(frame)
        batch.push(block)
        held += block.length
      }
      if (held >= BATCH_BYTES) {
        yield Buffer.concat(batch)
        batch = []
        held = 0
      } else if (performance.now() > sliceEnd) {
        await nextTurn()
        sliceEnd = performance.now() + SLICE_MS
      }
    }
    if (batch.length > 0) yield Buffer.concat(batch)
    batch = []
    held = 0
    if (follow === undefined || follow.aborted) return
    if (trace.last === last) await change(trace, follow)
    last = trace.last
  }
}

function passes(trace: Trace, filter: CompiledFilter, number: number): boolean {
  const packet = trace.packet(number)
  return typeof packet !== 'string' && filter.matches(packet)
}

/** The next frame, or the reader's going. */
function change(trace: Trace, gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stop()
      gone.removeEventListener('abort', done)
      resolve()
    }
    const stop = trace.onChange(done)
    gone.addEventListener('abort', done)
  })
}
