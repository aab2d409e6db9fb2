/** What the programs say to each other, in the words of the protocol they speak. */
import { decodeText } from '../protocols/cursor.ts'
import { isText } from '../protocols/data.ts'
import type { Layer, Packet } from '../protocols/packet.ts'
import {
  bytesText,
  cut,
  fieldOf,
  type LayerWords,
  type Phrase,
  quote,
  type Speaker,
  textOf,
} from './words-phrase.ts'

/** Text in quotes where bytes read as text, else how many they are. */
function content(bytes: unknown): string {
  if (!(bytes instanceof Uint8Array)) return bytesText(0)
  // A label shows a few characters: there is no need to look at a megabyte.
  const head = bytes.subarray(0, 256)
  return isText(head) ? quote(decodeText(head)) : bytesText(bytes.length)
}

const echo: LayerWords = (layer, { who }) => {
  const label = content(fieldOf(layer, 'echo.data'))
  if (fieldOf(layer, 'echo.response') === true) {
    return { label, says: `${who} sends the same bytes back: ${label}.`, episode: 'data' }
  }
  return { label, says: `${who} says ${label}.`, episode: 'data' }
}

const data: LayerWords = (layer, { who, packet }) => {
  const carrier = packet.layers[layer.parent]
  // The body of a message that has words of its own: what asks or answers says more.
  if (carrier?.protocol.id === 'tftp') return undefined
  if (carrier?.protocol.id === 'http' && fieldOf(carrier, 'http.chat') !== undefined) return undefined
  const label = content(fieldOf(layer, 'data.data'))
  return { label, says: `${who} sends ${label}.`, episode: 'data' }
}

/** Methods whose request brings a body (RFC 9110 §9.3). */
const BRINGS = new Set(['POST', 'PUT', 'PATCH'])

const http: LayerWords = (layer, speaker) => {
  const { who } = speaker
  const upgrade = textOf(layer, 'http.upgrade')?.toLowerCase()
  const method = textOf(layer, 'http.request.method')
  if (method !== undefined) {
    const uri = textOf(layer, 'http.request.uri') ?? '/'
    const label = `${method} ${cut(uri.split('?')[0] ?? uri, 32)}`
    if (upgrade === 'websocket') {
      return { label: `${label} upgrade`, says: `${who} asks to go on as a WebSocket.`, episode: 'upgrade' }
    }
    const does = BRINGS.has(method) ? 'sends something to' : 'asks for'
    return { label, says: `${who} ${does} ${cut(uri, 60)}.`, episode: 'data' }
  }
  const code = Number(fieldOf(layer, 'http.response.code') ?? 0)
  if (code === 0) return undefined
  const label = cut(`${code} ${textOf(layer, 'http.response.phrase') ?? ''}`.trim(), 32)
  if (code === 101) {
    return {
      label,
      says: 'Agreed: from the next byte on this connection speaks WebSocket.',
      episode: 'upgrade',
    }
  }
  if (code >= 400) return { label, says: `${who} refuses, or has failed: ${label}.`, episode: 'refusal' }
  return { label, says: `${who} answers: ${label}.`, episode: 'data' }
}

const OPCODES = { CLOSE: 8, PING: 9, PONG: 10 } as const

/** The payload of a WebSocket frame: it may stand unmasked in a buffer of its own. */
function payloadOf(layer: Layer, packet: Packet): Uint8Array | undefined {
  const span = layer.fields.find(({ field }) => field.name === 'websocket.payload')
  return span && packet.buffers[span.buffer]?.bytes.subarray(span.start, span.end)
}

const websocket: LayerWords = (layer, { who, other, packet }) => {
  const opcode = Number(fieldOf(layer, 'websocket.opcode') ?? -1)
  if (opcode === OPCODES.CLOSE) {
    const code = fieldOf(layer, 'websocket.payload.close.status_code')
    const label = code === undefined ? 'WS close' : `WS close ${String(code)}`
    return { label, says: `${who} says goodbye; TCP is closed after that.`, episode: 'close' }
  }
  if (opcode === OPCODES.PING) {
    return {
      label: 'WS ping',
      says: `${who} asks ${other} to send this back: is it still there?`,
      episode: 'heartbeat',
    }
  }
  if (opcode === OPCODES.PONG) {
    return { label: 'WS pong', says: `${who} sends the ping's bytes back: still here.`, episode: 'heartbeat' }
  }
  const text = textOf(layer, 'websocket.payload.text')
  const payload = payloadOf(layer, packet)
  const label = text === undefined ? content(payload) : quote(text)
  if (fieldOf(layer, 'websocket.fin') === false) {
    const says = `${who} sends a part of a message, ${label}; the rest comes in frames of its own.`
    return { label: `${label} …`, says, episode: 'data' }
  }
  return { label, says: `${who} sends the message ${label}.`, episode: 'data' }
}

type EngineWords = (layer: Layer, speaker: Speaker) => Phrase

const isProbe = (layer: Layer) => textOf(layer, 'engineio.payload') === 'probe'

