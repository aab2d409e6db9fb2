/** Compiles a display filter into a test of a packet. Names and types are checked here, once. */
import { FilterError } from '../errors.ts'
import type { Packet } from '../protocols/packet.ts'
import type { Skim } from '../protocols/skim.ts'
import { isSet } from './filter-arithmetic.ts'
import { filterName } from './filter-fields.ts'
import type { Comparison } from './filter-lexer.ts'
import { type Literal, literalOf } from './filter-literals.ts'
import { unknownName } from './filter-names.ts'
import { asBytes, constantOf, type Source, sourceOf } from './filter-operands.ts'
import { patternTest } from './filter-patterns.ts'
import { type Expression, type Operand, parseFilter, type Quantifier, type SetItem } from './filter-syntax.ts'
import { family, type Key, same } from './filter-values.ts'
import { WantedFields } from './wanted-fields.ts'

export { FilterError } from '../errors.ts'

export interface CompiledFilter {
  readonly text: string
  /** Protocol bits that a packet must have, all of them, to be worth dissecting for it; 0 for none. */
  readonly protocols: number
  /** What must be recorded of a packet for `matches` to judge it. */
  readonly wanted: WantedFields
  matches(packet: Packet): boolean
  /** As `matches`, of a packet with those protocols that was skimmed, and all of whose wanted fields are at hand. */
  readonly meets: ((s: Skim) => boolean) | undefined
}

/** Throws a FilterError that says what is wrong, where, and what could stand there. */
export function compileFilter(text: string): CompiledFilter {
  const expression = parseFilter(text)
  const { test, bits, meets } = compile(expression)
  const wanted = new Set<string>()
  wantedOf(expression, wanted)
  // Most filters name a protocol, and most packets are not of it.
  const matches = (packet: Packet) => (packet.protocols & bits) === bits && test(packet)
  return { text, protocols: bits, wanted: new WantedFields(wanted), matches, meets }
}

interface Compiled {
  readonly test: (packet: Packet) => boolean
  /** The same of a skim; undefined where that can't be told. */
  readonly meets?: ((s: Skim) => boolean) | undefined
  /** Bits without which it can't be true. */
  readonly bits: number
}

function compile(expression: Expression): Compiled {
  switch (expression.kind) {
    case 'and': {
      const parts = expression.parts.map(compile)
      const bits = parts.reduce((all, part) => all | part.bits, 0)
      const meets = ofSkims(parts, (all, s) => all.every((each) => each(s)))
      return { bits, test: (packet) => parts.every((part) => part.test(packet)), meets }
    }
    case 'or': {
      const parts = expression.parts.map(compile)
      const bits = parts.reduce((all, part) => all & part.bits, -1)
      const meets = ofSkims(parts, (all, s) => all.some((each) => each(s)))
      return { bits, test: (packet) => parts.some((part) => part.test(packet)), meets }
    }
    case 'xor': {
      const parts = expression.parts.map(compile)
      return { bits: 0, test: (packet) => parts.filter((part) => part.test(packet)).length % 2 === 1 }
    }
    case 'not': {
      const inner = compile(expression.inner)
      return {
        bits: 0,
        test: (packet) => !inner.test(packet),
        meets: ofSkims([inner], ([only], s) => only?.(s) === false),
      }
    }
    case 'bare':
      return bare(expression.operand)
    case 'in':
      return inSet(expression.left, expression.items, expression.quantifier)
    case 'compare':
      return compare(expression)
  }
}

function ofSkims(
  parts: readonly Compiled[],
  test: (all: readonly ((s: Skim) => boolean)[], s: Skim) => boolean,
): Compiled['meets'] {
  const all = parts.flatMap(({ meets }) => meets ?? [])
  return all.length === parts.length ? (s) => test(all, s) : undefined
}

/** A name alone asks whether it is there; a calculation, whether anything but zero comes out. */
function bare(operand: Operand): Compiled {
  const source = sourceOf(operand) ?? unknownName(operand)
  const { bits, kind } = source
  if (kind === 'function') {
    throw new FilterError('compare what the function gives with something', operand.end, '== …')
  }
  if (kind === 'arithmetic') return { bits, test: (packet) => source.keys(packet).some(isSet) }
  const { isIn = (packet: Packet) => source.keys(packet).length > 0 } = source
  return { bits, test: isIn, meets: source.ofSkim?.isIn }
}

type Meets = (a: Key, b: Key) => boolean

/** One pair of values that fits, or all of them; never true where either side has none. */
function pairs(a: Source, b: Source, all: boolean, meets: Meets): Compiled {
  return {
    bits: a.bits | b.bits,
    test: (packet) => {
      const keys = a.keys(packet)
      const others = keys.length === 0 ? [] : b.keys(packet)
      if (others.length === 0) return false
      return all
        ? keys.every((key) => others.every((other) => meets(key, other)))
        : keys.some((key) => others.some((other) => meets(key, other)))
    },
  }
}

