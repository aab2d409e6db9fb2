/**
 * A domain name as it travels, RFC 1035 §3.1 and §4.1.4: labels with their length in front, ended by the empty one or
 * by a pointer to where the rest stands, earlier in the message.
 *
 *    length < 64: that many characters      0 | 7 |'example'| 3 |'com'| 0
 *  +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
 *  | 1  1|                OFFSET                   |   from the message's first byte
 *  +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
 */
import { type Cursor, decodeText } from './cursor.ts'
import type { Field } from './field.ts'

/** Where the message stands that a name is in: pointers count from its first byte. */
export interface DnsMessage {
  readonly start: number
  readonly end: number
}

export interface DomainName {
  /** With dots between the labels; `<Root>` for the empty name. */
  readonly text: string
  /** How many characters Wireshark counts: bytes, and the dots. */
  readonly length: number
  /** Where it ends, in place: behind the first pointer. */
  readonly end: number
}

export const POINTER = 0xc0
/** Labels that are numbers of any length (RFC 2673): given up (RFC 6891 §5), and passed over here. */
const BIT_STRING = 0x41
export const ROOT = '<Root>'
const LOOP = '<Name contains a pointer that loops>'
const UNKNOWN_LABEL = '<Unknown extended label>'
/** RFC 1035 §2.3.4 says 255; longer ones are read, and cut here. */
export const MAX_LENGTH = 1024
/**
 * Labels and pointers behind the first pointer. A name of 255 bytes has half as many, each of them pointed to; whereas a
 * message made of pointers, each to the one before, would be walked through for each of its names.
 */
export const MAX_HOPS = 256

/** Reads the name at `at`. A pointer that leads round in a circle ends it, and so does a chain of too many. */
export function readName(c: Cursor, at: number, { start, end }: DnsMessage): DomainName {
  const { bytes } = c
  const parts: number[] = []
  let after = -1
  let seen = 0
  let hops = 0
  let here = at
  const done = (text: string): DomainName => ({ text, length: text.length, end: after < 0 ? here : after })
  for (;;) {
    const length = here < end ? bytes[here] : undefined
    if (length === undefined || here < start) return missing(c, here)
    if (after >= 0 && ++hops > MAX_HOPS) return done(LOOP)
    here++
    seen++
    if (length === 0) break
    if (length >= POINTER) {
      const low = here < end ? bytes[here] : undefined
      if (low === undefined) return missing(c, here)
      here++
      seen++
      if (after < 0) after = here
      if (seen >= end - start) return done(LOOP)
      here = start + (((length & 0x3f) << 8) | low)
      continue
    }
    if (length === BIT_STRING) {
      const bits = here < end ? bytes[here] : undefined
      if (bits === undefined) return missing(c, here)
      const size = 1 + (((bits === 0 ? 256 : bits) - 1) >> 3)
      if (here + 1 + size > end) return missing(c, here, 1 + size)
      here += 1 + size
      seen += 1 + size
      continue
    }
    if (length >= 0x40) return done(UNKNOWN_LABEL)
    if (here + length > end) return missing(c, here, length)
    if (parts.length > 0 && parts.length < MAX_LENGTH) parts.push(DOT)
    for (let i = 0; i < length && parts.length < MAX_LENGTH; i++) parts.push(bytes[here + i] ?? 0)
    here += length
    seen += length
  }
  if (parts.length === 0) return done(ROOT)
  return {
    text: printable(decodeText(Uint8Array.from(parts))),
    length: parts.length,
    end: after < 0 ? here : after,
  }
}

const DOT = 0x2e

const ESCAPES: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
}

/** Control characters written out as in C: a name may have any byte in it, and is one word in a list. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to be replaced
  return text.replaceAll(/[\x00-\x1f\x7f]/g, (character) => {
    return ESCAPES[character] ?? `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`
  })
}

function missing(c: Cursor, at: number, length = 1): never {
  c.pos = at
  return c.need('Name', length)
}

/** Reads a name at the cursor, records it and moves past it. */
export function takeName(c: Cursor, field: Field<string>, message: DnsMessage): DomainName {
  const name = readName(c, c.pos, message)
  c.put(field, name.text, c.pos, name.end)
  c.pos = name.end
  return name
}
