/** The words of a display filter, as Wireshark 4.0 cuts them (epan/dfilter/scanner.l). */
import { FilterError } from '../errors.ts'
import { parseRanges, type Range } from './filter-ranges.ts'
import { characterConstant, quotedString } from './filter-strings.ts'
import { parseIpv4, parseIpv6 } from './filter-values.ts'

/** Comparisons as Wireshark 4.0 has them; `all_eq` and `any_ne` are its `===` and `!==`. */
export type Comparison =
  | 'eq'
  | 'ne'
  | 'all_eq'
  | 'any_ne'
  | 'gt'
  | 'ge'
  | 'lt'
  | 'le'
  | 'contains'
  | 'matches'

/** `plus`, `minus`, `times`, `over` and `modulo` calculate; `&` masks bits. */
export type Arithmetic = '&' | '+' | '-' | '*' | '/' | '%'

type Mark =
  | Arithmetic
  | 'and'
  | 'or'
  | 'xor'
  | 'not'
  | 'in'
  | 'any'
  | 'all'
  | '('
  | ')'
  | '{'
  | '}'
  | ','
  | '..'
  | '${'

export type Token = {
  readonly at: number
  readonly end: number
} /** A name or a value; with `only` it can't be the other. */ & (
  | { readonly kind: 'word'; readonly text: string; readonly only: 'name' | 'value' | undefined }
  /** One character a byte. */
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'character'; readonly code: number }
  | { readonly kind: 'slice'; readonly ranges: readonly Range[] }
  /** `#2` or `#[1-2]`: which of several layers of a protocol. */
  | { readonly kind: 'layer'; readonly ranges: readonly Range[] }
  | { readonly kind: 'compare'; readonly op: Comparison }
  | { readonly kind: Mark | 'end' }
)

/** Longest first, so that `==` is not read as two. */
const SYMBOLS: readonly [string, Comparison | Mark][] = [
  ['===', 'all_eq'],
  ['!==', 'any_ne'],
  ['==', 'eq'],
  ['!=', 'ne'],
  ['~=', 'any_ne'],
  ['>=', 'ge'],
  ['<=', 'le'],
  ['&&', 'and'],
  ['||', 'or'],
  ['^^', 'xor'],
  ['..', '..'],
  ['${', '${'],
  ['>', 'gt'],
  ['<', 'lt'],
  ['~', 'matches'],
  ['!', 'not'],
  ['&', '&'],
  ['+', '+'],
  ['-', '-'],
  ['*', '*'],
  ['/', '/'],
  ['%', '%'],
  ['(', '('],
  [')', ')'],
  ['{', '{'],
  ['}', '}'],
  [',', ','],
]

const NAMED: Readonly<Record<string, Comparison | Mark>> = {
  eq: 'eq',
  any_eq: 'eq',
  ne: 'ne',
  all_ne: 'ne',
  all_eq: 'all_eq',
  any_ne: 'any_ne',
  gt: 'gt',
  ge: 'ge',
  lt: 'lt',
  le: 'le',
  contains: 'contains',
  matches: 'matches',
  and: 'and',
  or: 'or',
  xor: 'xor',
  not: 'not',
  in: 'in',
  any: 'any',
  all: 'all',
  bitwise_and: '&',
  bitand: '&',
}

const COMPARISONS: ReadonlySet<string> = new Set<Comparison>([
  'eq',
  'ne',
  'all_eq',
  'any_ne',
  'gt',
  'ge',
  'lt',
  'le',
  'contains',
  'matches',
])

/** Names, numbers, IPv4 addresses, dates. A minus may stand inside, so `a -1` calculates and `a-1` is a word. */
const WORD = /\.?[A-Za-z0-9_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*/y
/** What may be an IPv6 address. */
const COLONS = /[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,8}(?:(?:\.[0-9]{1,3}){3})?/y
/** Bytes, two digits each; a leading colon says that it is a value and no name. */
const BYTES = /:[0-9A-Fa-f]+(?::[0-9A-Fa-f]{2})*|[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2})+/y
const PREFIX = /\/[0-9]{1,3}/y

