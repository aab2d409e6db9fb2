/** The words of a display filter. */
import { FilterError } from '../errors.ts'

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

export type Token = { readonly at: number; readonly end: number } & (
  | { readonly kind: 'word'; readonly text: string }
  /** `raw` keeps backslashes for regular expressions, where only `\\` and `\"` are undone. */
  | { readonly kind: 'string'; readonly text: string; readonly raw: string }
  | { readonly kind: 'slice'; readonly text: string }
  | { readonly kind: 'compare'; readonly op: Comparison }
  | { readonly kind: 'and' | 'or' | 'xor' | 'not' | 'in' | '(' | ')' | '{' | '}' | ',' | '..' | '&' | 'end' }
)

/** Longest first, so that `==` is not read as two. */
const SYMBOLS: readonly [
  string,
  Comparison | 'and' | 'or' | 'xor' | 'not' | '(' | ')' | '{' | '}' | ',' | '..' | '&',
][] = [
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
  ['>', 'gt'],
  ['<', 'lt'],
  ['~', 'matches'],
  ['!', 'not'],
  ['&', '&'],
  ['(', '('],
  [')', ')'],
  ['{', '{'],
  ['}', '}'],
  [',', ','],
]

const NAMED: Readonly<Record<string, Comparison | 'and' | 'or' | 'xor' | 'not' | 'in' | '&'>> = {
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

/** Names, numbers, addresses and byte sequences are all of these. */
const WORD = /[A-Za-z0-9_.:/-]/

export function lex(text: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    const character = text.charAt(at)
    if (/\s/.test(character)) {
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
  if (character === '"') return quoted(text, at, at)
  if (/^[rR]"/.test(text.slice(at, at + 2))) return quoted(text, at, at + 1)
  if (character === '[') return slice(text, at)
  if (WORD.test(character) && !text.startsWith('..', at)) return word(text, at)
  for (const [symbol, kind] of SYMBOLS) {
    if (text.startsWith(symbol, at)) return operator(kind, at, at + symbol.length)
  }
  throw new FilterError(`${JSON.stringify(character)} has no meaning in a filter`, at)
}

function operator(
  kind: Comparison | Exclude<Token['kind'], 'word' | 'string' | 'slice' | 'compare'>,
  at: number,
  end: number,
): Token {
  return isComparison(kind) ? { kind: 'compare', op: kind, at, end } : { kind, at, end }
}

function isComparison(kind: string): kind is Comparison {
  return COMPARISONS.has(kind)
}

function word(text: string, at: number): Token {
  let end = at
  // Two dots are a range's, as in {1..5}; they never stand inside a name or a value.
  while (end < text.length && WORD.test(text.charAt(end)) && !text.startsWith('..', end)) end++
  const found = text.slice(at, end)
  const named = Object.hasOwn(NAMED, found) ? NAMED[found] : undefined
  return named === undefined ? { kind: 'word', text: found, at, end } : operator(named, at, end)
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  '0': '\0',
  '\\': '\\',
  '"': '"',
}

/** A string from its quote at `open`; after an `r` backslashes stand for themselves. */
function quoted(text: string, at: number, open: number): Token {
  const verbatim = open > at
  let value = ''
  let raw = ''
  for (let i = open + 1; i < text.length; i++) {
    const character = text.charAt(i)
    if (character === '"') return { kind: 'string', text: value, raw, at, end: i + 1 }
    if (character !== '\\' || verbatim) {
      value += character
      raw += character
      continue
    }
    const escaped = text.charAt(++i)
    raw += escaped === '\\' || escaped === '"' ? escaped : `\\${escaped}`
    const hex = /^x([0-9a-fA-F]{2})/.exec(text.slice(i, i + 3))
    if (hex?.[1] !== undefined) {
      value += String.fromCharCode(Number.parseInt(hex[1], 16))
      raw += hex[1]
      i += 2
    } else {
      value += ESCAPES[escaped] ?? `\\${escaped}`
    }
  }
  throw new FilterError('this string is not closed', at, '"')
}

function slice(text: string, at: number): Token {
  const close = text.indexOf(']', at)
  if (close < 0) throw new FilterError('this slice is not closed', at, ']')
  return { kind: 'slice', text: text.slice(at + 1, close), at, end: close + 1 }
}
