/**
 * What an Engine.IO session is, over however many TCP connections it takes: polling requests on some, a WebSocket on
 * another, one session id. Changed only on the first pass, inside `c.remember`.
 */
import type { Conversations, Flow, FlowEnd } from './conversation.ts'
import { AwaitedAcks, newSocketIoState, type SocketIoState } from './socket-session.ts'

/** A question and its answer: the server's ping and the client's pong, or a probe each way. */
export interface Beat {
  readonly ping: number
  readonly pingTime: bigint
  /** `null` while it is awaited, or when it never came. */
  pong: number | null
  pongTime: bigint | null
}

export interface EngineIoSession {
  readonly sid: string
  transport: 'polling' | 'websocket'
  /** Milliseconds, as the handshake said; 0 when the handshake was not seen. */
  pingInterval: number
  pingTimeout: number
  /** Flow ids, the latest 200. */
  readonly flows: Set<string>
  /** In which packet what is told of it came to be so: it can be asked how it was before. */
  readonly since: SessionSince
  /** The one that spoke last. */
  latestFlow: string
  /** Ids that Socket.IO gave it, one a namespace. */
  readonly sockets: { nsp: string; sid: string }[]
  /** `unknown`: a client has named this id, but no server's word on it was seen. */
  state: 'unknown' | 'open' | 'closed'
  /** Epoch nanoseconds of the first packet seen of it. */
  readonly opened: bigint
  closed: { readonly frame: number; readonly time: bigint; readonly reason: string } | null
  /** Called once, when it has ended. */
  whenClosed: (() => void) | undefined
  /** Whether it was seen from its handshake on: only then do its packets' indexes mean anything. */
  fromStart: boolean
  /** The server's pings, the latest 200. */
  readonly beats: Beat[]
  /** Whether older ones than those were let go of. */
  beatsDropped: boolean
  /** When the server last sent a ping. */
  lastPing: bigint | null
  /** Socket.IO packets so far; `in` are the client's. Attachments are not counted. */
  readonly counts: { in: number; out: number }
  /** What the Socket.IO dissector keeps of it. */
  readonly socketIo: SocketIoState
}

/** Numbers of packets, 0 for what has not been seen. */
export interface SessionSince {
  confirmed: number
  upgraded: number
  /** By flow id. */
  readonly flows: Map<string, number>
  /** By namespace and id of the socket. */
  readonly sockets: Map<string, number>
}

/** How one HTTP exchange or WebSocket is tied to its session. */
export interface EngineLink {
  /** As the client asked: `polling` or `websocket`, or something that the server will refuse. */
  readonly transport: string
  /** The protocol version that the client asked for: `EIO=4`; 0 when it did not say. */
  readonly version: number
  /** The session, once it is known: from the `sid` parameter, or from the open packet. */
  session: EngineIoSession | undefined
  /** The client's `2probe`, while it waits for its answer. */
  probe: Beat | undefined
}

/** What the carrier of an Engine.IO layer tells it. */
export interface EngineTold {
  readonly link: EngineLink
  readonly fromClient: boolean
  /**
   * `query`: the request's parameters. `packet`: one packet as text. `binary`: a raw message of a WebSocket.
   * `reply`: the "ok" to a POST. `error`: the JSON body of a refusal.
   */
  readonly part: 'query' | 'packet' | 'binary' | 'reply' | 'error'
}

const MAX_BEATS = 200
const MAX_FLOWS = 200
const MAX_SOCKETS = 100

export interface At {
  readonly frame: number
  readonly time: bigint
}

/** The session of that id; made, in state `unknown`, if there was none. */
export function sessionOf(
  conversations: Conversations,
  sid: string,
  transport: EngineIoSession['transport'],
  time: bigint,
) {
  return conversations.shared<EngineIoSession>('engineio', sid, () => ({
    sid,
    transport,
    pingInterval: 0,
    pingTimeout: 0,
    flows: new Set(),
    since: { confirmed: 0, upgraded: 0, flows: new Map(), sockets: new Map() },
    latestFlow: '',
    sockets: [],
    state: 'unknown',
    opened: time,
    closed: null,
    whenClosed: undefined,
    fromStart: false,
    beats: [],
    beatsDropped: false,
    lastPing: null,
    counts: { in: 0, out: 0 },
    socketIo: newSocketIoState(conversations.shared('socketio', 'acks', () => new AwaitedAcks())),
  }))
}

