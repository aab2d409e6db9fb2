/** What a field is made of: its name, its place on the wire, and why it is there. */

/** A field's value as the filter, the API and the lab checks see it. */
export type Value = number | bigint | string | boolean | Uint8Array

/** Wireshark's field kinds, as far as we need them. They decide how a filter compares. */
export type FieldType =
  | 'uint'
  | 'int'
  | 'boolean'
  | 'string'
  | 'bytes'
  | 'ipv4'
  | 'ipv6'
  | 'ether'
  /** The number of another packet. */
  | 'frame'
  /** An interval in seconds. */
  | 'duration'
  | 'none'

export interface FieldOptions {
  /** What the field is for, in one sentence. */
  about?: string
  /** Where it is defined, such as `RFC 9293 §3.1`; the protocol's own `spec` when left out. */
  spec?: string
  /** Names of the known codes; an unknown one shows with its number and never fails. */
  values?: Readonly<Record<number, string>>
  /** Further names it answers to in a filter: `tcp.port` for `tcp.srcport`. */
  aliases?: readonly string[]
  /** Shown behind the value: `bytes`, `ms`. */
  unit?: string
  /** What is printed where there are no bytes: tshark tells fields that may be empty from those that may not. */
  empty?: '<none>'
  /** How the number is written, where it is not the kind's habit: flags and labels in hex. */
  base?: 'dec' | 'hex'
}

/** A field before `protocol()` has given it its name. */
export interface FieldSpec<T extends Value = Value> extends FieldOptions {
  readonly label: string
  readonly type: FieldType
  /** Bytes on the wire; 0 when the length varies or the value is computed. */
  readonly size: number
  /** The bits of those bytes that are the field; 0 for all of them. */
  readonly mask: number
  readonly base: 'dec' | 'hex'
  /** Reads the value; the caller has checked that `size` bytes are there. */
  readonly read: (view: DataView, at: number) => T
}

export interface Field<T extends Value = Value> extends FieldSpec<T> {
  /** Wireshark's name, such as `tcp.flags.syn`. */
  readonly name: string
}

function make<T extends Value>(
  label: string,
  type: FieldType,
  size: number,
  read: (view: DataView, at: number) => T,
  options: FieldOptions = {},
  base: 'dec' | 'hex' = 'dec',
  mask = 0,
): FieldSpec<T> {
  return { label, type, size, mask, base, read, ...options }
}

export const u8 = (label: string, o?: FieldOptions) => make(label, 'uint', 1, (v, at) => v.getUint8(at), o)
export const u16 = (label: string, o?: FieldOptions) => make(label, 'uint', 2, (v, at) => v.getUint16(at), o)
export const u24 = (label: string, o?: FieldOptions) => make(label, 'uint', 3, readU24, o)
export const u32 = (label: string, o?: FieldOptions) => make(label, 'uint', 4, (v, at) => v.getUint32(at), o)
/** Signed, in two's complement. */
export const i32 = (label: string, o?: FieldOptions) => make(label, 'int', 4, (v, at) => v.getInt32(at), o)
/** 64 bits; a bigint, since a number is exact only up to 2^53 - 1. */
export const u64 = (label: string, o?: FieldOptions) =>
  make(label, 'uint', 8, (v, at) => v.getBigUint64(at), o)
export const hex8 = (label: string, o?: FieldOptions) =>
  make(label, 'uint', 1, (v, at) => v.getUint8(at), o, 'hex')
export const hex16 = (label: string, o?: FieldOptions) =>
  make(label, 'uint', 2, (v, at) => v.getUint16(at), o, 'hex')
export const hex32 = (label: string, o?: FieldOptions) =>
  make(label, 'uint', 4, (v, at) => v.getUint32(at), o, 'hex')

/** Some bits of a word of `size` bytes, shifted down so that the mask's lowest bit counts one. */
export function bits(label: string, size: 1 | 2 | 4, mask: number, o?: FieldOptions): FieldSpec<number> {
  const shift = 31 - Math.clz32(mask & -mask)
  const word = WORD[size]
  return make(label, 'uint', size, (v, at) => (word(v, at) & mask) >>> shift, o, 'dec', mask)
}

