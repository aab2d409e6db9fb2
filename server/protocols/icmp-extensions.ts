/**
 * What a router may add to an ICMP error behind the packet that it quotes, RFC 4884 §7.
 *
 *  +-------+------------------+-------------------------+
 *  |Version|  reserved (12)   |  checksum (16)          |
 *  +-------+------------------+-------------------------+
 *  |  object length (16)      |  class (8) | C-type (8) |   any number of objects
 *  +--------------------------+------------+------------+
 *  |  data
 */
import { BAD, expectedChecksum, GOOD } from './checksum.ts'
import type { Cursor } from './cursor.ts'
import type { IcmpFields } from './icmp-fields.ts'

const OBJECT_HEADER = 4
const MPLS = 1
/** Interface information and identification: known to Wireshark, and not shown as bytes. */
const LARGEST_KNOWN = 3

/** Reads the extensions that fill the bytes from the cursor to its end. */
export function readExtensions(c: Cursor, f: IcmpFields): void {
  if (!c.recording || c.left <= 0) return
  const start = c.pos
  c.group(
    f.ext,
    '',
    () => {
      c.peek(f['ext.version'])
      c.take(f['ext.res'])
      const found = c.take(f['ext.checksum'])
      if (c.wireEnd > c.end) c.need('Extensions', c.wireEnd - c.pos)
      const expected = expectedChecksum(c.bytes, start, c.end, found)
      if (found !== expected) c.put(f['ext.checksum_bad'], '', c.pos - 2, c.pos)
      c.put(f['ext.checksum.status'], found === expected ? GOOD : BAD, c.pos - 2, c.pos)
      while (c.left >= OBJECT_HEADER) if (!readObject(c, f)) break
    },
    `${c.left} bytes`,
  )
}

function readObject(c: Cursor, f: IcmpFields): boolean {
  const start = c.pos
  const length = c.take(f['ext.length'])
  const kind = c.take(f['ext.class'])
  const form = c.take(f['ext.ctype'])
  const end = start + length
  if (length < OBJECT_HEADER || end > c.wireEnd) {
    c.problem(
      'Object length',
      `expected from ${OBJECT_HEADER} to ${c.wireEnd - start}, found ${length}`,
      start,
    )
    return false
  }
  if (end > c.end) c.need('Object', end - c.pos)
  if (kind === MPLS && form === 1) while (end - c.pos >= 4) readLabel(c, f)
  else if ((kind > LARGEST_KNOWN || kind === MPLS) && end > c.pos) c.takeBytes(f['ext.data'], end - c.pos)
  c.pos = end
  return true
}

function readLabel(c: Cursor, f: IcmpFields): void {
  c.peek(f['=icmp.mpls.label'])
  c.peek(f['=icmp.mpls.exp'])
  c.peek(f['=icmp.mpls.s'])
  c.skip(3)
  c.take(f['=icmp.mpls.ttl'])
}