/** Ties a flow to the session, as packet `frame` does. */
export function joinFlow(session: EngineIoSession, flow: Flow, frame: number): void {
  if (session.latestFlow === flow.id) return
  session.latestFlow = flow.id
  if (session.flows.has(flow.id)) return
  const [oldest] = session.flows
  if (session.flows.size >= MAX_FLOWS && oldest !== undefined) {
    session.flows.delete(oldest)
    session.since.flows.delete(oldest)
  }
  session.flows.add(flow.id)
  session.since.flows.set(flow.id, frame)
}

/** The server has spoken in this session, in packet `frame`: it is no invention of the client's. */
export function confirm(session: EngineIoSession, frame: number): void {
  if (session.state !== 'unknown') return
  session.state = 'open'
  session.since.confirmed = frame
}

/** The session goes over to its WebSocket. */
export function upgrade(session: EngineIoSession, frame: number): void {
  if (session.transport === 'polling') session.since.upgraded = frame
  session.transport = 'websocket'
}

/** Ends the session, if it has not ended before: the first reason is the right one. */
export function closeSession(session: EngineIoSession, at: At, reason: string): void {
  if (session.state === 'closed') return
  session.state = 'closed'
  session.closed = { frame: at.frame, time: at.time, reason }
  session.whenClosed?.()
}

/** Ends the session with the connection that carried it. */
export function closeWithFlow(session: EngineIoSession, end: FlowEnd): void {
  const who = end.fromClient ? 'client' : 'server'
  closeSession(
    session,
    end,
    end.reset ? `the ${who} broke its connection off` : `the ${who} closed its connection`,
  )
}

/** Records the server's ping. */
export function ping(session: EngineIoSession, at: At): Beat {
  const beat: Beat = { ping: at.frame, pingTime: at.time, pong: null, pongTime: null }
  if (session.beats.length >= MAX_BEATS) {
    session.beats.shift()
    session.beatsDropped = true
  }
  session.beats.push(beat)
  session.lastPing = at.time
  return beat
}

/** Records the client's pong, and answers the ping that it belongs to: the last, if that one still waits. */
export function pong(session: EngineIoSession, at: At): Beat | undefined {
  const beat = session.beats.at(-1)
  return beat === undefined ? undefined : answer(beat, at)
}

export function answer(beat: Beat, at: At): Beat | undefined {
  if (beat.pong !== null) return undefined
  beat.pong = at.frame
  beat.pongTime = at.time
  return beat
}

/** Seconds between two times in nanoseconds. */
export function seconds(from: bigint, to: bigint): number {
  return Number(to - from) / 1e9
}

/**
 * When the server's next ping is due, in epoch nanoseconds: `pingInterval` after the last pong, or after the
 * handshake. `null` when that is not known: closed, a pong awaited, or the handshake not seen.
 */
export function nextPingDue(session: EngineIoSession): bigint | null {
  if (session.state !== 'open' || session.pingInterval === 0) return null
  const beat = session.beats.at(-1)
  if (beat === undefined && session.beatsDropped) return null
  const since = beat === undefined ? session.opened : beat.pongTime
  return since === null ? null : since + BigInt(session.pingInterval) * 1_000_000n
}

/** Remembers the Socket.IO id of a namespace, in place of an earlier one. */
export function joinSocket(session: EngineIoSession, nsp: string, sid: string, frame: number): void {
  if (session.since.sockets.size < MAX_SOCKETS) session.since.sockets.set(`${nsp} ${sid}`, frame)
  const known = session.sockets.find((socket) => socket.nsp === nsp)
  if (known !== undefined) known.sid = sid
  else if (session.sockets.length < MAX_SOCKETS) session.sockets.push({ nsp, sid })
}
