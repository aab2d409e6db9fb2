/**
 * The header of a WebSocket frame as plain numbers, RFC 6455 §5.2: what the parser, the dissector and a quick look
 * share. `websocket.ts` shows the diagram.
 */
import { at16 } from './big-endian.ts'

export const CONTINUATION = 0
export const TEXT = 1
export const BINARY = 2
export const CLOSE = 8
export const PING = 9
export const PONG = 10

/** The highest of the reserved bits, as a part of `rsv`: permessage-deflate's (RFC 7692 §6). */
export const COMPRESSED = 4

/** What kind of frame it is. */
export interface FrameKind {
  readonly fin: boolean
  /** The three reserved bits, 0 to 7. */
  readonly rsv: number
  readonly opcode: number
  readonly masked: boolean
}

export interface FrameHeader extends FrameKind {
  /** The seven bits: up to 125 the length itself, 126 and 127 say that it follows. */
  readonly short: number
  /** Bytes of payload; not a safe integer where the sender claims more than anybody can hold. */
  readonly length: number
  /** Bytes of the header, masking key included: the key is its last 4. */
  readonly size: number
}

/** Reads the header at `start`; `undefined` when it is not whole before `end`. */
export function frameHeader(bytes: Uint8Array, start: number, end: number): FrameHeader | undefined {
  if (start + 2 > end) return undefined
  const first = bytes[start] ?? 0
  const second = bytes[start + 1] ?? 0
  const short = second & 0x7f
  const masked = second >= 0x80
  const extended = short === 126 ? 2 : short === 127 ? 8 : 0
  const size = 2 + extended + (masked ? 4 : 0)
  if (start + size > end) return undefined
  let length = extended === 0 ? short : 0
  for (let at = start + 2; at < start + 2 + extended; at++) length = length * 256 + (bytes[at] ?? 0)
  return { fin: first >= 0x80, rsv: (first >> 4) & 7, opcode: first & 0x0f, masked, short, length, size }
}

/** The length of a frame of at most 65,535 bytes of payload that begins at `start`; 0 for others, and until its header is whole. */
export function plainFrameLength(bytes: Uint8Array, start: number, end: number): number {
  if (start + 4 > end) return 0
  const second = bytes[start + 1] ?? 0
  const size = second >= 0x80 ? 6 : 2
  const short = second & 0x7f
  if (short < 126) return size + short
  return short === 126 ? size + 2 + at16(bytes, start + 2) : 0
}

/** Undoes the masking of a client's frame (RFC 6455 §5.3); always a copy. */
export function unmask(payload: Uint8Array, key: Uint8Array | undefined): Uint8Array {
  const plain = payload.slice()
  if (key === undefined) return plain
  for (let i = 0; i < plain.length; i++) plain[i] = (plain[i] ?? 0) ^ (key[i & 3] ?? 0)
  return plain
}
