/**
 * What a WebSocket's frames make together: messages from fragments (RFC 6455 §5.4), and what the handshake agreed
 * on. Changed only on the first pass.
 */
import type { Flow } from './conversation.ts'
import { closeSession, closeWithFlow, confirm, type EngineLink, joinFlow } from './engine-session.ts'
import { type BeatKind, FlowBeats } from './flow-beats.ts'
import type { Packet } from './packet.ts'
import { agreedDeflate, DeflateWindows, type Inflated, MessageInflater } from './websocket-deflate.ts'
import { CLOSE, COMPRESSED, CONTINUATION, type FrameKind, PING, PONG, TEXT } from './websocket-frame.ts'

/** Fragments of a message that has not ended. */
interface Fragments {
  readonly opcode: number
  readonly compressed: boolean
  readonly frames: number[]
  readonly parts: Uint8Array[]
  size: number
  /** Of the bytes that all connections may hold, these are its own. */
  held: number
  /** Set once some of it is missing: it is longer than is put together here, or was not all captured. */
  partial: boolean
}

type Side = 'client' | 'server'

/** What is wanted of the packet that ended the frame. */
type Carrier = Pick<Packet, 'number' | 'time' | 'flow' | 'fromClient' | 'surroundings'>

export interface WebSocketState {
  /** Whether the flow's client is the WebSocket's: not so if the capture began with a packet of the server's. */
  readonly opener: boolean
  /** Set when the handshake was Engine.IO's. */
  readonly link: EngineLink | undefined
  /** Set when permessage-deflate was agreed on (RFC 7692). */
  readonly inflaters: Readonly<Record<Side, MessageInflater>> | undefined
  client: Fragments | undefined
  server: Fragments | undefined
  /** Bytes that messages held which will never be whole, and that are yet to be given back. */
  owed: number
  /** What is remembered of an ordinary frame, the same for all of its kind: made once, and not again for each. */
  readonly ordinary: Ordinary[]
}

/** `kind`: who sent it, and its first bits. There are few in a connection: they are looked through. */
interface Ordinary {
  readonly kind: number
  readonly remembered: Remembered
}

/** A whole message, ended by this frame. */
export interface WholeMessage {
  readonly opcode: number
  readonly compressed: boolean
  /** Put together from fragments; undefined when the frame is the whole message, or it was too long. */
  readonly bytes: Uint8Array | undefined
  /** The packets of its fragments; empty when the frame is the whole message. */
  readonly frames: readonly number[]
  /** Set when it is compressed, as was agreed. */
  readonly inflated: Inflated | undefined
}

/** What is remembered of a frame. */
export interface Remembered {
  readonly fromClient: boolean
  readonly link: EngineLink | undefined
  /** Whether permessage-deflate was agreed on. */
  readonly deflate: boolean
  /** Undefined for a control frame, and for a fragment with more to come. */
  readonly message: WholeMessage | undefined
  /** What is wrong with it in the light of the frames before. */
  readonly problem: string | undefined
  /** Bytes that are kept for its sake, outside the frames. */
  readonly kept: number
}

/** The most that is put together of one message, and of how many frames. */
const MAX_MESSAGE = 1 << 20
const MAX_FRAGMENTS = 10_000
/** About what a fragment costs beside its bytes. */
const BYTES_PER_FRAGMENT = 128
/** A control frame has at most so many bytes (RFC 6455 §5.5). */
const MAX_CONTROL = 125

/** The handshake is done: from here on the flow's bytes are frames. `opener`: the flow's client is the asking side. */
export function beginWebSocket(
  flow: Flow,
  opener: boolean,
  link: EngineLink | undefined,
  extensions: string | undefined,
): void {
  const state = newState(opener, link, extensions)
  flow.state.set('websocket', state)
  // A client that is killed says no goodbye: its session ends with its connection, unless it was only a trial.
  flow.whenEnding = (end) => {
    const session = link?.session
    if (session?.transport === 'websocket') closeWithFlow(session, end)
  }
}

function websocketState(flow: Flow): WebSocketState {
  let state = flow.state.get('websocket') as WebSocketState | undefined
  if (state === undefined) {
    state = newState(true, undefined, undefined)
    flow.state.set('websocket', state)
  }
  return state
}

function newState(
  opener: boolean,
  link: EngineLink | undefined,
  extensions: string | undefined,
): WebSocketState {
  const agreed = agreedDeflate(extensions)
  const inflaters = agreed && {
    client: new MessageInflater(agreed.clientTakesOver),
    server: new MessageInflater(agreed.serverTakesOver),
  }
  return { opener, link, inflaters, client: undefined, server: undefined, owed: 0, ordinary: [] }
}

