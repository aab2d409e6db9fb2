/** What may be typed next in a filter: names and functions where a field may stand, then operators, then values. */
import type { Completion, CompletionList } from '../dashboard/api.ts'
import { FilterError } from '../errors.ts'
import { type FilterName, filterName, filterNames } from './filter-fields.ts'
import { FUNCTIONS } from './filter-functions.ts'
import { lex, type Token } from './filter-lexer.ts'
import { family } from './filter-values.ts'

const COMPLETIONS = 60

/** What could replace the word at the caret: what begins like it first, then what contains it. */
export function complete(text: string, at: number): CompletionList {
  const caret = Math.min(Math.max(0, at), text.length)
  let from = caret
  while (from > 0 && /[A-Za-z0-9_.]/.test(text.charAt(from - 1))) from--
  let to = caret
  while (to < text.length && /[A-Za-z0-9_.]/.test(text.charAt(to))) to++
  const quote = openQuote(text, caret)
  if (quote !== undefined) return quotedValues(text, quote, caret)
  const typed = text.slice(from, caret).toLowerCase()
  const expected = expectedAfter(tokensOf(text.slice(0, from)))
  return { from, to, names: candidates(expected, typed).slice(0, COMPLETIONS) }
}

/** What the grammar allows at a place. */
type Expected =
  | { readonly kind: 'field'; readonly first: boolean }
  /** A comparison of that field, or what joins tests. */
  | { readonly kind: 'operator'; readonly left: FilterName | undefined }
  | { readonly kind: 'value'; readonly left: FilterName | undefined }
  | { readonly kind: 'joint' }
  | { readonly kind: 'nothing' }

function candidates(expected: Expected, typed: string): Completion[] {
  switch (expected.kind) {
    case 'field':
      return /^[0-9]/.test(typed) ? [] : fields(typed, expected.first)
    case 'operator':
      return fitting([...comparisonsOf(expected.left), ...JOINTS], typed)
    case 'joint':
      return fitting(JOINTS, typed)
    case 'value': {
      const values = fitting(valuesOf(expected.left), typed)
      return typed === '' || /^[0-9]/.test(typed) ? values : [...values, ...fields(typed, false)]
    }
    case 'nothing':
      return []
  }
}

function fields(typed: string, first: boolean): Completion[] {
  const all = filterNames()
  const beginning = all.filter(({ name }) => name.startsWith(typed))
  const shown = typed.includes('.') ? beginning : protocolsFirst(beginning)
  const containing =
    typed.length < 2 ? [] : all.filter(({ name }) => !name.startsWith(typed) && name.includes(typed))
  const calls = FUNCTIONS.map(({ name, signature, about }) => ({
    name: `${name}(`,
    label: signature,
    type: 'function',
    about,
  }))
  // Without a letter typed, sixty names say nothing of functions: they come when one is begun.
  const words = typed === '' ? [] : [...fitting(calls, typed), ...(first ? fitting(STARTS, typed) : [])]
  return [...shown.map(completion), ...words, ...containing.map(completion)]
}

function protocolsFirst(names: readonly FilterName[]): FilterName[] {
  return [
    ...names.filter(({ type }) => type === 'protocol'),
    ...names.filter(({ type }) => type !== 'protocol'),
  ]
}

function completion({ name, label, type, about }: FilterName): Completion {
  return { name, label, type, about }
}