export function lex(text: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    if (/\s/.test(text.charAt(at))) {
      at++
      continue
    }
    const token = next(text, at)
    tokens.push(token)
    at = token.end
  }
  tokens.push({ kind: 'end', at: text.length, end: text.length })
  return tokens
}

function next(text: string, at: number): Token {
  const character = text.charAt(at)
  if (character === '"' || /^[rR]"/.test(text.slice(at, at + 2))) {
    const { value, end } = quotedString(text, at)
    return { kind: 'string', text: value, at, end }
  }
  if (character === "'") return { kind: 'character', at, ...characterConstant(text, at) }
  if (character === '[') return { kind: 'slice', at, ...bracketed(text, at) }
  if (character === '#') return layer(text, at)
  const word = wordAt(text, at)
  if (word !== undefined) return word
  for (const [symbol, kind] of SYMBOLS) {
    if (text.startsWith(symbol, at)) return operator(kind, at, at + symbol.length)
  }
  const meant = character === '=' ? '; equality is ==' : ''
  throw new FilterError(`${JSON.stringify(character)} has no meaning in a filter${meant}`, at)
}

function operator(kind: Comparison | Mark, at: number, end: number): Token {
  return isComparison(kind) ? { kind: 'compare', op: kind, at, end } : { kind, at, end }
}

function isComparison(kind: string): kind is Comparison {
  return COMPARISONS.has(kind)
}

/** The longest that can be a value or a name. */
function wordAt(text: string, at: number): Token | undefined {
  const plain = found(WORD, text, at)
  const colons = address(found(COLONS, text, at))
  const bytes = found(BYTES, text, at)
  const longest = [plain, colons, bytes].reduce((one, other) => (other.length > one.length ? other : one))
  if (longest === '') return undefined
  const isAddress = longest === colons || parseIpv4(longest) !== undefined
  const whole = isAddress ? longest + found(PREFIX, text, at + longest.length) : longest
  const end = at + whole.length
  if (text.charAt(end) === ':') {
    const run = /^[^\s,(){}]*/.exec(text.slice(at))?.[0] ?? longest
    throw new FilterError(`${run} is no address, and bytes have two digits each, as in 01:02`, at)
  }
  if (longest !== plain || isAddress) return { kind: 'word', text: whole, only: 'value', at, end }
  const named = Object.hasOwn(NAMED, whole) ? NAMED[whole] : undefined
  if (named !== undefined) return operator(named, at, end)
  if (whole.startsWith('.')) return { kind: 'word', text: whole.slice(1), only: 'name', at, end }
  return { kind: 'word', text: whole, only: undefined, at, end }
}

/** As much from the beginning as is an address; nothing when none is. */
function address(text: string): string {
  for (let end = text.length; end > 1; end--) {
    const part = text.slice(0, end)
    if (parseIpv6(part) !== undefined) return part
  }
  return ''
}

function found(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? ''
}

function layer(text: string, at: number): Token {
  const digits = /^[0-9]+/.exec(text.slice(at + 1, at + 12))?.[0]
  if (digits !== undefined) {
    const ranges = [{ start: Number(digits), length: 1, last: undefined }]
    return { kind: 'layer', ranges, at, end: at + 1 + digits.length }
  }
  if (text.charAt(at + 1) === '[') return { kind: 'layer', at, ...bracketed(text, at + 1) }
  throw new FilterError('expected the number of a layer directly behind #', at + 1, 'a number, or [1-2]')
}

function bracketed(text: string, at: number): { ranges: Range[]; end: number } {
  const close = text.indexOf(']', at)
  if (close < 0) throw new FilterError('this slice is not closed', at, ']')
  return { ranges: parseRanges(text.slice(at + 1, close), at + 1), end: close + 1 }
}
