/**
 * DHCP's options, RFC 2132 §2: a code, a length and as many bytes; 0 and 255 are alone.
 *
 *  +------+--------+--- - -     +---+        +-----+
 *  | code | length | data       | 0 | pad    | 255 | end
 *  +------+--------+--- - -     +---+        +-----+
 */
import { type Cursor, decodeText } from './cursor.ts'
import type { DhcpFields } from './dhcp-fields.ts'
import { MESSAGE_TYPES } from './dhcp-fields.ts'
import type { OptionKind } from './dhcp-option-kinds.ts'
import { optionName } from './dhcp-option-names.ts'
import { PLAIN_OPTIONS } from './dhcp-plain-options.ts'
import { listProblem, noteLength, STRUCTURED_OPTIONS } from './dhcp-structured-options.ts'
import type { Field } from './field.ts'
import { within } from './within.ts'

export const PAD = 0
export const END = 255
export const OVERLOAD = 52
export const MESSAGE_TYPE = 53

/** What the options said about the whole message. */
export interface Found {
  /** 0 when there was none: then it is BOOTP, not DHCP. */
  messageType: number
  ended: boolean
}

/** Reads options to the cursor's end, or the end option. `overload` shows those that stand elsewhere. */
export function dissectOptions(
  c: Cursor,
  f: DhcpFields,
  found: Found,
  overload: (where: number) => void,
): void {
  while (c.left > 0 && !found.ended) {
    const code = c.glance(f['option.type'])
    if (code === PAD) padding(c, f)
    else if (code === END) {
      found.ended = true
      // Wireshark gives this one option no number, and a field of its own.
      c.group(f['option.type'], 0, () => void c.take(f['option.end']), 'End (255)')
    } else option(c, f, code, found, overload)
  }
}

function padding(c: Cursor, f: DhcpFields): void {
  const start = c.pos
  let at = start
  while (at < c.end && c.bytes[at] === PAD) at++
  c.group(f['option.type'], PAD, () => void c.takeBytes(f['option.padding'], at - start), 'Padding (0)')
}

function option(
  c: Cursor,
  f: DhcpFields,
  code: number,
  found: Found,
  overload: (where: number) => void,
): void {
  c.group(
    f['option.type'],
    code,
    () => {
      c.skip(1)
      const length = c.take(f['option.length'])
      within(c, c.pos + length, 'Value', () => {
        c.put(f['option.value'], c.bytes.subarray(c.pos, c.end), c.pos, c.end)
        if (code === MESSAGE_TYPE && c.left > 0) found.messageType = c.take(f['option.dhcp'])
        else if (code === OVERLOAD && c.left > 0) overload(c.take(f['option.option_overload']))
        else data(c, f, code)
      })
    },
    `${optionName(code)} (${code})`,
  )
}

function data(c: Cursor, f: DhcpFields, code: number): void {
  const structured = STRUCTURED_OPTIONS[code]
  if (structured !== undefined) {
    structured(c, f)
    return
  }
  const plain = PLAIN_OPTIONS[code]
  if (plain === undefined) return
  const named: Readonly<Record<string, Field | undefined>> = f
  const field = named[plain.key]
  if (field === undefined) return
  const problem = lengthProblem(plain.kind, c.left)
  if (plain.kind === 'text') {
    const text = decodeText(c.bytes.subarray(c.pos, c.end))
    const zero = text.indexOf('\0')
    c.put(field, zero < 0 ? text : text.slice(0, zero), c.pos, c.end)
  } else if (problem === undefined || LISTS.has(plain.kind)) while (c.left >= field.size) c.take(field)
  if (problem !== undefined) noteLength(c, f, problem)
}

const LISTS: ReadonlySet<OptionKind> = new Set(['addresses', 'u16s'])
const SIZES: Readonly<Record<OptionKind, number>> = {
  text: 0,
  address: 4,
  addresses: 4,
  bool: 1,
  u8: 1,
  u16: 2,
  u16s: 2,
  u32: 4,
  i32: 4,
}

function lengthProblem(kind: OptionKind, length: number): string | undefined {
  const size = SIZES[kind]
  if (kind === 'text') return undefined
  if (LISTS.has(kind)) return listProblem(length, size)
  return length === size ? undefined : `length isn't ${size}`
}

export function messageTypeName(type: number): string {
  return MESSAGE_TYPES[type] ?? `Unknown Message Type (0x${type.toString(16).padStart(2, '0')})`
}
