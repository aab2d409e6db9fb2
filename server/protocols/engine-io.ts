/**
 * Engine.IO v4 (socket.io/docs/v4/engine-io-protocol): one session over whatever carries it, kept alive by the
 * server's pings.
 *
 *   over a WebSocket   one packet a message: <type><payload>; a binary message is its payload alone
 *   over polling       packets joined by 0x1e: <type><payload>, or `b` and base64 for a binary message
 */
import { type Cursor, decodeText } from './cursor.ts'
import { data } from './data.ts'
import { quote } from './echo.ts'
import { ENGINE_IO_FIELDS, ERROR_CODES, PACKET_TYPES } from './engine-io-fields.ts'
import { ENGINE_IO_PLACES, skimEngineIo } from './engine-io-skim.ts'
import {
  answer,
  type Beat,
  closeSession,
  confirm,
  type EngineIoSession,
  type EngineLink,
  type EngineTold,
  joinFlow,
  ping,
  pong,
  seconds,
  sessionOf,
  upgrade,
} from './engine-session.ts'
import { latin1 } from './http-head.ts'
import { json } from './json.ts'
import { type JsonNode, member, numberOf, parseJson, stringOf } from './json-text.ts'
import { type NamedFields, protocol } from './protocol.ts'
import { type SocketIoTold, socketIo } from './socket-io.ts'
import { parsePacket } from './socket-io-packet.ts'
import { takeAttachment } from './socket-session.ts'

export type { EngineIoSession } from './engine-session.ts'

type Fields = NamedFields<typeof ENGINE_IO_FIELDS>

export const engineIo = protocol({
  id: 'engineio',
  name: 'Engine.IO',
  short: 'Engine.IO',
  osi: 5,
  unit: 'packet',
  spec: 'Engine.IO protocol v4',
  about:
    'Keeps one session alive over polling and WebSocket: a handshake, a heartbeat, a change of transport.',
  fields: ENGINE_IO_FIELDS,
  dissect(c, f) {
    const told = (c.told as EngineTold | undefined) ?? alone()
    if (told.part === 'query') dissectQuery(c, f, told)
    else if (told.part === 'reply') dissectReply(c, f, told)
    else if (told.part === 'error') dissectError(c, f, told)
    else if (told.part === 'binary') dissectBinary(c, f, told, c.bytes.subarray(c.pos, c.end))
    else if (c.bytes[c.pos] === BASE64 && told.link.transport === 'polling') dissectBase64(c, f, told)
    else dissectPacket(c, f, told)
    return undefined
  },
  wordy: true,
  places: ENGINE_IO_PLACES,
  skim: skimEngineIo,
})

const BASE64 = 0x62
const OPEN = 0
const CLOSE = 1
const PING = 2
const PONG = 3
const MESSAGE = 4
const UPGRADE = 5
/** An error code: see ERROR_CODES. */
const UNKNOWN_SID = 1

/** For a packet that nobody introduces. */
function alone(): EngineTold {
  const link: EngineLink = { transport: 'websocket', version: 4, session: undefined, probe: undefined }
  return { link, fromClient: false, part: 'packet' }
}

/** What is remembered of one packet: the session may become known only with it. */
interface Remembered {
  readonly session: EngineIoSession | undefined
  readonly pair: Beat | undefined
}

function dissectPacket(c: Cursor, f: Fields, told: EngineTold): void {
  const { link } = told
  if (c.left === 0) c.need('Type', 1)
  const type = (c.bytes[c.pos] ?? 0) - 0x30
  if (type < 0 || type > 6)
    c.fail('Type', `expected a digit from 0 to 6, found ${decodeText(c.bytes.subarray(c.pos, c.pos + 1))}`)
  const body = { start: c.pos + 1, end: c.end }
  const { session, pair } = c.remember(() => record(c, type, told))
  c.put(f.type, type, c.pos, c.pos + 1)
  about(c, f, link, session)
  c.pos = body.start
  if (type === MESSAGE) {
    message(c, f, session, told)
    return
  }
  const payload = c.worded ? decodeText(c.bytes.subarray(body.start, body.end)) : ''
  const name = PACKET_TYPES[type as keyof typeof PACKET_TYPES]
  c.info(`Engine.IO ${name} ${type}${(type === PING || type === PONG) && payload === PROBE ? PROBE : ''}`)
  if (type === OPEN) {
    if (c.recording) showOpen(c, f)
    if (c.left > 0) c.carry(json)
    return
  }
  if (body.end > body.start) c.takeText(f.payload, c.left)
  if (pair !== undefined) showPair(c, f, type, pair)
}

