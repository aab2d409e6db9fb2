/** Bytes cut into lines, as they are shown: sixteen of them, or text up to its line ends. */

export type LineView = 'text' | 'hex'

const HEX_BYTES = 16
/** A line of text is at most so long: a terminal's eighty columns, which fit beside their packet's number at 1024 px. */
export const TEXT_BYTES = 80

const NEWLINE = 10

/** Where each line ends, behind its last byte. */
export function lineEnds(bytes: Uint8Array, view: LineView): number[] {
  const ends: number[] = []
  for (let at = 0; at < bytes.length; ) {
    at = view === 'hex' ? Math.min(bytes.length, at + HEX_BYTES) : textEnd(bytes, at)
    ends.push(at)
  }
  return ends
}

export function countLines(bytes: Uint8Array, view: LineView): number {
  if (view === 'hex') return Math.ceil(bytes.length / HEX_BYTES)
  let count = 0
  for (let at = 0; at < bytes.length; count++) at = textEnd(bytes, at)
  return count
}

function textEnd(bytes: Uint8Array, from: number): number {
  const most = Math.min(bytes.length, from + TEXT_BYTES)
  for (let at = from; at < most; at++) if (bytes[at] === NEWLINE) return at + 1
  if (most === bytes.length) return most
  // No character of UTF-8 is parted: its further bytes are 10xxxxxx, three of them at most.
  for (let at = most; at > most - 4; at--) if (((bytes[at] ?? 0) & 0xc0) !== 0x80) return at
  return most
}
