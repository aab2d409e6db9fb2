/**
 * Which response answers which request: by order, since HTTP/1.1 has no other tie (RFC 9112 §9.3.2). Changed only on
 * the first pass.
 */
import type { Flow, FlowEnd } from './conversation.ts'
import { closeWithFlow, type EngineLink, joinFlow, sessionOf } from './engine-session.ts'
import { asksUpgrade, type Scan } from './http-framing.ts'
import { headerValue, type RequestHead } from './http-head.ts'
import type { Packet } from './packet.ts'

/**
 * Where a request and its response stand among those of their connection; a response whose request was not seen has
 * a place of its own. Packet numbers, 0 while there is none: references would keep all of a long connection alive.
 */
export interface Place {
  /** Counts from 1. */
  readonly number: number
  readonly request: number
  /** The latest response, an interim one (1xx) until the final one came. */
  response: number
  readonly prevRequest: number
  nextRequest: number
  prevResponse: number
  nextResponse: number
}

/** A request that was seen, and its final response once that was. */
export interface Exchange {
  readonly place: Place
  readonly frame: number
  readonly time: bigint
  readonly method: string
  /** With scheme and host, where those are known; else as it was asked. */
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
  /** Undefined for what is no message, and for a notification. */
  place: Place | undefined
  /** For a response that came while its request was still being sent: that request, once it is whole. */
  late: Exchange | undefined
}

/** What is remembered of bytes that are no whole message. */
export function noMessage(fromClient: boolean): Remembered {
  return { fromClient, exchange: undefined, place: undefined, late: undefined }
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
  readonly waiting: Waiting
}

/** What is known of a connection's HTTP, by who sends: the client's side, the server's. */
export interface HttpState {
  readonly client: Side
  readonly server: Side
  /** The latest request or unasked response, and the latest response. */
  last: Place | undefined
  lastAnswered: Place | undefined
  /** Upgraded to a protocol that is not known here: what looks like HTTP from here on is none. */
  left: boolean
}

/** More requests than any client sends ahead. */
const MAX_WAITING = 1000
/** About what one of them costs beside its URI. */
const BYTES_PER_WAITING = 512
const MAX_EARLY = 16

export function httpState(flow: Flow): HttpState {
  let state = flow.state.get('http') as HttpState | undefined
  if (state === undefined) {
    state = { client: newSide(), server: newSide(), last: undefined, lastAnswered: undefined, left: false }
    flow.state.set('http', state)
    const sides = [state.client, state.server]
    flow.whenEnding = (end) => {
      for (const { waiting } of sides) for (const { link } of waiting.queue) endPolling(link, end)
    }
  }
  return state
}