function compare(expression: Expression & { kind: 'compare' }): Compiled {
  const { op, left, right, quantifier } = expression
  const all = quantifier === undefined ? op === 'ne' || op === 'all_eq' : quantifier === 'all'
  const a = sourceOf(left)
  const b = sourceOf(right)
  if (op === 'matches') return matches(a ?? unknownName(left), left, right, all)
  if (op === 'contains') return contains(a ?? unknownName(left), b, left, right, all)
  if (a !== undefined && b !== undefined) {
    const [one, other] = comparable(a, b) ?? incomparable(left, right)
    return pairs(one, other, all, operation(op, one))
  }
  if (a !== undefined) return compareWith(a, left, right, all, operation(op, a))
  // The nearest name is more help than a complaint about a value: `tcp.prot == 80`.
  if (b === undefined) return unknownName(left)
  return compareWith(b, right, left, all, operation(MIRRORED[op] ?? op, b))
}

/** Both in one type; a slice is bytes, and makes bytes of the other side. */
function comparable(a: Source, b: Source): [Source, Source] | undefined {
  if (family(a.type) === family(b.type)) return a.type === 'none' ? undefined : [a, b]
  const one = b.kind === 'slice' ? asBytes(a) : a.kind === 'slice' ? a : undefined
  const other = a.kind === 'slice' ? asBytes(b) : b
  return one === undefined || other === undefined ? undefined : [one, other]
}

function incomparable(left: Operand, right: Operand): never {
  throw new FilterError(`${shown(left)} and ${shown(right)} have types that can't be compared`, right.at)
}

function shown(operand: Operand): string {
  if (operand.kind === 'word') return operand.text
  return operand.kind === 'call' ? `${operand.name}()` : 'this'
}

function compareWith(source: Source, operand: Operand, value: Operand, all: boolean, meets: Meets): Compiled {
  if (source.type === 'none') {
    const message = `${shown(operand)} has no value to compare: the name alone asks whether it is there`
    throw new FilterError(message, operand.at)
  }
  if (value.kind === 'arithmetic') return pairs(source, constantOf(source, value), all, meets)
  const one = literalTest(literalOf(source, value), meets)
  const holds = (keys: readonly Key[]) => keys.length > 0 && (all ? keys.every(one) : keys.some(one))
  const skimKeys = source.ofSkim?.keys
  return {
    bits: source.bits,
    test: (packet) => holds(source.keys(packet)),
    meets: skimKeys && ((s) => holds(skimKeys(s))),
  }
}

function literalTest({ key, reduce }: Literal, meets: Meets): (found: Key) => boolean {
  return reduce === undefined ? (found) => meets(found, key) : (found) => meets(reduce(found), key)
}

type Relation = Exclude<Comparison, 'contains' | 'matches'>

const OPERATIONS: Readonly<Record<Relation, Meets>> = {
  eq: same,
  all_eq: same,
  ne: (a, b) => !same(a, b),
  any_ne: (a, b) => !same(a, b),
  gt: (a, b) => a > b,
  ge: (a, b) => a >= b,
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
}

/** Of bytes the longer are the greater, as in Wireshark. */
const OF_BYTES: Readonly<Partial<Record<Relation, Meets>>> = {
  gt: (a, b) => isLess(b, a),
  ge: (a, b) => !isLess(a, b),
  lt: isLess,
  le: (a, b) => !isLess(b, a),
}

function isLess(a: Key, b: Key): boolean {
  const [one, other] = [String(a), String(b)]
  return one.length === other.length ? one < other : one.length < other.length
}

function operation(op: Relation, { type }: Source): Meets {
  return (family(type) === 'bytes' ? OF_BYTES[op] : undefined) ?? OPERATIONS[op]
}

/** For `80 == tcp.port`: the comparison with its sides changed. */
const MIRRORED: Readonly<Partial<Record<Comparison, Relation>>> = {
  gt: 'lt',
  ge: 'le',
  lt: 'gt',
  le: 'ge',
}

/** What `contains` and `matches` look into: of a protocol everything that it carries, too. */
function searched(source: Source, operand: Operand, verb: string): Source {
  if (family(source.type) !== 'text' && family(source.type) !== 'bytes') {
    const help = family(source.type) === 'number' ? `; write string(${shown(operand)})` : ''
    throw new FilterError(
      `${verb} looks into text and bytes; ${shown(operand)} is neither${help}`,
      operand.at,
    )
  }
  return source.rest === undefined ? source : { ...source, keys: source.rest }
}

function contains(a: Source, b: Source | undefined, left: Operand, right: Operand, all: boolean): Compiled {
  const source = searched(a, left, 'contains')
  // Nothing at all is part of bytes, and of no text: Wireshark's searches differ in this.
  const empty = source.type === 'bytes' || source.type === 'ether'
  const meets: Meets = (text, part) => (part === '' ? empty : String(text).includes(String(part)))
  if (b !== undefined) {
    const [one, other] = comparable(source, searched(b, right, 'contains')) ?? incomparable(left, right)
    return pairs(one, other, all, meets)
  }
  const type = source.type === 'ether' ? 'bytes' : source.type
  return compareWith({ ...source, type }, left, right, all, meets)
}

