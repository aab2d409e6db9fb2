/** Values as a filter compares them: each type has keys that JavaScript's own `<` and `===` order rightly. */
import type { FieldType, Value } from '../protocols/field.ts'

/** Bytes are strings of one character a byte, so that they compare byte by byte. */
export type Key = number | bigint | string

export type ValueType = FieldType | 'protocol'

/** What a literal means to a comparison: its key, and for a network how to reduce an address to its prefix. */
export interface Literal {
  readonly key: Key
  readonly reduce?: (key: Key) => Key
}

export function keyOf(type: ValueType, value: Value): Key {
  if (value instanceof Uint8Array) return latin1(value)
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value !== 'string') return value
  if (type === 'ipv4') return parseIpv4(value) ?? -1
  if (type === 'ipv6') return parseIpv6(value) ?? -1n
  if (type === 'ether') return parseEther(value) ?? -1
  return value
}

/** A literal as a value of that type; `undefined` when it is none. `quoted` text is only text, or bytes. */
export function parseLiteral(
  type: ValueType,
  text: string,
  quoted: boolean,
  codes?: Readonly<Record<number, string>>,
): Literal | undefined {
  switch (type) {
    case 'uint':
    case 'int':
    case 'frame': {
      const number = quoted ? undefined : parseInteger(text)
      return literal(number ?? codeNamed(text, codes))
    }
    case 'duration':
      return literal(quoted || !/^-?(\d+\.?\d*|\.\d+)(e-?\d+)?$/i.test(text) ? undefined : Number(text))
    case 'boolean':
      return literal(quoted ? undefined : parseBoolean(text))
    case 'string':
      return { key: text }
    case 'ipv4':
      return quoted ? undefined : network(text, 32, (address) => parseIpv4(address))
    case 'ipv6':
      return quoted ? undefined : network(text, 128, (address) => parseIpv6(address))
    case 'ether':
      return literal(quoted ? undefined : parseEther(text))
    case 'bytes':
    case 'protocol':
      return literal(quoted ? latin1(new TextEncoder().encode(text)) : parseBytes(text))
    case 'none':
      return undefined
  }
}

/** What to write for a value of that type. */
export function expectedOf(type: ValueType): string {
  switch (type) {
    case 'uint':
    case 'int':
      return 'a number such as 80 or 0x50'
    case 'frame':
      return "a packet's number"
    case 'duration':
      return 'seconds such as 0.25'
    case 'boolean':
      return '1, 0, true or false'
    case 'string':
      return 'text in quotes'
    case 'ipv4':
      return 'an IPv4 address such as 10.0.0.1 or a network such as 10.0.0.0/8'
    case 'ipv6':
      return 'an IPv6 address such as ::1 or a network such as fe80::/10'
    case 'ether':
      return 'a hardware address such as 02:00:00:00:00:01'
    case 'bytes':
    case 'protocol':
      return 'bytes such as 01:02:ff, or text in quotes'
    case 'none':
      return 'no value: the name alone asks whether it is there'
  }
}

function literal(key: Key | undefined): Literal | undefined {
  return key === undefined ? undefined : { key }
}

/** Decimal, hexadecimal (0x) or octal (0), as C reads them; exact beyond 2^53. */
export function parseInteger(text: string): number | bigint | undefined {
  if (!/^-?(0[xX][0-9a-fA-F]+|\d+)$/.test(text) || text.length > 40) return undefined
  const negative = text.startsWith('-')
  const digits = negative ? text.slice(1) : text
  if (/^0\d+$/.test(digits) && !/^0[0-7]+$/.test(digits)) return undefined
  const big = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits)
  const value = negative ? -big : big
  return value >= -0x1f_ffff_ffff_ffffn && value <= 0x1f_ffff_ffff_ffffn ? Number(value) : value
}

function parseBoolean(text: string): number | undefined {
  const lower = text.toLowerCase()
  if (lower === 'true' || lower === '1') return 1
  return lower === 'false' || lower === '0' ? 0 : undefined
}

function codeNamed(text: string, codes: Readonly<Record<number, string>> | undefined): number | undefined {
  const wanted = text.toLowerCase()
  const found = Object.entries(codes ?? {}).find(([, name]) => name.toLowerCase() === wanted)
  return found === undefined ? undefined : Number(found[0])
}

function network(
  text: string,
  width: 32 | 128,
  parse: (address: string) => Key | undefined,
): Literal | undefined {
  const [address = '', prefix, more] = text.split('/')
  const key = parse(address)
  if (key === undefined || more !== undefined) return undefined
  if (prefix === undefined) return { key }
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > width) return undefined
  const shift = BigInt(width - Number(prefix))
  const reduce = (whole: Key) => BigInt(whole) >> shift
  return { key: reduce(key), reduce }
}

export function parseIpv4(text: string): number | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  let value = 0
  for (const part of parts) {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return undefined
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

export function parseEther(text: string): number | undefined {
  if (!/^[0-9a-fA-F]{1,2}([:.-][0-9a-fA-F]{1,2}){5}$/.test(text)) return undefined
  return text.split(/[:.-]/).reduce((value, part) => value * 256 + Number.parseInt(part, 16), 0)
}

/** `01:02:ff`, `01-02-ff`, `01.02.ff` or `0102ff`. */
export function parseBytes(text: string): string | undefined {
  const separated = /^[0-9a-fA-F]{1,2}([:.-][0-9a-fA-F]{1,2})*[:.-]?$/.test(text)
  const parts = separated ? text.split(/[:.-]/).filter((part) => part !== '') : plainHex(text)
  if (parts === undefined) return undefined
  return String.fromCharCode(...parts.map((part) => Number.parseInt(part, 16)))
}

function plainHex(text: string): string[] | undefined {
  return /^(0[xX])?([0-9a-fA-F]{2})+$/.test(text)
    ? (text.replace(/^0[xX]/, '').match(/../g) ?? undefined)
    : undefined
}

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}