/** Whether the connection speaks something else by now, of which only its name is known. */
export function hasLeft(flow: Flow): boolean {
  return (flow.state.get('http') as HttpState | undefined)?.left ?? false
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

/** The next place in line, for a request or an unasked response. */
function nextPlace(state: HttpState, request: number): Place {
  const { last } = state
  const place: Place = {
    number: (last?.number ?? 0) + 1,
    request,
    response: 0,
    prevRequest: last?.request ?? 0,
    nextRequest: 0,
    prevResponse: 0,
    nextResponse: 0,
  }
  if (last !== undefined) last.nextRequest = request
  state.last = place
  return place
}

/** Puts a response in its place, and ties it to the response before. */
function answerAt(state: HttpState, place: Place, frame: number): void {
  const before = state.lastAnswered
  if (before !== place && before?.number === place.number - 1) {
    place.prevResponse = before.response
    before.nextResponse = frame
  }
  place.response = frame
  state.lastAnswered = place
}

/** What is wanted of the packet that brought the message. */
type Carrier = Pick<Packet, 'number' | 'time' | 'surroundings'>

/** What a request is remembered by. */
export interface Asking {
  readonly method: string
  /** As it was asked. */
  readonly uri: string
  /** With scheme and host, where there is a Host. */
  readonly fullUri: string | undefined
  readonly upgrade: boolean
}

/** The same of a head that was read to its end. */
export function asking(head: RequestHead, tls: boolean): Asking {
  const { method, uri } = head
  return { method, uri, fullUri: fullUri(head, tls), upgrade: asksUpgrade(head) }
}

/** Records a request, and queues it for its response. */
export function recordRequest(packet: Carrier, flow: Flow, asked: Asking, asker: Side): Exchange {
  const state = httpState(flow)
  const exchange: Exchange = {
    place: nextPlace(state, packet.number),
    frame: packet.number,
    time: packet.time,
    method: asked.method,
    uri: asked.fullUri ?? asked.uri,
    upgrade: asked.upgrade,
    link: engineLink(packet, flow, asked.uri),
    response: undefined,
  }
  const { waiting } = asker
  for (const { told, code, frame, time } of waiting.early.splice(0)) {
    told.late = exchange
    told.place = exchange.place
    answerAt(state, exchange.place, frame)
    if (isFinal(code)) exchange.response = { frame, time }
  }
  if (exchange.response !== undefined) return exchange
  const room = waiting.unqueued === 0 && waiting.queue.length < MAX_WAITING
  if (room && hold(packet, flow, costOf(exchange))) waiting.queue.push(exchange)
  else {
    if (room) hold(packet, flow, -costOf(exchange))
    waiting.unqueued++
  }
  return exchange
}

/** Counts what waits, over all connections: false where that is too much. */
function hold(packet: Carrier, flow: Flow, bytes: number): boolean {
  return packet.surroundings.conversations.hold?.(flow, bytes) !== false
}

function costOf({ uri }: Exchange): number {
  return BYTES_PER_WAITING + uri.length
}

/** Finds the request that a response answers, or has it wait for one that is still being sent. */
export function recordResponse(packet: Carrier, flow: Flow, code: number, asker: Side): Remembered {
  const state = httpState(flow)
  const { waiting } = asker
  const exchange = isFinal(code) ? waiting.queue.shift() : waiting.queue[0]
  // Who asks is the client, whichever side the capture saw first.
  const told: Remembered = { fromClient: false, exchange, place: exchange?.place, late: undefined }
  if (exchange !== undefined) {
    if (isFinal(code)) {
      hold(packet, flow, -costOf(exchange))
      exchange.response = { frame: packet.number, time: packet.time }
    }
    answerAt(state, exchange.place, packet.number)
    return told
  }
  if (waiting.unqueued > 0) {
    if (isFinal(code)) waiting.unqueued--
  } else if (asker.scan !== undefined && asker.scan.phase !== 'start' && waiting.early.length < MAX_EARLY) {
    waiting.early.push({ told, code, frame: packet.number, time: packet.time })
  } else {
    told.place = nextPlace(state, 0)
    answerAt(state, told.place, packet.number)
  }
  return told
}

/** A 1xx other than 101 is not the last word (RFC 9110 §15.2). */
function isFinal(code: number): boolean {
  return code >= 200 || code === 101
}

/** Whether TLS carries the connection's bytes: its URIs are https then. */
export function overTls(flow: Flow | undefined): boolean {
  return flow?.carrier !== undefined
}

/** The absolute form of a request's target (RFC 9112 §3.3), as Wireshark makes it; `undefined` without a Host. */
export function fullUri(head: RequestHead, tls: boolean): string | undefined {
  return absoluteUri(head.method, head.uri, headerValue(head, 'host'), tls)
}

/** The same of its parts. */
export function absoluteUri(
  method: string,
  uri: string,
  host: string | undefined,
  tls: boolean,
): string | undefined {
  if (host === undefined) return undefined
  if (/^https?:\/\//i.test(uri) || method === 'CONNECT') return uri
  return `${tls ? 'https' : 'http'}://${host}${uri}`
}

/** Engine.IO's requests are known by `EIO` in the query, or by the usual path and a transport. */
function engineLink(packet: Carrier, flow: Flow, uri: string): EngineLink | undefined {
  const mark = uri.indexOf('?')
  if (mark < 0) return undefined
  const query = uri.slice(mark + 1)
  const version = parameter(query, 'EIO')
  const transport = parameter(query, 'transport')
  if (transport === undefined || (version === undefined && !USUAL_PATH.test(uri))) return undefined
  const said = version !== undefined && /^\d$/.test(version) ? Number(version) : 0
  const link: EngineLink = { transport, version: said, session: undefined, probe: undefined }
  const sid = parameter(query, 'sid')
  if (sid !== undefined && sid !== '') {
    // A websocket that names a session is at first only a trial: `5` makes the upgrade.
    link.session = sessionOf(packet.surroundings.conversations, sid, 'polling', packet.time)
    joinFlow(link.session, flow, packet.number)
  }
  return link
}

const USUAL_PATH = /^\/(?:socket|engine)\.io\//

/** The first value of a query's parameter, undecoded; session ids and the like need no escapes. */
export function parameter(query: string, name: string): string | undefined {
  for (let at = 0; ; ) {
    const and = query.indexOf('&', at)
    const end = and < 0 ? query.length : and
    const equals = at + name.length
    if (query[equals] === '=' && query.startsWith(name, at)) return query.slice(equals + 1, end)
    if (and < 0) return undefined
    at = and + 1
  }
}
