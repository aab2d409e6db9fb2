/**
 * The head of an ordinary HTTP/1.1 message (RFC 9112 §2 to §5), looked through once and byte by byte: nearly all that
 * reading without recording wants of it is where the few headers stand that the connection hangs on. What is not
 * ordinary, such as a header that stands there twice, is left to `parseHead`.
 */
import { LONG_BODY } from './http-framing.ts'
import { latin1, MAX_HEAD } from './http-head.ts'

/** The headers whose places are noted. */
export const HOST = 0
export const UPGRADE = 1
export const CONNECTION = 2
export const CONTENT_TYPE = 3
export const CONTENT_LENGTH = 4
export const CONTENT_ENCODING = 5
export const EXTENSIONS = 6
const TRANSFER_ENCODING = 7
const NAMES = [
  'host',
  'upgrade',
  'connection',
  'content-type',
  'content-length',
  'content-encoding',
  'sec-websocket-extensions',
  'transfer-encoding',
].map((name) => Uint8Array.from(name, (letter) => letter.charCodeAt(0)))

/** Which of them has a name of so many letters, no two of them the same; -1: none. */
const BY_LENGTH = Int8Array.from({ length: 32 }, (_, length) =>
  NAMES.findIndex((name) => name.length === length),
)

const LF = 0x0a
const CR = 0x0d
const SP = 0x20
const TAB = 0x09
const COLON = 0x3a
const DOT = 0x2e
/** `HTTP/` and three characters: a version. */
const SLASHED = Uint8Array.from('HTTP/', (letter) => letter.charCodeAt(0))
const VERSION_LENGTH = 8
/** As long as a method may be. */
const MAX_METHOD = 64
/** Digits of a length that is surely counted exactly. */
const MAX_DIGITS = 15

export class PlainHead {
  isRequest = false
  /** Of a request; offsets are into the bytes that were read. */
  methodEnd = 0
  uriAt = 0
  uriEnd = 0
  /** Of a response. */
  code = 0
  phraseAt = 0
  lineEnd = 0
  bodyAt = 0
  /** As Content-Length says; -1 where there is none. */
  contentLength = -1
  readonly #from = new Int32Array(NAMES.length)
  readonly #to = new Int32Array(NAMES.length)

  /** Reads the head that begins at `start`; false where it is not ordinary, or not whole before `end`. */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    this.#from.fill(-1)
    this.#to.fill(-1)
    this.contentLength = -1
    const limit = Math.min(end, start + MAX_HEAD)
    this.isRequest = !isVersion(bytes, start, limit)
    let at = this.isRequest ? this.#requestLine(bytes, start, limit) : this.#statusLine(bytes, start, limit)
    while (at > 0 && at < limit) {
      const first = bytes[at]
      if (first === LF || (first === CR && bytes[at + 1] === LF)) {
        this.bodyAt = at + (first === LF ? 1 : 2)
        return this.bodyAt <= limit && this.#understandsLength(bytes)
      }
      at = this.#headerLine(bytes, at, limit)
    }
    return false
  }

  has(header: number): boolean {
    return this.from(header) >= 0
  }

  /** Where its value begins; -1 where there is none. */
  from(header: number): number {
    return this.#from[header] ?? -1
  }

  /** Where its value ends, white space behind it left out; -1 where there is none. */
  to(header: number): number {
    return this.#to[header] ?? -1
  }

  /** Its value; undefined where there is none. */
  value(bytes: Uint8Array, header: number): string | undefined {
    return this.has(header) ? latin1(bytes, this.from(header), this.to(header)) : undefined
  }

  /** Each answers with where the next line begins; 0 for a line that is not ordinary. */
  #requestLine(bytes: Uint8Array, start: number, end: number): number {
    let at = start
    while (at < end && isUpperCase(bytes[at] ?? 0)) at++
    this.methodEnd = at
    if (at < start + 2 || at > start + MAX_METHOD || bytes[at] !== SP) return 0
    this.uriAt = ++at
    while (at < end && isVisible(bytes[at] ?? 0)) at++
    this.uriEnd = at
    if (at === this.uriAt || bytes[at] !== SP || !isVersion(bytes, at + 1, end)) return 0
    this.lineEnd = at + 1 + VERSION_LENGTH
    return lineBreak(bytes, this.lineEnd, end)
  }

  #statusLine(bytes: Uint8Array, start: number, end: number): number {
    let at = start + VERSION_LENGTH
    if (bytes[at] !== SP || at + 4 >= end) return 0
    this.code = 0
    for (const codeEnd = at + 4; ++at < codeEnd; ) {
      const digit = bytes[at] ?? 0
      if (!isDigit(digit)) return 0
      this.code = this.code * 10 + digit - 0x30
    }
    if (this.code < 100 || bytes[at] !== SP || bytes[at + 1] === SP) return 0
    this.phraseAt = ++at
    while (at < end && isPrintable(bytes[at] ?? 0)) at++
    this.lineEnd = at
    return at === this.phraseAt ? 0 : lineBreak(bytes, at, end)
  }

  #headerLine(bytes: Uint8Array, start: number, end: number): number {
    let at = start
    let byte = bytes[at]
    while (at < end && byte !== COLON && byte !== LF) byte = bytes[++at]
    const header = byte === COLON ? (BY_LENGTH[at - start] ?? -1) : -1
    if (header < 0 || !isName(bytes, start, NAMES[header])) {
      // Nobody asks for it here, nor for a line that is none.
      while (at < end && byte !== LF) byte = bytes[++at]
      return at < end ? at + 1 : 0
    }
    do at++
    while (at < end && isSpace(bytes[at] ?? 0))
    const from = at
    while (at < end && (isPrintable(bytes[at] ?? 0) || bytes[at] === TAB)) at++
    let to = at
    while (to > from && isSpace(bytes[to - 1] ?? 0)) to--
    if (this.has(header) || header === TRANSFER_ENCODING) return 0
    this.#from[header] = from
    this.#to[header] = to
    return lineBreak(bytes, at, end)
  }

  /** Reads Content-Length; false for one that is more than a plain number. */
  #understandsLength(bytes: Uint8Array): boolean {
    const from = this.from(CONTENT_LENGTH)
    if (from < 0) return true
    const to = this.to(CONTENT_LENGTH)
    if (to === from || to - from > MAX_DIGITS) return false
    let length = 0
    for (let at = from; at < to; at++) {
      const digit = bytes[at] ?? 0
      if (!isDigit(digit)) return false
      length = length * 10 + digit - 0x30
    }
    this.contentLength = length
    return true
  }
}