const PROBE = 'probe'

/** The only place where the session changes. */
function record(c: Cursor, type: number, { link, fromClient }: EngineTold): Remembered {
  const { packet } = c
  const at = { frame: packet.number, time: packet.time }
  const probe = c.left === 1 + PROBE.length && decodeText(c.bytes.subarray(c.pos + 1, c.end)) === PROBE
  if (type === OPEN && !fromClient) open(c, link)
  const { session } = link
  if (session !== undefined && !fromClient) confirm(session, at.frame)
  let pair: Beat | undefined
  if (probe && type === PING) {
    pair = link.probe = { ping: at.frame, pingTime: at.time, pong: null, pongTime: null }
  } else if (probe && type === PONG) {
    pair = link.probe && answer(link.probe, at)
  } else if (session !== undefined) {
    if (type === PING && !fromClient) pair = ping(session, at)
    else if (type === PONG && fromClient) pair = pong(session, at)
    else if (type === CLOSE)
      closeSession(session, at, `Engine.IO close from the ${fromClient ? 'client' : 'server'}`)
    else if (type === UPGRADE && fromClient && link.transport === 'websocket') upgrade(session, at.frame)
  }
  return { session, pair }
}

/** The handshake: the session begins. */
function open(c: Cursor, link: EngineLink): void {
  const { root } = parseJson(c.bytes, c.pos + 1, c.end)
  const sid = stringOf(c.bytes, member(root, 'sid'))
  if (sid === undefined) return
  const { packet } = c
  const transport = link.transport === 'websocket' ? 'websocket' : 'polling'
  const session = sessionOf(packet.surroundings.conversations, sid, transport, packet.time)
  if (session.state === 'unknown' && session.opened === packet.time) session.fromStart = true
  session.pingInterval = numberOf(c.bytes, member(root, 'pingInterval')) ?? 0
  session.pingTimeout = numberOf(c.bytes, member(root, 'pingTimeout')) ?? 0
  link.session = session
  if (packet.flow !== undefined) joinFlow(session, packet.flow, packet.number)
}

/** Fields that every packet of a session has. */
function about(c: Cursor, f: Fields, link: EngineLink, session: EngineIoSession | undefined): void {
  c.put(f.transport, link.transport)
  if (session !== undefined) c.put(f.sid, session.sid)
}

function showOpen(c: Cursor, f: Fields): void {
  const { root, problem } = parseJson(c.bytes, c.pos, c.end)
  const place = (node: JsonNode) => [node.start, node.end] as const
  for (const [name, field] of OPEN_NUMBERS) {
    const node = member(root, name)
    const value = numberOf(c.bytes, node)
    if (node !== undefined && value !== undefined) c.put(f[field], value, ...place(node))
  }
  const upgrades = member(root, 'upgrades')
  if (upgrades !== undefined) {
    const names = upgrades.children.map((node) => stringOf(c.bytes, node) ?? '?')
    c.put(f['open.upgrades'], names.join(', '), ...place(upgrades))
  }
  c.put(f.payload, decodeText(c.bytes.subarray(c.pos, c.end)), c.pos, c.end)
  if (problem !== undefined) c.put(f['=_ws.expert.message'], problem, c.pos, c.end)
}

const OPEN_NUMBERS = [
  ['pingInterval', 'open.ping_interval'],
  ['pingTimeout', 'open.ping_timeout'],
  ['maxPayload', 'open.max_payload'],
] as const

function showPair(c: Cursor, f: Fields, type: number, pair: Beat): void {
  if (pair.pong === null || pair.pongTime === null) return
  if (type === PING) {
    c.put(f.response_in, pair.pong)
    return
  }
  c.put(f.response_to, pair.ping)
  c.put(f.rtt, seconds(pair.pingTime, pair.pongTime))
}

/** A message's text is Socket.IO's where it has its form; else only the two programs know what it is. */
function message(
  c: Cursor,
  f: Fields,
  session: EngineIoSession | undefined,
  { fromClient }: EngineTold,
): void {
  const start = c.pos
  if (c.recording) c.put(f.payload, decodeText(c.bytes.subarray(start, c.end)), start, c.end)
  if (parsePacket(c.bytes, start, c.end) !== undefined) {
    c.carry(socketIo, start, c.end, { session, fromClient } satisfies SocketIoTold)
    return
  }
  c.info('Engine.IO message 4')
  c.pos = c.end
}

