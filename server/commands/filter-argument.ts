/** A display filter on the command line. */
import { UsageError } from '../errors.ts'
import { type CompiledFilter, compileFilter, FilterError } from '../trace/filter.ts'

/** `undefined` when the filter is empty, which matches all. Throws a UsageError that points at the character. */
export function parseFilter(text: string | undefined): CompiledFilter | undefined {
  if (text === undefined || text.trim() === '') return undefined
  try {
    return compileFilter(text)
  } catch (error) {
    if (!(error instanceof FilterError)) throw error
    throw new UsageError(`the filter: ${error.message}\n${pointAt(text, error.at)}`)
  }
}

/** The text, and a caret under the character in question. */
export function pointAt(text: string, at: number): string {
  const line = text.replaceAll(/\s/g, ' ')
  return `    ${line}\n    ${' '.repeat(Math.max(0, Math.min(at, line.length)))}^`
}
