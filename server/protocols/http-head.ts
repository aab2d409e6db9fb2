/**
 * The head of an HTTP/1.1 message, RFC 9112 §2 to §5: a start line and header fields, up to an empty line.
 *
 *   request-line = method SP request-target SP HTTP-version CRLF
 *   status-line  = HTTP-version SP status-code SP [ reason-phrase ] CRLF
 *   field-line   = field-name ":" OWS field-value OWS CRLF
 *
 * Offsets are into the bytes given; a line may end in LF alone (§2.2).
 */
import { decodeText } from './cursor.ts'

/** Longer heads are no HTTP that a server would accept; also the bound on what is kept waiting for their end. */
export const MAX_HEAD = 65_536

const LF = 0x0a
const CR = 0x0d
const SP = 0x20
const TAB = 0x09
const COLON = 0x3a

export interface Range {
  readonly start: number
  readonly end: number
}

export interface HeaderLine extends Range {
  /** As written. */
  readonly name: string
  /** In lower case, since names are compared without case (RFC 9110 §5.1). */
  readonly key: string
  /** Behind the colon and the white space there, up to the end of the line: white space at its end is kept. */
  readonly value: string
  readonly valueAt: Range
  /** Where the line ends, its CRLF included. */
  readonly lineEnd: number
}

export interface BadLine extends Range {
  readonly lineEnd: number
}

interface HeadCommon {
  /** The start line without its CRLF. */
  readonly line: Range
  readonly headers: readonly HeaderLine[]
  /** Lines that are no header: they have no colon, or a name that is none (§5.1). */
  readonly bad: readonly BadLine[]
  /** Where the empty line ends and the body begins. */
  readonly bodyAt: number
  /** Whether the empty line was there. */
  readonly complete: boolean
  readonly version: string
  readonly versionAt: Range
}

export interface RequestHead extends HeadCommon {
  readonly kind: 'request'
  readonly method: string
  readonly methodAt: Range
  readonly uri: string
  readonly uriAt: Range
}

export interface ResponseHead extends HeadCommon {
  readonly kind: 'response'
  readonly code: number
  readonly codeAt: Range
  readonly phrase: string
  readonly phraseAt: Range
}

export type Head = RequestHead | ResponseHead

/** Any token may be a method (RFC 9110 §9.1), but all that are registered are upper case: a body's rest seldom is. */
const METHOD = /^[A-Z][A-Z0-9_-]{1,63} /
const TOKEN = /^[A-Z][A-Z0-9_-]{0,63}$/
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const VERSION = /^ HTTP\/\d\.\d$/
const STATUS_LINE = /^(HTTP\/\d\.\d) +(\d{3})(?: +(.*))?$/s

/**
 * Reads a head that begins at `start`; `undefined` when the first line is no start line. Where the empty line is
 * missing, the head is what is there and `complete` is false. With `framingOnly` it holds only such headers as say
 * where the message ends.
 */
export function parseHead(
  bytes: Uint8Array,
  start: number,
  end: number,
  framingOnly = false,
): Head | undefined {
  let at = skipEmptyLines(bytes, start, end)
  const line = lineAt(bytes, at, end)
  if (line === undefined) return undefined
  const read = startLine(bytes, line)
  if (read === undefined) return undefined
  const headers: HeaderLine[] = []
  const bad: BadLine[] = []
  const common = { line: { start: line.start, end: line.end }, headers, bad }
  for (at = line.next; ; ) {
    const next = lineAt(bytes, at, end)
    if (next === undefined) {
      if (at < end) bad.push({ start: at, end, lineEnd: end })
      return { ...read, ...common, bodyAt: end, complete: false }
    }
    if (next.end === next.start) return { ...read, ...common, bodyAt: next.next, complete: true }
    if (framingOnly && !mayFrame(bytes, next.start)) {
      at = next.next
      continue
    }
    const header = headerLine(bytes, next)
    if (header === undefined) bad.push({ start: next.start, end: next.end, lineEnd: next.next })
    else headers.push(header)
    at = next.next
  }
}

/** `Content-Length` and `Transfer-Encoding`, by their length. */
function mayFrame(bytes: Uint8Array, start: number): boolean {
  return bytes[start + 14] === COLON || bytes[start + 17] === COLON
}

/** Whether the line that begins at `start` and ends at the LF at `lf` is a start line. */
export function isStartLine(bytes: Uint8Array, start: number, lf: number): boolean {
  const line = lineAt(bytes, start, lf + 1)
  return line !== undefined && startLine(bytes, line) !== undefined
}

/** Whether a first line that has not ended yet can become a start line. */
export function couldBegin(bytes: Uint8Array, at: number): boolean {
  const begin = latin1(bytes, at, Math.min(bytes.length, at + 70))
  return begin.startsWith('HTTP/') || 'HTTP/'.startsWith(begin) || METHOD.test(begin) || TOKEN.test(begin)
}

/** A robust server passes over empty lines before a request (§2.2). */
export function skipEmptyLines(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end && (bytes[at] === CR || bytes[at] === LF)) at++
  return at
}

/** All values of a header, trimmed, as one list: `a, b` (RFC 9110 §5.3). `undefined` when there is none. */
export function headerValue(head: Head, key: string): string | undefined {
  let found: string | undefined
  for (const header of head.headers) {
    if (header.key !== key) continue
    const value = header.value.trimEnd()
    found = found === undefined ? value : `${found}, ${value}`
  }
  return found
}

/** The values of a header, line by line. */
export function allValues(head: Head, key: string): string[] {
  return head.headers.filter((header) => header.key === key).map(({ value }) => value.trimEnd())
}

/** Whether a list header such as `Connection` names `token`, without regard to case. */
export function headerHas(head: Head, key: string, token: string): boolean {
  const value = headerValue(head, key)
  return value?.split(',').some((item) => item.trim().toLowerCase() === token) ?? false
}

