/**
 * Where an HTTP/1.1 message ends, RFC 9112 §6.3: by the kind of message, by the chunks of its transfer coding, by
 * its Content-Length, or by the end of the connection.
 *
 *   chunked-body = *( chunk-size [ ";" ext ] CRLF data CRLF ) "0" CRLF *( trailer CRLF ) CRLF
 */
import {
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

/** RFC 9112 §6.3, its eight rules in order. `problem` says which rule was broken. */
export function framing(head: Head, asked: Asked | undefined): { framing: Framing; problem?: string } {
  if (head.kind === 'response') {
    const { code } = head
    const bodiless = code < 200 || code === 204 || code === 304 || asked?.method === 'HEAD'
    if (bodiless || (asked?.method === 'CONNECT' && code < 300)) return { framing: { kind: 'none' } }
  }
  const otherwise: Framing = head.kind === 'response' ? { kind: 'until-close' } : { kind: 'none' }
  const length = headerValue(head, 'content-length')
  const coding = headerValue(head, 'transfer-encoding')
  if (coding !== undefined) {
    if (coding.split(',').at(-1)?.trim().toLowerCase() !== 'chunked') {
      return {
        framing: otherwise,
        problem: `Transfer-Encoding: the last coding must be chunked, found "${coding}"`,
      }
    }
    const both = 'Content-Length beside Transfer-Encoding: the length is ignored (a way to smuggle requests)'
    return { framing: { kind: 'chunked' }, ...(length !== undefined && { problem: both }) }
  }
  if (length === undefined) return { framing: otherwise }
  const values = new Set(length.split(',').map((value) => value.trim()))
  const [value = ''] = values
  if (values.size > 1) return { framing: otherwise, problem: `Content-Length: conflicting values ${length}` }
  if (!/^\d+$/.test(value)) {
    return { framing: otherwise, problem: `Content-Length: expected decimal digits, found "${value}"` }
  }
  if (!Number.isSafeInteger(Number(value))) {
    return { framing: otherwise, problem: `Content-Length: ${value} is more than can be counted here` }
  }
  return { framing: { kind: 'length', length: Number(value) } }
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
  const head = parseHead(bytes, 0, scan.at)
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
