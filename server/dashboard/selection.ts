/** Which packets a request is about: a capture, and a filter matched a slice of time after another. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Type } from 'typebox'
import { RequestError } from '../errors.ts'
import { compileFilter } from '../trace/filter.ts'
import type { Trace } from '../trace/trace.ts'
import type { View } from '../trace/view.ts'
import type { Captures } from './captures.ts'

/** Longer filters than any person writes would only burn time. */
export const MAX_FILTER_LENGTH = 4096

export const CaptureId = Type.Optional(Type.String({ maxLength: 20 }))
export const FilterText = Type.Optional(Type.String({ maxLength: MAX_FILTER_LENGTH }))
export const PacketNumber = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })

/** Work of one turn of the event loop: between slices frames, feeds and other requests have their turn. */
export const SLICE_MS = 8

export function traceOf(captures: Captures, id: string | undefined): Trace {
  const trace = captures.get(id)
  if (trace !== undefined) return trace
  const message = `no capture ${JSON.stringify(id)} is open; GET /api/captures lists what is`
  throw new RequestError(404, { code: 'not-found', field: 'capture', message })
}

/** The view of a filter's text; an empty one selects everything. Throws a FilterError for a bad one. */
export function viewOf(trace: Trace, filter: string | undefined): View {
  const text = filter?.trim() ?? ''
  return trace.view(text === '' ? undefined : compileFilter(text))
}

/** Matches what the trace holds, in slices, until all is tried, the time is up or nobody waits any more. */
export async function match(view: View, limitMs: number, signal?: AbortSignal): Promise<void> {
  const until = performance.now() + limitMs
  while (!view.complete) {
    view.advance(SLICE_MS)
    if (view.complete || performance.now() > until || signal?.aborted) return
    await nextTurn()
  }
}
