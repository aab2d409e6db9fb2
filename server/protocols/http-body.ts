/** From the bytes behind a head to the content that was meant: chunks joined, compression undone, type known. */
import type { Inflaters } from './conversation.ts'
import { type Cursor, decodeText } from './cursor.ts'
import { data, isText } from './data.ts'
import { engineIo } from './engine-io.ts'
import type { EngineTold } from './engine-session.ts'
import type { Remembered } from './http-exchange.ts'
import type { HTTP_FIELDS } from './http-fields.ts'
import { chunkSize, framing, LONG_BODY } from './http-framing.ts'
import { type Head, headerValue } from './http-head.ts'
import { json } from './json.ts'
import type { NamedFields } from './protocol.ts'

export type HttpFields = NamedFields<typeof HTTP_FIELDS>

/** Content as it can be read: where in which buffer. */
interface Content {
  readonly c: Cursor
  readonly start: number
  readonly end: number
}

const RECORD_SEPARATOR = 0x1e
const BASE64 = 0x62
/** A chunked body may have a chunk a byte; no more than these are shown one by one. */
const MAX_CHUNKS_SHOWN = 500

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
  if (found.kind === 'chunked') content = joinChunks(c, f)
  content = content && decompress(content, f, head, c)
  if (content === undefined) c.pos = c.end
  else carryContent(content, f, head, told, c)
  if (content?.c !== c) c.pos = c.end
}

function carryContent(content: Content, f: HttpFields, head: Head, told: Remembered, own: Cursor): void {
  const { c, start, end } = content
  if (start >= end) return
  const bytes = c.bytes.subarray(start, end)
  const link = told.exchange?.link
  // Polling joins its packets with a control character, and is text all the same.
  const type = headerValue(head, 'content-type')?.toLowerCase() ?? ''
  const text =
    isText(bytes) || type.startsWith('text/') || (link?.transport === 'polling' && !bytes.includes(0))
  if (text && c.recording) c.put(f.file_data, textOf(bytes, type), start, end)
  if (link !== undefined && carryEngineIo(content, bytes, head, told, link)) return
  if (/^application\/(?:[^;\s]+\+)?json\b/.test(type)) {
    c.carry(json, start, end)
  } else if (text) own.pos = own.end
  else c.carry(data, start, end)
}

/** Text in the charset that its type names (RFC 9110 §8.3.2); UTF-8 when it names none, or none that is known. */
function textOf(bytes: Uint8Array, type: string): string {
  const charset = /;\s*charset="?([\w.:-]{1,40})/.exec(type)?.[1]
  if (charset === undefined || charset === 'utf-8') return decodeText(bytes)
  try {
    return new TextDecoder(charset, { ignoreBOM: true }).decode(bytes)
  } catch {
    return decodeText(bytes)
  }
}

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

/** Records the chunks of RFC 9112 §7.1 and joins their data; stops where a size can't be read. */
function joinChunks(c: Cursor, f: HttpFields): Content {
  const parts: Uint8Array[] = []
  let length = 0
  let shown = 0
  while (c.left > 0) {
    const lf = c.bytes.indexOf(0x0a, c.pos)
    const lineEnd = lf < 0 || lf >= c.end ? c.end : lf
    const size = chunkSize(c.bytes, c.pos, lineEnd)
    if (size === undefined) {
      const found = JSON.stringify(decodeText(c.bytes.subarray(c.pos, Math.min(lineEnd, c.pos + 20))))
      c.put(f['=_ws.expert.message'], `Chunk size: expected hex digits, found ${found}`, c.pos, lineEnd)
      break
    }
    const dataAt = Math.min(c.end, lineEnd + 1)
    const dataEnd = Math.min(c.end, dataAt + size)
    if (++shown <= MAX_CHUNKS_SHOWN) c.put(f.chunk_size, size, c.pos, lineEnd)
    c.pos = dataAt
    if (size === 0) {
      trailers(c, f)
      break
    }
    parts.push(c.bytes.subarray(dataAt, dataEnd))
    length += dataEnd - dataAt
    if (shown <= MAX_CHUNKS_SHOWN) c.put(f.chunk_data, c.bytes.subarray(dataAt, dataEnd), dataAt, dataEnd)
    c.pos = dataEnd
    const boundary = c.bytes[c.pos] === 0x0d ? 2 : c.bytes[c.pos] === 0x0a ? 1 : 0
    const end = Math.min(c.end, c.pos + boundary)
    if (shown <= MAX_CHUNKS_SHOWN && end > c.pos)
      c.put(f.chunk_boundary, c.bytes.subarray(c.pos, end), c.pos, end)
    c.pos = end
  }
  const joined = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return { c: c.reading('De-chunked entity body', joined), start: 0, end: length }
}

function trailers(c: Cursor, f: HttpFields): void {
  while (c.left > 0) {
    const lf = c.bytes.indexOf(0x0a, c.pos)
    const next = lf < 0 || lf >= c.end ? c.end : lf + 1
    const line = c.recording ? decodeText(c.bytes.subarray(c.pos, next)).trimEnd() : ''
    if (line !== '') c.put(f.chunked_trailer_part, line, c.pos, next)
    c.pos = next
  }
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
  br: (by, bytes) => by.brotli(bytes),
}
