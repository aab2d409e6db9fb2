/** Which packets a request is about: a capture, and a filter matched a slice of time after another. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Type } from 'typebox'
import { RequestError } from '../errors.ts'
import { compileFilter } from '../trace/filter.ts'
import type { Trace } from '../trace/trace.ts'
import type { End } from '../trace/vantage.ts'
import type { View } from '../trace/view.ts'
import type { Captures, OtherEnd } from './captures.ts'
import { badRequest } from './refusals.ts'

/** Longer filters than any person writes would only burn time. */
export const MAX_FILTER_LENGTH = 4096

export const CaptureId = Type.Optional(Type.String({ maxLength: 20 }))
/** At which end of the lab network's cables the capture is thought to stand. */
export const At = Type.Optional(Type.Union([Type.Literal('client'), Type.Literal('server')]))
export type At = End | undefined
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

/** As seen at an end, with all that was held; the servers' trace is made when it is first asked for. */
export async function traceAt(captures: Captures, id: string | undefined, at: At): Promise<Trace> {
  return at === 'server' ? otherEndOf(captures, id).wholeServer() : traceOf(captures, id)
}

/** Throws a RequestError where there is no such end to look from. */
export function otherEndOf(captures: Captures, id: string | undefined): OtherEnd {
  const trace = traceOf(captures, id)
  const { otherEnd } = captures
  if (trace === captures.live && otherEnd !== undefined) return otherEnd
  const message =
    trace === captures.live
      ? "at=server: on the kernel's network both ends are one host, and there is one capture; start with --network lab"
      : 'at=server: a file holds what one end saw'
  throw badRequest('at', message, 'client')
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
