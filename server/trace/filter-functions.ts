/** The functions of a filter (wireshark-filter(4), "Functions"). */
import { FilterError } from '../errors.ts'
import { unknownName } from './filter-names.ts'
import { constantOf, type Source, sourceOf } from './filter-operands.ts'
import type { Operand } from './filter-syntax.ts'
import { family, type Key, type ValueType } from './filter-values.ts'

export interface FilterFunction {
  readonly name: string
  readonly about: string
  /** How its arguments are written. */
  readonly signature: string
  apply(given: readonly Operand[], call: Operand & { kind: 'call' }): Source
}

export const FUNCTIONS: readonly FilterFunction[] = [
  {
    name: 'lower',
    about: 'Text in lower case: for a comparison that takes no heed of case.',
    signature: 'lower(text)',
    apply: (given, call) =>
      changed(one(given, call), given[0], (text) => text.replaceAll(/[A-Z]+/g, lowered)),
  },
  {
    name: 'upper',
    about: 'Text in upper case.',
    signature: 'upper(text)',
    apply: (given, call) => changed(one(given, call), given[0], (text) => text.replaceAll(/[a-z]+/g, raised)),
  },
  {
    name: 'len',
    about: 'How many bytes a field has.',
    signature: 'len(field)',
    apply: (given, call) => {
      const source = one(given, call)
      const { type, size } = source
      const text = ['string', 'bytes', 'protocol', 'ether'].includes(type)
      const fixed = type === 'ipv4' ? 4 : type === 'ipv6' ? 16 : size
      if (!text && fixed === 0) throw new FilterError('the length of this field is not known', call.at)
      return made(source, 'uint', (packet) =>
        source.keys(packet).map((key) => (text ? String(key).length : fixed)),
      )
    },
  },
  {
    name: 'count',
    about: 'How often a field stands in a packet.',
    signature: 'count(field)',
    apply: (given, call) => {
      const source = one(given, call)
      return made(source, 'uint', (packet) => {
        const { length } = source.keys(packet)
        return length === 0 ? [] : [length]
      })
    },
  },
  {
    name: 'string',
    about: 'A number or an address as text, for contains and matches.',
    signature: 'string(field)',
    apply: (given, call) => {
      const source = one(given, call)
      const write = writerOf(source.type)
      if (write === undefined) {
        throw new FilterError('string() writes numbers and addresses as text', given[0]?.at ?? call.at)
      }
      return made(source, 'string', (packet) => source.keys(packet).map(write))
    },
  },
  {
    name: 'max',
    about: 'The largest of all values.',
    signature: 'max(field, …)',
    apply: (given, call) => extreme(given, call, (a, b) => a > b),
  },
  {
    name: 'min',
    about: 'The smallest of all values.',
    signature: 'min(field, …)',
    apply: (given, call) => extreme(given, call, (a, b) => a < b),
  },
  {
    name: 'abs',
    about: 'A number without its sign.',
    signature: 'abs(number)',
    apply: (given, call) => {
      const source = one(given, call)
      if (family(source.type) !== 'number' && source.type !== 'duration') {
        throw new FilterError('abs() takes a number', given[0]?.at ?? call.at)
      }
      return made(source, source.type, (packet) =>
        source.keys(packet).map((key) => (typeof key !== 'string' && key < 0 ? -key : key)),
      )
    },
  },
]

const BY_NAME = new Map(FUNCTIONS.map((each) => [each.name, each]))

export function callOf(call: Operand & { kind: 'call' }): Source {
  const found = BY_NAME.get(call.name)
  if (found !== undefined) return found.apply(call.arguments, call)
  const known = [...BY_NAME.keys()].join(', ')
  const message = `no function is called ${JSON.stringify(call.name)}; there are ${known}`
  throw new FilterError(message, call.at, known)
}

function one(given: readonly Operand[], call: Operand & { kind: 'call' }): Source {
  const [argument] = given
  if (argument === undefined || given.length !== 1) {
    throw new FilterError(`${call.name}() takes one field`, call.at)
  }
  return sourceOf(argument) ?? unknownName(argument)
}

function made(source: Source, type: ValueType, keys: Source['keys']): Source {
  return { kind: 'function', type, bits: source.bits, size: 0, keys }
}

function changed(source: Source, operand: Operand | undefined, change: (text: string) => string): Source {
  if (source.type !== 'string') throw new FilterError('expected a field of text', operand?.at ?? 0)
  return made(source, 'string', (packet) => source.keys(packet).map((key) => change(String(key))))
}

/** ASCII alone, so that bytes of other characters stay as they are. */
function lowered(text: string): string {
  return text.toLowerCase()
}

function raised(text: string): string {
  return text.toUpperCase()
}

function extreme(
  given: readonly Operand[],
  call: Operand & { kind: 'call' },
  wins: (a: Key, b: Key) => boolean,
): Source {
  const found = given.map(sourceOf)
  const first = found.find((source) => source !== undefined)
  if (first === undefined) throw new FilterError(`${call.name}() takes fields of one type`, call.at)
  const sources = given.map((operand, i) => {
    const source = found[i] ?? constantOf(first, operand)
    if (family(source.type) !== family(first.type) || source.type === 'none') {
      throw new FilterError(`${call.name}() takes fields of one type`, operand.at)
    }
    return source
  })
  return {
    kind: 'function',
    type: first.type,
    max: first.max,
    bits: sources.reduce((all, source) => all & source.bits, -1),
    size: 0,
    keys: (packet) => {
      let best: Key | undefined
      for (const source of sources) {
        for (const key of source.keys(packet)) if (best === undefined || wins(key, best)) best = key
      }
      return best === undefined ? [] : [best]
    },
  }
}

/** How a value is written as text; undefined for types that Wireshark's string() does not take. */
function writerOf(type: ValueType): ((key: Key) => string) | undefined {
  switch (type) {
    case 'uint':
    case 'int':
    case 'frame':
      return String
    case 'ipv4':
      return (key) => ipv4Text(Number(key))
    case 'ipv6':
      return (key) => ipv6Text(BigInt(key))
    case 'ether':
      return (key) =>
        Buffer.from(String(key), 'latin1')
          .toString('hex')
          .replace(/..(?=.)/g, '$&:')
    default:
      return undefined
  }
}

function ipv4Text(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.')
}

/** Canonical (RFC 5952 §4, and §5 for what stands for an IPv4 address). */
function ipv6Text(value: bigint): string {
  const high = value >> 32n
  if (value > 1n && (high === 0xffffn || (high === 0n && value > 0xffffn))) {
    return `::${high === 0n ? '' : 'ffff:'}${ipv4Text(Number(value & 0xffff_ffffn))}`
  }
  const groups = Array.from({ length: 8 }, (_, i) => ((value >> BigInt(16 * (7 - i))) & 0xffffn).toString(16))
  const zeros = groups.map((group) => (group === '0' ? '0' : 'x')).join('')
  const longest = (zeros.match(/0{2,}/g) ?? []).reduce((a, b) => (b.length > a.length ? b : a), '')
  if (longest === '') return groups.join(':')
  const at = zeros.indexOf(longest)
  return `${groups.slice(0, at).join(':')}::${groups.slice(at + longest.length).join(':')}`
}
