/** Compiles a display filter into a test of a packet. Names and types are checked here, once. */
import { RE2JS } from 're2js'
import { FilterError } from '../errors.ts'
import type { Packet } from '../protocols/packet.ts'
import type { Comparison } from './filter-lexer.ts'
import { family, type Source, sourceOf, unknownName } from './filter-operands.ts'
import { type Expression, type Operand, parseFilter, type SetItem } from './filter-syntax.ts'
import { expectedOf, type Key, type Literal, parseLiteral } from './filter-values.ts'

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
