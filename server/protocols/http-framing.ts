/**
 * Where an HTTP/1.1 message ends, RFC 9112 §6.3: by the kind of message, by the chunks of its transfer coding, by
 * its Content-Length, or by the end of the connection.
 *
 *   chunked-body = *( chunk-size [ ";" ext ] CRLF data CRLF ) "0" CRLF *( trailer CRLF ) CRLF
 */
import {
  allValues,
  couldBegin,
  type Head,
  headerHas,
  headerValue,
  isStartLine,
  MAX_HEAD,
  parseHead,
  skipEmptyLines,
} from './http-head.ts'

/** How the body's length is known. */
export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly length: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'until-close' }

/** What a message's framing depends on beside itself: the request that a response answers. */
export interface Asked {
  readonly method: string
}

/** Bodies above this are shown in pieces as they come, the head at once: 16 MiB. */
export const LONG_BODY = 16 * 1024 * 1024
/** The most of a long body that is one piece. */
export const BODY_PIECE = 65_536
/** A chunk's size line, extensions included. */
const MAX_CHUNK_LINE = 4096

/**
 * RFC 9112 §6.3, its eight rules in order; where a length breaks the rules, what Wireshark goes by. `problem` says
 * which rule was broken, and what for.
 */
export function framing(head: Head, asked: Asked | undefined): { framing: Framing; problem?: string } {
  if (head.kind === 'response') {
    const { code } = head
    const bodiless = code < 200 || code === 204 || code === 304 || asked?.method === 'HEAD'
    if (bodiless || (asked?.method === 'CONNECT' && code < 300)) return { framing: { kind: 'none' } }
  }
  const otherwise: Framing = head.kind === 'response' ? { kind: 'until-close' } : { kind: 'none' }
  const lengths = allValues(head, 'content-length')
  const codings = (headerValue(head, 'transfer-encoding') ?? '')
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity')
  if (codings.length > 0) return byCoding(codings, lengths.length > 0, otherwise)
  return lengths.length === 0 ? { framing: otherwise } : byLength(lengths, otherwise)
}

function byCoding(
  codings: readonly string[],
  withLength: boolean,
  otherwise: Framing,
): { framing: Framing; problem?: string } {
  const last = codings.at(-1)
  if (last !== 'chunked') {
    const found = JSON.stringify(codings.join(', '))
    return {
      framing: otherwise,
      problem: `Transfer-Encoding: the last coding must be chunked, found ${found}; who knows another end than the next server can be made to take a body for a request`,
    }
  }
  const both =
    'Content-Length beside Transfer-Encoding: the length is ignored; where a proxy goes by one and the server by the other, a request can be smuggled in the body (RFC 9112 §6.1)'
  return { framing: { kind: 'chunked' }, ...(withLength && { problem: both }) }
}

/** The last length that is one; Wireshark and some servers go by it, others by the first. */
function byLength(lengths: readonly string[], otherwise: Framing): { framing: Framing; problem?: string } {
  const [first = ''] = lengths
  if (lengths.length === 1 && /^\d{1,15}$/.test(first)) {
    return { framing: { kind: 'length', length: Number(first) } }
  }
  const values = new Set(lengths.flatMap((each) => each.split(',')).map((value) => value.trim()))
  const value = lengthOf(values.size === 1 ? ([...values][0] ?? '') : (lengths.at(-1) ?? ''))
  const found: Framing = value === undefined ? otherwise : { kind: 'length', length: value }
  const [one = ''] = values
  if (values.size > 1) {
    return {
      framing: found,
      problem: `Content-Length: conflicting values ${[...values].join(', ')}; a proxy that takes one before a server that takes the other lets a request be smuggled (RFC 9112 §6.3)`,
    }
  }
  if (!/^\d+$/.test(one)) {
    return { framing: found, problem: `Content-Length: expected decimal digits, found "${one}"` }
  }
  if (value === undefined) {
    return { framing: found, problem: `Content-Length: ${one} is more than can be counted here` }
  }
  return { framing: found }
}

/** A Content-Length as Wireshark reads it (C's strtoll): white space and a plus sign may stand before the digits. */
export function lengthOf(value: string): number | undefined {
  const digits = /^\s*\+?(\d+)(?:\s|$)/.exec(value)?.[1]
  const length = digits === undefined ? undefined : Number(digits)
  return length !== undefined && Number.isSafeInteger(length) ? length : undefined
}

/**
 * How far one side's stream has been looked through: so that bytes coming one by one are each looked at once. Kept
 * between calls and dropped when its message is cut off; `fits` guards against bytes that are not those it saw.
 */
export interface Scan {
  phase: 'start' | 'head' | 'body' | 'size' | 'trailer' | 'known'
  /** Where the current line or chunk begins. */
  at: number
  /** Up to here there is no line end. */
  seen: number
  /** `known`: the message's length. `body`: it ends with the connection. */
  length: number
  /** The first and the latest bytes that were looked at. */
  first: Uint8Array
  last: Uint8Array
}

export function newScan(): Scan {
  return { phase: 'start', at: 0, seen: 0, length: 0, first: NONE, last: NONE }
}

/** Of a message whose head was read. */
export function knownScan(length: number): Scan {
  return { ...newScan(), phase: 'known', length }
}

