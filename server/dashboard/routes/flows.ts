/** Conversations, Engine.IO sessions, and what the services say they did. */
import { Type } from 'typebox'
import type { EventList, FlowList, FlowNode, SessionList } from '../api.ts'
import type { App, Dependencies } from '../app.ts'
import { notFound } from '../refusals.ts'
import { CaptureId, FilterText, match, traceOf, viewOf } from '../selection.ts'

const PATIENCE_MS = 20_000

export function flowRoutes(api: App, deps: Dependencies): void {
  const CaptureQuery = Type.Object({ capture: CaptureId }, { additionalProperties: false })

  api.get('/flows', { schema: { querystring: CaptureQuery } }, (request): FlowList => {
    return { flows: traceOf(deps.captures, request.query.capture).flows.list() }
  })

  const FlowParams = Type.Object({ id: Type.String({ pattern: '^(tcp|udp)\\.[0-9]{1,15}$' }) })
  api.get(
    '/flows/:id',
    { schema: { params: FlowParams, querystring: CaptureQuery } },
    (request): FlowNode => {
      const { id } = request.params
      const flow = traceOf(deps.captures, request.query.capture).flows.get(id)
      if (flow === undefined) throw notFound(`there is no conversation ${id}, or it is no longer held`)
      return flow
    },
  )

  api.get('/sessions', { schema: { querystring: CaptureQuery } }, (request): SessionList => {
    return { sessions: traceOf(deps.captures, request.query.capture).sessions() }
  })

  const Word = Type.Optional(Type.String({ maxLength: 200 }))
  const EventQuery = Type.Object(
    {
      capture: CaptureId,
      filter: FilterText,
      service: Word,
      kind: Word,
      event: Word,
      after: Type.Optional(Type.Integer({ minimum: 0 })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
    },
    { additionalProperties: false },
  )
  // With `filter`, events whose packet matches it: those that no packet carried have nothing to match.
  api.get('/events', { schema: { querystring: EventQuery } }, async (request): Promise<EventList> => {
    const { capture, filter, service, kind, event, after = 0, limit = 1000 } = request.query
    const trace = traceOf(deps.captures, capture)
    let events = trace.events
      .list()
      .filter(
        (node) =>
          node.id > after &&
          (service === undefined || node.service === service) &&
          (kind === undefined || node.kind === kind) &&
          (event === undefined || node.event === event),
      )
    if (filter !== undefined && filter.trim() !== '') {
      const view = viewOf(trace, filter)
      await match(view, PATIENCE_MS, request.signal)
      events = events.filter(({ packet }) => {
        if (packet === null) return false
        return view.page({ after: packet - 1, limit: 1 }).numbers[0] === packet
      })
    }
    return { events: events.slice(-limit) }
  })
}
