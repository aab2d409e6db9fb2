/** What was seen, to take along: for Wireshark as pcapng, whole or going on as frames arrive; for programs as JSON. */
import { Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Type } from 'typebox'
import { type CompiledFilter, compileFilter } from '../../trace/filter.ts'
import type { Trace } from '../../trace/trace.ts'
import type { App, Dependencies } from '../app.ts'
import { captureExport, lookAtNetwork } from '../capture-export.ts'
import { exported } from '../export-stream.ts'
import { jsonExport } from '../json-export.ts'
import type { KeptBlocks } from '../kept-blocks.ts'
import { At, CaptureId, FilterText, match, SLICE_MS, traceAt, viewOf } from '../selection.ts'

/** Handed to the socket at once: one write a block would cost more than the block. */
const BATCH_BYTES = 64 * 1024

/** A tree is some ten times its packet. */
const JSON_PACKETS = { usual: 5000, most: 50_000 }
const JSON_PATIENCE_MS = 20_000

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
    const { capture, at, filter: text, follow } = request.query
    const trace = await traceAt(deps.captures, capture, at)
    // A bad filter must be said before the first byte.
    viewOf(trace, text)
    const filter = text === undefined || text.trim() === '' ? undefined : compileFilter(text.trim())
    const gone = new AbortController()
    const release = at === 'server' ? deps.captures.otherEnd?.hold() : undefined
    const file = deps.captures.file(capture)
    if (file === undefined) await lookAtNetwork(deps)
    const blocks = file?.blocks.complete
      ? inBatches(file.blocks, trace, filter)
      : exported({
          ...captureExport({
            trace,
            deps,
            live: file === undefined,
            at: at ?? 'client',
            filtered: filter !== undefined,
          }),
          trace,
          filter,
          follow: follow === '1' && file === undefined ? gone.signal : undefined,
        })
    reply.raw.once('close', () => {
      gone.abort()
      release?.()
    })
    return reply
      .type('application/x-pcapng')
      .header('content-disposition', 'attachment; filename="wirelab.pcapng"')
      .send(Readable.from(blocks, { objectMode: false, highWaterMark: BATCH_BYTES }))
  })

  const JsonQuery = Type.Object(
    {
      capture: CaptureId,
      at: At,
      filter: FilterText,
      /** The newest so many matches. */
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: JSON_PACKETS.most })),
    },
    { additionalProperties: false },
  )
  api.get('/packets.json', { schema: { querystring: JsonQuery } }, async (request, reply) => {
    const { capture, at, filter, limit = JSON_PACKETS.usual } = request.query
    const trace = await traceAt(deps.captures, capture, at)
    const view = viewOf(trace, filter)
    await match(view, JSON_PATIENCE_MS, request.signal)
    const { numbers } = view.page({ before: Number.MAX_SAFE_INTEGER, limit })
    const release = at === 'server' ? deps.captures.otherEnd?.hold() : undefined
    reply.raw.once('close', () => release?.())
    return reply
      .type('application/json')
      .header('content-disposition', 'attachment; filename="wirelab.json"')
      .send(Readable.from(jsonExport(trace, numbers), { objectMode: false, highWaterMark: BATCH_BYTES }))
  })
}

/** An opened file as it was. */
async function* inBatches(
  kept: KeptBlocks,
  trace: Trace,
  filter: CompiledFilter | undefined,
): AsyncGenerator<Uint8Array> {
  let batch: Uint8Array[] = []
  let held = 0
  let sliceEnd = performance.now() + SLICE_MS
  for (const block of kept.file(trace, filter)) {
    batch.push(block)
    held += block.length
    if (held >= BATCH_BYTES) {
      yield Buffer.concat(batch)
      batch = []
      held = 0
    } else if (performance.now() > sliceEnd) {
      await nextTurn()
      sliceEnd = performance.now() + SLICE_MS
    }
  }
  yield Buffer.concat(batch)
}
