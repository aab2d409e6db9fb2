/** WebSocket without recording: a whole message of Engine.IO's in one frame, as nearly all are. */
import { at8, at16 } from './big-endian.ts'
import { engineIo } from './engine-io.ts'
import type { Skim } from './skim.ts'
import { BINARY, type FrameKind, TEXT } from './websocket-frame.ts'
import { recordWhole } from './websocket-message.ts'

/** FIN and the opcode, nothing reserved. */
const WHOLE_TEXT = 0x80 | TEXT
const WHOLE_BINARY = 0x80 | BINARY
const kind = (opcode: number, masked: boolean): FrameKind => ({ fin: true, rsv: 0, opcode, masked })
const TEXTS = { masked: kind(TEXT, true), bare: kind(TEXT, false) }
const BINARIES = { masked: kind(BINARY, true), bare: kind(BINARY, false) }
const KEY = 4
/** What is unmasked here; longer messages are dissected. */
const MOST = 65_535

let plain = new Uint8Array(4096)
/** How much of it is taken, by the frames of which packet. */
let filled = 0
let packet = 0

export function skimWebSocket(s: Skim): boolean {
  const { bytes, at: start, end, flow } = s
  if (end - start < 2 || flow === undefined) return false
  const binary = bytes[start] === WHOLE_BINARY
  if (!binary && bytes[start] !== WHOLE_TEXT) return false
  const second = at8(bytes, start + 1)
  const short = second & 0x7f
  let at = start + 2
  let length = short
  if (short === 126) {
    if (at + 2 > end) return false
    length = at16(bytes, at)
    at += 2
  } else if (short === 127) return false
  const masked = second >= 0x80
  if (masked) at += KEY
  if (at + length !== end || length > MOST) return false
  const kinds = binary ? BINARIES : TEXTS
  const told = recordWhole(s, flow, masked ? kinds.masked : kinds.bare)
  if (told?.link?.version !== 4 || told.message === undefined || masked !== told.fromClient) return false
  s.remember(told)
  s.told = told
  // Of bytes only the number is told, masked or not.
  if (masked && !binary) unmask(s, at, length)
  else s.at = at
  return s.enter(engineIo)
}

/** Unmasks the payload (RFC 6455 §5.3), whose key stands before it: behind those of the same packet, in a buffer that serves again. */
function unmask(s: Skim, payload: number, length: number): void {
  const { bytes } = s
  let at = payload
  if (s.number !== packet) filled = 0
  packet = s.number
  if (filled + length > plain.length) {
    // Not in the place of those that came before, which are still looked at.
    plain = new Uint8Array(Math.max(2 * plain.length, length))
    filled = 0
  }
  const key0 = bytes[at - 4] ?? 0
  const key1 = bytes[at - 3] ?? 0
  const key2 = bytes[at - 2] ?? 0
  const key3 = bytes[at - 1] ?? 0
  const start = filled
  const end = start + length
  let to = start
  for (; to < end - 3; to += 4, at += 4) {
    plain[to] = (bytes[at] ?? 0) ^ key0
    plain[to + 1] = (bytes[at + 1] ?? 0) ^ key1
    plain[to + 2] = (bytes[at + 2] ?? 0) ^ key2
    plain[to + 3] = (bytes[at + 3] ?? 0) ^ key3
  }
  if (to < end) plain[to] = (bytes[at] ?? 0) ^ key0
  if (to + 1 < end) plain[to + 1] = (bytes[at + 1] ?? 0) ^ key1
  if (to + 2 < end) plain[to + 2] = (bytes[at + 2] ?? 0) ^ key2
  filled = end
  s.goInto(plain, start, end)
}
