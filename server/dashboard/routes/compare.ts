/** Messages from a client of our own: one to a service, or the same one over every transport. */
import { Type } from 'typebox'
import { measure } from '../../compare/measure.ts'
import { RequestError } from '../../errors.ts'
import type { SendResult, ServiceNode } from '../api.ts'
import type { CompareResult, CompareTransport, TransportId } from '../api-compare.ts'
import type { App, Dependencies } from '../app.ts'
import { badRequest } from '../refusals.ts'

const TIMEOUT_MS = 5000
/** A UDP datagram over IPv4 carries no more (RFC 768, RFC 791 §3.1: 65,535 less both headers). */
const MAX_MESSAGE_BYTES = 65_507

const NAMES: Readonly<Record<TransportId, string>> = {
  tcp: 'TCP',
  udp: 'UDP',
  websocket: 'WebSocket',
  'socket.io-polling': 'Socket.IO, polling',
  'socket.io-websocket': 'Socket.IO, websocket',
}
const TRANSPORTS = Object.keys(NAMES) as TransportId[]

const TRANSPORT_OF: Readonly<Record<string, TransportId>> = {
  hub: 'socket.io-websocket',
  'tcp-echo': 'tcp',
  'udp-echo': 'udp',
  'websocket-echo': 'websocket',
}

const Message = Type.String({ minLength: 1, maxLength: MAX_MESSAGE_BYTES })

export function compareRoutes(api: App, deps: Dependencies): void {
  const Send = Type.Object(
    { service: Type.String(), message: Message, run: Type.Optional(Type.String({ maxLength: 80 })) },
    { additionalProperties: false },
  )
  api.post('/send', { schema: { body: Send } }, async (request): Promise<SendResult> => {
    const { service, message, run } = request.body
    checkSize(message)
    const transport = Object.hasOwn(TRANSPORT_OF, service) ? TRANSPORT_OF[service] : undefined
    if (transport === undefined)
      throw badRequest('service', `no message can be sent to ${service}`, serviceNames())
    if (run === undefined) checkListening(deps.status().services, service)
    const exchange = await deps.bench.exchange({
      transport,
      message,
      timeoutMs: TIMEOUT_MS,
      ...(run !== undefined && { run }),
    })
    if (exchange.error !== null) throw new RequestError(502, { code: 'no-answer', message: exchange.error })
    return { reply: exchange.reply, flow: exchange.clients.at(-1) ?? null }
  })

  const Compare = Type.Object(
    {
      message: Message,
      transports: Type.Optional(
        Type.Array(Type.Union(TRANSPORTS.map((id) => Type.Literal(id))), { minItems: 1, maxItems: 5 }),
      ),
    },
    { additionalProperties: false },
  )
  api.post('/compare', { schema: { body: Compare } }, async (request): Promise<CompareResult> => {
    const { message, transports = TRANSPORTS } = request.body
    checkSize(message)
    const results: CompareTransport[] = []
    // One after the other, so that none waits for another's packets.
    for (const id of new Set(transports)) results.push(await compareOne(deps, id, message))
    const { state, message: why } = deps.status().capture
    const captured = state === 'running'
    return {
      message,
      messageBytes: Buffer.byteLength(message),
      captured,
      note: captured ? null : `What was on the wire is unknown: there is no capture. ${why}`,
      transports: results,
    }
  })
}

async function compareOne(deps: Dependencies, id: TransportId, message: string): Promise<CompareTransport> {
  const trace = deps.captures.live
  const from = trace.last
  const captured = deps.status().capture.state === 'running'
  const exchange = await deps.bench.exchange({ transport: id, message, timeoutMs: TIMEOUT_MS })
  const measured = captured ? await measure(trace, exchange, message, { from }) : undefined
  return {
    id,
    name: NAMES[id],
    error: exchange.error,
    flows: measured?.flows ?? [],
    programTime: exchange.programTime,
    wire: measured?.wire ?? null,
  }
}

function checkSize(message: string): void {
  const bytes = Buffer.byteLength(message)
  if (bytes <= MAX_MESSAGE_BYTES) return
  throw badRequest('message', `expected at most ${MAX_MESSAGE_BYTES} bytes as UTF-8, found ${bytes}`)
}

function checkListening(services: readonly ServiceNode[], name: string): void {
  const service = services.find((node) => node.name === name)
  if (service?.state === 'listening') return
  const message = `${name} is not listening${service?.note ? `: ${service.note}` : ''}`
  throw new RequestError(502, { code: 'no-answer', message })
}

function serviceNames(): string {
  return `one of ${Object.keys(TRANSPORT_OF).join(', ')}`
}
