/** The regular expressions of `matches`. */
import { createRequire } from 'node:module'
import { FilterError } from '../errors.ts'
import type { Key } from './filter-values.ts'

type Expressions = typeof import('re2js')
let expressions: Expressions | undefined

/** Loaded with the first pattern: its tables take their time, and few filters have one. */
function loaded(): Expressions {
  expressions ??= createRequire(import.meta.url)('re2js') as Expressions
  return expressions
}

/**
 * A test of text or bytes, one character a byte. Without regard to case, as Wireshark; (?-i) asks for it. RE2 takes
 * linear time on any text, and so has no backreferences and doesn't look around. Throws a FilterError.
 */
export function patternTest(pattern: string, at: number): (key: Key) => boolean {
  const { RE2JS } = loaded()
  let expression: InstanceType<typeof RE2JS>
  try {
    expression = RE2JS.compile(withDollar(pattern), RE2JS.CASE_INSENSITIVE)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    const beyond = /\(\?[=!<]|\\[1-9]/.test(pattern)
      ? '; looking around and back would take time without bound, and Wirelab does not'
      : ''
    throw new FilterError(`this is no regular expression: ${why}${beyond}`, at)
  }
  return (key) => expression.test(String(key))
}

/** For Perl and PCRE2 a `$` also stands before a line feed at the very end; for RE2 it doesn't. */
function withDollar(pattern: string): string {
  if (/\(\?[a-z]*m/.test(pattern)) return pattern
  return pattern.replaceAll(/\\[\s\S]|\[(?:\\[\s\S]|[^\]\\])*\]|\$(?=$|[)|])/g, (part) =>
    part === '$' ? '(?:\\n?\\z)' : part,
  )
}