function matches(a: Source, left: Operand, right: Operand, all: boolean): Compiled {
  const source = searched(a, left, 'matches')
  if (right.kind !== 'string') {
    throw new FilterError('expected a regular expression in quotes', right.at, '"…"')
  }
  const test = patternTest(right.text, right.at)
  return {
    bits: source.bits,
    test: (packet) => {
      const keys = source.keys(packet)
      return all ? keys.length > 0 && keys.every(test) : keys.some(test)
    },
  }
}

/** Each element is a test of its own: with `all`, one of them must hold for all values. */
function inSet(left: Operand, items: readonly SetItem[], quantifier: Quantifier): Compiled {
  const source = sourceOf(left) ?? unknownName(left)
  const all = quantifier === 'all'
  const parts = items.map(({ low, high }) =>
    high === undefined ? element(source, left, low, all) : range(source, left, low, high, all),
  )
  return {
    bits: source.bits,
    test: (packet) => parts.some((part) => part.test(packet)),
    meets: ofSkims(parts, (tests, s) => tests.some((each) => each(s))),
  }
}

function element(source: Source, left: Operand, value: Operand, all: boolean): Compiled {
  const other = sourceOf(value)
  if (other === undefined) return compareWith(source, left, value, all, same)
  const [a, b] = comparable(source, other) ?? incomparable(left, value)
  return pairs(a, b, all, same)
}

function range(source: Source, left: Operand, low: Operand, high: Operand, all: boolean): Compiled {
  const [fromSource, toSource] = [sourceOf(low), sourceOf(high)]
  if (fromSource === undefined && toSource === undefined) {
    const from = literalIn(source, left, low)
    const to = literalIn(source, left, high)
    if (from.reduce === undefined && to.reduce === undefined && operation('gt', source)(from.key, to.key)) {
      throw new FilterError('this range ends before it begins', low.at)
    }
    const above = literalTest(from, operation('ge', source))
    const below = literalTest(to, operation('le', source))
    const inside = (key: Key) => above(key) && below(key)
    return {
      bits: source.bits,
      test: (packet) => {
        const keys = source.keys(packet)
        return keys.length > 0 && (all ? keys.every(inside) : keys.some(inside))
      },
    }
  }
  const ends = [fromSource ?? constantOf(source, low), toSource ?? constantOf(source, high)] as const
  for (const [end, operand] of [
    [ends[0], low],
    [ends[1], high],
  ] as const) {
    if (comparable(source, end) === undefined) incomparable(left, operand)
  }
  const [above, below] = [operation('ge', source), operation('le', source)]
  const inside = (key: Key, from: readonly Key[], to: readonly Key[]) =>
    from.some((each) => above(key, each)) && to.some((each) => below(key, each))
  return {
    bits: source.bits,
    test: (packet) => {
      const keys = source.keys(packet)
      const [from, to] = [ends[0].keys(packet), ends[1].keys(packet)]
      const fits = (key: Key) => inside(key, from, to)
      return keys.length > 0 && (all ? keys.every(fits) : keys.some(fits))
    },
  }
}

/** A value in a set, calculated ones included. */
function literalIn(source: Source, left: Operand, value: Operand): Literal {
  if (source.type === 'none') throw new FilterError(`${shown(left)} has no value to compare`, left.at)
  if (value.kind !== 'arithmetic') return literalOf(source, value)
  const [key] = constantOf(source, value).constant ?? []
  if (key === undefined) throw new FilterError('nothing comes out of this calculation', value.at)
  return { key }
}

function wantedOf(expression: Expression, wanted: Set<string>): void {
  const add = (operand: Operand): void => {
    switch (operand.kind) {
      case 'word':
        for (const name of filterName(operand.text)?.needs ?? []) wanted.add(name)
        return
      case 'call':
        operand.arguments.forEach(add)
        return
      case 'slice':
      case 'negative':
        add(operand.of)
        return
      case 'arithmetic':
        add(operand.left)
        add(operand.right)
    }
  }
  switch (expression.kind) {
    case 'and':
    case 'or':
    case 'xor':
      for (const part of expression.parts) wantedOf(part, wanted)
      return
    case 'not':
      wantedOf(expression.inner, wanted)
      return
    case 'bare':
      // That a protocol is there its layer says, whatever is recorded of it.
      if (!isProtocol(expression.operand)) add(expression.operand)
      return
    case 'in':
      add(expression.left)
      for (const { low, high } of expression.items) {
        add(low)
        if (high !== undefined) add(high)
      }
      return
    case 'compare':
      add(expression.left)
      add(expression.right)
  }
}

function isProtocol(operand: Operand): boolean {
  return operand.kind === 'word' && filterName(operand.text)?.type === 'protocol'
}