/** Bytes of this direction were lost: a message that has begun can't be ended, and compression has lost its window. */
export function loseBytes(flow: Flow, fromFlowClient: boolean): void {
  const state = websocketState(flow)
  const side = fromFlowClient === state.opener ? 'client' : 'server'
  state.owed += state[side]?.held ?? 0
  state[side] = undefined
  state.inflaters?.[side].forget()
}

/**
 * `record` for a message that is one frame and not compressed, as nearly all are. Undefined, with nothing changed, where
 * another message has begun in fragments.
 */
export function recordWhole(packet: Carrier, flow: Flow, header: FrameKind): Remembered | undefined {
  const state = websocketState(flow)
  const fromClient = packet.fromClient === state.opener
  if (state.owed > 0 || (fromClient ? state.client : state.server) !== undefined) return undefined
  recordSession(packet, flow, state, fromClient, header)
  return ordinary(state, fromClient, header)
}

/** A control frame, or a message that is one frame, with nothing wrong. */
function ordinary(state: WebSocketState, fromClient: boolean, header: FrameKind): Remembered {
  const kind = (fromClient ? 128 : 0) + header.rsv * 16 + header.opcode
  for (const known of state.ordinary) if (known.kind === kind) return known.remembered
  const remembered = {
    fromClient,
    link: state.link,
    deflate: state.inflaters !== undefined,
    message: header.opcode >= CLOSE ? undefined : single(header, undefined),
    problem: undefined,
    kept: 0,
  }
  state.ordinary.push({ kind, remembered })
  return remembered
}

const shared = ({ link, inflaters }: WebSocketState, fromClient: boolean) => ({
  fromClient,
  link,
  deflate: inflaters !== undefined,
})

/**
 * The only place where the conversation changes. `payload` makes the unmasked bytes, if they are wanted; `whole`: all
 * of them are here.
 */
export function record(
  packet: Carrier,
  header: FrameKind,
  payload: () => Uint8Array,
  whole = true,
): Remembered {
  const { flow } = packet
  if (flow === undefined) return { ...UNKNOWN, message: single(header, undefined) }
  const state = websocketState(flow)
  const fromClient = packet.fromClient === state.opener
  const side = fromClient ? 'client' : 'server'
  recordSession(packet, flow, state, fromClient, header)
  if (state.owed > 0) {
    hold(packet, -state.owed)
    state.owed = 0
  }
  const open = state[side]
  if (header.opcode === PING || header.opcode === PONG) {
    recordBeat(packet, flow, 'websocket', header.opcode === PING, textOf(payload()))
  }
  if (header.opcode >= CLOSE) return ordinary(state, fromClient, header)
  const { fin, opcode } = header
  if (fin && opcode !== CONTINUATION && open === undefined) {
    if (opcode === TEXT && state.link?.version === 3) recordOldBeat(packet, flow, payload())
    const inflated = inflate(packet, state, side, (header.rsv & COMPRESSED) !== 0, whole, payload)
    if (inflated === undefined) return ordinary(state, fromClient, header)
    const message = single(header, inflated)
    return { ...shared(state, fromClient), message, problem: undefined, kept: inflated.kept }
  }
  const known = { ...shared(state, fromClient), message: undefined, problem: undefined, kept: 0 }
  if (opcode !== CONTINUATION) {
    const problem =
      open && 'Opcode: a new message before the last was ended; expected a continuation (RFC 6455 §5.4)'
    // What was begun will never be whole, so what its sender compressed it with is not known either.
    if (open?.compressed) state.inflaters?.[side].forget()
    if (open !== undefined) release(packet, open)
    state[side] = fin ? undefined : begin(packet, header, whole, payload())
    return { ...known, message: fin ? single(header, undefined) : undefined, problem }
  }
  if (open === undefined) {
    return { ...known, problem: 'Opcode: a continuation of nothing; expected text or binary' }
  }
  add(open, packet, whole, payload())
  if (!fin) return known
  state[side] = undefined
  release(packet, open)
  return { ...known, ...ended(packet, state, side, open) }
}

const UNKNOWN = { fromClient: true, link: undefined, deflate: false, problem: undefined, kept: 0 } as const

