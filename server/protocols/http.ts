/**
 * Hypertext Transfer Protocol 1.1, RFC 9110 (meaning) and RFC 9112 (form).
 *
 *   start-line CRLF *( field-line CRLF ) CRLF [ message-body ]
 */
import type { Flow } from './conversation.ts'
import { type Cursor, decodeText } from './cursor.ts'
import { data } from './data.ts'
import { engineIo } from './engine-io.ts'
import { confirm, type EngineTold, seconds } from './engine-session.ts'
import { dissectBody, type HttpFields } from './http-body.ts'
import {
  awaited,
  awaitsUpgrade,
  type Exchange,
  fullUri,
  httpState,
  noMessage,
  type Remembered,
  recordRequest,
  recordResponse,
} from './http-exchange.ts'
import { HTTP_FIELDS, headerKey, STATUS_CODES } from './http-fields.ts'
import { BODY_PIECE, fits, framing, LONG_BODY, messageLength, newScan } from './http-framing.ts'
import {
  type Head,
  type HeaderLine,
  headerHas,
  headerValue,
  latin1,
  parseHead,
  type RequestHead,
  type ResponseHead,
} from './http-head.ts'
import { looksLikeHttp } from './http-recognition.ts'
import { streamProtocol } from './protocol.ts'
import { beginWebSocket, websocket } from './websocket.ts'

export const http = streamProtocol({
  id: 'http',
  name: 'Hypertext Transfer Protocol',
  short: 'HTTP',
  osi: 7,
  unit: 'message',
  spec: 'RFC 9112',
  about:
    'One side asks for something by its name, the other answers: each message is text headers, then a body.',
  fields: HTTP_FIELDS,
  dissect(c, f) {
    const head = parseHead(c.bytes, c.pos, c.end)
    const told = c.remember(() => record(c, head))
    if (head === undefined) return continuation(c, f)
    if (head.kind === 'request') dissectRequest(c, f, head, told)
    else dissectResponse(c, f, head, told)
    return undefined
  },
  frameLength(bytes, { flow, fromClient, ended }) {
    if (bytes.length === 0) return undefined
    const state = httpState(flow)
    const side = fromClient ? state.client : state.server
    if (side.longBody > 0) return Math.min(side.longBody, BODY_PIECE)
    if (awaitsUpgrade(side)) return undefined
    if (side.scan === undefined || !fits(side.scan, bytes)) side.scan = newScan()
    const asker = fromClient ? state.server : state.client
    const length = messageLength(bytes, side.scan, ended, () => awaited(asker))
    if (length !== undefined && length <= bytes.length) side.scan = undefined
    return length
  },
  recognises: looksLikeHttp,
})

/** The only place where the connection's state changes. */
function record(c: Cursor, head: Head | undefined): Remembered {
  const { packet } = c
  const { flow } = packet
  if (flow === undefined) return noMessage(true)
  const fromClient = packet.source === flow.client.address && packet.sourcePort === flow.client.port
  const state = httpState(flow)
  const [sender, other] = fromClient ? [state.client, state.server] : [state.server, state.client]
  sender.scan = undefined
  if (sender.longBody > 0) {
    sender.longBody = Math.max(0, sender.longBody - c.left)
    return noMessage(fromClient)
  }
  if (head === undefined) return noMessage(fromClient)
  if (head.kind === 'request') {
    const exchange = recordRequest(packet, flow, head, sender)
    sender.longBody = longBody(head, exchange)
    return { fromClient: true, exchange, number: 0, late: undefined }
  }
  const told = recordResponse(packet, head.code, sender, other)
  sender.longBody = longBody(head, told.exchange)
  afterResponse(flow, !fromClient, head, told.exchange)
  return told
}

/** Bytes to come of a body that is not waited for. */
function longBody(head: Head, asked: Exchange | undefined): number {
  const { framing: found } = framing(head, head.kind === 'response' ? asked : undefined)
  return found.kind === 'length' && found.length > LONG_BODY ? found.length : 0
}

/** What a response changes beyond its own exchange: the session it speaks for, the protocol of what follows. */
function afterResponse(
  flow: Flow,
  opener: boolean,
  head: ResponseHead,
  exchange: Exchange | undefined,
): void {
  const session = exchange?.link?.session
  if (session !== undefined && head.code < 300) confirm(session)
  if (head.code === 101) {
    const toWebSocket = headerHas(head, 'upgrade', 'websocket')
    // What an upgrade to anything else looks like is found out from its bytes.
    flow.application = toWebSocket ? websocket : undefined
    if (toWebSocket)
      beginWebSocket(flow, opener, exchange?.link, headerValue(head, 'sec-websocket-extensions'))
  } else if (exchange?.method === 'CONNECT' && head.code >= 200 && head.code < 300)
    flow.application = undefined
}

function continuation(c: Cursor, f: HttpFields): undefined {
  c.put(f.continuation, '', c.pos, c.end)
  c.info('Continuation')
  c.carry(data)
  return undefined
}

