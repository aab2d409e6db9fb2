/** Values as a filter compares them: each type has keys that JavaScript's own `<` and `===` order rightly. */
import type { FieldType, Value } from '../protocols/field.ts'

/**
 * Numbers and IPv4 addresses are numbers, IPv6 addresses and what exceeds 2^53 bigints, intervals and times nanoseconds.
 * Text, bytes and hardware addresses are strings of one character a byte (text in UTF-8), so that they compare byte by byte.
 */
export type Key = number | bigint | string

/** `time` is a moment, nanoseconds since 1970. */
export type ValueType = FieldType | 'protocol' | 'time'

export function keyOf(type: ValueType, value: Value): Key {
  switch (type) {
    case 'duration':
    case 'time':
      return typeof value === 'number' ? Math.round(value * 1e9) : plain(value)
    case 'string':
      return typeof value === 'string' ? byteText(value) : plain(value)
    case 'ipv4':
      return typeof value === 'string' ? (parseIpv4(value) ?? -1) : plain(value)
    case 'ipv6':
      return typeof value === 'string' ? (parseIpv6(value) ?? -1n) : plain(value)
    case 'ether':
      return typeof value === 'string' ? etherKey(value) : plain(value)
    default:
      return plain(value)
  }
}

function plain(value: Value): Key {
  if (value instanceof Uint8Array) return latin1(value)
  return typeof value === 'boolean' ? Number(value) : value
}

/** Addresses recur. Cleared when full, so that a scan can't fill the memory. */
const CACHE_LIMIT = 8192
const etherKeys = new Map<string, string>()

function etherKey(text: string): string {
  let known = etherKeys.get(text)
  if (known === undefined) {
    known = parseEther(text) ?? ''
    if (etherKeys.size >= CACHE_LIMIT) etherKeys.clear()
    etherKeys.set(text, known)
  }
  return known
}

/** The bytes of a value as they stand on the wire; undefined for types that a slice can't be taken of. */
export function bytesOfKey(type: ValueType, key: Key): string | undefined {
  switch (type) {
    case 'string':
    case 'bytes':
    case 'protocol':
    case 'ether':
      return String(key)
    case 'ipv4':
      return fromHex(key, 8)
    case 'ipv6':
      return fromHex(key, 32)
    default:
      return undefined
  }
}

function fromHex(key: Key, digits: number): string {
  return Buffer.from(BigInt(key).toString(16).padStart(digits, '0'), 'hex').toString('latin1')
}

/** Types that a slice can be taken of. */
export function isSliceable(type: ValueType): boolean {
  return ['string', 'bytes', 'protocol', 'ether', 'ipv4', 'ipv6'].includes(type)
}

/** Types that may be compared with each other. */
export function family(type: ValueType): string {
  switch (type) {
    case 'uint':
    case 'int':
    case 'frame':
      return 'number'
    case 'string':
      return 'text'
    case 'bytes':
    case 'protocol':
    case 'ether':
      return 'bytes'
    default:
      return type
  }
}

/** A number and a bigint may be equal, so not `===` alone. */
export function same(a: Key, b: Key): boolean {
  if (typeof a === typeof b) return a === b
  return typeof a !== 'string' && typeof b !== 'string' && BigInt(a) === BigInt(b)
}

/** Text as bytes in UTF-8, one character each. */
export function byteText(text: string): string {
  return ASCII.test(text) ? text : Buffer.from(text).toString('latin1')
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII has them
const ASCII = /^[\u0000-\u007f]*$/

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

/** Decimal, hexadecimal (0x), binary (0b) or octal (0), as C reads them; exact beyond 2^53. */
export function parseInteger(text: string): number | bigint | undefined {
  if (!/^(0[xX][0-9a-fA-F]+|0[bB][01]+|0[0-7]*|[1-9]\d*)$/.test(text) || text.length > 70) return undefined
  const big = BigInt(/^0[0-7]+$/.test(text) ? `0o${text.slice(1)}` : text)
  return big <= 0x1f_ffff_ffff_ffffn ? Number(big) : big
}

/** Seconds with up to nine decimals, as nanoseconds. */
export function parseSeconds(text: string): number | bigint | undefined {
  const [, whole, part = ''] = /^(\d{1,18})(?:\.(\d{1,18}))?$/.exec(text) ?? []
  if (whole === undefined) return undefined
  return narrow(BigInt(whole) * 1_000_000_000n + BigInt(part.slice(0, 9).padEnd(9, '0')))
}

export function narrow(value: bigint): number | bigint {
  const small = value >= -0x1f_ffff_ffff_ffffn && value <= 0x1f_ffff_ffff_ffffn
  return small ? Number(value) : value
}

export function parseIpv4(text: string): number | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  let value = 0
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined
    value = value * 256 + Number(part)
  }
  return value
}

export function parseIpv6(text: string): bigint | undefined {
  const [head = '', tail, more] = text.split('::')
  if (more !== undefined) return undefined
  const before = groupsOf(head)
  const after = tail === undefined ? [] : groupsOf(tail)
  if (before === undefined || after === undefined) return undefined
  const missing = 8 - before.length - after.length
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined
  let value = 0n
  for (const group of [...before, ...new Array<number>(missing).fill(0), ...after])
    value = (value << 16n) | BigInt(group)
  return value
}

/** 16-bit groups; the last may be an IPv4 address (RFC 4291 §2.2). */
function groupsOf(text: string): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  for (const part of text.split(':')) {
    const ipv4 = part.includes('.') ? parseIpv4(part) : undefined
    if (ipv4 !== undefined) groups.push(Math.floor(ipv4 / 0x10000), ipv4 % 0x10000)
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16))
    else return undefined
  }
  return groups.length > 8 ? undefined : groups
}

/** `01:02:03:04:05:06`, with `-` or `.` between, `0102.0304.0506`, or without anything between. */
export function parseEther(text: string): string | undefined {
  const quads = /^([0-9a-fA-F]{4})\.([0-9a-fA-F]{4})\.([0-9a-fA-F]{4})$/.exec(text)
  const bytes = parseBytes(quads === null ? text : quads.slice(1).join(''))
  return bytes?.length === 6 ? bytes : undefined
}

/** `01:02:ff`, `01-02-ff`, `1.2.ff`, `0102ff`, one byte as `0xff` too; a leading colon says that it is no name. */
export function parseBytes(text: string): string | undefined {
  const bare = text.startsWith(':') ? text.slice(1) : text
  const separated = /^[0-9a-fA-F]{1,2}(?:([:.-])[0-9a-fA-F]{1,2}(?:\1[0-9a-fA-F]{1,2})*)?$/.test(bare)
  const single = /^0[xX]([0-9a-fA-F]{2})$/.exec(bare)?.[1]
  let parts: string[] | null = null
  if (separated) parts = bare.split(/[:.-]/)
  else if (single !== undefined) parts = [single]
  else if (/^([0-9a-fA-F]{2})+$/.test(bare)) parts = bare.match(/../g)
  return parts === null ? undefined : String.fromCharCode(...parts.map((part) => Number.parseInt(part, 16)))
}
