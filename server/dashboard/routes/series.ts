/** One conversation as points for charts. */
import { Type } from 'typebox'
import { readSeries } from '../../trace/flow-series.ts'
import type { FlowSeries } from '../api-series.ts'
import type { App, Dependencies } from '../app.ts'
import { notFound } from '../refusals.ts'
import { At, CaptureId, PacketNumber, traceAt } from '../selection.ts'

/** A conversation that takes longer than this to read answers with what was read, and `complete: false`. */
const PATIENCE_MS = 10_000

export function seriesRoutes(api: App, deps: Dependencies): void {
  const Params = Type.Object({ id: Type.String({ pattern: '^(tcp|udp)\\.[0-9]{1,15}$' }) })
  const Query = Type.Object(
    {
      capture: CaptureId,
      at: At,
      after: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
      until: Type.Optional(PacketNumber),
      bin: Type.Optional(Type.Number({ minimum: 0.001, maximum: 86_400 })),
    },
    { additionalProperties: false },
  )
  api.get(
    '/flows/:id/series',
    { schema: { params: Params, querystring: Query } },
    async (request): Promise<FlowSeries> => {
      const { capture, at, after = 0, until = Number.MAX_SAFE_INTEGER, bin } = request.query
      const trace = await traceAt(deps.captures, capture, at)
      const flow = trace.flows.get(request.params.id)
      if (flow === undefined)
        throw notFound(`there is no conversation ${request.params.id}, or it is no longer held`)
      const { signal } = request
      return readSeries(trace, flow, { after, until, bin, patienceMs: PATIENCE_MS, signal })
    },
  )
}
