/** Whether the first bytes of a stream are HTTP/1: so that it is found on any port. */
import { latin1, skipEmptyLines } from './http-head.ts'

/** RFC 9110 §9 and the registered methods in common use; they are case-sensitive. */
const METHODS =
  'GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK REPORT SEARCH'
const ANY_METHOD = METHODS.replaceAll(' ', '|')
/** The words that a message may begin with. */
const OPENINGS = [...METHODS.split(' ').map((method) => `${method} `), 'HTTP/1.0 ', 'HTTP/1.1 ']

/** A method and a target in one of the four forms of RFC 9112 §3.2: `OPTIONS sip:…` is SIP's. */
const BEGINS = new RegExp(`^(?:(?:${ANY_METHOD}) +(?:/|\\*|https?://)|CONNECT +[^ ]|HTTP/1\\.[01] )`)
/** A method and what may still become such a target. */
const MAY_BEGIN = new RegExp(`^(?:${ANY_METHOD}) +(?:h|ht|htt|https?:?/?)?$`)

/** As much as it takes to tell, empty lines before it included. */
const ENOUGH = 32

/** `undefined`: too few bytes to tell. */
export function looksLikeHttp(bytes: Uint8Array): boolean | undefined {
  const length = Math.min(bytes.length, ENOUGH)
  const begin = latin1(bytes, skipEmptyLines(bytes, 0, length), length)
  if (BEGINS.test(begin)) return true
  if (bytes.length >= ENOUGH) return false
  return OPENINGS.some((opening) => opening.startsWith(begin)) || MAY_BEGIN.test(begin) ? undefined : false
}
