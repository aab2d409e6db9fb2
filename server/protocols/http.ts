/**
 * Hypertext Transfer Protocol 1.1, RFC 9110 (meaning) and RFC 9112 (form).
 *
 *   start-line CRLF *( field-line CRLF ) CRLF [ message-body ]
 */
import type { Flow } from './conversation.ts'
import type { Cursor } from './cursor.ts'
import { data } from './data.ts'
import { engineIo } from './engine-io.ts'
import { confirm, type EngineTold, seconds } from './engine-session.ts'
import { dissectBody, type HttpFields } from './http-body.ts'
import {
  asking,
  awaited,
  awaitsUpgrade,
  type Exchange,
  fullUri,
  hasLeft,
  httpState,
  noMessage,
  overTls,
  type Remembered,
  recordRequest,
  recordResponse,
} from './http-exchange.ts'
import { HTTP_FIELDS } from './http-fields.ts'
import { BODY_PIECE, fits, framing, knownScan, LONG_BODY, messageLength, newScan } from './http-framing.ts'
import {
  asciiText,
  type Head,
  headerHas,
  headerValue,
  parseHead,
  type RequestHead,
  type ResponseHead,
} from './http-head.ts'
import { dissectHeaders } from './http-headers.ts'
import { plainLength } from './http-plain-head.ts'
import { looksLikeHttp } from './http-recognition.ts'
import { skimHttp } from './http-skim.ts'
import { statusMeaning } from './http-status.ts'
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
    const asker = fromClient ? state.server : state.client
    if (side.scan === undefined) {
      const length = plainLength(bytes, awaited(asker))
      if (length !== undefined && (length <= bytes.length || ended)) return Math.min(length, bytes.length)
      if (length !== undefined) side.scan = knownScan(length)
    }
    if (side.scan === undefined || !fits(side.scan, bytes)) side.scan = newScan()
    const length = messageLength(bytes, side.scan, ended, () => awaited(asker))
    if (length !== undefined && length <= bytes.length) side.scan = undefined
    return length
  },
  wordy: true,
  skim: skimHttp,
  recognises: (bytes, { flow }) => (hasLeft(flow) ? false : looksLikeHttp(bytes)),
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
    if (NOTIFICATIONS.has(head.method)) {
      // Counted neither here nor by Wireshark.
      sender.longBody = longBody(head, undefined)
      return noMessage(true)
    }
    const exchange = recordRequest(packet, flow, asking(head, overTls(flow)), sender)
    sender.longBody = longBody(head, exchange)
    return { fromClient: true, exchange, place: exchange.place, late: undefined }
  }
  const told = recordResponse(packet, flow, head.code, other)
  sender.longBody = longBody(head, told.exchange)
  const toWebSocket = headerHas(head, 'upgrade', 'websocket')
  const extensions = headerValue(head, 'sec-websocket-extensions')
  afterResponse(
    flow,
    !fromClient,
    { code: head.code, toWebSocket, extensions, frame: packet.number },
    told.exchange,
  )
  return told
}

/** Bytes to come of a body that is not waited for. */
function longBody(head: Head, asked: Exchange | undefined): number {
  const { framing: found } = framing(head, head.kind === 'response' ? asked : undefined)
  return found.kind === 'length' && found.length > LONG_BODY ? found.length : 0
}

/** What a response changes beyond its own exchange: the session it speaks for, the protocol of what follows. */
export function afterResponse(
  flow: Flow,
  opener: boolean,
  head: { code: number; toWebSocket: boolean; extensions: string | undefined; frame: number },
  exchange: Exchange | undefined,
): void {
  const session = exchange?.link?.session
  if (session !== undefined && head.code < 300) confirm(session, head.frame)
  if (head.code === 101) {
    const { toWebSocket } = head
    // What an upgrade to anything else looks like is found out from its bytes.
    httpState(flow).left = !toWebSocket
    flow.application = toWebSocket ? websocket : undefined
    if (toWebSocket) beginWebSocket(flow, opener, exchange?.link, head.extensions)
  } else if (exchange?.method === 'CONNECT' && head.code >= 200 && head.code < 300)
    flow.application = undefined
}

function continuation(c: Cursor, f: HttpFields): undefined {
  c.put(f.continuation, '', c.pos, c.end)
  c.info('Continuation')
  // Wireshark takes what begins with no character for the middle of a file.
  const [first = 0] = c.bytes.subarray(c.pos, c.end)
  if (c.recording && first >= 0x20 && first < 0x7f) {
    c.put(f.file_data, asciiText(c.bytes.subarray(c.pos, c.end)), c.pos, c.end)
  }
  c.carry(data)
  return undefined
}

