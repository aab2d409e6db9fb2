/**
 * Which response answers which request: by order, since HTTP/1.1 has no other tie (RFC 9112 §9.3.2). Changed only on
 * the first pass.
 */
import type { Flow, FlowEnd } from './conversation.ts'
import { closeWithFlow, type EngineLink, joinFlow, sessionOf } from './engine-session.ts'
import { asksUpgrade, type Scan } from './http-framing.ts'
import { headerValue, type RequestHead } from './http-head.ts'
import type { Packet } from './packet.ts'

/** A request that was seen, and its final response once that was. */
export interface Exchange {
  readonly number: number
  readonly frame: number
  readonly time: bigint
  readonly method: string
  /** With scheme and host, where those are known. */
  readonly uri: string
  readonly upgrade: boolean
  /** Set when it is a request of Engine.IO's: its URI says so. */
  readonly link: EngineLink | undefined
  response: { readonly frame: number; readonly time: bigint } | undefined
}

/** What is remembered of one message. */
export interface Remembered {
  readonly fromClient: boolean
  /** The request itself, or the one that a response answers; undefined when that was not seen. */
  readonly exchange: Exchange | undefined
  /** Which response of the connection this is; 0 for requests. */
  readonly number: number
  /** For a response that came while its request was still being sent: that request, once it is whole. */
  late: Exchange | undefined
}

/** What is remembered of bytes that are no whole message. */
export function noMessage(fromClient: boolean): Remembered {
  return { fromClient, exchange: undefined, number: 0, late: undefined }
}

/** Requests that wait for their response on one side of a connection. */
interface Waiting {
  readonly queue: Exchange[]
  /** Responses, `100 Continue` among them, that came before their request was whole. */
  readonly early: {
    readonly told: Remembered
    readonly code: number
    readonly frame: number
    readonly time: bigint
  }[]
  /** Requests behind a full queue: their responses are passed over, so that the order stays right. */
  unqueued: number
}

export interface Side {
  scan: Scan | undefined
  /** Bytes still to come of a body too long to wait for. */
  longBody: number
  requests: number
  responses: number
  readonly waiting: Waiting
}

/** What is known of a connection's HTTP, by who sends: the client's side, the server's. */
export interface HttpState {
  readonly client: Side
  readonly server: Side
}

/** More requests than any client sends ahead. */
const MAX_WAITING = 1000
const MAX_EARLY = 16

export function httpState(flow: Flow): HttpState {
  let state = flow.state.get('http') as HttpState | undefined
  if (state === undefined) {
    state = { client: newSide(), server: newSide() }
    flow.state.set('http', state)
    const sides = [state.client, state.server]
    flow.whenEnding = (end) => {
      for (const { waiting } of sides) for (const { link } of waiting.queue) endPolling(link, end)
    }
  }
  return state
}

/** A request of a polling session that will have no answer: the server gives the session up (engine.io's `polling.ts`). */
function endPolling(link: EngineLink | undefined, end: FlowEnd): void {
  const session = link?.session
  if (link?.transport !== 'polling' || session?.state !== 'open') return
  if (session.transport === 'polling') closeWithFlow(session, end)
}

function newSide(): Side {
  return {
    scan: undefined,
    longBody: 0,
    requests: 0,
    responses: 0,
    waiting: { queue: [], early: [], unqueued: 0 },
  }
}

/** The request that the next response to `asker` answers. */
export function awaited(asker: Side): Exchange | undefined {
  return asker.waiting.queue[0]
}

/** Whether what `side` sends now depends on an answer to its last request: it may no longer be HTTP. */
export function awaitsUpgrade(side: Side): boolean {
  return side.waiting.queue.at(-1)?.upgrade ?? false
}

/** Records a request, and queues it for its response. */
export function recordRequest(packet: Packet, flow: Flow, head: RequestHead, asker: Side): Exchange {
  const exchange: Exchange = {
    number: ++asker.requests,
    frame: packet.number,
    time: packet.time,
    method: head.method,
    uri: fullUri(head),
    upgrade: asksUpgrade(head),
    link: engineLink(packet, flow, head),
    response: undefined,
  }
  const { waiting } = asker
  for (const { told, code, frame, time } of waiting.early.splice(0)) {
    told.late = exchange
    if (isFinal(code)) exchange.response = { frame, time }
  }
  if (exchange.response !== undefined) return exchange
  if (waiting.unqueued === 0 && waiting.queue.length < MAX_WAITING) waiting.queue.push(exchange)
  else waiting.unqueued++
  return exchange
}

/** Finds the request that a response answers, or has it wait for one that is still being sent. */
export function recordResponse(packet: Packet, code: number, answerer: Side, asker: Side): Remembered {
  const { waiting } = asker
  const exchange = isFinal(code) ? waiting.queue.shift() : waiting.queue[0]
  if (exchange !== undefined && isFinal(code)) exchange.response = { frame: packet.number, time: packet.time }
  // Who asks is the client, whichever side the capture saw first.
  const told: Remembered = { fromClient: false, exchange, number: ++answerer.responses, late: undefined }
  if (exchange !== undefined) return told
  if (waiting.unqueued > 0 && isFinal(code)) waiting.unqueued--
  else if (asker.scan !== undefined && asker.scan.phase !== 'start' && waiting.early.length < MAX_EARLY) {
    waiting.early.push({ told, code, frame: packet.number, time: packet.time })
  }
  return told
}

/** A 1xx other than 101 is not the last word (RFC 9110 §15.2). */
function isFinal(code: number): boolean {
  return code >= 200 || code === 101
}

/** The absolute form of a request's target (RFC 9112 §3.3). */
export function fullUri(head: RequestHead): string {
  const host = headerValue(head, 'host')
  return host === undefined || !head.uri.startsWith('/') ? head.uri : `http://${host}${head.uri}`
}

/** Engine.IO's requests are known by `EIO` in the query, or by the usual path and a transport. */
function engineLink(packet: Packet, flow: Flow, head: RequestHead): EngineLink | undefined {
  const mark = head.uri.indexOf('?')
  if (mark < 0) return undefined
  const query = head.uri.slice(mark + 1)
  const version = parameter(query, 'EIO')
  const transport = parameter(query, 'transport')
  if (transport === undefined || (version === undefined && !USUAL_PATH.test(head.uri))) return undefined
  const said = version !== undefined && /^\d$/.test(version) ? Number(version) : 0
  const link: EngineLink = { transport, version: said, session: undefined, probe: undefined }
  const sid = parameter(query, 'sid')
  if (sid !== undefined && sid !== '') {
    // A websocket that names a session is at first only a trial: `5` makes the upgrade.
    link.session = sessionOf(packet.surroundings.conversations, sid, 'polling', packet.time)
    joinFlow(link.session, flow)
  }
  return link
}

const USUAL_PATH = /^\/(?:socket|engine)\.io\//

/** The first value of a query's parameter, undecoded; session ids and the like need no escapes. */
export function parameter(query: string, name: string): string | undefined {
  for (const pair of query.split('&')) if (pair.startsWith(`${name}=`)) return pair.slice(name.length + 1)
  return undefined
}
