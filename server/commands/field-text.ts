/** A field's value as `-T fields` prints it: what tshark prints for the same field. */
import type { Span } from '../protocols/cursor.ts'
import type { Field } from '../protocols/field.ts'

/** A value without its name or unit: flags as 1 or 0, and 1 for a heading that is there, as tshark has it. */
export function fieldText({ field, value }: Span): string {
  if (value instanceof Uint8Array) {
    // Tshark's words for bytes of which there are none.
    if (value.length === 0) return field.empty ?? '<MISSING>'
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')
  }
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (field.type === 'none') return '1'
  if (typeof value === 'string') return escaped(value)
  if (field.type === 'duration') return Number(value).toFixed(9)
  return field.base === 'hex' ? `0x${value.toString(16).padStart(hexDigits(field), '0')}` : value.toString()
}

/** Two a byte, of the bytes that the field reaches over. */
function hexDigits({ size, mask }: Field): number {
  return mask === 0 ? size * 2 : Math.ceil((32 - Math.clz32(mask)) / 8) * 2
}

const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** On one line, in one column; a backslash stays as it is, as in tshark. */
function escaped(text: string): string {
  return text.replaceAll(/[\n\r\t]/g, (found) => ESCAPES[found] ?? found)
}
