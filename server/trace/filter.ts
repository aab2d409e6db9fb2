/** Compiles a display filter into a test of a packet. Names and types are checked here, once. */
import { RE2JS } from 're2js'
import { FilterError } from '../errors.ts'
import type { Value } from '../protocols/field.ts'
import type { Packet } from '../protocols/packet.ts'
import { filterName, nearestName } from './filter-fields.ts'
import type { Comparison } from './filter-lexer.ts'
import { type Expression, type Operand, parseFilter, type SetItem } from './filter-syntax.ts'
import {
  expectedOf,
  type Key,
  keyOf,
  type Literal,
  parseInteger,
  parseLiteral,
  type ValueType,
} from './filter-values.ts'

export { FilterError } from '../errors.ts'

export interface CompiledFilter {
  readonly text: string
  /** Protocol bits that a packet must have, all of them, to be worth dissecting for it; 0 for none. */
  readonly protocols: number
  matches(packet: Packet): boolean
}

/** Throws a FilterError that says what is wrong, where, and what could stand there. */
export function compileFilter(text: string): CompiledFilter {
  const { test, bits } = compile(parseFilter(text))
  return { text, protocols: bits, matches: test }
}

interface Compiled {
  readonly test: (packet: Packet) => boolean
  /** Bits without which it can't be true. */
  readonly bits: number
}

/** An operand that gives values of a packet. */
interface Source {
  readonly type: ValueType
  readonly bits: number
  readonly codes: Readonly<Record<number, string>> | undefined
  keys(packet: Packet): Key[]
}

function compile(expression: Expression): Compiled {
  switch (expression.kind) {
    case 'and': {
      const parts = expression.parts.map(compile)
      const bits = parts.reduce((all, part) => all | part.bits, 0)
      return { bits, test: (packet) => parts.every((part) => part.test(packet)) }
    }
    case 'or': {
      const parts = expression.parts.map(compile)
      const bits = parts.reduce((all, part) => all & part.bits, -1)
      return { bits, test: (packet) => parts.some((part) => part.test(packet)) }
    }
    case 'xor': {
      const parts = expression.parts.map(compile)
      return { bits: 0, test: (packet) => parts.filter((part) => part.test(packet)).length % 2 === 1 }
    }
    case 'not': {
      const inner = compile(expression.inner)
      return { bits: 0, test: (packet) => !inner.test(packet) }
    }
    case 'bare':
      return bare(expression.operand)
    case 'in':
      return inSet(expression.left, expression.items)
    case 'compare':
      return compare(expression.op, expression.left, expression.right)
  }
}

/** A name alone asks whether it is there; a masked one whether a bit of it is set. */
function bare(operand: Operand): Compiled {
  const source = sourceOf(operand)
  if (source === undefined) return unknownName(operand)
  if (operand.mask !== undefined) {
    return { bits: source.bits, test: (packet) => source.keys(packet).some((key) => Number(key) !== 0) }
  }
  return { bits: source.bits, test: (packet) => source.keys(packet).length > 0 }
}

function compare(op: Comparison, left: Operand, right: Operand): Compiled {
  const a = sourceOf(left)
  const b = sourceOf(right)
  if (op === 'matches') return matches(a ?? unknownName(left), right, left)
  if (a !== undefined && b !== undefined) {
    if (family(a.type) !== family(b.type)) {
      throw new FilterError(`${left.text} and ${right.text} have types that can't be compared`, right.at)
    }
    const meets = b.type === 'none' || a.type === 'none' ? undefined : OPERATIONS[op]
    if (meets === undefined) throw new FilterError(`${left.text} has no value to compare`, left.at)
    const all = op === 'ne' || op === 'all_eq'
    return {
      bits: a.bits | b.bits,
      test: (packet) => {
        const others = b.keys(packet)
        const keys = others.length === 0 ? [] : a.keys(packet)
        if (keys.length === 0) return false
        return all
          ? keys.every((key) => others.every((other) => meets(key, other)))
          : keys.some((key) => others.some((other) => meets(key, other)))
      },
    }
  }
  if (a !== undefined) return compareWith(op, a, left, literalFor(a, right, op), right)
  // The nearest name is more help than a complaint about a value: `tcp.prot == 80`.
  if (b === undefined || left.kind === 'call') return unknownName(left)
  return compareWith(MIRRORED[op] ?? op, b, right, literalFor(b, left, op), left)
}

