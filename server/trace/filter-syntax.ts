/**
 * The grammar of Wireshark 4.0's display filters (wireshark-filter(4), epan/dfilter/grammar.lemon), as a tree:
 *
 *   or     = xor { ("or" | "||") xor }         xor = and { ("xor" | "^^") and }
 *   and    = not { ("and" | "&&") not }        not = ("not" | "!") not | "(" or ")" | test
 *   test   = ["any" | "all"] sum compare sum { compare sum } | ["any" | "all"] sum ["not"] "in" set | sum
 *   set    = "{" sum [".." sum] { "," sum [".." sum] } "}"
 *   sum    = entity, with unary + -, and * / % before + - before &; "{" sum "}" groups
 *   entity = (name ["#" layers] | value | function "(" sum { "," sum } ")") { "[" ranges "]" }
 *
 * `xor`, and a value on the left side as in `80 == tcp.port`, are later Wireshark's.
 */
import { FilterError } from '../errors.ts'
import { type Arithmetic, type Comparison, lex, type Token } from './filter-lexer.ts'
import type { Range } from './filter-ranges.ts'

export const MAX_FILTER_LENGTH = 4096
const MAX_DEPTH = 100

export type Operand = {
  readonly at: number
  readonly end: number
} /** A field, a protocol or a value without quotes: which, the catalogue of names knows. */ & (
  | {
      readonly kind: 'word'
      readonly text: string
      readonly only: 'name' | 'value' | undefined
      readonly layers: readonly Range[] | undefined
    }
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'character'; readonly code: number }
  | { readonly kind: 'call'; readonly name: string; readonly arguments: readonly Operand[] }
  | { readonly kind: 'slice'; readonly of: Operand; readonly ranges: readonly Range[] }
  | {
      readonly kind: 'arithmetic'
      readonly op: Arithmetic
      readonly left: Operand
      readonly right: Operand
    }
  | { readonly kind: 'negative'; readonly of: Operand }
)

/** Whether one value that fits is enough, or all must; left out, the comparison itself says so. */
export type Quantifier = 'any' | 'all' | undefined

export type Expression =
  | { readonly kind: 'and' | 'or' | 'xor'; readonly parts: readonly Expression[] }
  | { readonly kind: 'not'; readonly inner: Expression }
  | { readonly kind: 'bare'; readonly operand: Operand }
  | {
      readonly kind: 'compare'
      readonly quantifier: Quantifier
      readonly op: Comparison
      readonly left: Operand
      readonly right: Operand
      readonly at: number
    }
  | {
      readonly kind: 'in'
      readonly quantifier: Quantifier
      readonly left: Operand
      readonly items: readonly SetItem[]
    }

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