function dissectRequest(c: Cursor, f: HttpFields, head: RequestHead, told: Remembered): void {
  const { exchange, place, fromClient } = told
  if (c.worded) c.info(`${head.method} ${short(head.uri)} ${head.version}`)
  if (c.recording) {
    const notification = NOTIFICATIONS.has(head.method)
    const shown = `${head.method} ${head.uri} ${head.version}`
    startLine(c, f, head, notification ? f.notification : f.request, shown, () => {
      c.put(f['request.method'], head.method, head.methodAt.start, head.methodAt.end)
      c.pos = head.uriAt.start
      const { start, end } = head.uriAt
      const ascii = asciiText(c.bytes.subarray(start, end))
      c.group(f['request.uri'], ascii, () => uriParts(c, f, head), ascii === head.uri ? undefined : head.uri)
      c.put(f['request.version'], head.version, head.versionAt.start, head.versionAt.end)
    })
    dissectHeaders(c, f, head, notification)
    const uri = fullUri(head, overTls(c.packet.flow))
    if (uri !== undefined) c.put(f['request.full_uri'], uri)
    if (place !== undefined) {
      c.put(f.request_number, place.number)
      if (place.prevRequest > 0) c.put(f.prev_request_in, place.prevRequest)
      if (place.nextRequest > 0) c.put(f.next_request_in, place.nextRequest)
    }
    if (exchange?.response !== undefined) c.put(f.response_in, exchange.response.frame)
  }
  c.pos = head.bodyAt
  if (exchange?.link !== undefined) {
    const query = c.bytes.subarray(0, head.uriAt.end).indexOf(0x3f, head.uriAt.start)
    const part: EngineTold = { link: exchange.link, fromClient, part: 'query' }
    if (query >= 0) c.carry(engineIo, query + 1, head.uriAt.end, part)
  }
  dissectBody(c, f, head, told)
}

/** The first line, with what stands before it and what it stands for. */
function startLine(
  c: Cursor,
  f: HttpFields,
  head: Head,
  kind: HttpFields['request'],
  shown: string,
  parts: () => void,
): void {
  const { start, end } = head.line
  if (start > c.pos) c.put(f.leading_crlf, '', c.pos, start)
  const { sourcePort, destinationPort, flow } = c.packet
  if ((sourcePort === HTTPS || destinationPort === HTTPS) && flow?.transport === 'tcp' && !overTls(flow)) {
    c.put(f.tls_port, '', start, end)
  }
  c.pos = start
  const whole = () => {
    c.put(f.chat, '', start, end, shown)
    parts()
    c.pos = end
  }
  c.group(kind, true, whole, shown)
}

const HTTPS = 443
/** Methods of UPnP's event notification: they ask for nothing that a response would bring. */
export const NOTIFICATIONS: ReadonlySet<string> = new Set(['NOTIFY', 'SUBSCRIBE', 'UNSUBSCRIBE'])

/** A target is told apart where it has a query: else it is its path. */
function uriParts(c: Cursor, f: HttpFields, head: RequestHead): void {
  const { start, end } = head.uriAt
  const mark = c.bytes.subarray(0, end).indexOf(QUESTION_MARK, start)
  if (mark < 0 || mark + 1 === end) {
    c.pos = end
    return
  }
  const put = (field: HttpFields['request.uri.path'], from: number, to: number) =>
    c.put(field, asciiText(c.bytes.subarray(from, to)), from, to)
  put(f['request.uri.path'], start, mark)
  put(f['request.uri.query'], mark + 1, end)
  for (let at = mark + 1; at < end; ) {
    const and = c.bytes.subarray(0, end).indexOf(AMPERSAND, at)
    const stop = and < 0 ? end : and
    if (stop > at) put(f['request.uri.query.parameter'], at, stop)
    at = stop + 1
  }
  c.pos = end
}

const QUESTION_MARK = 0x3f
const AMPERSAND = 0x26

function dissectResponse(c: Cursor, f: HttpFields, head: ResponseHead, told: Remembered): void {
  const { exchange, place } = told
  if (c.worded) {
    const type = headerValue(head, 'content-type')?.split(';')[0]
    c.info(`${head.version} ${head.code} ${head.phrase}${type === undefined ? '' : ` (${type})`}`)
  }
  if (c.recording) {
    startLine(c, f, head, f.response, `${head.version} ${head.code} ${head.phrase}`, () => {
      const { versionAt, codeAt, phraseAt } = head
      c.put(f['response.version'], head.version, versionAt.start, versionAt.end)
      c.put(f['response.code'], head.code, codeAt.start, codeAt.end)
      c.put(f['response.code.desc'], statusMeaning(head.code), codeAt.start, codeAt.end)
      if (phraseAt.end > phraseAt.start) {
        const ascii = asciiText(c.bytes.subarray(phraseAt.start, phraseAt.end))
        c.put(f['response.phrase'], ascii, phraseAt.start, phraseAt.end)
      }
    })
    dissectHeaders(c, f, head, false)
    if (place !== undefined) {
      c.put(f.response_number, place.number)
      if (place.prevRequest > 0) c.put(f.prev_request_in, place.prevRequest)
      if (place.prevResponse > 0) c.put(f.prev_response_in, place.prevResponse)
      if (place.nextRequest > 0) c.put(f.next_request_in, place.nextRequest)
      if (place.nextResponse > 0) c.put(f.next_response_in, place.nextResponse)
    }
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

export const URI_SHOWN = 160

function short(uri: string): string {
  return uri.length > URI_SHOWN ? `${uri.slice(0, URI_SHOWN)}…` : uri
}