/** Behind the line's end, which is here; 0 where it is not. */
function lineBreak(bytes: Uint8Array, at: number, end: number): number {
  const lf = bytes[at] === CR ? at + 1 : at
  return lf < end && bytes[lf] === LF ? lf + 1 : 0
}

/** Whether `HTTP/1.1`, or another version of one digit each, stands here. */
function isVersion(bytes: Uint8Array, at: number, end: number): boolean {
  if (at + VERSION_LENGTH > end) return false
  for (let i = 0; i < SLASHED.length; i++) if (bytes[at + i] !== SLASHED[i]) return false
  return isDigit(bytes[at + 5] ?? 0) && bytes[at + 6] === DOT && isDigit(bytes[at + 7] ?? 0)
}

/** Whether the letters there are those of a name in lower case, in whatever case they are. */
function isName(bytes: Uint8Array, at: number, name: Uint8Array | undefined): boolean {
  if (name === undefined) return false
  for (let i = 0; i < name.length; i++) {
    const byte = bytes[at + i] ?? 0
    if ((isUpperCase(byte) ? byte + 0x20 : byte) !== name[i]) return false
  }
  return true
}

const isUpperCase = (byte: number) => byte >= 0x41 && byte <= 0x5a
const isDigit = (byte: number) => byte >= 0x30 && byte <= 0x39
const isSpace = (byte: number) => byte === SP || byte === TAB
const isVisible = (byte: number) => byte > SP && byte < 0x7f
const isPrintable = (byte: number) => byte >= SP && byte < 0x7f

const read = new PlainHead()

/**
 * The length of the message that begins in `bytes` with an ordinary head; undefined where there is none. `asked`: the request that a response answers. The rules are those of `framing` (RFC 9112 §6.3).
 */
export function plainLength(bytes: Uint8Array, asked: { readonly method: string } | undefined) {
  if (!read.read(bytes, 0, bytes.length)) return undefined
  const { bodyAt, code, contentLength, isRequest } = read
  if (!isRequest) {
    const bodiless = code < 200 || code === 204 || code === 304 || asked?.method === 'HEAD'
    if (bodiless || (asked?.method === 'CONNECT' && code < 300)) return bodyAt
  }
  if (contentLength < 0) return isRequest ? bodyAt : undefined
  return contentLength <= LONG_BODY ? bodyAt + contentLength : undefined
}
