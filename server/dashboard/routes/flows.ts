/** Conversations, Engine.IO sessions, and what the services say they did. */
import { Type } from 'typebox'
import type { EventList, FlowList, FlowNode, SessionList } from '../api.ts'
import type { FlowSamples, SampleNode } from '../api-network.ts'
import type { App, Dependencies } from '../app.ts'
import { eventsAsOf, held } from '../as-of.ts'
import { notFound } from '../refusals.ts'
import { At, CaptureId, FilterText, match, PacketNumber, traceAt, traceOf, viewOf } from '../selection.ts'

const PATIENCE_MS = 20_000
const Closed = { additionalProperties: false } as const
/** As it was just behind this packet. */
const Until = Type.Optional(PacketNumber)

const UNTOLD =
  "Only hosts of the lab network tell what they know of themselves: the kernel's TCP keeps it to itself, and it is never on the wire."
const NO_STATE = 'UDP keeps no state to tell of: each datagram is sent and forgotten.'
const NO_SAMPLES = 'Neither end has told anything that is still held.'

export function flowRoutes(api: App, deps: Dependencies): void {
  const CaptureQuery = Type.Object({ capture: CaptureId, at: At }, Closed)

  const Limit = Type.Optional(Type.Integer({ minimum: 1, maximum: 20_000 }))
  // With `until` as they stood just behind that packet; with `limit` those that were active last, the latest first.
  const FlowQuery = Type.Object({ capture: CaptureId, at: At, until: Until, limit: Limit }, Closed)
  api.get('/flows', { schema: { querystring: FlowQuery } }, async (request): Promise<FlowList> => {
    const { capture, at, until, limit } = request.query
    const trace = await traceAt(deps.captures, capture, at)
    if (until !== undefined) return { flows: await trace.past.flows(held(trace, until), limit) }
    return { flows: limit === undefined ? trace.flows.list() : trace.flows.latest(limit) }
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

  const Since = Type.Optional(Type.Number({ minimum: 0 }))
  const SamplesQuery = Type.Object({ capture: CaptureId, at: At, since: Since, limit: Limit }, Closed)
  const someSamples = { schema: { params: FlowParams, querystring: SamplesQuery } }
  // With `since`, epoch milliseconds, those that were told later; with `limit` the newest of each end.
  api.get('/flows/:id/samples', someSamples, async (request): Promise<FlowSamples> => {
    const { capture, at, since = 0, limit = Number.POSITIVE_INFINITY } = request.query
    const flow = await known(request.params.id, capture, at)
    const file = deps.captures.file(capture)
    const samples =
      file === undefined ? deps.samples : file.session?.network === 'lab' ? file.samples : undefined
    if (samples === undefined) return { flow: flow.id, client: [], server: [], note: UNTOLD }
    const begun = Number(flow.firstTime) * 1000
    const client = samples.of(flow.client, flow.server, begun)
    const server = samples.of(flow.server, flow.client, begun)
    const none = client.length === 0 && server.length === 0
    const told = ({ time }: SampleNode) => time > since
    return {
      flow: flow.id,
      client: client.filter(told).slice(-limit),
      server: server.filter(told).slice(-limit),
      note: none ? (flow.transport === 'udp' ? NO_STATE : NO_SAMPLES) : null,
    }
  })

  const SessionQuery = Type.Object({ capture: CaptureId, at: At, until: Until }, Closed)
  api.get('/sessions', { schema: { querystring: SessionQuery } }, async (request): Promise<SessionList> => {
    const { capture, at, until } = request.query
    const trace = await traceAt(deps.captures, capture, at)
    return {
      sessions: until === undefined ? trace.sessions() : trace.past.sessions(held(trace, until)),
    }
  })

  const Word = Type.Optional(Type.String({ maxLength: 200 }))
  const EventQuery = Type.Object(
    {
      capture: CaptureId,
      /** Whose numbers `until` is meant in: events themselves are the services'. */
      at: At,
      until: Until,
      filter: FilterText,
      service: Word,
      kind: Word,
      event: Word,
      after: Type.Optional(Type.Integer({ minimum: 0 })),
      before: Type.Optional(Type.Integer({ minimum: 0 })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
    },
    Closed,
  )
  // With `filter`, events whose packet matches it: those that no packet carried have nothing to match.
  api.get('/events', { schema: { querystring: EventQuery } }, async (request): Promise<EventList> => {
    const {
      capture,
      at,
      until,
      filter,
      service,
      kind,
      event,
      after = 0,
      before,
      limit = 1000,
    } = request.query
    const trace = traceOf(deps.captures, capture)
    const told =
      until === undefined
        ? trace.events.list()
        : eventsAsOf(await traceAt(deps.captures, capture, at), until, trace.events.list())
    let events = told.filter(
      (node) =>
        node.id > after &&
        (before === undefined || node.id < before) &&
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
