/** The header lines of a message, each with its fields: RFC 9112 §5. */
import { type Cursor, decodeText } from './cursor.ts'
import type { HttpFields } from './http-body.ts'
import { framing, lengthOf } from './http-framing.ts'
import { allValues, asciiText, type BadLine, type Head, type HeaderLine } from './http-head.ts'
import { headerKey } from './http-header-fields.ts'

/** Records the header lines; `c` is left at the body. */
export function dissectHeaders(c: Cursor, f: HttpFields, head: Head, notification: boolean): void {
  const { problem } = framing(head, undefined)
  const both = allValues(head, 'content-length').length > 0 && allValues(head, 'transfer-encoding').length > 0
  for (const header of inOrder(head)) {
    const { start, end, lineEnd } = header
    c.pos = start
    const bytes = c.bytes.subarray(start, lineEnd)
    const body = () => {
      if ('key' in header) headerFields(c, f, header, both)
      else c.put(f.bad_header_name, '', start, end)
      c.pos = lineEnd
    }
    // With its line end, as in Wireshark: it is of the line.
    const shown = decodeText(bytes).trimEnd()
    if (!notification) {
      c.group(head.kind === 'request' ? f['request.line'] : f['response.line'], asciiText(bytes), body, shown)
    } else if ('key' in header && headerKey(header.key) !== undefined) body()
    else c.group(f.unknown_header, asciiText(bytes), body, shown)
  }
  c.pos = head.bodyAt
  if (problem !== undefined) c.put(f['=_ws.expert.message'], problem, head.line.start, head.bodyAt)
  if (!head.complete) {
    c.put(f['=_ws.expert.message'], 'Head: expected an empty line at its end, found the end of the bytes')
  }
}

function inOrder({ headers, bad }: Head): readonly (HeaderLine | BadLine)[] {
  return bad.length === 0 ? headers : [...headers, ...bad].sort((a, b) => a.start - b.start)
}

const KNOWN_CODINGS = /^(?:chunked|(?:x-)?compress|deflate|(?:x-)?gzip|identity)$/

function headerFields(c: Cursor, f: HttpFields, header: HeaderLine, both: boolean): void {
  const { key, value, valueAt: at } = header
  const ascii = asciiText(c.bytes.subarray(at.start, at.end))
  const shown = ascii === value ? undefined : value
  if (key === 'content-length') {
    c.put(f.content_length_header, ascii, at.start, at.end)
    const length = lengthOf(value)
    if (length !== undefined) c.put(f.content_length, length, at.start, at.end)
    return
  }
  const known = headerKey(key)
  if (known !== undefined) c.put(f[known], ascii, at.start, at.end, shown)
  if (key === 'cookie') cookiePairs(c, f, header)
  else if (key === 'authorization' || key === 'proxy-authorization') credentials(c, f, header)
  else if (key === 'transfer-encoding') {
    if (both) c.put(f.te_and_length, '', at.start, at.end)
    const codings = value.split(',').map((coding) => coding.trim())
    if (!codings.every((coding) => coding === '' || KNOWN_CODINGS.test(coding))) {
      c.put(f.te_unknown, '', at.start, at.end)
    }
  }
}

/** Positions are counted in one character a byte. */
function cookiePairs(c: Cursor, f: HttpFields, { valueAt }: HeaderLine): void {
  for (let at = valueAt.start; at < valueAt.end; ) {
    const byte = c.bytes[at]
    if (byte === SEMICOLON || byte === SP || byte === TAB) {
      at++
      continue
    }
    const semicolon = c.bytes.subarray(at, valueAt.end).indexOf(SEMICOLON)
    const end = semicolon < 0 ? valueAt.end : at + semicolon
    c.put(f.cookie_pair, asciiText(c.bytes.subarray(at, end)), at, end)
    at = end
  }
}

const SEMICOLON = 0x3b
const SP = 0x20
const TAB = 0x09

function credentials(c: Cursor, f: HttpFields, { value, valueAt }: HeaderLine): void {
  if (!value.startsWith('Basic ')) return
  try {
    const binary = atob(value.slice('Basic '.length).trim())
    const words = decodeText(Uint8Array.from(binary, (character) => character.charCodeAt(0)))
    c.put(f.authbasic, words, valueAt.start + 'Basic '.length, valueAt.end)
  } catch {
    c.put(f['=_ws.expert.message'], 'Authorization: expected base64 behind Basic', valueAt.start, valueAt.end)
  }
}
