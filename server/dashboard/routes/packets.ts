/** The packet list by pages, and one packet to the last bit. */
import { Type } from 'typebox'
import { RequestError } from '../../errors.ts'
import type { PacketPage, Row } from '../api.ts'
import type { App, Dependencies } from '../app.ts'
import { notFound } from '../refusals.ts'
import { At, CaptureId, FilterText, match, PacketNumber, traceAt, viewOf } from '../selection.ts'

const DEFAULT_LIMIT = 100

/** A page that took longer than this to match answers with what was found, and `complete: false`. */
const PATIENCE_MS = 20_000

export function packetRoutes(api: App, deps: Dependencies): void {
  const PageQuery = Type.Object(
    {
      capture: CaptureId,
      at: At,
      filter: FilterText,
      after: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
      before: Type.Optional(PacketNumber),
      /** From this place among the matches held; `after` and `before` take precedence. */
      index: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
    },
    { additionalProperties: false },
  )
  api.get('/packets', { schema: { querystring: PageQuery } }, async (request): Promise<PacketPage> => {
    const { capture, at, filter, after, before, index, limit = DEFAULT_LIMIT } = request.query
    const trace = await traceAt(deps.captures, capture, at)
    const view = viewOf(trace, filter)
    await match(view, PATIENCE_MS, request.signal)
    const page = view.page({
      limit,
      ...(index !== undefined && { index }),
      ...(after !== undefined && { after }),
      ...(before !== undefined && { before }),
    })
    const packets = page.numbers.flatMap((number): Row | Row[] => trace.row(number) ?? [])
    return {
      run: trace.run,
      total: view.total,
      first: trace.first,
      last: trace.last,
      index: page.index,
      complete: view.complete,
      packets,
    }
  })

  const OneParams = Type.Object({ number: PacketNumber }, { additionalProperties: false })
  const OneQuery = Type.Object({ capture: CaptureId, at: At }, { additionalProperties: false })
  api.get('/packets/:number', { schema: { params: OneParams, querystring: OneQuery } }, async (request) => {
    const { number } = request.params
    const trace = await traceAt(deps.captures, request.query.capture, request.query.at)
    const detail = trace.detail(number)
    if (detail === 'evicted') {
      const message = `packet ${number} made room for newer ones; the oldest still held is ${trace.first}`
      throw new RequestError(410, { code: 'evicted', message, field: 'number' })
    }
    if (detail === 'unknown') throw notFound(`there is no packet ${number} yet; the newest is ${trace.last}`)
    return detail
  })
}
