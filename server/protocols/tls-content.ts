/** The content of records: handshake messages are cut out of it, and put together over records (RFC 8446 §5.1). */
import type { Conversations, Flow } from './conversation.ts'
import { type HandshakePart, NO_PARTS } from './tls-found.ts'
import type { StartedMessage, TlsSide, TlsState } from './tls-state.ts'
import { CONTENT } from './tls-values.ts'

/** The packet that brings a record, as far as its content asks for it. */
export interface Carrier {
  readonly number: number
  readonly flow: Flow
  readonly conversations: Conversations
}

/** As much of a handshake message as is put together: a chain of certificates is some 10 kB. */
export const LONGEST_MESSAGE = 1 << 17
const MAX_FRAGMENTS = 4096

/** What the content means for the session; handshake messages are cut, and put together over records. */
export function takeContent(
  carrier: Carrier,
  state: TlsState,
  side: TlsSide,
  content: number,
  bytes: Uint8Array,
): readonly HandshakePart[] {
  // Handshake messages are not interleaved with anything (RFC 8446 §5.1): this one will not go on.
  if (content !== CONTENT.handshake) release(carrier, side)
  if (content === CONTENT.changeCipherSpec) state.cipherChanged(side)
  return content === CONTENT.handshake ? handshakeParts(carrier, state, side, bytes) : NO_PARTS
}

function handshakeParts(
  carrier: Carrier,
  state: TlsState,
  side: TlsSide,
  bytes: Uint8Array,
): HandshakePart[] {
  const parts: HandshakePart[] = []
  let at = 0
  const { started } = side
  if (started !== undefined) {
    const part = goOn(carrier, state, side, started, bytes)
    parts.push(part)
    at = part.end
  }
  while (at < bytes.length) {
    const length = bytes.length - at < 4 ? undefined : lengthAt(bytes, at)
    if (length !== undefined && length > LONGEST_MESSAGE) {
      parts.push({ kind: 'unread', start: at, end: bytes.length })
      break
    }
    if (length === undefined || at + length > bytes.length) {
      parts.push(begin(carrier, side, bytes, at))
      break
    }
    parts.push({ kind: 'whole', start: at, end: at + length })
    state.handshake(side, bytes, at, at + length)
    at += length
  }
  return parts
}

/** Of a message, its header included. */
const lengthAt = (bytes: Uint8Array, at: number) =>
  4 + (bytes[at + 1] ?? 0) * 65_536 + (bytes[at + 2] ?? 0) * 256 + (bytes[at + 3] ?? 0)

/** The beginning of a message that is longer than what is left of the record. */
function begin(carrier: Carrier, side: TlsSide, bytes: Uint8Array, at: number): HandshakePart {
  const place = { frame: 0 }
  const held = bytes.slice(at)
  side.started = { bytes: held, length: held.length, frames: [carrier.number], place }
  if (!hold(carrier, held.length)) release(carrier, side)
  return { kind: 'part', start: at, end: bytes.length, place }
}

/** More of a message that was begun in an earlier record. */
function goOn(
  carrier: Carrier,
  state: TlsState,
  side: TlsSide,
  started: StartedMessage,
  bytes: Uint8Array,
): HandshakePart {
  const taken = Math.min(bytes.length, missing(started))
  add(started, bytes.subarray(0, taken))
  // The header itself may have been cut in two: only now the length is known.
  let end = taken
  const left = missing(started)
  if (left > 0 && end < bytes.length) {
    end = Math.min(bytes.length, end + left)
    add(started, bytes.subarray(taken, end))
  }
  started.frames.push(carrier.number)
  const fits = hold(carrier, end)
  const { place } = started
  if (missing(started) > 0) {
    if (!fits || started.length > LONGEST_MESSAGE || started.frames.length > MAX_FRAGMENTS)
      release(carrier, side)
    return { kind: 'part', start: 0, end, place }
  }
  const message = started.bytes.subarray(0, started.length)
  Object.assign(place, { frame: carrier.number })
  release(carrier, side)
  state.handshake(side, message, 0, message.length)
  return { kind: 'end', start: 0, end, bytes: message, frames: started.frames }
}

export function release(carrier: Carrier, side: TlsSide): void {
  const { started } = side
  side.started = undefined
  if (started !== undefined) hold(carrier, -started.length)
}

/** Counts bytes that wait for the rest of their message; false where there are too many of them in all. */
function hold(carrier: Carrier, bytes: number): boolean {
  return carrier.conversations.hold?.(carrier.flow, bytes) !== false
}

function missing({ bytes, length }: StartedMessage): number {
  return length < 4 ? 4 - length : Math.max(0, lengthAt(bytes, 0) - length)
}

function add(started: StartedMessage, bytes: Uint8Array): void {
  const { length } = started
  if (length + bytes.length > started.bytes.length) {
    const grown = new Uint8Array(Math.max(512, 2 * (length + bytes.length)))
    grown.set(started.bytes.subarray(0, length))
    started.bytes = grown
  }
  started.bytes.set(bytes, length)
  started.length = length + bytes.length
}