function fitting(all: readonly Completion[], typed: string): Completion[] {
  const bare = (name: string) => name.replace(/^"/, '').toLowerCase()
  return all.filter(({ name }) => bare(name).startsWith(typed.toLowerCase()))
}

function operator(name: string, label: string, about: string | null = null): Completion {
  return { name, label, type: 'operator', about }
}

const STARTS: readonly Completion[] = [
  operator('not', 'Not', 'The test behind it must not hold.'),
  operator('any', 'Any', 'One value that fits is enough.'),
  operator('all', 'All', 'Every value must fit.'),
]

const JOINTS: readonly Completion[] = [
  operator('and', 'And', 'Both tests must hold; binds more strongly than or.'),
  operator('or', 'Or', 'One of the tests must hold.'),
  operator('xor', 'Either', 'One of the tests must hold, and not the other.'),
]

const EQUALITIES: readonly Completion[] = [
  operator('==', 'Equal', 'One of its values is equal.'),
  operator('!=', 'Not equal', 'None of its values is equal.'),
  operator('in', 'In', 'One of its values is among those in braces: {80, 443, 8000..8100}.'),
  operator('===', 'All equal', 'All of its values are equal.'),
  operator('!==', 'Any not equal', 'One of its values is not equal.'),
]

const ORDERS: readonly Completion[] = [
  operator('>', 'Greater'),
  operator('<', 'Less'),
  operator('>=', 'Greater or equal'),
  operator('<=', 'Less or equal'),
]

const SEARCHES: readonly Completion[] = [
  operator('contains', 'Contains', 'The text or the bytes stand somewhere in it.'),
  operator('matches', 'Matches', 'The regular expression fits, without regard to case.'),
]

const MASK = operator('&', 'Bits', 'The bits of it that are set in a mask: tcp.flags & 0x02.')

function comparisonsOf(left: FilterName | undefined): readonly Completion[] {
  if (left === undefined) return [...EQUALITIES, ...ORDERS, ...SEARCHES]
  switch (family(left.type)) {
    case 'none':
      return []
    case 'text':
    case 'bytes':
      return [...SEARCHES, ...EQUALITIES, ...ORDERS]
    case 'boolean':
      return EQUALITIES
    case 'number':
      return [...EQUALITIES, ...ORDERS, MASK]
    default:
      return [...EQUALITIES, ...ORDERS]
  }
}

function value(name: string, label: string, about: string | null): Completion {
  return { name, label, type: 'value', about }
}

function valuesOf(left: FilterName | undefined): Completion[] {
  if (left === undefined) return []
  const { type, codes, about } = left
  if (type === 'boolean') return [value('True', 'Set', about), value('False', 'Not set', about)]
  return Object.entries(codes ?? {}).map(([number, name]) => value(JSON.stringify(name), number, about))
}

/** The words before the caret; none when they make no sense. */
function tokensOf(text: string): Token[] | undefined {
  try {
    return lex(text).slice(0, -1)
  } catch (error) {
    if (error instanceof FilterError) return undefined
    throw error
  }
}

function expectedAfter(tokens: readonly Token[] | undefined): Expected {
  if (tokens === undefined) return { kind: 'nothing' }
  const last = tokens.at(-1)
  switch (last?.kind) {
    case undefined:
    case 'and':
    case 'or':
    case 'xor':
    case 'not':
    case '(':
      return { kind: 'field', first: true }
    case 'compare':
      return { kind: 'value', left: fieldBefore(tokens, tokens.length - 1) }
    case '{':
    case ',':
    case '..': {
      const set = openSet(tokens)
      return set < 0
        ? { kind: 'field', first: false }
        : { kind: 'value', left: fieldBefore(tokens, tokens[set - 1]?.kind === 'not' ? set - 1 : set) }
    }
    case 'in':
    case '${':
      return { kind: 'nothing' }
    case 'string':
    case 'character':
      return openSet(tokens) < 0 ? { kind: 'joint' } : { kind: 'nothing' }
    case '}':
      return { kind: 'joint' }
    case 'word':
    case 'slice':
    case 'layer':
    case ')':
      return afterOperand(tokens)
    default:
      return { kind: 'field', first: false }
  }
}

/** Behind the left side comes a comparison, behind the right side what joins tests. */
function afterOperand(tokens: readonly Token[]): Expected {
  if (openSet(tokens) >= 0) return { kind: 'nothing' }
  for (let i = tokens.length - 1; i >= 0; i--) {
    const kind = tokens[i]?.kind
    if (kind === 'compare') return { kind: 'joint' }
    if (kind === 'and' || kind === 'or' || kind === 'xor') break
  }
  if (tokens.at(-1)?.kind === ')' && !closesCall(tokens)) return { kind: 'joint' }
  return { kind: 'operator', left: fieldBefore(tokens, tokens.length) }
}

/** Where the `in` of a set stands that is not yet closed; -1 when there is none. */
function openSet(tokens: readonly Token[]): number {
  for (let i = tokens.length - 1; i >= 0; i--) {
    const kind = tokens[i]?.kind
    if (kind === '}' || kind === '(') return -1
    if (kind === '{') return tokens[i - 1]?.kind === 'in' ? i - 1 : -1
  }
  return -1
}

function closesCall(tokens: readonly Token[]): boolean {
  let depth = 0
  for (let i = tokens.length - 1; i >= 0; i--) {
    const kind = tokens[i]?.kind
    if (kind === ')') depth++
    if (kind === '(' && --depth === 0) return tokens[i - 1]?.kind === 'word'
  }
  return false
}

/** The field whose comparison or set stands at `at`, if it is one by itself. */
function fieldBefore(tokens: readonly Token[], at: number): FilterName | undefined {
  const token = tokens[at - 1]
  if (token?.kind === 'layer') return fieldBefore(tokens, at - 1)
  return token?.kind === 'word' ? filterName(token.text) : undefined
}

/** Where the string begins that the caret is inside of. */
function openQuote(text: string, caret: number): number | undefined {
  let open: number | undefined
  for (let i = 0; i < caret; i++) {
    if (open !== undefined && text[i] === '\\') i++
    else if (text[i] === '"') open = open === undefined ? i : undefined
  }
  return open
}

/** Inside quotes: the names of a field's codes, with their quotes. */
function quotedValues(text: string, from: number, caret: number): CompletionList {
  const expected = expectedAfter(tokensOf(text.slice(0, from)))
  const close = text.indexOf('"', caret)
  const to = close < 0 ? caret : close + 1
  if (expected.kind !== 'value') return { from, to, names: [] }
  const names = valuesOf(expected.left).filter(({ name }) => name.startsWith('"'))
  return { from, to, names: fitting(names, text.slice(from + 1, caret)).slice(0, COMPLETIONS) }
}