const NONE = new Uint8Array(0)
const PRINT = 32
const LF = 0x0a
const CR = 0x0d

/** Whether `bytes` go on from what `scan` saw. */
export function fits(scan: Scan, bytes: Uint8Array): boolean {
  return (
    bytes.length >= scan.seen &&
    same(scan.first, bytes, 0) &&
    same(scan.last, bytes, scan.seen - scan.last.length)
  )
}

function same(print: Uint8Array, bytes: Uint8Array, at: number): boolean {
  return print.every((byte, i) => bytes[at + i] === byte)
}

/**
 * The length of the message at the start of `bytes`; `undefined` when more are needed. Bytes that are no HTTP are
 * one message, as many as are there. `asked` finds the request that a response answers.
 */
export function messageLength(
  bytes: Uint8Array,
  scan: Scan,
  ended: boolean,
  asked: () => Asked | undefined,
): number | undefined {
  const length = look(bytes, scan, asked)
  if (length !== undefined) return ended ? Math.min(length, bytes.length) : length
  scan.first = bytes.slice(0, PRINT)
  scan.last = bytes.slice(Math.max(0, scan.seen - PRINT), scan.seen)
  return ended ? bytes.length : undefined
}

function look(bytes: Uint8Array, scan: Scan, asked: () => Asked | undefined): number | undefined {
  for (;;) {
    if (scan.phase === 'known') return scan.length
    if (scan.phase === 'body') {
      scan.seen = bytes.length
      return undefined
    }
    if (scan.phase === 'start' && scan.seen === scan.at) {
      // Empty lines before the message belong to it.
      scan.at = scan.seen = skipEmptyLines(bytes, scan.at, bytes.length)
    }
    const lf = bytes.indexOf(LF, scan.seen)
    if (lf < 0) {
      scan.seen = bytes.length
      const limit = scan.phase === 'size' ? MAX_CHUNK_LINE : MAX_HEAD
      const wrong = scan.phase === 'start' && scan.at < bytes.length && !couldBegin(bytes, scan.at)
      return wrong || bytes.length - scan.at > limit ? bytes.length : undefined
    }
    if (scan.phase === 'start') {
      if (!isStartLine(bytes, scan.at, lf)) return bytes.length
      scan.phase = 'head'
      scan.at = scan.seen = lf + 1
      continue
    }
    const empty = lf === scan.at || (lf === scan.at + 1 && bytes[scan.at] === CR)
    if (scan.phase === 'head') {
      if (lf > MAX_HEAD) return bytes.length
      scan.at = scan.seen = lf + 1
      if (empty) afterHead(bytes, scan, asked)
    } else if (scan.phase === 'trailer') {
      scan.at = scan.seen = lf + 1
      if (empty) known(scan, scan.at)
    } else if (scan.phase === 'size') {
      const size = chunkSize(bytes, scan.at, lf)
      // What follows a broken size line can't be told from the next message: it ends here.
      if (size === undefined) known(scan, lf + 1)
      else if (size === 0) [scan.phase, scan.at, scan.seen] = ['trailer', lf + 1, lf + 1]
      else {
        const next = skipChunk(bytes, lf + 1 + size)
        if (next === undefined) return undefined
        scan.at = scan.seen = next
      }
    }
  }
}

function known(scan: Scan, length: number): void {
  scan.phase = 'known'
  scan.length = length
}

function afterHead(bytes: Uint8Array, scan: Scan, asked: () => Asked | undefined): void {
  const head = parseHead(bytes, 0, scan.at, true)
  const found: Framing = head === undefined ? { kind: 'none' } : framing(head, asked()).framing
  if (found.kind === 'none') known(scan, scan.at)
  else if (found.kind === 'length') known(scan, scan.at + (found.length > LONG_BODY ? 0 : found.length))
  else if (found.kind === 'chunked') scan.phase = 'size'
  else scan.phase = 'body'
}

/** The number on a chunk's size line, which ends before `end`; `undefined` when there is none. */
export function chunkSize(bytes: Uint8Array, start: number, end: number): number | undefined {
  let size = 0
  let at = start
  for (; at < end; at++) {
    const digit = hexDigit(bytes[at] ?? 0)
    if (digit < 0) break
    size = size * 16 + digit
    if (size > Number.MAX_SAFE_INTEGER) return undefined
  }
  const stop = bytes[at]
  const fine = at >= end || stop === CR || stop === 0x3b || stop === 0x20 || stop === 0x09
  return at > start && fine ? size : undefined
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}

/** Past the CRLF behind a chunk's data; `undefined` when it isn't there yet. Its absence is not held against it. */
function skipChunk(bytes: Uint8Array, dataEnd: number): number | undefined {
  if (bytes.length <= dataEnd + 1) return undefined
  if (bytes[dataEnd] === CR && bytes[dataEnd + 1] === LF) return dataEnd + 2
  return bytes[dataEnd] === LF ? dataEnd + 1 : dataEnd
}

/** Whether a request asks to change the protocol (RFC 9110 §7.8). */
export function asksUpgrade(head: Head): boolean {
  return headerHas(head, 'connection', 'upgrade') && headerValue(head, 'upgrade') !== undefined
}
