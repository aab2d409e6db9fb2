/** Complaints about names that nobody knows. */
import { FilterError } from '../errors.ts'
import { nearestName } from './filter-nearest.ts'
import type { Operand } from './filter-syntax.ts'

/** Throws a FilterError: a field was expected where this stands. */
export function unknownName(operand: Operand): never {
  if (operand.kind !== 'word' || (/^[0-9:]/.test(operand.text) && operand.only !== 'name')) {
    throw new FilterError(`expected a field, found ${described(operand)}`, operand.at, 'a field name')
  }
  const nearest = nearestName(operand.text)
  const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`
  throw new FilterError(
    `no protocol or field is called ${JSON.stringify(operand.text)}${hint}`,
    operand.at,
    nearest,
  )
}

function described(operand: Operand): string {
  switch (operand.kind) {
    case 'word':
    case 'string':
      return `the value ${JSON.stringify(operand.text)}`
    case 'character':
      return 'a character'
    case 'call':
      return `${operand.name}()`
    case 'slice':
      return 'a slice of a value'
    default:
      return 'a calculation without a field'
  }
}