function dissectRequest(c: Cursor, f: HttpFields, head: RequestHead, told: Remembered): void {
  const { exchange, fromClient } = told
  if (c.recording) {
    c.info(`${head.method} ${short(head.uri)} ${head.version}`)
    c.pos = head.line.start
    c.group(
      f.request,
      true,
      () => {
        c.put(f['request.method'], head.method, head.methodAt.start, head.methodAt.end)
        c.pos = head.uriAt.start
        c.group(f['request.uri'], head.uri, () => uriParts(c, f, head))
        c.put(f['request.version'], head.version, head.versionAt.start, head.versionAt.end)
        c.pos = head.line.end
      },
      `${head.method} ${head.uri} ${head.version}`,
    )
    headers(c, f, head)
    c.put(f['request.full_uri'], fullUri(head))
    if (exchange !== undefined) {
      c.put(f.request_number, exchange.number)
      if (exchange.response !== undefined) c.put(f.response_in, exchange.response.frame)
    }
  }
  c.pos = head.bodyAt
  if (exchange?.link !== undefined) {
    const query = c.bytes.subarray(0, head.uriAt.end).indexOf(0x3f, head.uriAt.start)
    const part: EngineTold = { link: exchange.link, fromClient, part: 'query' }
    if (query >= 0) c.carry(engineIo, query + 1, head.uriAt.end, part)
  }
  dissectBody(c, f, head, told)
}

function uriParts(c: Cursor, f: HttpFields, head: RequestHead): void {
  const { start, end } = head.uriAt
  const mark = c.bytes.subarray(0, end).indexOf(0x3f, start)
  const pathEnd = mark < 0 ? end : mark
  if (head.uri.startsWith('/')) {
    c.pos = start
    c.takeText(f['request.uri.path'], pathEnd - start)
  }
  if (mark >= 0) {
    c.pos = mark + 1
    c.takeText(f['request.uri.query'], end - mark - 1)
    for (let at = mark + 1; at < end; ) {
      const and = c.bytes.subarray(0, end).indexOf(0x26, at)
      const stop = and < 0 ? end : and
      c.pos = at
      if (stop > at) c.takeText(f['request.uri.query.parameter'], stop - at)
      at = stop + 1
    }
  }
  c.pos = end
}

function dissectResponse(c: Cursor, f: HttpFields, head: ResponseHead, told: Remembered): void {
  const { exchange } = told
  if (c.recording) {
    const type = headerValue(head, 'content-type')?.split(';')[0]
    c.info(`${head.version} ${head.code} ${head.phrase}${type === undefined ? '' : ` (${type})`}`)
    c.pos = head.line.start
    c.group(
      f.response,
      true,
      () => {
        c.put(f['response.version'], head.version, head.versionAt.start, head.versionAt.end)
        c.put(f['response.code'], head.code, head.codeAt.start, head.codeAt.end)
        const meaning = STATUS_CODES[head.code]
        if (meaning !== undefined) c.put(f['response.code.desc'], meaning, head.codeAt.start, head.codeAt.end)
        c.put(f['response.phrase'], head.phrase, head.phraseAt.start, head.phraseAt.end)
        c.pos = head.line.end
      },
      `${head.version} ${head.code} ${head.phrase}`,
    )
    headers(c, f, head)
    if (told.number > 0) c.put(f.response_number, told.number)
    const answered = exchange ?? told.late
    if (answered !== undefined) {
      c.put(f.request_in, answered.frame)
      if (exchange !== undefined) c.put(f.time, seconds(exchange.time, c.packet.time))
      c.put(f['response_for.uri'], answered.uri)
    }
  }
  c.pos = head.bodyAt
  dissectBody(c, f, head, told)
}

function headers(c: Cursor, f: HttpFields, head: Head): void {
  const line = head.kind === 'request' ? f['request.line'] : f['response.line']
  for (const header of head.headers) {
    c.pos = header.start
    // With its line end, as in Wireshark: it is of the line.
    const whole = c.recording ? decodeText(c.bytes.subarray(header.start, header.lineEnd)) : ''
    const body = () => {
      headerField(c, f, header)
      c.pos = header.lineEnd
    }
    c.group(line, whole, body, `${header.name}: ${header.value}`)
  }
  for (const bad of head.bad) {
    c.put(f.bad_header_name, latin1(c.bytes, bad.start, bad.end), bad.start, bad.end)
  }
  const { problem } = framing(head, undefined)
  c.pos = head.bodyAt
  if (problem !== undefined) c.put(f['=_ws.expert.message'], problem, head.line.start, head.bodyAt)
  if (!head.complete) {
    c.put(f['=_ws.expert.message'], 'Head: expected an empty line at its end, found the end of the bytes')
  }
}

function headerField(c: Cursor, f: HttpFields, { key, value, valueAt: at, start, end }: HeaderLine): void {
  if (key === 'content-length') {
    c.put(f.content_length_header, value, at.start, at.end)
    if (/^\d+$/.test(value) && Number.isSafeInteger(Number(value))) {
      c.put(f.content_length, Number(value), at.start, at.end)
    }
    return
  }
  const known = headerKey(key)
  if (known === undefined) c.put(f.unknown_header, `${key}: ${value}`, start, end)
  else c.put(f[known], value, at.start, at.end)
  if (key !== 'cookie') return
  for (const pair of value.split(';'))
    if (pair.trim() !== '') c.put(f.cookie_pair, pair.trim(), at.start, at.end)
}

const URI_SHOWN = 160

function short(uri: string): string {
  return uri.length > URI_SHOWN ? `${uri.slice(0, URI_SHOWN)}…` : uri
}
