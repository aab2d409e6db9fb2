/**
 * Routing header of IPv6, RFC 8200 §4.4: nodes to be visited on the way.
 *
 *  +-------------+-------------+-------------+---------------+-----------------…
 *  | next header | length      | type        | segments left | for the type
 *  +-------------+-------------+-------------+---------------+-----------------…
 */
import type { Cursor } from './cursor.ts'
import { bytes, heading, hex8, ipv6Address, u8, uint } from './field.ts'
import { IP_PROTOCOLS } from './ip-protocols.ts'
import { beginExtension } from './ipv6-extension.ts'
import { type NamedFields, protocol } from './protocol.ts'

const SOURCE_ROUTE = 0
const MOBILE = 2
const RPL = 3
const SEGMENTS = 4
/** Compact routing headers, of 16 and 32 bits. */
const COMPACT = [5, 6]
const ADDRESS = 16

const MIPV6 = 'RFC 6275 §6.4'
const SRH = 'RFC 8754 §2'

const FIELDS = {
  nxt: u8('Next Header', { values: IP_PROTOCOLS, about: 'What follows this extension header.' }),
  len: u8('Length', { about: 'Length of this header in units of 8 bytes, the first not counted.' }),
  len_oct: uint('Length', { unit: 'bytes', about: 'The same in bytes, all counted.' }),
  type: u8('Type', {
    values: {
      [SOURCE_ROUTE]: 'Source Route (deprecated)',
      [MOBILE]: 'Type 2 Routing (Mobile IPv6)',
      [RPL]: 'RPL Source Route',
      [SEGMENTS]: 'Segment Routing',
    },
    about:
      'How the rest is read; type 0 is forbidden (RFC 5095), since it let packets bounce between two hosts.',
  }),
  deprecated: heading('Routing header type is deprecated', {
    spec: 'RFC 5095',
    about: 'Nobody should send it, and whoever gets it drops the packet.',
  }),
  segleft: u8('Segments Left', { about: 'How many of the listed nodes are still to be visited.' }),
  invalid_segleft: heading('Segments left exceeds address count', {
    about: 'More nodes are left than are listed.',
  }),
  'src.reserved': bytes('Reserved', { spec: 'RFC 2460 §4.4', about: 'Zero.' }),
  'src.addr': ipv6Address('Address', {
    spec: 'RFC 2460 §4.4',
    about: 'A node to visit.',
  }),
  'mipv6.reserved': bytes('Reserved', { spec: MIPV6, about: 'Zero.' }),
  'mipv6.home_address': ipv6Address('Home Address', {
    spec: MIPV6,
    about: 'The address that a mobile host keeps wherever it is.',
  }),
  'srh.last_entry': u8('Last Entry', { spec: SRH, about: 'The last address of the list, counted from 0.' }),
  'srh.flags': hex8('Flags', { spec: SRH, about: 'None is in use yet.' }),
  'srh.tag': bytes('Tag', { spec: SRH, about: 'Marks packets that should be treated alike.' }),
  'srh.addr': ipv6Address('Address', {
    spec: SRH,
    about: 'A segment; the list is in reverse order, the last to be visited first.',
  }),
  unknown_data: bytes('Type-Specific Data', { about: 'The list of nodes, in a form that is not known.' }),
  undecoded: heading('Undecoded IPv6 routing header field', { about: 'Bytes that nobody reads here.' }),
  data: bytes('Type-Specific Data', { about: 'The list of nodes; not read further here.' }),
} as const

type Fields = NamedFields<typeof FIELDS>

export const routing = protocol({
  id: 'ipv6.routing',
  name: 'Routing Header for IPv6',
  osi: 3,
  unit: 'packet',
  spec: 'RFC 8200 §4.4',
  about: 'Lists nodes to be visited on the way; the destination address is only the next of them.',
  fields: FIELDS,
  dissect(c, f) {
    const { following, headerEnd } = beginExtension(c, f)
    const type = c.take(f.type)
    if (type === SOURCE_ROUTE) c.put(f.deprecated, '', c.pos - 1, c.pos)
    const left = c.take(f.segleft)
    // The checksum covers the last destination, which is then not the one in the IPv6 header (RFC 8200 §8.1).
    const last = left > 0 ? lastStop(type, c.pos, headerEnd) : 0
    if (last > 0) c.packet.destination = f['src.addr'].read(c.view, last)
    if (left > 0) c.packet.addressesLength = 0
    readList(c, f, type, left, headerEnd)
    c.pos = headerEnd
    return { table: 'ip.proto', keys: [following] }
  },
})

/** Where the address of the final destination stands, or 0. */
function lastStop(type: number, start: number, end: number): number {
  const first = start + 4
  if (end - first < ADDRESS) return 0
  if (type === SOURCE_ROUTE) return first + (Math.floor((end - first) / ADDRESS) - 1) * ADDRESS
  return type === MOBILE || type === SEGMENTS ? first : 0
}

function readList(c: Cursor, f: Fields, type: number, left: number, end: number): void {
  const size = end - c.pos
  if (!c.recording || size <= 0) return
  const segleftAt = c.pos - 1
  switch (type) {
    case SOURCE_ROUTE: {
      if (left > Math.floor((size - 4) / ADDRESS)) c.put(f.invalid_segleft, '', segleftAt, c.pos)
      c.takeBytes(f['src.reserved'], 4)
      while (end - c.pos >= ADDRESS) c.take(f['src.addr'])
      return
    }
    case MOBILE:
      if (left !== 1) c.put(f.invalid_segleft, '', segleftAt, c.pos)
      c.takeBytes(f['mipv6.reserved'], 4)
      if (end - c.pos >= ADDRESS) c.take(f['mipv6.home_address'])
      return
    case SEGMENTS: {
      const last = c.take(f['srh.last_entry'])
      c.take(f['srh.flags'])
      c.takeBytes(f['srh.tag'], 2)
      for (let i = 0; i <= last && end - c.pos >= ADDRESS; i++) c.take(f['srh.addr'])
      return
    }
    default:
      if (type === RPL || COMPACT.includes(type)) c.takeBytes(f.data, size)
      else {
        c.takeBytes(f.unknown_data, size)
        c.put(f.undecoded, '', end - size, end)
      }
  }
}
