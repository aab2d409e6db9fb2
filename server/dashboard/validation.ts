/** Checks of what came from outside, by schema; what is wrong is said with the field's name. */
import type { FastifySchemaCompiler } from 'fastify'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { RequestError } from '../errors.ts'
import type { ApiError } from './api.ts'

type Problem = ReturnType<ReturnType<typeof Compile>['Errors']>[number]

/**
 * Fastify's validator by TypeBox. Only text that had no other way to be a number (query, path, headers) is
 * turned into one; a body is taken as it stands.
 */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const validator = Compile(schema)
  return (given) => {
    const value = httpPart === 'body' ? given : validator.Convert(given)
    if (validator.Check(value)) return { value }
    return { error: new RequestError(400, describe(validator.Errors(value), httpPart ?? 'request')) }
  }
}

/** The same for messages of the live feed. */
export function checker<const T extends TSchema>(schema: T) {
  const validator = Compile(schema)
  return {
    holds: validator.Check.bind(validator) as typeof validator.Check,
    problem: (value: unknown): ApiError => describe(validator.Errors(value), 'request'),
  }
}

function describe(problems: readonly Problem[], part: string): ApiError {
  const unknown = problems.find((problem) => problem.keyword === 'additionalProperties')
  if (unknown?.keyword === 'additionalProperties')
    return unknownField(unknown.params.additionalProperties[0] ?? '', part)
  const missing = problems.find((problem) => problem.keyword === 'required')
  if (missing?.keyword === 'required') {
    const field = missing.params.requiredProperties[0] ?? ''
    return { code: 'bad-request', message: `${field} is missing`, field }
  }
  const [first] = problems
  const field = first?.instancePath.slice(1).replaceAll('/', '.') || part
  const choices = problems.flatMap((p) =>
    p.keyword === 'const' ? [JSON.stringify(p.params.allowedValue)] : [],
  )
  const expected = choices.length > 0 ? `one of ${choices.join(', ')}` : (first?.message ?? 'another value')
  return { code: 'bad-request', message: `${field}: ${expected}`, field, expected }
}

function unknownField(field: string, part: string): ApiError {
  const name = JSON.stringify(field)
  const message =
    part === 'body'
      ? `${name} is nothing that can be said here`
      : `${name} is not a parameter here (inside a filter write && as %26%26, or as \`and\`)`
  return { code: 'bad-request', message, field }
}
