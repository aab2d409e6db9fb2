/** Calculations in a filter: `tcp.srcport + 1`, `tcp.flags & 0x02`, `ip.src & 255.255.0.0`. */
import { FilterError } from '../errors.ts'
import type { Arithmetic } from './filter-lexer.ts'
import { constantOf, type Source } from './filter-operands.ts'
import type { Operand } from './filter-syntax.ts'
import { family, type Key, narrow, type ValueType } from './filter-values.ts'

/** What may be calculated with values of a type. */
function operatorsOf(type: ValueType): string {
  switch (family(type)) {
    case 'number':
      return '&+-*/%'
    case 'duration':
      return '+-'
    case 'bytes':
      return type === 'protocol' ? '' : '&'
    case 'ipv4':
    case 'ipv6':
      return '&'
    default:
      return ''
  }
}

/** Each value of one side with each of the other; a division by zero gives none. Throws a FilterError. */
export function calculation(
  op: Arithmetic,
  left: Source | Operand,
  right: Source | Operand,
  { at }: { readonly at: number },
): Source {
  const typed = 'keys' in left ? left : 'keys' in right ? right : undefined
  if (typed === undefined) throw new FilterError('a calculation needs a field', at, 'a field name')
  if (!operatorsOf(typed.type).includes(op)) {
    throw new FilterError(`${nameOf(typed.type)} can't be calculated with ${op}`, at)
  }
  const a = 'keys' in left ? left : constantOf({ type: typed.type }, left)
  const b = 'keys' in right ? right : constantOf({ type: typed.type }, right)
  if (family(a.type) !== family(b.type)) {
    throw new FilterError(`${nameOf(a.type)} and ${nameOf(b.type)} can't be calculated with each other`, at)
  }
  const combine = (ones: readonly Key[], others: readonly Key[]): Key[] => {
    const made: Key[] = []
    for (const one of ones) {
      for (const other of others) {
        const result = apply(op, one, other)
        if (result !== undefined) made.push(result)
      }
    }
    return made
  }
  const type = a.type === 'uint' && op !== '&' ? 'int' : a.type
  const source: Source = {
    kind: 'arithmetic',
    type,
    bits: a.bits | b.bits,
    size: 0,
    keys: (packet) => combine(a.keys(packet), b.keys(packet)),
  }
  if (a.constant === undefined || b.constant === undefined) return source
  const constant = combine(a.constant, b.constant)
  return { ...source, constant, keys: () => constant }
}

export function negation(source: Source, { at }: { readonly at: number }): Source {
  if (!operatorsOf(source.type).includes('-')) {
    throw new FilterError(`${nameOf(source.type)} has no negative`, at)
  }
  return {
    kind: 'arithmetic',
    type: source.type === 'uint' ? 'int' : source.type,
    bits: source.bits,
    size: 0,
    keys: (packet) => source.keys(packet).map((key) => (typeof key === 'string' ? key : -key)),
  }
}

function apply(op: Arithmetic, a: Key, b: Key): Key | undefined {
  if (typeof a === 'string' || typeof b === 'string') return maskedBytes(String(a), String(b))
  if (typeof a === 'number' && typeof b === 'number') {
    const result = small(op, a, b)
    if (Number.isSafeInteger(result)) return result
    if (result === undefined || Number.isNaN(result)) return undefined
  }
  return large(op, BigInt(a), BigInt(b))
}

function small(op: Arithmetic, a: number, b: number): number | undefined {
  switch (op) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return b === 0 ? undefined : Math.trunc(a / b)
    case '%':
      return b === 0 ? undefined : a % b
    case '&':
      // Beyond 32 bits JavaScript's own operator cuts.
      return a <= 0xffff_ffff && b <= 0xffff_ffff && a >= 0 && b >= 0
        ? (a & b) >>> 0
        : Number(BigInt(a) & BigInt(b))
  }
}

function large(op: Arithmetic, a: bigint, b: bigint): Key | undefined {
  switch (op) {
    case '+':
      return narrow(a + b)
    case '-':
      return narrow(a - b)
    case '*':
      return narrow(a * b)
    case '/':
      return b === 0n ? undefined : narrow(a / b)
    case '%':
      return b === 0n ? undefined : narrow(a % b)
    case '&':
      return narrow(a & b)
  }
}

/** Byte by byte, as long as both go on. */
function maskedBytes(a: string, b: string): string {
  let out = ''
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    out += String.fromCharCode(a.charCodeAt(i) & b.charCodeAt(i))
  }
  return out
}

/** Whether a calculated value is anything but zero: what a calculation by itself asks. */
export function isSet(key: Key): boolean {
  return typeof key === 'string' ? /[^\0]/.test(key) : key !== 0 && key !== 0n
}

function nameOf(type: ValueType): string {
  switch (type) {
    case 'uint':
    case 'int':
    case 'frame':
      return 'a number'
    case 'boolean':
      return 'a flag'
    case 'string':
      return 'text'
    case 'duration':
      return 'an interval'
    case 'time':
      return 'a time'
    case 'none':
      return 'a heading'
    case 'protocol':
      return 'a protocol'
    case 'bytes':
      return 'bytes'
    default:
      return 'an address'
  }
}
