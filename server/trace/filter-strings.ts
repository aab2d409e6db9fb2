/**
 * Quoted strings and character constants of a filter, with C's escapes as Wireshark 4.0 has them. A string is bytes:
 * one character each here, and what is beyond ASCII in UTF-8.
 */
import { FilterError } from '../errors.ts'
import { byteText } from './filter-values.ts'

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
  "'": "'",
}

/** A string from its quote, or from the `r` before it, after which backslashes stand for themselves. */
export function quotedString(text: string, at: number): { value: string; end: number } {
  const verbatim = text.charAt(at) !== '"'
  let value = ''
  let i = verbatim ? at + 2 : at + 1
  while (i < text.length) {
    const character = text.charAt(i)
    if (character === '"') return { value, end: i + 1 }
    if (character !== '\\') {
      PLAIN.lastIndex = i
      const run = PLAIN.exec(text)?.[0] ?? ''
      value += byteText(run)
      i += run.length
    } else if (verbatim) {
      const pair = text.slice(i, i + 2)
      value += byteText(pair)
      i += pair.length
    } else {
      const { bytes, end } = escapeAt(text, i)
      value += bytes
      i = end
    }
  }
  throw new FilterError('this string is not closed', at, '"')
}

const PLAIN = /[^"\\]+/y

/** `'a'`, `'\n'`, `'\x0a'`: the number of the character. */
export function characterConstant(text: string, at: number): { code: number; end: number } {
  let bytes = text.charAt(at + 1)
  let end = at + 2
  if (bytes === '\\') ({ bytes, end } = escapeAt(text, at + 1))
  if (bytes === "'") throw new FilterError('a character is missing between these quotes', at, "'a'")
  if (text.charAt(end) !== "'") {
    const open = text.indexOf("'", at + 1) < 0
    throw new FilterError(open ? 'this character is not closed' : 'this is more than one character', at, "'")
  }
  if (bytes.length !== 1 || text.charCodeAt(at + 1) > 127) {
    throw new FilterError('a character between single quotes is one byte', at, 'text in double quotes')
  }
  return { code: bytes.charCodeAt(0), end: end + 1 }
}

/** What an escape stands for, one character a byte, and where it ends. */
function escapeAt(text: string, at: number): { bytes: string; end: number } {
  const rest = text.slice(at + 1, at + 10)
  const octal = /^[0-7]{1,3}/.exec(rest)?.[0]
  if (octal !== undefined) {
    const code = Number.parseInt(octal, 8)
    if (code > 255) throw new FilterError(`\\${octal} is more than a byte`, at)
    return { bytes: String.fromCharCode(code), end: at + 1 + octal.length }
  }
  const hex = /^x([0-9a-fA-F]{1,2})/.exec(rest)
  if (hex?.[1] !== undefined) {
    return { bytes: String.fromCharCode(Number.parseInt(hex[1], 16)), end: at + 1 + hex[0].length }
  }
  const universal = /^(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/.exec(rest)
  if (universal !== null) {
    const code = Number.parseInt(universal[1] ?? universal[2] ?? '', 16)
    if (!isUniversal(code)) throw new FilterError(`\\${universal[0]} is no such character`, at)
    return { bytes: byteText(String.fromCodePoint(code)), end: at + 1 + universal[0].length }
  }
  const plain = ESCAPES[rest.charAt(0)]
  if (plain !== undefined) return { bytes: plain, end: at + 2 }
  const shown = `\\${rest.charAt(0)}`
  throw new FilterError(
    `${shown} is no escape; write \\${shown}, or r before the opening quote`,
    at,
    'a string such as r"\\."',
  )
}

/** C's rule (C11 6.4.3): no basic character but $, @ and `, and no surrogate. */
function isUniversal(code: number): boolean {
  if (code < 0xa0) return code === 0x24 || code === 0x40 || code === 0x60
  return code <= 0x10_ffff && !(code >= 0xd800 && code <= 0xdfff)
}