/** By Engine.IO packet type. */
const ENGINE: readonly EngineWords[] = [
  (layer) => {
    const interval = Number(fieldOf(layer, 'engineio.open.ping_interval') ?? 0)
    const every =
      interval > 0 ? `; every ${interval / 1000} s the server will ask whether the client is there` : ''
    const says = `The session begins: this is its id${every}.`
    return { label: 'open 0', says, episode: 'handshake' }
  },
  (_layer, { who }) => ({ label: 'close 1', says: `${who} ends the session.`, episode: 'close' }),
  (layer, { who }) =>
    isProbe(layer)
      ? { label: 'probe 2', says: `${who} tries the new way before it moves over.`, episode: 'upgrade' }
      : { label: 'ping 2', says: `${who} asks: are you still there?`, episode: 'heartbeat' },
  (layer, { who }) =>
    isProbe(layer)
      ? { label: 'probe 3', says: `${who} answers on the new way: it works.`, episode: 'upgrade' }
      : { label: 'pong 3', says: `${who} answers: still here.`, episode: 'heartbeat' },
  (layer, { who }) => {
    const payload = textOf(layer, 'engineio.payload')
    const label = payload === undefined ? 'message 4' : quote(payload)
    return { label, says: `${who} sends a message.`, episode: 'data' }
  },
  (_layer, { who }) => ({
    label: 'upgrade 5',
    says: `${who} moves over: from now on the session runs on the WebSocket.`,
    episode: 'upgrade',
  }),
  (_layer, { who }) => ({
    label: 'noop 6',
    says: `${who} has nothing to say, but ends the waiting request.`,
    episode: 'upgrade',
  }),
]

const engineio: LayerWords = (layer, speaker) => {
  const error = fieldOf(layer, 'engineio.error.code')
  if (error !== undefined) {
    const message = textOf(layer, 'engineio.error.message') ?? `code ${String(error)}`
    return { label: cut(message, 32), says: `${speaker.who} refuses: ${message}.`, episode: 'refusal' }
  }
  const type = fieldOf(layer, 'engineio.type')
  if (type !== undefined) return ENGINE[Number(type)]?.(layer, speaker)
  return engineRequest(layer, speaker)
}

/** Engine.IO's part in a request without packets: the query of a GET, or the answer to a POST. */
function engineRequest(layer: Layer, { packet, fromClient }: Speaker): Phrase | undefined {
  const carrier = packet.layers[layer.parent]
  if (fromClient !== true || carrier === undefined) return undefined
  if (textOf(carrier, 'http.request.method') !== 'GET') return undefined
  if (textOf(layer, 'engineio.transport') === 'websocket') return undefined
  if (fieldOf(layer, 'engineio.sid') === undefined) {
    return { label: 'GET session', says: 'The client asks for a new session.', episode: 'handshake' }
  }
  const says = 'The client asks: anything new? The server answers when there is.'
  return { label: 'GET poll', says, episode: 'data' }
}

/** Where bytes belong that travel as an attachment. */
const PLACEHOLDER = /\{"_placeholder":true,"num":\d+\}/g

const socketio: LayerWords = (layer, { who, other }) => {
  if (fieldOf(layer, 'socketio.attachment') !== undefined) {
    return {
      label: 'attachment',
      says: 'The bytes that the event before it speaks of.',
      episode: 'data',
    }
  }
  const type = Number(fieldOf(layer, 'socketio.type') ?? -1)
  const nsp = textOf(layer, 'socketio.nsp') ?? '/'
  const place = nsp === '/' ? '' : ` ${nsp}`
  if (type === 0) {
    const says =
      who === 'The client'
        ? `The client enters namespace ${nsp}.`
        : `${who} lets it in: this is its socket's id.`
    return { label: `CONNECT${place}`, says, episode: 'handshake' }
  }
  if (type === 1)
    return { label: `DISCONNECT${place}`, says: `${who} leaves namespace ${nsp}.`, episode: 'close' }
  if (type === 4) {
    const message = textOf(layer, 'socketio.error.message') ?? 'no reason given'
    return {
      label: `refused${place}`,
      says: `${who} does not let it into namespace ${nsp}: ${message}.`,
      episode: 'refusal',
    }
  }
  const args = (textOf(layer, 'socketio.args') ?? '[]').slice(1, -1).replaceAll(PLACEHOLDER, '(bytes)')
  const ack = fieldOf(layer, 'socketio.ack_id')
  if (type === 3 || type === 6) {
    const asked = fieldOf(layer, 'socketio.ack_to')
    const whose = asked === undefined ? 'an event' : `the event in packet ${String(asked)}`
    return {
      label: `ack ${String(ack)}(${cut(args, 24)})`,
      says: `${who} answers ${whose}.`,
      episode: 'data',
    }
  }
  const event = textOf(layer, 'socketio.event')
  if (event === undefined) return undefined
  const wants = ack === undefined ? '' : `, and wants an answer from ${other}`
  return {
    label: `${cut(event, 24)}(${cut(args, 24)})`,
    says: `${who} emits ${quote(event)}${wants}.`,
    episode: 'data',
  }
}

export const APPLICATION_WORDS: Readonly<Record<string, LayerWords>> = {
  data,
  echo,
  http,
  websocket,
  engineio,
  socketio,
}
