/** The operands of a filter: names, functions, slices and masks, as something that gives values of a packet. */
import { FilterError } from '../errors.ts'
import type { Value } from '../protocols/field.ts'
import type { Packet } from '../protocols/packet.ts'
import { filterName, nearestName } from './filter-fields.ts'
import type { Operand } from './filter-syntax.ts'
import { type Key, keyOf, parseInteger, type ValueType } from './filter-values.ts'

/** An operand that gives values of a packet. */
export interface Source {
  readonly type: ValueType
  readonly bits: number
  readonly codes: Readonly<Record<number, string>> | undefined
  keys(packet: Packet): Key[]
}

/** Types that may be compared with each other. */
export function family(type: ValueType): string {
  switch (type) {
    case 'uint':
    case 'int':
    case 'frame':
    case 'duration':
    case 'boolean':
      return 'number'
    case 'string':
      return 'text'
    case 'bytes':
    case 'protocol':
      return 'bytes'
    default:
      return type
  }
}

/** The operand as something that a packet has; `undefined` when it is a literal, or no known name. */
export function sourceOf(operand: Operand): Source | undefined {
  const whole = operand.kind === 'call' ? callOf(operand) : nameOf(operand)
  if (whole === undefined) return undefined
  const sliced = operand.slice === undefined ? whole : sliceOf(whole, operand, operand.slice)
  return operand.mask === undefined ? sliced : maskOf(sliced, operand, operand.mask)
}

function nameOf(operand: Operand): Source | undefined {
  const name = operand.kind === 'word' ? filterName(operand.text) : undefined
  if (name === undefined) return undefined
  const { type, bits, codes } = name
  return {
    type,
    bits,
    codes,
    keys: (packet) => name.values(packet).map((value: Value) => keyOf(type, value)),
  }
}

function callOf(operand: Operand): Source {
  const [argument] = operand.arguments
  const apply = FUNCTIONS[operand.text]
  if (apply === undefined) {
    const known = Object.keys(FUNCTIONS).join(', ')
    throw new FilterError(
      `no function is called ${JSON.stringify(operand.text)}; there are ${known}`,
      operand.at,
      known,
    )
  }
  if (argument === undefined || operand.arguments.length !== 1) {
    throw new FilterError(`${operand.text}() takes one field`, operand.at)
  }
  return apply(sourceOf(argument) ?? unknownName(argument), argument)
}

const FUNCTIONS: Readonly<Record<string, (source: Source, operand: Operand) => Source>> = {
  lower: (source, operand) => textFunction(source, operand, (text) => text.toLowerCase()),
  upper: (source, operand) => textFunction(source, operand, (text) => text.toUpperCase()),
  len: (source, operand) => {
    if (family(source.type) !== 'text' && family(source.type) !== 'bytes') {
      throw new FilterError(
        `len() counts the bytes of text and bytes; ${operand.text} is neither`,
        operand.at,
      )
    }
    const length = (key: Key) =>
      source.type === 'string' ? Buffer.byteLength(String(key)) : String(key).length
    return {
      type: 'uint',
      bits: source.bits,
      codes: undefined,
      keys: (packet) => source.keys(packet).map(length),
    }
  },
  count: (source) => ({
    type: 'uint',
    bits: source.bits,
    codes: undefined,
    keys: (packet) => {
      const { length } = source.keys(packet)
      return length === 0 ? [] : [length]
    },
  }),
}

function textFunction(source: Source, operand: Operand, change: (text: string) => string): Source {
  if (source.type !== 'string')
    throw new FilterError(`expected a field of text, ${operand.text} is none`, operand.at)
  return { ...source, keys: (packet) => source.keys(packet).map((key) => change(String(key))) }
}

/** `[2]`, `[0:3]` (from, length), `[0-2]` (from, to), `[:3]`, `[3:]`; a negative start counts from the end. */
function sliceOf(source: Source, operand: Operand, slice: { text: string; at: number }): Source {
  if (!['string', 'bytes', 'protocol', 'ether'].includes(source.type)) {
    throw new FilterError(`only text and bytes have slices; ${operand.text} is neither`, slice.at)
  }
  const parts = /^\s*(-?\d+)?\s*(?:([:-])\s*(\d+)?)?\s*$/.exec(slice.text)
  const [, first, separator, second] = parts ?? []
  if (parts === null || (first === undefined && second === undefined)) {
    throw new FilterError(`[${slice.text}] is no slice`, slice.at, '[start:length] or [first-last]')
  }
  const start = Number(first ?? 0)
  const cutTo = (length: number): number => {
    const from = start < 0 ? length + start : start
    if (separator === undefined) return from + 1
    if (second === undefined) return length
    return separator === '-' ? Number(second) + 1 : from + Number(second)
  }
  const whole = (key: Key) =>
    source.type === 'ether'
      ? Buffer.from(key.toString(16).padStart(12, '0'), 'hex').toString('latin1')
      : String(key)
  const cut = (key: Key): Key[] => {
    const text = whole(key)
    const from = start < 0 ? text.length + start : start
    const to = cutTo(text.length)
    return from < 0 || to > text.length || from >= to ? [] : [text.slice(from, to)]
  }
  const type = source.type === 'string' ? 'string' : 'bytes'
  return { ...source, type, keys: (packet) => source.keys(packet).flatMap(cut) }
}

function maskOf(source: Source, operand: Operand, mask: { text: string; at: number }): Source {
  const bits = parseInteger(mask.text)
  if (bits === undefined)
    throw new FilterError('expected a number behind &', mask.at, 'a number such as 0x02')
  if (source.type !== 'uint' && source.type !== 'int') {
    throw new FilterError(`only numbers have bits; ${operand.text} is none`, operand.at)
  }
  return {
    ...source,
    codes: undefined,
    keys: (packet) => source.keys(packet).map((key) => Number(BigInt(key) & BigInt(bits))),
  }
}

export function unknownName(operand: Operand): never {
  if (operand.kind === 'string' || /^[0-9]/.test(operand.text)) {
    throw new FilterError(
      `expected a field, found the value ${JSON.stringify(operand.text)}`,
      operand.at,
      'a field name',
    )
  }
  const nearest = nearestName(operand.text)
  const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`
  throw new FilterError(
    `no protocol or field is called ${JSON.stringify(operand.text)}${hint}`,
    operand.at,
    nearest,
  )
}