function recordSession(
  packet: Carrier,
  flow: Flow,
  { link }: WebSocketState,
  fromClient: boolean,
  header: FrameKind,
): void {
  const session = link?.session
  if (session === undefined) return
  joinFlow(session, flow, packet.number)
  if (!fromClient) confirm(session, packet.number)
  if (header.opcode !== CLOSE || session.transport !== 'websocket') return
  const reason = `WebSocket close from the ${fromClient ? 'client' : 'server'}`
  closeSession(session, { frame: packet.number, time: packet.time }, reason)
}

/** Engine.IO 3 has its heartbeat the other way round: the client asks with a `2`, the server answers with a `3`. */
function recordOldBeat(packet: Carrier, flow: Flow, payload: Uint8Array): void {
  const type = payload.length === 1 ? textOf(payload) : ''
  if (type === '2' || type === '3') recordBeat(packet, flow, 'engine.io-3', type === '2')
}

function recordBeat(packet: Carrier, flow: Flow, kind: BeatKind, asks: boolean, token = ''): void {
  // What TLS carries is the connection's own.
  const outer = flow.carrier ?? flow
  outer.beats ??= new FlowBeats()
  const fromClient = packet.fromClient === true
  if (asks) outer.beats.ask(kind, fromClient, packet, token)
  else outer.beats.answer(kind, fromClient, packet, token)
}

function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, MAX_CONTROL))
}

/** Undefined for a message that is not compressed, or of which too little is here. */
function inflate(
  packet: Carrier,
  state: WebSocketState,
  side: Side,
  compressed: boolean,
  whole: boolean,
  payload: () => Uint8Array,
): Inflated | undefined {
  const inflater = state.inflaters?.[side]
  if (inflater === undefined || !compressed) return undefined
  if (whole) {
    const { conversations, inflate: by } = packet.surroundings
    const windows = conversations.shared('websocket', 'windows', () => new DeflateWindows())
    return inflater.next(by, payload, windows)
  }
  inflater.forget()
  return undefined
}

/** What its last fragment makes of a message. */
function ended(
  packet: Carrier,
  state: WebSocketState,
  side: Side,
  { opcode, compressed, frames, parts, size, partial }: Fragments,
): Pick<Remembered, 'message' | 'problem' | 'kept'> {
  const bytes = partial ? undefined : join(parts, size)
  const inflated = inflate(packet, state, side, compressed, !partial, () => bytes ?? NOTHING)
  return {
    message: { opcode, compressed, bytes, frames, inflated },
    problem: partial
      ? `Message: not all of it is here, or it is longer than the ${MAX_MESSAGE} bytes that are put together`
      : undefined,
    kept: (bytes?.length ?? 0) + (inflated?.kept ?? 0),
  }
}

const NOTHING = new Uint8Array(0)

function single(header: FrameKind, inflated: Inflated | undefined): WholeMessage {
  const compressed = (header.rsv & COMPRESSED) !== 0
  return { opcode: header.opcode, compressed, bytes: undefined, frames: [], inflated }
}

function begin(packet: Carrier, header: FrameKind, whole: boolean, payload: Uint8Array): Fragments {
  const fragments: Fragments = {
    opcode: header.opcode,
    compressed: (header.rsv & COMPRESSED) !== 0,
    frames: [],
    parts: [],
    size: 0,
    held: 0,
    partial: false,
  }
  add(fragments, packet, whole, payload)
  return fragments
}

function add(fragments: Fragments, packet: Carrier, whole: boolean, payload: Uint8Array): void {
  fragments.size += payload.length
  if (fragments.frames.length < MAX_FRAGMENTS) fragments.frames.push(packet.number)
  else fragments.partial = true
  if (whole && !fragments.partial && fragments.size <= MAX_MESSAGE) {
    const cost = payload.length + BYTES_PER_FRAGMENT
    fragments.held += cost
    // A copy: the packet's own bytes lie in a slab, all of which would stay as long as the message is open.
    fragments.parts.push(payload.slice())
    if (hold(packet, cost)) return
  }
  fragments.partial = true
  release(packet, fragments)
}

/** Counts bytes that wait for the rest of their message; false where there are too many of them in all. */
function hold({ flow, surroundings }: Carrier, bytes: number): boolean {
  return flow === undefined || surroundings.conversations.hold?.(flow, bytes) !== false
}

/** What was put together so far is no longer held here. */
function release(packet: Carrier, fragments: Fragments): void {
  if (fragments.held > 0) hold(packet, -fragments.held)
  fragments.held = 0
  if (fragments.partial) fragments.parts.length = 0
}

function join(parts: readonly Uint8Array[], size: number): Uint8Array {
  const joined = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}
