/** HTTP without recording: ordinary messages that are whole in one packet, and Engine.IO's packets in their bodies. */
import { data } from './data.ts'
import { engineIo } from './engine-io.ts'
import type { EngineLink, EngineTold } from './engine-session.ts'
import { afterResponse, NOTIFICATIONS, URI_SHOWN } from './http.ts'
import { contentProtocol, isJson, typeName } from './http-body.ts'
import {
  absoluteUri,
  type Exchange,
  httpState,
  overTls,
  type Remembered,
  recordRequest,
  recordResponse,
} from './http-exchange.ts'
import { LONG_BODY } from './http-framing.ts'
import { latin1 } from './http-head.ts'
import {
  CONNECTION,
  CONTENT_ENCODING,
  CONTENT_TYPE,
  EXTENSIONS,
  HOST,
  PlainHead,
  UPGRADE,
} from './http-plain-head.ts'
import { json } from './json.ts'
import { mediaType } from './media-type.ts'
import type { Skim } from './skim.ts'

const VERSION_LENGTH = 8
const SEMICOLON = 0x3b
const QUESTION_MARK = 0x3f
const RECORD_SEPARATOR = 0x1e
const BASE64 = 0x62
const SWITCHING = 101

/** One for all messages. */
const head = new PlainHead()
const encoder = new TextEncoder()
const ELLIPSIS = encoder.encode('… ')

export function skimHttp(s: Skim): boolean {
  const { bytes, at: start, end, flow } = s
  if (flow === undefined || s.wireEnd !== end || !head.read(bytes, start, end)) return false
  // What is compressed is undone by dissect, which also tells a body that comes in pieces.
  const coded = head.to(CONTENT_ENCODING) > head.from(CONTENT_ENCODING)
  if ((coded && head.bodyAt < end) || head.contentLength > LONG_BODY) return false
  const state = httpState(flow)
  const fromClient = s.fromClient === true
  const sender = fromClient ? state.client : state.server
  const other = fromClient ? state.server : state.client
  if (sender.longBody > 0) return false
  if (head.isRequest) {
    const method = latin1(bytes, start, head.methodEnd)
    if (NOTIFICATIONS.has(method)) return false
    const uri = latin1(bytes, head.uriAt, head.uriEnd)
    const fullUri = absoluteUri(method, uri, head.value(bytes, HOST), overTls(flow))
    const upgrade = head.has(UPGRADE) && names(head.value(bytes, CONNECTION), 'upgrade')
    sender.scan = undefined
    const exchange = recordRequest(s, flow, { method, uri, fullUri, upgrade }, sender)
    s.remember({ fromClient: true, exchange, place: exchange.place, late: undefined } satisfies Remembered)
    if (s.speak()) requestWords(s, start)
    if (exchange.link !== undefined) skimQuery(s)
    skimBody(s, end, exchange, true)
    return true
  }
  sender.scan = undefined
  const told = s.remember(recordResponse(s, flow, head.code, other))
  const toWebSocket = head.code === SWITCHING && names(head.value(bytes, UPGRADE), 'websocket')
  const extensions = head.code === SWITCHING ? head.value(bytes, EXTENSIONS) : undefined
  afterResponse(
    flow,
    !fromClient,
    { code: head.code, toWebSocket, extensions, frame: s.number },
    told.exchange,
  )
  if (s.speak()) responseWords(s, start)
  skimBody(s, end, told.exchange, told.fromClient)
  return true
}

/** Whether a list header names `token`, without regard to case. */
function names(value: string | undefined, token: string): boolean {
  if (value === undefined) return false
  const found = value.toLowerCase()
  return found === token || found.split(',').some((item) => item.trim() === token)
}

function requestWords({ info: ink, bytes }: Skim, start: number): void {
  const { uriAt, uriEnd, lineEnd } = head
  ink.room(URI_SHOWN + lineEnd - start)
  if (uriEnd - uriAt <= URI_SHOWN) {
    ink.copy(bytes, start, lineEnd)
    return
  }
  ink.copy(bytes, start, uriAt + URI_SHOWN)
  ink.copy(ELLIPSIS)
  ink.copy(bytes, lineEnd - VERSION_LENGTH, lineEnd)
}

function responseWords({ info: ink, bytes }: Skim, start: number): void {
  const type = head.from(CONTENT_TYPE)
  const typeEnd = head.to(CONTENT_TYPE)
  ink.room(head.lineEnd - start + typeEnd - type + 64)
  ink.copy(bytes, start, head.lineEnd)
  if (type < 0) return
  let end = type
  while (end < typeEnd && bytes[end] !== SEMICOLON) end++
  ink.ascii(' (')
  ink.copy(bytes, type, end)
  ink.ascii(')')
}

/** The parameters of a request of Engine.IO's are a layer. */
function skimQuery(s: Skim): void {
  const { end, bytes } = s
  let at = head.uriAt
  while (at < head.uriEnd && bytes[at] !== QUESTION_MARK) at++
  s.at = at + 1
  s.end = head.uriEnd
  s.pass(engineIo)
  s.end = end
}

function skimBody(s: Skim, end: number, exchange: Exchange | undefined, fromClient: boolean): void {
  const { bytes } = s
  const { bodyAt, code, isRequest } = head
  if (bodyAt >= end) return
  s.at = bodyAt
  s.end = end
  const link = exchange?.link
  if (link !== undefined) {
    if (!isRequest && (code === 400 || code === 403)) {
      s.hush()
      s.leave(engineIo, bodyAt, end, { link, fromClient, part: 'error' } satisfies EngineTold)
      return
    }
    const first = bytes[bodyAt] ?? 0
    if (link.transport === 'polling' && link.version === 4) {
      if (!isRequest && end - bodyAt === 2 && first === 0x6f && bytes[bodyAt + 1] === 0x6b) {
        s.pass(engineIo)
        return
      }
      if ((first >= 0x30 && first <= 0x36) || first === BASE64) {
        skimPackets(s, bodyAt, end, link, fromClient)
        return
      }
    }
  }
  const name = typeName(head.value(bytes, CONTENT_TYPE))
  const inner = name === undefined ? data : contentProtocol(name)
  s.pass(inner)
  if (inner === mediaType && name !== undefined && isJson(name)) s.pass(json)
}

/** Packets behind one another, each with something to say: that takes the place of the head's words. */
function skimPackets(s: Skim, start: number, end: number, link: EngineLink, fromClient: boolean): void {
  const { bytes } = s
  s.hush()
  for (let at = start; at <= end; ) {
    let stop = at
    while (stop < end && bytes[stop] !== RECORD_SEPARATOR) stop++
    s.at = at
    s.end = stop
    s.wireEnd = stop
    if (at > start) s.beside()
    const { length } = s.memory
    s.told = { link, fromClient, part: 'packet', message: undefined }
    if (s.handedOver || !s.enter(engineIo)) {
      s.forget(length)
      s.leave(engineIo, at, stop, { link, fromClient, part: 'packet' } satisfies EngineTold)
    }
    at = stop + 1
  }
}
