/** The packet list's line, in tshark's columns, written as bytes. */
import type { Ink } from '../protocols/ink.ts'
import type { Columns } from '../trace/rows.ts'
import type { LineTimes } from './read-times.ts'
import { oneLine } from './terminal-text.ts'

/** A line of the list, and its words as bytes where they are not text yet. */
export interface Line extends Omit<Columns, 'time' | 'timeRelative'> {
  /** Since the capture's first packet, and when that was, since 1970. */
  readonly nanos: number
  readonly start: bigint
  readonly ink?: Ink | undefined
}

/** In tshark addresses have twelve columns, more where they need more. */
const ADDRESS = 12
/** Longer ones go by way of text, which is cut. */
const LONGEST = 400

const SPACE = 0x20
const LINE_FEED = 0x0a
const DELETE = 0x7f
/** ` → ` */
const ARROW = new Uint8Array([0x20, 0xe2, 0x86, 0x92, 0x20])

export function writeLine(out: Ink, line: Line, times: LineTimes): void {
  const { source, destination, protocol, ink } = line
  out.room(200)
  out.padded(line.number, 5)
  out.byte(SPACE)
  times.write(out, line.nanos, line.start)
  out.room(256 + LONGEST)
  out.byte(SPACE)
  for (let i = source.length; i < ADDRESS; i++) out.byte(SPACE)
  word(out, source)
  out.copy(ARROW)
  word(out, destination)
  for (let i = destination.length; i < ADDRESS; i++) out.byte(SPACE)
  out.byte(SPACE)
  word(out, protocol)
  out.byte(SPACE)
  out.decimal(line.length)
  out.byte(SPACE)
  if (ink === undefined || ink.at > LONGEST || !copyPlain(out, ink)) out.text(oneLine(line.info))
  out.room(1)
  out.byte(LINE_FEED)
}

/** Addresses and names of protocols: short, and all but always ASCII. */
function word(out: Ink, text: string): void {
  const { bytes, at: begin } = out
  const { length } = text
  if (length <= 64) {
    let i = 0
    for (; i < length; i++) {
      const code = text.charCodeAt(i)
      if (code >= DELETE) break
      bytes[begin + i] = code
    }
    if (i === length) {
      out.at = begin + length
      return
    }
  }
  out.text(text)
  out.room(192 + LONGEST)
}

/** Copies words that hold no control character; false, and nothing copied, for others. */
function copyPlain(out: Ink, words: Ink): boolean {
  const { bytes, at: length } = words
  const begin = out.at
  const target = out.bytes
  let to = begin
  for (let i = 0; i < length; i++) {
    const byte = bytes[i] ?? 0
    if (byte < SPACE || (byte >= DELETE && isUnplain(bytes, i, byte))) return false
    target[to++] = byte
  }
  out.at = to
  return true
}

/** Of a byte beyond printable ASCII. */
function isUnplain(bytes: Uint8Array, at: number, byte: number): boolean {
  // C1 controls are two bytes in UTF-8: C2 80 to C2 9F.
  const beyond = byte === 0xc2 && ((bytes[at + 1] ?? 0) & 0xe0) === 0x80
  return byte === DELETE || beyond || turns(bytes, at)
}

/** Whether U+061C, U+200E, U+200F, U+2028 to U+202E or U+2066 to U+2069 begins there, in UTF-8. */
function turns(bytes: Uint8Array, at: number): boolean {
  const first = bytes[at]
  if (first !== 0xe2) return first === 0xd8 && bytes[at + 1] === 0x9c
  const last = bytes[at + 2] ?? 0
  if (bytes[at + 1] === 0x81) return last >= 0xa6 && last <= 0xa9
  return bytes[at + 1] === 0x80 && ((last >= 0xa8 && last <= 0xae) || last === 0x8e || last === 0x8f)
}