/** Bits that count in units of `factor`, such as a header length in words of 4 bytes: the value is in bytes. */
export function scaledBits(
  label: string,
  size: 1 | 2 | 4,
  mask: number,
  factor: number,
  o?: FieldOptions,
): FieldSpec<number> {
  const unscaled = bits(label, size, mask, o)
  return { ...unscaled, read: (v, at) => unscaled.read(v, at) * factor }
}

/** One bit of a word of `size` bytes. */
export function flag(label: string, size: 1 | 2 | 4, mask: number, o?: FieldOptions): FieldSpec<boolean> {
  const word = WORD[size]
  return make(label, 'boolean', size, (v, at) => (word(v, at) & mask) !== 0, o, 'dec', mask)
}

export const ipv4Address = (label: string, o?: FieldOptions) => make(label, 'ipv4', 4, readIpv4, o)
export const ipv6Address = (label: string, o?: FieldOptions) => make(label, 'ipv6', 16, readIpv6, o)
export const etherAddress = (label: string, o?: FieldOptions) => make(label, 'ether', 6, readEther, o)

/** Bytes of a length that the dissector knows: taken with `takeBytes`. */
export const bytes = (label: string, o?: FieldOptions) => make<Uint8Array>(label, 'bytes', 0, unsized, o)
/** Text of a length that the dissector knows (`takeText`), or computed (`put`). */
export const text = (label: string, o?: FieldOptions) => make<string>(label, 'string', 0, unsized, o)

/** A number that is computed, or written as text on the wire: put with `put`. */
export const uint = (label: string, o?: FieldOptions) => make<number>(label, 'uint', 0, unsized, o)
/** The same where it may be negative. */
export const int = (label: string, o?: FieldOptions) => make<number>(label, 'int', 0, unsized, o)
export const boolean = (label: string, o?: FieldOptions) => make<boolean>(label, 'boolean', 0, unsized, o)
/** The number of a packet that belongs to this one. */
export const frameReference = (label: string, o?: FieldOptions) => make<number>(label, 'frame', 0, unsized, o)
/** An interval, in seconds. */
export const duration = (label: string, o?: FieldOptions) => make<number>(label, 'duration', 0, unsized, o)
/** A heading without a value of its own: the parent of a group. */
export const heading = (label: string, o?: FieldOptions) => make<string>(label, 'none', 0, unsized, o)

function unsized(): never {
  throw new TypeError('this field has no size of its own: use takeBytes, takeText or put')
}

const WORD = {
  1: (v: DataView, at: number) => v.getUint8(at),
  2: (v: DataView, at: number) => v.getUint16(at),
  4: (v: DataView, at: number) => v.getUint32(at),
} as const

function readU24(view: DataView, at: number): number {
  return view.getUint16(at) * 0x100 + view.getUint8(at + 2)
}

/** Addresses recur: their text is made once. Cleared when full, so that a scan can't fill the memory. */
const ADDRESS_CACHE_LIMIT = 8192
const ipv4Texts = new Map<number, string>()
const etherTexts = new Map<number, string>()

const readIpv4 = (view: DataView, at: number): string => ipv4Text(view.getUint32(at))

/** The text of an address that is given as a number of 32 bits. */
export function ipv4Text(key: number): string {
  let known = ipv4Texts.get(key)
  if (known === undefined) {
    known = `${key >>> 24}.${(key >>> 16) & 255}.${(key >>> 8) & 255}.${key & 255}`
    if (ipv4Texts.size >= ADDRESS_CACHE_LIMIT) ipv4Texts.clear()
    ipv4Texts.set(key, known)
  }
  return known
}

const readEther = (view: DataView, at: number): string =>
  etherText(view.getUint16(at) * 0x1_0000_0000 + view.getUint32(at + 2))

/** The text of a hardware address that is given as a number of 48 bits. */
export function etherText(key: number): string {
  let known = etherTexts.get(key)
  if (known === undefined) {
    known = key
      .toString(16)
      .padStart(12, '0')
      .replace(/..(?=.)/g, '$&:')
    if (etherTexts.size >= ADDRESS_CACHE_LIMIT) etherTexts.clear()
    etherTexts.set(key, known)
  }
  return known
}

