/**
 * The text form of a Socket.IO v5 packet (socket.io-protocol, "Packet encoding"):
 *
 *   <type>[<attachments>-][<namespace>,][<ack id>][JSON]
 *
 * Nothing separates the type from the ack id: in Engine.IO's `420["sum"` the 4 is Engine.IO's, 2 is EVENT and the
 * ack id is 0.
 */
import { decodeText } from './cursor.ts'

export const PACKET_TYPES = {
  0: 'CONNECT',
  1: 'DISCONNECT',
  2: 'EVENT',
  3: 'ACK',
  4: 'CONNECT_ERROR',
  5: 'BINARY_EVENT',
  6: 'BINARY_ACK',
} as const

export interface Part<T> {
  readonly value: T
  readonly start: number
  readonly end: number
}

export interface SocketIoText {
  readonly type: number
  readonly attachments: Part<number> | undefined
  /** `undefined` when left out: then it is `/`. */
  readonly nsp: Part<string> | undefined
  /** As digits: an id may be longer than a number holds. */
  readonly ackId: Part<string> | undefined
  /** Where the JSON begins; the end of the packet when there is none. */
  readonly json: number
}

const DASH = 0x2d
const SLASH = 0x2f
const COMMA = 0x2c

/** Reads the packet in `bytes` from `start` to `end`; `undefined` when it doesn't begin as one. */
export function parsePacket(bytes: Uint8Array, start: number, end: number): SocketIoText | undefined {
  const type = (bytes[start] ?? 0) - 0x30
  if (start >= end || type < 0 || type > 6) return undefined
  let at = start + 1
  let attachments: Part<number> | undefined
  if (type >= 5) {
    const stop = digits(bytes, at, end)
    if (stop === at || bytes[stop] !== DASH || stop >= end) return undefined
    attachments = { value: Number(decodeText(bytes.subarray(at, stop))), start: at, end: stop }
    at = stop + 1
  }
  let nsp: Part<string> | undefined
  if (at < end && bytes[at] === SLASH) {
    const comma = bytes.subarray(0, end).indexOf(COMMA, at)
    const stop = comma < 0 ? end : comma
    nsp = { value: decodeText(bytes.subarray(at, stop)), start: at, end: stop }
    at = comma < 0 ? end : comma + 1
  }
  const stop = digits(bytes, at, end)
  const ackId = stop > at ? { value: decodeText(bytes.subarray(at, stop)), start: at, end: stop } : undefined
  if (stop < end && bytes[stop] !== 0x5b && bytes[stop] !== 0x7b && bytes[stop] !== 0x22) return undefined
  return { type, attachments, nsp, ackId, json: stop }
}

function digits(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end && (bytes[at] ?? 0) >= 0x30 && (bytes[at] ?? 0) <= 0x39) at++
  return at
}