/** A binary message: bytes of an earlier packet's placeholder, or an Engine.IO message of its own. */
function dissectBinary(c: Cursor, f: Fields, { link, fromClient }: EngineTold, bytes: Uint8Array): void {
  const { session } = link
  const attachment = c.remember(
    () => session && takeAttachment(session.socketIo, fromClient ? 'in' : 'out', c.packet.number),
  )
  c.put(f.type, MESSAGE)
  about(c, f, link, session)
  c.put(f.binary, true)
  const whole = bytes.byteOffset === c.bytes.byteOffset + c.pos && bytes.length === c.left
  const told: SocketIoTold = { session, fromClient, attachment }
  const inner = attachment === undefined ? data : socketIo
  if (attachment === undefined) c.info(`Engine.IO message 4, ${bytes.length} bytes of binary`)
  if (whole) {
    c.carry(inner, c.pos, c.end, told)
    return
  }
  c.pos = c.end
  c.carryBytes(inner, 'Decoded base64', bytes, told)
}

function dissectBase64(c: Cursor, f: Fields, told: EngineTold): void {
  const encoded = c.recording ? decodeText(c.bytes.subarray(c.pos + 1, c.end)) : ''
  c.put(f.payload, encoded, c.pos + 1, c.end)
  const decoded = decodeBase64(c.bytes, c.pos + 1, c.end)
  if (decoded === undefined) {
    c.put(f['=_ws.expert.message'], 'Binary message: expected base64 behind the b', c.pos, c.end)
  }
  dissectBinary(c, f, told, decoded ?? NO_BYTES)
}

const NO_BYTES = new Uint8Array(0)

/** Base64 with its padding (RFC 4648 §4); `undefined` when it is none. */
function decodeBase64(bytes: Uint8Array, start: number, end: number): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(decodeText(bytes.subarray(start, end))), (character) =>
      character.charCodeAt(0),
    )
  } catch {
    return undefined
  }
}

/** The request's parameters: which session the request belongs to, whatever its body holds. */
function dissectQuery(c: Cursor, f: Fields, { link }: EngineTold): void {
  for (const pair of latin1(c.bytes, c.pos, c.end).split('&')) {
    const start = c.pos
    const end = Math.min(c.end, start + pair.length)
    const equals = pair.indexOf('=')
    const [name, at] = [pair.slice(0, equals), start + equals + 1]
    if (name === 'EIO' && link.version > 0) c.put(f.version, link.version, at, end)
    else if (name === 'transport') c.put(f.transport, link.transport, at, end)
    else if (name === 'sid' && link.session !== undefined) c.put(f.sid, link.session.sid, at, end)
    c.pos = Math.min(c.end, end + 1)
  }
}

/** The "ok" with which the server takes a POST: no packet, but part of the session. */
function dissectReply(c: Cursor, f: Fields, { link }: EngineTold): void {
  about(c, f, link, link.session)
  c.takeText(f.payload, c.left)
}

/** A refusal: `{"code","message"}`, or the bare words where a WebSocket was asked for. */
function dissectError(c: Cursor, f: Fields, { link }: EngineTold): void {
  const { pos, end } = c
  const { root } = parseJson(c.bytes, pos, end)
  const bare = root?.kind !== 'object'
  const codeNode = member(root, 'code')
  const wordsNode = member(root, 'message')
  const words = bare ? decodeText(c.bytes.subarray(pos, end)) : stringOf(c.bytes, wordsNode)
  const code = bare ? codeOf(words) : numberOf(c.bytes, codeNode)
  c.remember(() => {
    const { session } = link
    const at = { frame: c.packet.number, time: c.packet.time }
    if (session !== undefined && session.state !== 'unknown' && code === UNKNOWN_SID) {
      closeSession(session, at, 'the server no longer knows it')
    }
    return null
  })
  about(c, f, link, link.session)
  if (code !== undefined) c.put(f['error.code'], code, codeNode?.start ?? pos, codeNode?.end ?? pos)
  if (words !== undefined) c.put(f['error.message'], words, wordsNode?.start ?? pos, wordsNode?.end ?? end)
  c.info(`Engine.IO error${code === undefined ? '' : ` ${code}`} ${quote(words ?? '')}`)
  if (bare) c.pos = end
  else c.carry(json)
}

function codeOf(words: string | undefined): number | undefined {
  const found = Object.entries(ERROR_CODES).find(([, meaning]) => meaning === words)
  return found && Number(found[0])
}