/** Operators of one strength, the weakest first. */
const STRENGTHS: readonly ReadonlySet<string>[] = [
  new Set(['&']),
  new Set(['+', '-']),
  new Set(['*', '/', '%']),
]

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

  #deeper<T>(work: () => T): T {
    if (++this.#depth > MAX_DEPTH) throw new FilterError(`nested more than ${MAX_DEPTH} deep`, this.#token.at)
    const made = work()
    this.#depth--
    return made
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
    return this.#deeper(() => {
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
    })
  }

  #test(): Expression {
    const { kind } = this.#token
    const quantifier = kind === 'any' || kind === 'all' ? kind : undefined
    if (quantifier !== undefined) this.#at++
    const left = this.#sum(0)
    const next = this.#tokens[this.#at + 1]?.kind
    if (this.#is('in') || (this.#is('not') && next === 'in')) {
      const negated = this.#is('not')
      this.#at += negated ? 2 : 1
      const inner: Expression = { kind: 'in', quantifier, left, items: this.#set() }
      return negated ? { kind: 'not', inner } : inner
    }
    if (this.#is('compare')) return this.#comparisons(left, quantifier)
    if (quantifier !== undefined) this.#fail(`${quantifier} wants a comparison`, '==, in, contains …')
    return { kind: 'bare', operand: left }
  }

  /** `1 < frame.number < 9` is both comparisons. */
  #comparisons(first: Operand, quantifier: Quantifier): Expression {
    const parts: Expression[] = []
    let left = first
    for (let token = this.#token; token.kind === 'compare'; token = this.#token) {
      this.#at++
      const right = this.#sum(0)
      parts.push({ kind: 'compare', quantifier, op: token.op, left, right, at: token.at })
      left = right
    }
    const [only] = parts
    return parts.length === 1 && only !== undefined ? only : { kind: 'and', parts }
  }

  #set(): SetItem[] {
    if (!this.#is('{')) this.#fail('expected a set of values in braces', '{')
    const items: SetItem[] = []
    do {
      this.#at++
      const low = this.#sum(0)
      let high: Operand | undefined
      if (this.#is('..')) {
        this.#at++
        high = this.#sum(0)
      }
      items.push({ low, high })
    } while (this.#is(','))
    if (!this.#is('}')) this.#fail('expected a comma or the closing brace', ', or }')
    this.#at++
    return items
  }

  #sum(strength: number): Operand {
    const operators = STRENGTHS[strength]
    if (operators === undefined) return this.#signed()
    let left = this.#sum(strength + 1)
    for (let op = this.#arithmetic(operators); op !== undefined; op = this.#arithmetic(operators)) {
      this.#at++
      const right = this.#sum(strength + 1)
      left = { kind: 'arithmetic', op, left, right, at: left.at, end: right.end }
    }
    return left
  }

  #arithmetic(operators: ReadonlySet<string>): Arithmetic | undefined {
    const { kind } = this.#token
    return operators.has(kind) ? (kind as Arithmetic) : undefined
  }

  #signed(): Operand {
    const { at, kind } = this.#token
    if (kind === '+' || kind === '-') {
      this.#at++
      const of = this.#entity()
      return kind === '+' ? of : { kind: 'negative', of, at, end: of.end }
    }
    if (kind !== '{') return this.#entity()
    return this.#deeper(() => {
      this.#at++
      const inner = this.#sum(0)
      if (!this.#is('}')) this.#fail('expected the closing brace', '}')
      this.#at++
      return inner
    })
  }

  #entity(): Operand {
    let entity = this.#atom()
    for (let token = this.#token; token.kind === 'slice'; token = this.#token) {
      this.#at++
      entity = { kind: 'slice', of: entity, ranges: token.ranges, at: entity.at, end: token.end }
    }
    return entity
  }

  #atom(): Operand {
    const token = this.#token
    const { at, end } = token
    switch (token.kind) {
      case 'string':
        this.#at++
        return { kind: 'string', text: token.text, at, end }
      case 'character':
        this.#at++
        return { kind: 'character', code: token.code, at, end }
      case 'word': {
        this.#at++
        const next = this.#token
        if (next.kind === '(') return this.#call(token.text, at)
        const layers = next.kind === 'layer' ? next.ranges : undefined
        if (layers !== undefined) this.#at++
        return { kind: 'word', text: token.text, only: token.only, layers, at, end: layers ? next.end : end }
      }
      case '${':
        throw new FilterError(
          `\${…} reads the packet selected in Wireshark's window; here there is none`,
          at,
          'a value',
        )
      case '(':
        return this.#fail('expected a field or a value; { } groups a calculation', 'a field name or a value')
      default:
        return this.#fail('expected a field or a value', 'a field name or a value')
    }
  }

  #call(name: string, at: number): Operand {
    return this.#deeper(() => {
      const given: Operand[] = []
      this.#at++
      if (!this.#is(')')) {
        given.push(this.#sum(0))
        while (this.#is(',')) {
          this.#at++
          given.push(this.#sum(0))
        }
      }
      if (!this.#is(')')) this.#fail("expected a comma or the function's closing parenthesis", ', or )')
      const { end } = this.#token
      this.#at++
      return { kind: 'call', name, arguments: given, at, end }
    })
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
      return 'a slice'
    case 'layer':
      return 'a layer'
    case 'compare':
      return token.op
    default:
      return token.kind
  }
}
