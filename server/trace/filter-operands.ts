/** The operands of a filter: names, functions, slices and calculations, as something that gives values of a packet. */
import { FilterError } from '../errors.ts'
import type { Packet } from '../protocols/packet.ts'
import { calculation, negation } from './filter-arithmetic.ts'
import { filterName } from './filter-fields.ts'
import { callOf } from './filter-functions.ts'
import { type LiteralContext, literalOf } from './filter-literals.ts'
import { unknownName } from './filter-names.ts'
import { cutRanges } from './filter-ranges.ts'
import { type OfSkim, ofSkim } from './filter-skim.ts'
import type { Operand } from './filter-syntax.ts'
import { bytesOfKey, isSliceable, type Key, type ValueType } from './filter-values.ts'

/** An operand that gives values of a packet. */
export interface Source extends LiteralContext {
  readonly type: ValueType
  /** Bits of protocols without which it has no value. */
  readonly bits: number
  /** Length in bytes where that is always the same; 0 elsewhere. */
  readonly size: number
  /** How it came about: a name or a slice may be asked for by itself, what is computed may not. */
  readonly kind: 'name' | 'slice' | 'function' | 'arithmetic'
  keys(packet: Packet): readonly Key[]
  /** Whether `keys` gives anything, where that is known for less. */
  isIn?(packet: Packet): boolean
  /** What `keys` gives, where that is the same for every packet. */
  readonly constant?: readonly Key[]
  /** What `contains` and `matches` look into, where that is more than its value. */
  rest?(packet: Packet): readonly Key[]
  /** The same of a packet that was skimmed, where that can be told. */
  readonly ofSkim?: OfSkim | undefined
}

/** The operand as something that a packet has; `undefined` when it is a literal, or no known name. */
export function sourceOf(operand: Operand): Source | undefined {
  switch (operand.kind) {
    case 'word':
      return nameOf(operand)
    case 'string':
    case 'character':
      return undefined
    case 'call':
      return callOf(operand)
    case 'slice':
      return sliceOf(sourceOf(operand.of) ?? unknownName(operand.of), operand)
    case 'negative': {
      const of = sourceOf(operand.of)
      return of === undefined ? undefined : negation(of, operand)
    }
    case 'arithmetic': {
      const left = sourceOf(operand.left)
      const right = sourceOf(operand.right)
      if (left === undefined && right === undefined) return undefined
      return calculation(operand.op, left ?? operand.left, right ?? operand.right, operand)
    }
  }
}

function nameOf(operand: Operand & { kind: 'word' }): Source | undefined {
  const name = operand.only === 'value' ? undefined : filterName(operand.text)
  if (name === undefined) return undefined
  const { type, bits, codes, max, size } = name
  const { layers } = operand
  const source: Source = {
    kind: 'name',
    type,
    bits,
    codes,
    max,
    size,
    keys: (packet) => name.keys(packet, layers),
    isIn: (packet) => name.isIn(packet, layers),
    ofSkim: layers === undefined ? ofSkim(name) : undefined,
  }
  const { rest } = name
  return rest === undefined ? source : { ...source, rest: (packet) => rest(packet, layers) }
}

function sliceOf(source: Source, { of, ranges, at }: Operand & { kind: 'slice' }): Source {
  if (!isSliceable(source.type)) {
    throw new FilterError('only text, bytes and addresses have slices; a number has bits: &', of.at ?? at)
  }
  const { type, bits } = source
  return {
    kind: 'slice',
    type: 'bytes',
    bits,
    size: 0,
    keys: (packet) => {
      const cut: string[] = []
      for (const key of source.keys(packet)) {
        const bytes = cutRanges(bytesOfKey(type, key) ?? '', ranges)
        if (bytes !== '') cut.push(bytes)
      }
      return cut
    },
  }
}

/** A value that stands in the filter, or is calculated from such: the same for every packet. */
export function constantOf(context: LiteralContext, operand: Operand): Source {
  if (operand.kind === 'arithmetic') {
    const left = constantOf(context, operand.left)
    const right = constantOf(context, operand.right)
    return calculation(operand.op, left, right, operand)
  }
  const constant = [literalOf(context, operand).key]
  return { kind: 'arithmetic', type: context.type, bits: 0, size: 0, constant, keys: () => constant }
}

/** The source as bytes, to be compared with a slice; undefined where its type has none. */
export function asBytes(source: Source): Source | undefined {
  const { type } = source
  if (!isSliceable(type)) return undefined
  return {
    kind: source.kind,
    type: 'bytes',
    bits: source.bits,
    size: 0,
    keys: (packet) => source.keys(packet).map((key) => bytesOfKey(type, key) ?? ''),
  }
}
