/** What the extension headers of IPv6 begin with (RFC 8200 §4): the next header, and the length in units of 8 bytes. */
import type { Cursor } from './cursor.ts'
import type { Field } from './field.ts'

export interface ExtensionFields {
  readonly nxt: Field<number>
  readonly len: Field<number>
  readonly len_oct: Field<number>
}

/** Reads the two bytes. Returns what is next and where this header ends. */
export function beginExtension(c: Cursor, f: ExtensionFields): { following: number; headerEnd: number } {
  const start = c.pos
  const following = c.take(f.nxt)
  const bytesInAll = (c.take(f.len) + 1) * 8
  c.put(f.len_oct, bytesInAll, start + 1, c.pos)
  if (start + bytesInAll > c.end) c.need('Extension header', start + bytesInAll - c.pos)
  return { following, headerEnd: start + bytesInAll }
}
