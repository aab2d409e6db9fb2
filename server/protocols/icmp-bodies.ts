/** What follows the first four bytes of the rarer ICMP messages: questions of old, and the probes of RFC 8335. */
import type { Cursor } from './cursor.ts'
import { readExtensions } from './icmp-extensions.ts'
import type { IcmpFields } from './icmp-fields.ts'
import type { Next } from './protocol.ts'

const ROUTER_ADVERTISEMENT = 9
const TIMESTAMP_REQUEST = 13
const TIMESTAMP_REPLY = 14
const INFORMATION_REQUEST = 15
const INFORMATION_REPLY = 16
const MASK_REQUEST = 17
const MASK_REPLY = 18
const PROBE_REQUEST = 42
const PROBE_REPLY = 43
/** Words of 4 bytes for each router that is advertised. */
const ROUTER_ENTRY = 2

/** Reads a message that is neither an echo nor an error; bytes of a type that is not known are data. */
export function readIcmpBody(c: Cursor, f: IcmpFields, type: number): Next | undefined {
  switch (type) {
    case TIMESTAMP_REQUEST:
    case TIMESTAMP_REPLY:
      readNumbers(c, f)
      c.take(f.originate_timestamp)
      c.take(f.receive_timestamp)
      c.take(f.transmit_timestamp)
      return undefined
    case INFORMATION_REQUEST:
    case INFORMATION_REPLY:
      readNumbers(c, f)
      return undefined
    case MASK_REQUEST:
    case MASK_REPLY:
      readNumbers(c, f)
      c.take(f.address_mask)
      return undefined
    case ROUTER_ADVERTISEMENT:
      return routers(c, f)
    case PROBE_REQUEST:
    case PROBE_REPLY:
      probe(c, f, type === PROBE_REQUEST)
      return undefined
    default:
      if (c.left > 0) c.takeBytes(f.body, c.left)
      return undefined
  }
}

/** The two numbers by which an answer is known, in both byte orders. */
export function readNumbers(c: Cursor, f: IcmpFields): { ident: number; seq: number } {
  const ident = readIdentifier(c, f)
  const seq = c.take(f.seq)
  c.put(f.seq_le, swapped(seq), c.pos - 2, c.pos)
  return { ident, seq }
}

function readIdentifier(c: Cursor, f: IcmpFields): number {
  const ident = c.take(f.ident)
  c.put(f.ident_le, swapped(ident), c.pos - 2, c.pos)
  return ident
}

const swapped = (word: number): number => ((word & 0xff) << 8) | (word >>> 8)

function routers(c: Cursor, f: IcmpFields): Next | undefined {
  const count = c.take(f.num_addrs)
  const size = c.take(f.addr_entry_size)
  c.take(f.lifetime)
  if (size !== ROUTER_ENTRY) return { table: 'ip.proto', keys: [] }
  for (let i = 0; i < count; i++) {
    c.take(f.router_address)
    if (c.left < 4) c.need(f.pref_level.label, 4)
    c.put(f.pref_level, c.view.getInt32(c.pos), c.pos, c.pos + 4)
    c.skip(4)
  }
  return undefined
}

function probe(c: Cursor, f: IcmpFields, request: boolean): void {
  readIdentifier(c, f)
  c.take(f['ext.echo.seq'])
  if (request) {
    c.peek(f['ext.echo.req.res'])
    c.take(f['ext.echo.req.local'])
    readExtensions(c, f)
    return
  }
  c.peek(f['ext.echo.rsp.state'])
  c.peek(f['ext.echo.rsp.res'])
  c.peek(f['ext.echo.rsp.active'])
  c.peek(f['ext.echo.rsp.ipv4'])
  c.take(f['ext.echo.rsp.ipv6'])
}
