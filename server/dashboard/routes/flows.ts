/** Conversations, Engine.IO sessions, and what the services say they did. */
import { Type } from 'typebox'
import type { EventList, FlowList, FlowNode, SessionList } from '../api.ts'
import type { FlowSamples } from '../api-network.ts'
import type { App, Dependencies } from '../app.ts'
import { notFound } from '../refusals.ts'
import { At, CaptureId, FilterText, match, traceAt, traceOf, viewOf } from '../selection.ts'

const PATIENCE_MS = 20_000

const UNTOLD =
  "Only hosts of the lab network tell what they know of themselves: the kernel's TCP keeps it to itself, and it is never on the wire."
const NO_STATE = 'UDP keeps no state to tell of: each datagram is sent and forgotten.'
const NO_SAMPLES = 'Neither end has told anything that is still held.'

export function flowRoutes(api: App, deps: Dependencies): void {
  const CaptureQuery = Type.Object({ capture: CaptureId, at: At }, { additionalProperties: false })

  api.get('/flows', { schema: { querystring: CaptureQuery } }, async (request): Promise<FlowList> => {
    const { capture, at } = request.query
    return { flows: (await traceAt(deps.captures, capture, at)).flows.list() }
  })

  const FlowParams = Type.Object({ id: Type.String({ pattern: '^(tcp|udp)\\.[0-9]{1,15}$' }) })
  const oneFlow = { schema: { params: FlowParams, querystring: CaptureQuery } }
  const known = async (id: string, capture: string | undefined, at: At): Promise<FlowNode> => {
    const flow = (await traceAt(deps.captures, capture, at)).flows.get(id)
    if (flow === undefined) throw notFound(`there is no conversation ${id}, or it is no longer held`)
    return flow
  }

  api.get('/flows/:id', oneFlow, (request): Promise<FlowNode> => {
    return known(request.params.id, request.query.capture, request.query.at)
  })

  api.get('/flows/:id/samples', oneFlow, async (request): Promise<FlowSamples> => {
    const { capture, at } = request.query
    const flow = await known(request.params.id, capture, at)
    const file = deps.captures.file(capture)
    const samples =
      file === undefined ? deps.samples : file.session?.network === 'lab' ? file.samples : undefined
    if (samples === undefined) return { flow: flow.id, client: [], server: [], note: UNTOLD }
    const since = Number(flow.firstTime) * 1000
    const client = samples.of(flow.client, flow.server, since)
    const server = samples.of(flow.server, flow.client, since)
    const none = client.length === 0 && server.length === 0
    return {
      flow: flow.id,
      client,
      server,
      note: none ? (flow.transport === 'udp' ? NO_STATE : NO_SAMPLES) : null,
    }
  })

  api.get('/sessions', { schema: { querystring: CaptureQuery } }, async (request): Promise<SessionList> => {
    const { capture, at } = request.query
    return { sessions: (await traceAt(deps.captures, capture, at)).sessions() }
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
