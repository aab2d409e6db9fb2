/** From the bytes behind a head to the content that was meant: chunks joined, compression undone, type known. */
import type { Inflaters } from './conversation.ts'
import { type Cursor, decodeText } from './cursor.ts'
import { data } from './data.ts'
import { dataTextLines, type TextTold, textDecoder } from './data-text-lines.ts'
import { engineIo } from './engine-io.ts'
import type { EngineTold } from './engine-session.ts'
import { joinChunks } from './http-chunks.ts'
import type { Remembered } from './http-exchange.ts'
import type { HTTP_FIELDS } from './http-fields.ts'
import { framing, LONG_BODY } from './http-framing.ts'
import { asciiText, type Head, headerValue } from './http-head.ts'
import { json } from './json.ts'
import { mediaType } from './media-type.ts'
import type { AnyProtocol, NamedFields } from './protocol.ts'
import { urlencodedForm } from './urlencoded-form.ts'

export type HttpFields = NamedFields<typeof HTTP_FIELDS>

/** Content as it can be read: where in which buffer. */
interface Content {
  readonly c: Cursor
  readonly start: number
  readonly end: number
}

const RECORD_SEPARATOR = 0x1e
const BASE64 = 0x62

/** Dissects the body of a message whose head was read; `c` stands at its first byte. */
export function dissectBody(c: Cursor, f: HttpFields, head: Head, told: Remembered): void {
  const { framing: found } = framing(head, head.kind === 'response' ? told.exchange : undefined)
  if (found.kind === 'length' && head.complete && c.left < found.length) {
    const why =
      found.length > LONG_BODY ? 'the rest follows in pieces' : 'the rest did not come or is not kept'
    c.put(f['=_ws.expert.message'], `Body: ${found.length} bytes announced, ${c.left} here; ${why}`)
  }
  if (c.left <= 0) return
  const start = c.pos
  let content: Content | undefined = { c, start, end: c.end }
  if (found.kind === 'chunked') content = dechunked(c, f, head)
  content = content && decompress(content, f, head, c)
  if (content === undefined) c.pos = c.end
  else carryContent(content, f, head, told)
  c.pos = c.end
}

/** Undoes the chunks; `undefined` where another transfer coding is left behind them: Wireshark undoes none either. */
function dechunked(c: Cursor, f: HttpFields, head: Head): Content | undefined {
  const joined = joinChunks(c, f)
  if (joined.length === 0) return undefined
  const inner = c.reading('De-chunked entity body', joined)
  const codings = (headerValue(head, 'transfer-encoding') ?? '').toLowerCase().split(',')
  const others = codings
    .map((coding) => coding.trim())
    .filter((coding) => !/^(?:|identity|chunked)$/.test(coding))
  if (others.length === 0) return { c: inner, start: 0, end: joined.length }
  inner.carry(data, 0, joined.length)
  return undefined
}

function carryContent(content: Content, f: HttpFields, head: Head, told: Remembered): void {
  const { c, start, end } = content
  if (start >= end) return
  const bytes = c.bytes.subarray(start, end)
  const type = headerValue(head, 'content-type')
  const name = typeName(type)
  const charset = /;\s*charset="?([\w.:-]{1,40})/i.exec(type ?? '')?.[1]
  if (c.recording) c.put(f.file_data, asciiText(bytes), start, end, shownText(bytes, charset))
  const link = told.exchange?.link
  if (link !== undefined && carryEngineIo(content, bytes, head, told, link)) return
  const inner = name === undefined ? data : contentProtocol(name)
  c.carry(inner, start, end, { charset } satisfies TextTold)
  if (inner === mediaType && name !== undefined && isJson(name)) c.carry(json, start, end)
}

/** The type alone, without its parameters. */
export function typeName(type: string | undefined): string | undefined {
  return type?.split(/[;\s]/, 1)[0]?.toLowerCase()
}