interface Line extends Range {
  readonly next: number
}

function lineAt(bytes: Uint8Array, start: number, end: number): Line | undefined {
  const lf = bytes.indexOf(LF, start)
  if (lf < 0 || lf >= end) return undefined
  return { start, end: lf > start && bytes[lf - 1] === CR ? lf - 1 : lf, next: lf + 1 }
}

type StartLine =
  | Pick<RequestHead, 'kind' | 'method' | 'methodAt' | 'uri' | 'uriAt' | 'version' | 'versionAt'>
  | Pick<ResponseHead, 'kind' | 'code' | 'codeAt' | 'phrase' | 'phraseAt' | 'version' | 'versionAt'>

/** Offsets are counted in bytes, so the line is matched as Latin-1: one character a byte. */
function startLine(bytes: Uint8Array, line: Line): StartLine | undefined {
  const latin = latin1(bytes, line.start, line.end)
  const status = STATUS_LINE.exec(latin)
  if (status !== null) {
    const [, version = '', code = '', phrase = ''] = status
    const codeStart = line.start + latin.indexOf(code, version.length)
    const phraseAt = { start: line.end - phrase.length, end: line.end }
    return {
      kind: 'response',
      version,
      versionAt: { start: line.start, end: line.start + version.length },
      code: Number(code),
      codeAt: { start: codeStart, end: codeStart + 3 },
      phrase: decodeText(bytes.subarray(phraseAt.start, phraseAt.end)),
      phraseAt,
    }
  }
  const method = METHOD.exec(latin)?.[0].trimEnd()
  // By hand and not by one expression: a line of nothing but spaces would make that quadratic.
  const rest = latin.trimEnd()
  const version = rest.slice(-8)
  if (method === undefined || rest.length <= method.length + 9 || !VERSION.test(rest.slice(-9)))
    return undefined
  const before = rest.slice(method.length, -8)
  const uriStart = line.start + method.length + before.length - before.trimStart().length
  const uriAt = { start: uriStart, end: uriStart + before.trim().length }
  const versionAt = { start: line.start + rest.length - 8, end: line.start + rest.length }
  return {
    kind: 'request',
    method,
    methodAt: { start: line.start, end: line.start + method.length },
    uri: decodeText(bytes.subarray(uriAt.start, uriAt.end)),
    uriAt,
    version,
    versionAt,
  }
}

function headerLine(bytes: Uint8Array, line: Line): HeaderLine | undefined {
  const nameEnd = bytes.indexOf(COLON, line.start)
  if (nameEnd <= line.start || nameEnd >= line.end) return undefined
  const name = nameAt(bytes, line.start, nameEnd)
  if (name === undefined) return undefined
  const { end } = line
  let start = nameEnd + 1
  while (start < end && isSpace(bytes[start])) start++
  return new Header(bytes, line, name, { start, end })
}

/** Most lines of a head are passed over by who reads it without recording: a value is text when it is asked for. */
class Header implements HeaderLine {
  readonly name: string
  readonly key: string
  readonly valueAt: Range
  readonly start: number
  readonly end: number
  readonly lineEnd: number
  readonly #bytes: Uint8Array
  #value: string | undefined

  constructor(bytes: Uint8Array, line: Line, name: Name, valueAt: Range) {
    this.name = name.name
    this.key = name.key
    this.valueAt = valueAt
    this.start = line.start
    this.end = line.end
    this.lineEnd = line.next
    this.#bytes = bytes
  }

  get value(): string {
    this.#value ??= decodeText(this.#bytes.subarray(this.valueAt.start, this.valueAt.end))
    return this.#value
  }
}

interface Name {
  readonly name: string
  readonly key: string
}

/** The same few names stand in all heads: their text is made once. */
const names = new Map<number, Name>()
const NAMES_KEPT = 1024

/** A header's name; `undefined` for what is none. */
function nameAt(bytes: Uint8Array, start: number, end: number): Name | undefined {
  let hash = end - start
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + (bytes[at] ?? 0)) | 0
  const known = names.get(hash)
  if (known !== undefined && isText(known.name, bytes, start, end)) return known
  const name = latin1(bytes, start, end)
  if (!NAME.test(name)) return undefined
  const made = { name, key: name.toLowerCase() }
  if (names.size < NAMES_KEPT) names.set(hash, made)
  return made
}

function isText(text: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (text.length !== end - start) return false
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false
  return true
}

const isSpace = (byte: number | undefined) => byte === SP || byte === TAB

/**
 * Text as Wireshark reads it where a protocol says ASCII: each byte from 0x80 on is U+FFFD, and a zero byte ends it
 * (a string of C's ends there).
 */
export function asciiText(bytes: Uint8Array): string {
  const zero = bytes.indexOf(0)
  const held = zero < 0 ? bytes : bytes.subarray(0, zero)
  const text = oneByte.decode(held)
  return NOT_ASCII.test(text) ? text.replace(EACH_NOT_ASCII, '\ufffd') : text
}

/** One character for each byte, and for none from 0x80 on an ASCII one. */
const oneByte = new TextDecoder('latin1')
const NOT_ASCII = /[\u0080-\uffff]/
const EACH_NOT_ASCII = /[\u0080-\uffff]/g

/** As many arguments as a call surely takes. */
const CHUNK = 4096

/** One character a byte, so that positions in the text are positions in the bytes. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  for (let at = start; at < end; at += CHUNK) {
    // Not by spreading: that goes through an iterator, an object a byte.
    text += String.fromCharCode.apply(
      null,
      bytes.subarray(at, Math.min(end, at + CHUNK)) as unknown as number[],
    )
  }
  return text
}