function compareWith(
  op: Comparison,
  source: Source,
  operand: Operand,
  literal: Literal,
  value: Operand,
): Compiled {
  const { type, bits } = source
  if (op === 'contains' && !['string', 'bytes', 'protocol', 'ether'].includes(type)) {
    throw new FilterError(`contains looks into text and bytes; ${operand.text} is neither`, value.at)
  }
  const meets = OPERATIONS[op]
  const { key, reduce } = literal
  const one =
    reduce === undefined ? (found: Key) => meets(found, key) : (found: Key) => meets(reduce(found), key)
  const all = op === 'ne' || op === 'all_eq'
  return {
    bits,
    test: (packet) => {
      const keys = source.keys(packet)
      return keys.length > 0 && (all ? keys.every(one) : keys.some(one))
    },
  }
}

const OPERATIONS: Readonly<Record<Comparison, (a: Key, b: Key) => boolean>> = {
  // A number and a bigint may be equal, so not `===`.
  eq: (a, b) => same(a, b),
  all_eq: (a, b) => same(a, b),
  ne: (a, b) => !same(a, b),
  any_ne: (a, b) => !same(a, b),
  gt: (a, b) => a > b,
  ge: (a, b) => a >= b,
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
  contains: (a, b) => String(a).includes(String(b)),
  matches: () => false,
}

/** For `80 == tcp.port`: the comparison with its sides changed. */
const MIRRORED: Readonly<Partial<Record<Comparison, Comparison>>> = { gt: 'lt', ge: 'le', lt: 'gt', le: 'ge' }

function same(a: Key, b: Key): boolean {
  return typeof a === typeof b
    ? a === b
    : typeof a !== 'string' && typeof b !== 'string' && BigInt(a) === BigInt(b)
}

function matches(source: Source, pattern: Operand, operand: Operand): Compiled {
  if (family(source.type) !== 'text' && family(source.type) !== 'bytes') {
    throw new FilterError(`matches looks into text and bytes; ${operand.text} is neither`, operand.at)
  }
  if (pattern.kind === 'call')
    throw new FilterError('expected a regular expression in quotes', pattern.at, '"…"')
  let expression: RE2JS
  try {
    // Without regard to case, as Wireshark; (?-i) asks for it. RE2 takes linear time on any text.
    expression = RE2JS.compile(pattern.raw, RE2JS.CASE_INSENSITIVE)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new FilterError(`this is no regular expression: ${why}`, pattern.at)
  }
  return {
    bits: source.bits,
    test: (packet) => source.keys(packet).some((key) => expression.test(String(key))),
  }
}

function inSet(left: Operand, items: readonly SetItem[]): Compiled {
  const source = sourceOf(left) ?? unknownName(left)
  const tests = items.map(({ low, high }) => {
    const from = literalFor(source, low, 'eq')
    if (high === undefined) {
      const { key, reduce } = from
      return reduce === undefined
        ? (found: Key) => same(found, key)
        : (found: Key) => same(reduce(found), key)
    }
    const to = literalFor(source, high, 'eq')
    if (from.reduce !== undefined || to.reduce !== undefined) {
      throw new FilterError('a range goes from one address to another, not between networks', low.at)
    }
    if (from.key > to.key) throw new FilterError('this range ends before it begins', low.at)
    return (found: Key) => found >= from.key && found <= to.key
  })
  return {
    bits: source.bits,
    test: (packet) => source.keys(packet).some((key) => tests.some((test) => test(key))),
  }
}

function literalFor(source: Source, operand: Operand, op: Comparison): Literal {
  if (operand.kind === 'call' || operand.slice !== undefined || operand.mask !== undefined)
    return unknownName(operand)
  const literal = parseLiteral(source.type, operand.text, operand.kind === 'string', source.codes)
  if (literal !== undefined) return literal
  // `ether contains "x"`: what is searched for is bytes, whatever the field is.
  const bytes = op === 'contains' ? parseLiteral('bytes', operand.text, operand.kind === 'string') : undefined
  if (bytes !== undefined) return bytes
  if (looksLikeName(operand)) return unknownName(operand)
  const expected = expectedOf(source.type)
  throw new FilterError(`expected ${expected}, found ${JSON.stringify(operand.text)}`, operand.at, expected)
}

function looksLikeName(operand: Operand): boolean {
  return operand.kind === 'word' && /^[a-z_][a-z0-9_-]*(\.[a-z0-9_-]+)+$/i.test(operand.text)
}

function unknownName(operand: Operand): never {
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

/** Types that may be compared with each other. */
function family(type: ValueType): string {
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
function sourceOf(operand: Operand): Source | undefined {
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
