/** A JSON reader (RFC 8259) that keeps the place of every value, and what was good of a text that breaks off. */
import { decodeText } from './cursor.ts'

export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'true' | 'false' | 'null'

export interface JsonNode {
  readonly kind: JsonKind
  /** Offsets in the bytes; a string's include its quotes. */
  readonly start: number
  end: number
  /** For a member of an object: its name and where that is. */
  readonly key?: { readonly text: string; readonly start: number; readonly end: number }
  readonly children: JsonNode[]
}

export interface JsonText {
  readonly root: JsonNode | undefined
  /** What was expected, where, and what was there; undefined when the text is JSON from end to end. */
  readonly problem: string | undefined
  /** Where reading stopped: behind the value and the white space there, or at what was wrong. */
  readonly end: number
}

/** Deeper texts are read as far as this: a hostile one is made of nothing but brackets. */
const MAX_DEPTH = 100
/** Values that are told apart in one text. */
const MAX_NODES = 10_000

/** Reads the text in `bytes` from `start` to `end`. Never throws. */
export function parseJson(bytes: Uint8Array, start: number, end: number): JsonText {
  const reader = new Reader(bytes, start, end)
  let root: JsonNode | undefined
  try {
    root = reader.value(undefined, (node) => {
      root = node
    })
    reader.space()
    if (reader.at < end) reader.expected('the end')
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return { root, problem: error.message, end: Math.min(reader.at, end) }
  }
  return { root, problem: undefined, end }
}

/** A string value's text, its escapes undone; `undefined` when it is no valid string. */
export function stringOf(bytes: Uint8Array, node: JsonNode | undefined): string | undefined {
  if (node?.kind !== 'string') return undefined
  return unquote(decodeText(bytes.subarray(node.start, node.end)))
}

export function numberOf(bytes: Uint8Array, node: JsonNode | undefined): number | undefined {
  return node?.kind === 'number' ? Number(decodeText(bytes.subarray(node.start, node.end))) : undefined
}

/** An object's member; the last of that name, as `JSON.parse` has it. */
export function member(node: JsonNode | undefined, name: string): JsonNode | undefined {
  return node?.kind === 'object' ? node.children.findLast((child) => child.key?.text === name) : undefined
}

function unquote(literal: string): string | undefined {
  try {
    return JSON.parse(literal) as string
  } catch {
    return undefined
  }
}

class Problem {
  readonly message: string
  constructor(message: string) {
    this.message = message
  }
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const WORDS = { t: 'true', f: 'false', n: 'null' } as const

class Reader {
  readonly bytes: Uint8Array
  readonly end: number
  at: number
  depth = 0
  nodes = 0

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes
    this.at = start
    this.end = end
  }

  /** The next byte; -1 at the end. */
  byte(): number {
    return this.at < this.end ? (this.bytes[this.at] ?? -1) : -1
  }

  space(): void {
    while (
      this.byte() === 0x20 ||
      (this.byte() >= 0x09 && this.byte() <= 0x0d && this.byte() !== 0x0b && this.byte() !== 0x0c)
    ) {
      this.at++
    }
  }

  expected(what: string): never {
    const found = this.at < this.end ? JSON.stringify(String.fromCharCode(this.byte())) : 'the end'
    throw new Problem(`JSON: expected ${what}, found ${found} at offset ${this.at}`)
  }

  /** `began` gets a node before it is complete, so that the good part of a broken text is kept. */
  value(key: JsonNode['key'], began: (node: JsonNode) => void): JsonNode {
    this.space()
    if (++this.nodes > MAX_NODES)
      throw new Problem(`JSON: more than ${MAX_NODES} values; the rest is not told apart`)
    const start = this.at
    const kind = this.kind()
    const node: JsonNode = { kind, start, end: start, children: [], ...(key !== undefined && { key }) }
    began(node)
    try {
      if (kind === 'object' || kind === 'array') this.inside(node, kind)
      else if (kind === 'string') this.string()
      else if (kind === 'number') this.number()
      else this.word(kind)
    } finally {
      node.end = Math.min(this.at, this.end)
    }
    return node
  }

  kind(): JsonKind {
    const byte = this.byte()
    if (byte === 0x7b) return 'object'
    if (byte === 0x5b) return 'array'
    if (byte === QUOTE) return 'string'
    if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) return 'number'
    const letter = String.fromCharCode(Math.max(0, byte))
    if (letter === 't' || letter === 'f' || letter === 'n') return WORDS[letter]
    return this.expected('a value')
  }

  inside(node: JsonNode, kind: 'object' | 'array'): void {
    const close = kind === 'object' ? 0x7d : 0x5d
    if (++this.depth > MAX_DEPTH) throw new Problem(`JSON: nested deeper than ${MAX_DEPTH}`)
    this.at++
    this.space()
    while (this.byte() !== close) {
      if (node.children.length > 0) {
        if (this.byte() !== COMMA) this.expected(`"," or "${String.fromCharCode(close)}"`)
        this.at++
      }
      this.value(kind === 'object' ? this.key() : undefined, (child) => node.children.push(child))
      this.space()
    }
    this.at++
    this.depth--
  }

  key(): JsonNode['key'] {
    this.space()
    const start = this.at
    if (this.byte() !== QUOTE) this.expected('a name in quotes')
    const text = this.string()
    const end = this.at
    this.space()
    if (this.byte() !== COLON) this.expected('":"')
    this.at++
    return { text, start, end }
  }

  string(): string {
    const start = this.at
    for (this.at++; this.byte() !== QUOTE; this.at++) {
      if (this.byte() < 0x20) this.expected('the rest of the string and its closing quote')
      if (this.byte() === BACKSLASH) this.at++
    }
    this.at++
    const literal = decodeText(this.bytes.subarray(start, this.at))
    const text = literal.includes('\\') ? unquote(literal) : literal.slice(1, -1)
    if (text !== undefined) return text
    this.at = start
    return this.expected('a string with valid escapes')
  }

  number(): void {
    const start = this.at
    while (/[-+.\deE]/.test(String.fromCharCode(Math.max(0, this.byte())))) this.at++
    if (NUMBER.test(decodeText(this.bytes.subarray(start, this.at)))) return
    this.at = start
    this.expected('a number')
  }

  word(kind: 'true' | 'false' | 'null'): void {
    for (const letter of kind) {
      if (this.byte() !== letter.charCodeAt(0)) this.expected(kind)
      this.at++
    }
  }
}
