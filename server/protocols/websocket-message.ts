/**
 * What a WebSocket's frames make together: messages from fragments (RFC 6455 §5.4), and what the handshake agreed
 * on. Changed only on the first pass.
 */
import type { Flow } from './conversation.ts'
import { closeSession, closeWithFlow, confirm, type EngineLink, joinFlow } from './engine-session.ts'
import type { Packet } from './packet.ts'

export const CONTINUATION = 0
export const TEXT = 1
export const BINARY = 2
export const CLOSE = 8
export const PING = 9
export const PONG = 10

/** A header that was read. */
export interface FrameHeader {
  readonly fin: boolean
  /** The three reserved bits, 0 to 7; the highest is permessage-deflate's. */
  readonly rsv: number
  readonly opcode: number
  readonly masked: boolean
}

/** Fragments of a message that has not ended. */
interface Fragments {
  readonly opcode: number
  readonly compressed: boolean
  readonly frames: number[]
  readonly parts: Uint8Array[]
  size: number
  /** Set once it is longer than is put together here. */
  overlong: boolean
}

export interface WebSocketState {
  /** Whether the flow's client is the WebSocket's: not so if the capture began with a packet of the server's. */
  readonly opener: boolean
  /** Set when the handshake was Engine.IO's. */
  readonly link: EngineLink | undefined
  /** Whether permessage-deflate was agreed on (RFC 7692). */
  readonly deflate: boolean
  client: Fragments | undefined
  server: Fragments | undefined
  /** What is remembered of an ordinary frame, the same for all of its kind: made once, and not again for each. */
  readonly ordinary: (Remembered | undefined)[]
}

/** A whole message, ended by this frame. */
export interface WholeMessage {
  readonly opcode: number
  readonly compressed: boolean
  /** Put together from fragments; undefined when the frame is the whole message, or it was too long. */
  readonly bytes: Uint8Array | undefined
  /** The packets of its fragments; empty when the frame is the whole message. */
  readonly frames: readonly number[]
}

/** What is remembered of a frame. */
export interface Remembered {
  readonly fromClient: boolean
  readonly link: EngineLink | undefined
  readonly deflate: boolean
  /** Undefined for a control frame, and for a fragment with more to come. */
  readonly message: WholeMessage | undefined
  /** What is wrong with it in the light of the frames before. */
  readonly problem: string | undefined
}

/** The most that is put together of one message, and of how many frames. */
const MAX_MESSAGE = 1 << 20
const MAX_FRAGMENTS = 10_000

/** The handshake is done: from here on the flow's bytes are frames. `opener`: the flow's client is the asking side. */
export function beginWebSocket(
  flow: Flow,
  opener: boolean,
  link: EngineLink | undefined,
  extensions: string | undefined,
): void {
  const deflate = /(?:^|,)\s*permessage-deflate\b/i.test(extensions ?? '')
  const state = newState(opener, link, deflate)
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
    state = newState(true, undefined, false)
    flow.state.set('websocket', state)
  }
  return state
}

function newState(opener: boolean, link: EngineLink | undefined, deflate: boolean): WebSocketState {
  return { opener, link, deflate, client: undefined, server: undefined, ordinary: [] }
}

/** A control frame, or a message that is one frame, with nothing wrong. */
function ordinary(state: WebSocketState, fromClient: boolean, header: FrameHeader): Remembered {
  const kind = (fromClient ? 128 : 0) + header.rsv * 16 + header.opcode
  let known = state.ordinary[kind]
  if (known === undefined) {
    const { link, deflate } = state
    const message = header.opcode >= CLOSE ? undefined : single(header)
    known = { fromClient, link, deflate, message, problem: undefined }
    state.ordinary[kind] = known
  }
  return known
}

/** The only place where the conversation changes. `payload` makes the unmasked bytes, if they are wanted. */
export function record(packet: Packet, header: FrameHeader, payload: () => Uint8Array): Remembered {
  const { flow } = packet
  if (flow === undefined) return { ...UNKNOWN, message: single(header) }
  const state = websocketState(flow)
  const fromClient = packet.fromClient === state.opener
  const side = fromClient ? 'client' : 'server'
  const { link, deflate } = state
  if (link?.session !== undefined) {
    joinFlow(link.session, flow)
    if (!fromClient) confirm(link.session)
    if (header.opcode === CLOSE && link.session.transport === 'websocket') {
      closeSession(
        link.session,
        { frame: packet.number, time: packet.time },
        `WebSocket close from the ${side}`,
      )
    }
  }
  const open = state[side]
  if (header.opcode >= CLOSE || (header.fin && header.opcode !== CONTINUATION && open === undefined)) {
    return ordinary(state, fromClient, header)
  }
  const known = { fromClient, link, deflate }
  if (header.opcode !== CONTINUATION) {
    const problem =
      open && 'Opcode: a new message before the last was ended; expected a continuation (RFC 6455 §5.4)'
    state[side] = header.fin ? undefined : begin(packet, header, payload())
    return { ...known, message: header.fin ? single(header) : undefined, problem }
  }
  if (open === undefined) {
    return {
      ...known,
      message: undefined,
      problem: 'Opcode: a continuation of nothing; expected text or binary',
    }
  }
  add(open, packet.number, payload())
  if (!header.fin) return { ...known, message: undefined, problem: undefined }
  state[side] = undefined
  const problem = open.overlong
    ? `Message: longer than the ${MAX_MESSAGE} bytes that are put together here`
    : undefined
  const bytes = open.overlong ? undefined : join(open)
  return {
    ...known,
    message: { opcode: open.opcode, compressed: open.compressed, bytes, frames: open.frames },
    problem,
  }
}

const UNKNOWN = { fromClient: true, link: undefined, deflate: false, problem: undefined } as const

const COMPRESSED = 4

function single(header: FrameHeader): WholeMessage {
  return { opcode: header.opcode, compressed: (header.rsv & COMPRESSED) !== 0, bytes: undefined, frames: [] }
}

function begin(packet: Packet, header: FrameHeader, payload: Uint8Array): Fragments {
  const { opcode, rsv } = header
  const fragments: Fragments = {
    opcode,
    compressed: (rsv & COMPRESSED) !== 0,
    frames: [],
    parts: [],
    size: 0,
    overlong: false,
  }
  add(fragments, packet.number, payload)
  return fragments
}

function add(fragments: Fragments, frame: number, payload: Uint8Array): void {
  fragments.size += payload.length
  if (fragments.size > MAX_MESSAGE || fragments.frames.length >= MAX_FRAGMENTS) {
    fragments.overlong = true
    fragments.parts.length = 0
    return
  }
  fragments.frames.push(frame)
  fragments.parts.push(payload)
}

function join(fragments: Fragments): Uint8Array {
  const joined = new Uint8Array(fragments.size)
  let at = 0
  for (const part of fragments.parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

/** Undoes the masking of a client's frame (RFC 6455 §5.3); always a copy. */
export function unmask(payload: Uint8Array, key: Uint8Array | undefined): Uint8Array {
  const plain = payload.slice()
  if (key === undefined) return plain
  for (let i = 0; i < plain.length; i++) plain[i] = (plain[i] ?? 0) ^ (key[i & 3] ?? 0)
  return plain
}