interface Ipv6Text {
  readonly words: readonly [number, number, number, number]
  readonly text: string
}
/** Each in the one place that its words lead to: a power of two of them. */
const ipv6Texts: (Ipv6Text | undefined)[] = new Array(1 << 10).fill(undefined)
const scratch = new DataView(new ArrayBuffer(16))

const readIpv6 = (view: DataView, at: number): string =>
  ipv6Text(view.getInt32(at), view.getInt32(at + 4), view.getInt32(at + 8), view.getInt32(at + 12))

/** The text of an address that is given as four words of 32 bits, signed ones. */
export function ipv6Text(first: number, second: number, third: number, fourth: number): string {
  const mixed = Math.imul(first ^ Math.imul(second, 31), 0x01000193) ^ Math.imul(third, 31) ^ fourth
  const place = Math.imul(mixed, 0x9e3779b1) >>> 22
  const known = ipv6Texts[place]
  if (known !== undefined) {
    const { words } = known
    if (words[3] === fourth && words[2] === third && words[1] === second && words[0] === first) {
      return known.text
    }
  }
  const words = [first, second, third, fourth] as const
  words.forEach((word, i) => {
    scratch.setInt32(4 * i, word)
  })
  const text = makeIpv6(scratch, 0)
  ipv6Texts[place] = { words, text }
  return text
}

/**
 * The canonical text of an IPv6 address (RFC 5952 §4): lower case, the longest run of zeros as `::`. One that stands
 * for an IPv4 address ends in that (§5).
 */
function makeIpv6(view: DataView, at: number): string {
  const groups: number[] = []
  for (let i = 0; i < 8; i++) groups.push(view.getUint16(at + 2 * i))
  let best = -1
  let bestLength = 1
  for (let i = 0; i < 8; i++) {
    let length = 0
    while (i + length < 8 && groups[i + length] === 0) length++
    if (length > bestLength) [best, bestLength] = [i, length]
  }
  const hex = (from: number, to: number) =>
    groups
      .slice(from, to)
      .map((g) => g.toString(16))
      .join(':')
  if (best < 0) return hex(0, 8)
  if (best === 0 && (bestLength === 6 || (bestLength === 5 && groups[5] === 0xffff))) {
    return `::${bestLength === 6 ? '' : 'ffff:'}${readIpv4(view, at + 12)}`
  }
  return `${hex(0, best)}::${hex(best + bestLength, 8)}`
}

/** The value as a person reads it: the code's name with its number, hex where that is the habit. */
export function formatValue(field: Field, value: Value): string {
  if (value instanceof Uint8Array) return hexText(value)
  if (typeof value === 'boolean') return value ? 'Set' : 'Not set'
  if (typeof value === 'string') return value
  if (field.type === 'duration') return `${Number(value).toFixed(9)} seconds`
  const number =
    field.base === 'hex' ? `0x${value.toString(16).padStart(hexDigits(field), '0')}` : value.toString()
  const known = field.values?.[Number(value)]
  if (known !== undefined) return `${known} (${number})`
  return field.unit === undefined ? number : `${number} ${field.unit}`
}

/** As many digits as the field's bits fill. */
function hexDigits(field: Field): number {
  if (field.mask === 0) return field.size * 2
  return Math.ceil((Math.clz32(field.mask & -field.mask) + 1 - Math.clz32(field.mask)) / 4)
}

const HEX_SHOWN = 64

/** Lower-case hex without separators, cut after 64 bytes with an ellipsis. */
export function hexText(value: Uint8Array): string {
  let out = ''
  for (const byte of value.subarray(0, HEX_SHOWN)) out += byte.toString(16).padStart(2, '0')
  return value.length > HEX_SHOWN ? `${out}…` : out
}

/**
 * Where fields stand that follow each other without gaps: offsets from the first one's first byte, for code that
 * writes the header or reads it without a cursor. Bit fields of one word are named once, by any of them.
 */
export function layout<F extends Readonly<Record<string, FieldSpec>>, const N extends readonly (keyof F)[]>(
  fields: F,
  names: N,
): { readonly [K in N[number]]: number } {
  const offsets: Partial<Record<keyof F, number>> = {}
  let at = 0
  for (const name of names) {
    offsets[name] = at
    at += fields[name]?.size ?? 0
  }
  return offsets as { readonly [K in N[number]]: number }
}