/** The value as a person reads it, where ASCII says too little: its beginning is enough. */
function shownText(bytes: Uint8Array, charset: string | undefined): string | undefined {
  const head = bytes.subarray(0, SHOWN)
  return head.some((byte) => byte >= 0x80) ? textDecoder(charset)(head) : undefined
}

const SHOWN = 4096

/** As Wireshark's table of media types has it, as far as what it leads to is known here. */
export function contentProtocol(name: string): AnyProtocol {
  if (TEXT_TYPES.test(name)) return dataTextLines
  if (JSON_TYPES.test(name)) return json
  if (name === 'application/x-www-form-urlencoded') return urlencodedForm
  if (name === 'application/octet-stream' || name.startsWith('multipart/')) return data
  return mediaType
}

/** What it is inside is told by the suffix (RFC 6839 §3.1): Wireshark stops at the type it does not know. */
export function isJson(name: string): boolean {
  return /\+json$|^text\/json$/.test(name)
}

const TEXT_TYPES =
  /^(?:text\/(?:plain|html|css|javascript|xml)|application\/(?:xml|(?:soap|rss)\+xml|x-javascript|x-ns-proxy-autoconfig)|image\/svg\+xml|message\/http)$/
const JSON_TYPES =
  /^application\/(?:json|x-ndjson|jsonrequest|json-rpc|(?:problem|merge-patch|senml|sensml)\+json)$/

/** Engine.IO over polling: packets joined by a record separator, or the server's short answers. */
function carryEngineIo(
  { c, start, end }: Content,
  bytes: Uint8Array,
  head: Head,
  { fromClient }: Remembered,
  link: EngineTold['link'],
): boolean {
  if (head.kind === 'response' && (head.code === 400 || head.code === 403)) {
    c.carry(engineIo, start, end, { link, fromClient, part: 'error' } satisfies EngineTold)
    return true
  }
  if (link.transport !== 'polling' || link.version !== 4) return false
  if (head.kind === 'response' && bytes.length === 2 && decodeText(bytes) === 'ok') {
    c.carry(engineIo, start, end, { link, fromClient, part: 'reply' } satisfies EngineTold)
    return true
  }
  const [first = 0] = bytes
  if ((first < 0x30 || first > 0x36) && first !== BASE64) return false
  for (let at = start; at <= end; ) {
    const separator = c.bytes.indexOf(RECORD_SEPARATOR, at)
    const stop = separator < 0 || separator > end ? end : separator
    c.carry(engineIo, at, stop, { link, fromClient, part: 'packet' } satisfies EngineTold)
    at = stop + 1
  }
  return true
}

/** Undoes the content codings, the last first; content that can't be undone stays as it is, and that is said. */
function decompress(content: Content, f: HttpFields, head: Head, own: Cursor): Content | undefined {
  const codings = (headerValue(head, 'content-encoding') ?? '').toLowerCase().split(',')
  let { c, start, end } = content
  for (const coding of codings.map((name) => name.trim()).reverse()) {
    if (coding === '' || coding === 'identity' || start >= end) continue
    const undo = INFLATERS[coding]
    const inflated = undo?.(own.packet.surroundings.inflate, c.bytes.subarray(start, end))
    if (inflated === undefined) {
      const why = undo === undefined ? 'not known here' : 'not valid, or longer than is undone here'
      c.put(f.decompression_failed, '', start, end)
      c.put(
        f['=_ws.expert.message'],
        `Content-Encoding ${coding}: ${why}; the body is left compressed`,
        start,
        end,
      )
      c.carry(data, start, end)
      return undefined
    }
    c = own.reading('Uncompressed entity body', inflated)
    start = 0
    end = inflated.length
  }
  return { c, start, end }
}

const INFLATERS: Readonly<Record<string, (by: Inflaters, bytes: Uint8Array) => Uint8Array | undefined>> = {
  gzip: (by, bytes) => by.gzip(bytes),
  'x-gzip': (by, bytes) => by.gzip(bytes),
  deflate: (by, bytes) => by.deflate(bytes),
  'x-deflate': (by, bytes) => by.deflate(bytes),
  br: (by, bytes) => by.brotli(bytes),
}
