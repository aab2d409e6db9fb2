/** What is written in a filter, as a value of the type that it is compared with. */
import { FilterError } from '../errors.ts'
import { unknownName } from './filter-names.ts'
import type { Operand } from './filter-syntax.ts'
import { parseTime } from './filter-times.ts'
import {
  byteText,
  type Key,
  narrow,
  parseBytes,
  parseEther,
  parseInteger,
  parseIpv4,
  parseIpv6,
  parseSeconds,
  type ValueType,
} from './filter-values.ts'

/** What a literal means to a comparison: its key, and for a network how to reduce an address to its prefix. */
export interface Literal {
  readonly key: Key
  readonly reduce?: (key: Key) => Key
}

/** What is known of the field that a literal is compared with. */
export interface LiteralContext {
  readonly type: ValueType
  readonly codes?: Readonly<Record<number, string>> | undefined
  readonly max?: number | undefined
}

/** Throws a FilterError that says what could stand there. */
export function literalOf(context: LiteralContext, operand: Operand): Literal {
  const { type } = context
  switch (operand.kind) {
    case 'word': {
      if (operand.only === 'name' || operand.layers !== undefined) return unknownName(operand)
      return wordLiteral(context, operand.text) ?? refuse(type, operand, operand.text)
    }
    case 'string':
      return stringLiteral(context, operand.text) ?? refuse(type, operand, operand.text)
    case 'character':
      return characterLiteral(type, operand.code) ?? refuse(type, operand, String.fromCharCode(operand.code))
    case 'negative': {
      const { key } = literalOf(context, operand.of)
      if (type === 'boolean' || typeof key === 'string') return refuse(type, operand, 'a minus')
      return { key: -key }
    }
    default:
      return refuse(type, operand, 'something else')
  }

  function refuse(of: ValueType, { at }: Operand, text: string): never {
    if (looksLikeName(operand)) return unknownName(operand)
    const expected = expectedOf(context)
    throw new FilterError(
      `expected ${expected}, found ${JSON.stringify(text)}${hint(of, text)}`,
      at,
      expected,
    )
  }
}

function wordLiteral({ type, codes, max }: LiteralContext, text: string): Literal | undefined {
  switch (type) {
    case 'uint':
    case 'int':
    case 'frame': {
      const number = parseInteger(text)
      if (number !== undefined) return max !== undefined && number > max ? undefined : { key: number }
      return literal(codeNamed(text, codes))
    }
    case 'boolean': {
      const number = parseInteger(text)
      if (number === undefined) return literal(booleanNamed(text))
      return { key: number === 0 ? 0 : 1 }
    }
    case 'duration':
      return literal(parseSeconds(text))
    case 'time':
      return literal(parseTime(text))
    case 'string':
      return { key: byteText(text) }
    case 'ipv4':
      return network(text, 32, parseIpv4)
    case 'ipv6':
      return network(text, 128, parseIpv6)
    case 'ether':
      return literal(parseEther(text))
    case 'bytes':
    case 'protocol':
      return literal(parseBytes(text))
    default:
      return undefined
  }
}

/** Text in quotes is text or bytes, the name of a code, or a time. */
function stringLiteral({ type, codes }: LiteralContext, text: string): Literal | undefined {
  switch (type) {
    case 'string':
    case 'bytes':
    case 'protocol':
      return { key: text }
    case 'uint':
    case 'int':
      return literal(codeNamed(text, codes))
    case 'boolean':
      return literal(booleanNamed(text))
    case 'time':
      return literal(parseTime(text))
    default:
      return undefined
  }
}

function characterLiteral(type: ValueType, code: number): Literal | undefined {
  switch (type) {
    case 'uint':
    case 'int':
    case 'frame':
      return { key: code }
    case 'boolean':
      return { key: code === 0 ? 0 : 1 }
    case 'string':
    case 'bytes':
    case 'protocol':
      return { key: String.fromCharCode(code) }
    default:
      return undefined
  }
}

function literal(key: Key | undefined): Literal | undefined {
  return key === undefined ? undefined : { key }
}

function codeNamed(text: string, codes: LiteralContext['codes']): number | undefined {
  const wanted = text.toLowerCase()
  const found = Object.entries(codes ?? {}).find(([, name]) => byteText(name).toLowerCase() === wanted)
  return found === undefined ? undefined : Number(found[0])
}

/** As the tree shows a flag, and as Wireshark's fields name their two states. */
function booleanNamed(text: string): number | undefined {
  const lower = text.toLowerCase()
  if (lower === 'true' || lower === 'set' || lower === 'yes') return 1
  return lower === 'false' || lower === 'not set' || lower === 'no' ? 0 : undefined
}

function network(
  text: string,
  width: 32 | 128,
  parse: (address: string) => Key | undefined,
): Literal | undefined {
  const [address = '', prefix] = text.split('/')
  const key = parse(address)
  if (key === undefined) return undefined
  if (prefix === undefined) return { key }
  if (Number(prefix) > width) return undefined
  const shift = BigInt(width - Number(prefix))
  const reduce = (whole: Key) => narrow(BigInt(whole) >> shift)
  return { key: reduce(key), reduce }
}

function looksLikeName(operand: Operand): boolean {
  return operand.kind === 'word' && /^[a-z_][a-z0-9_-]*(\.[a-z0-9_-]+)+$/i.test(operand.text)
}

/** What to write for a value of that type. */
function expectedOf({ type, max }: LiteralContext): string {
  switch (type) {
    case 'uint':
    case 'int':
      return max === undefined ? 'a number such as 80 or 0x50' : `a number up to ${max}`
    case 'frame':
      return "a packet's number"
    case 'duration':
      return 'seconds such as 0.25'
    case 'time':
      return 'a time such as "2026-07-04 12:34:56" or "2026-07-04T12:34:56Z"'
    case 'boolean':
      return '1, 0, True or False'
    case 'string':
      return 'text in quotes'
    case 'ipv4':
      return 'an IPv4 address such as 10.0.0.1 or a network such as 10.0.0.0/8'
    case 'ipv6':
      return 'an IPv6 address such as ::1 or a network such as fe80::/10'
    case 'ether':
      return 'a hardware address such as 02:00:00:00:00:01'
    case 'bytes':
    case 'protocol':
      return 'bytes such as 01:02:ff, or text in quotes'
    default:
      return 'no value: the name alone asks whether it is there'
  }
}

/** For habits that Wireshark doesn't share. */
function hint(type: ValueType, text: string): string {
  if (type === 'uint' && text.toLowerCase() === 'http') return '; services have no names here: write 80'
  if (type === 'ipv4' && /^[a-z][a-z0-9.-]*$/i.test(text)) return '; names are not looked up'
  if ((type === 'bytes' || type === 'protocol') && /^0x/i.test(text)) {
    return '; more than one byte is written without 0x'
  }
  return ''
}
