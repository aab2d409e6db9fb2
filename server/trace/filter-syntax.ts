/**
 * The grammar of Wireshark's display filters (wireshark-filter(4)), as a tree:
 *
 *   or     = xor { ("or" | "||") xor }         xor = and { ("xor" | "^^") and }
 *   and    = not { ("and" | "&&") not }        not = ("not" | "!") not | "(" or ")" | test
 *   test   = operand [ compare operand { compare operand } | "in" "{" item { "," item } "}" ]
 *   operand = name | value | function "(" operand { "," operand } ")", each with [slice] and & mask
 */
import { FilterError } from '../errors.ts'
import { type Comparison, lex, type Token } from './filter-lexer.ts'

export const MAX_FILTER_LENGTH = 4096
const MAX_DEPTH = 100

export interface Operand {
  readonly kind: 'word' | 'string' | 'call'
  /** The word, the string's value, or the function's name. */
  readonly text: string
  /** A string as a regular expression takes it. */
  readonly raw: string
  readonly arguments: readonly Operand[]
  readonly slice: { readonly text: string; readonly at: number } | undefined
  readonly mask: { readonly text: string; readonly at: number } | undefined
  readonly at: number
  readonly end: number
}

export type Expression =
  | { readonly kind: 'and' | 'or' | 'xor'; readonly parts: readonly Expression[] }
  | { readonly kind: 'not'; readonly inner: Expression }
  | { readonly kind: 'bare'; readonly operand: Operand }
  | {
      readonly kind: 'compare'
      readonly op: Comparison
      readonly left: Operand
      readonly right: Operand
      readonly at: number
    }
  | { readonly kind: 'in'; readonly left: Operand; readonly items: readonly SetItem[] }

export interface SetItem {
  readonly low: Operand
  /** The end of a range, inclusive; undefined for a single value. */
  readonly high: Operand | undefined
}

/** Throws a FilterError that points at the first character that can't stand where it does. */
export function parseFilter(text: string): Expression {
  if (text.length > MAX_FILTER_LENGTH) {
    const message = `a filter has at most ${MAX_FILTER_LENGTH} characters, this one has ${text.length}`
    throw new FilterError(message, MAX_FILTER_LENGTH)
  }
  return new Parser(lex(text)).parse()
}

class Parser {
  readonly #tokens: readonly Token[]
  #at = 0
  #depth = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  parse(): Expression {
    const expression = this.#chain('or')
    if (!this.#is('end')) this.#fail('the filter should end or go on with and, or', 'and, or')
    return expression
  }

  get #token(): Token {
    const token = this.#tokens[Math.min(this.#at, this.#tokens.length - 1)]
    if (token === undefined) throw new FilterError('the filter is empty', 0, 'a field name')
    return token
  }

  /** A call rather than a property, since each step changes what the next token is. */
  #is(kind: Token['kind']): boolean {
    return this.#token.kind === kind
  }

  #fail(message: string, expected?: string): never {
    throw new FilterError(`${message}, found ${describe(this.#token)}`, this.#token.at, expected)
  }

  #chain(kind: 'or' | 'xor' | 'and'): Expression {
    const part = () =>
      kind === 'or' ? this.#chain('xor') : kind === 'xor' ? this.#chain('and') : this.#not()
    const first = part()
    if (!this.#is(kind)) return first
    const parts = [first]
    while (this.#is(kind)) {
      this.#at++
      parts.push(part())
    }
    return { kind, parts }
  }

  #not(): Expression {
    if (++this.#depth > MAX_DEPTH) {
      throw new FilterError(`nested more than ${MAX_DEPTH} deep`, this.#token.at)
    }
    try {
      if (this.#is('not')) {
        this.#at++
        return { kind: 'not', inner: this.#not() }
      }
      if (!this.#is('(')) return this.#test()
      this.#at++
      const inner = this.#chain('or')
      if (!this.#is(')')) this.#fail('expected the closing parenthesis', ')')
      this.#at++
      return inner
    } finally {
      this.#depth--
    }
  }

  #test(): Expression {
    const left = this.#operand()
    if (this.#is('in')) {
      this.#at++
      return { kind: 'in', left, items: this.#set() }
    }
    if (!this.#is('compare')) return { kind: 'bare', operand: left }
    // `1 < frame.number < 9` is both comparisons.
    const parts: Expression[] = []
    let low = left
    for (let token = this.#token; token.kind === 'compare'; token = this.#token) {
      this.#at++
      const right = this.#operand()
      parts.push({ kind: 'compare', op: token.op, left: low, right, at: token.at })
      low = right
    }
    const [only] = parts
    return parts.length === 1 && only !== undefined ? only : { kind: 'and', parts }
  }

  #set(): SetItem[] {
    if (!this.#is('{')) this.#fail('expected a set of values in braces', '{')
    const items: SetItem[] = []
    do {
      this.#at++
      const low = this.#operand()
      let high: Operand | undefined
      if (this.#is('..')) {
        this.#at++
        high = this.#operand()
      }
      items.push({ low, high })
    } while (this.#is(','))
    if (!this.#is('}')) this.#fail('expected a comma or the closing brace', ', or }')
    this.#at++
    return items
  }

  #operand(): Operand {
    const token = this.#token
    if (token.kind !== 'word' && token.kind !== 'string') {
      this.#fail('expected a field or a value', 'a field name or a value')
    }
    this.#at++
    let operand: Operand = {
      kind: token.kind,
      text: token.text,
      raw: token.kind === 'string' ? token.raw : token.text,
      arguments: [],
      slice: undefined,
      mask: undefined,
      at: token.at,
      end: token.end,
    }
    if (token.kind === 'word' && this.#is('(')) operand = this.#call(operand)
    const slice = this.#token
    if (slice.kind === 'slice') {
      operand = { ...operand, slice: { text: slice.text, at: slice.at }, end: slice.end }
      this.#at++
    }
    if (!this.#is('&')) return operand
    this.#at++
    const mask = this.#token
    if (mask.kind !== 'word') this.#fail('expected a number behind &', 'a number such as 0x02')
    this.#at++
    return { ...operand, mask: { text: mask.text, at: mask.at }, end: mask.end }
  }

  #call(name: Operand): Operand {
    if (++this.#depth > MAX_DEPTH) throw new FilterError(`nested more than ${MAX_DEPTH} deep`, name.at)
    const given: Operand[] = []
    do {
      this.#at++
      given.push(this.#operand())
    } while (this.#is(','))
    if (!this.#is(')')) this.#fail("expected a comma or the function's closing parenthesis", ', or )')
    this.#depth--
    const end = this.#token.end
    this.#at++
    return { ...name, kind: 'call', arguments: given, end }
  }
}

function describe(token: Token): string {
  switch (token.kind) {
    case 'end':
      return 'the end'
    case 'word':
    case 'string':
      return JSON.stringify(token.text)
    case 'slice':
      return `[${token.text}]`
    case 'compare':
      return token.op
    default:
      return token.kind
  }
}
