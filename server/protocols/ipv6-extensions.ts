/**
 * Extension headers of IPv6, RFC 8200 §4: each names its next, and all but the fragment header their length, in
 * units of 8 bytes without the first.
 *
 *  Hop-by-hop options (0), destination options (60):      Fragment header (44):
 *  +-------------+-------------+-------------…            +-------------+-------------+-------------+--+-+
 *  | next header | length      | options                  | next header | reserved    | offset (13) |  |M|
 *  +-------------+-------------+-------------…            +-------------+-------------+-------------+--+-+
 *                                                         | identification (4)                          |
 *  Routing header (43):                                   +---------------------------------------------+
 *  +-------------+-------------+-------------+---------------+-----------------…
 *  | next header | length      | type        | segments left | for the type
 *  +-------------+-------------+-------------+---------------+-----------------…
 */
import type { Cursor } from './cursor.ts'
import { bits, bytes, type Field, flag, heading, hex8, hex32, u8, u16, u32, uint } from './field.ts'
import { IP_PROTOCOLS } from './ip-protocols.ts'
import { type AnyProtocol, type NamedFields, type Next, protocol } from './protocol.ts'

const NEXT_ABOUT = 'What follows this extension header.'
const LENGTH_ABOUT = 'Length of this header in units of 8 bytes, the first not counted.'

const next = () => u8('Next Header', { values: IP_PROTOCOLS, about: NEXT_ABOUT })
const length = () => u8('Length', { about: LENGTH_ABOUT })
const octets = () => uint('Length', { unit: 'bytes', about: 'The same in bytes, all counted.' })

const OPTION_NAMES = {
  0: 'Pad1',
  1: 'PadN',
  4: 'Tunnel Encapsulation Limit',
  5: 'Router Alert',
  99: 'RPL Option',
  139: 'ILNP Nonce',
  194: 'Jumbo Payload',
  201: 'Home Address',
} as const

const PAD1 = 0
const PADN = 1
const ROUTER_ALERT = 5
const JUMBO = 194

const OPTION_FIELDS = {
  '=ipv6.opt': heading('IPv6 Option', {
    spec: 'RFC 8200 §4.2',
    about: 'An extra for routers or the receiver.',
  }),
  '=ipv6.opt.type': hex8('Type', {
    spec: 'RFC 8200 §4.2',
    values: OPTION_NAMES,
    about: 'Which option; its two highest bits say what to do with a packet whose option one does not know.',
  }),
  '=ipv6.opt.length': u8('Length', {
    spec: 'RFC 8200 §4.2',
    unit: 'bytes',
    about: "The option's data only.",
  }),
  '=ipv6.opt.padn': bytes('PadN', {
    spec: 'RFC 8200 §4.2',
    about: 'Fills the header to a multiple of 8 bytes.',
  }),
  '=ipv6.opt.router_alert': u16('Router Alert', {
    spec: 'RFC 2711',
    values: { 0: 'MLD', 1: 'RSVP', 2: 'Active Network' },
    about: 'Asks every router on the way to look into the packet.',
  }),
  '=ipv6.opt.jumbo': u32('Payload Length', {
    spec: 'RFC 2675',
    unit: 'bytes',
    about: 'The payload length where 16 bits are too few.',
  }),
  '=ipv6.opt.unknown': bytes('Unknown Option Payload', {
    about: 'The data of an option not read further here.',
  }),
} as const

type OptionFields = NamedFields<typeof OPTION_FIELDS>

interface LengthFields {
  readonly nxt: Field<number>
  readonly len: Field<number>
  readonly len_oct: Field<number>
}

/** The two bytes that these headers begin with. Returns what is next and where this header ends. */
function begin(c: Cursor, f: LengthFields): { following: number; headerEnd: number } {
  const start = c.pos
  const following = c.take(f.nxt)
  const bytesInAll = (c.take(f.len) + 1) * 8
  c.put(f.len_oct, bytesInAll, start + 1, c.pos)
  if (start + bytesInAll > c.end) c.need('Extension header', start + bytesInAll - c.pos)
  return { following, headerEnd: start + bytesInAll }
}

const carry = (following: number): Next => ({ table: 'ip.proto', keys: [following] })

function options(c: Cursor, f: OptionFields, headerEnd: number): void {
  while (c.recording && c.pos < headerEnd) {
    const type = c.glance(f['=ipv6.opt.type'])
    const size = type === PAD1 ? 0 : c.pos + 1 < headerEnd ? c.glance(f['=ipv6.opt.length'], 1) : 0xff
    const end = c.pos + (type === PAD1 ? 1 : 2 + size)
    const name = OPTION_NAMES[type as keyof typeof OPTION_NAMES] ?? `Unknown (${type})`
    if (end > headerEnd) {
      c.problem(
        `${name} option`,
        `expected at most ${headerEnd - c.pos - 2} bytes, found ${size}`,
        c.pos,
        headerEnd,
      )
      break
    }
    c.group(f['=ipv6.opt'], name, () => option(c, f, type, size, end), name)
  }
  c.pos = headerEnd
}

function option(c: Cursor, f: OptionFields, type: number, size: number, end: number): void {
  c.take(f['=ipv6.opt.type'])
  if (type === PAD1) return
  c.take(f['=ipv6.opt.length'])
  if (type === ROUTER_ALERT && size === 2) c.take(f['=ipv6.opt.router_alert'])
  else if (type === JUMBO && size === 4) c.take(f['=ipv6.opt.jumbo'])
  else if (size > 0) c.takeBytes(type === PADN ? f['=ipv6.opt.padn'] : f['=ipv6.opt.unknown'], size)
  c.pos = end
}

export const hopByHop = protocol({
  id: 'ipv6.hopopts',
  name: 'IPv6 Hop-by-Hop Option',
  osi: 3,
  unit: 'packet',
  spec: 'RFC 8200 §4.3',
  about: 'Options that every router on the way may have to read; so it stands first.',
  fields: { nxt: next(), len: length(), len_oct: octets(), ...OPTION_FIELDS },
  dissect(c, f) {
    const { following, headerEnd } = begin(c, f)
    options(c, f, headerEnd)
    return carry(following)
  },
})

export const destinationOptions = protocol({
  id: 'ipv6.dstopts',
  name: 'Destination Options for IPv6',
  osi: 3,
  unit: 'packet',
  spec: 'RFC 8200 §4.6',
  about: 'Options for the receiver alone.',
  fields: { nxt: next(), len: length(), len_oct: octets(), ...OPTION_FIELDS },
  dissect(c, f) {
    const { following, headerEnd } = begin(c, f)
    options(c, f, headerEnd)
    return carry(following)
  },
})

export const routing = protocol({
  id: 'ipv6.routing',
  name: 'Routing Header for IPv6',
  osi: 3,
  unit: 'packet',
  spec: 'RFC 8200 §4.4',
  about: 'Lists nodes to be visited on the way; the destination address is only the next of them.',
  fields: {
    nxt: next(),
    len: length(),
    len_oct: octets(),
    type: u8('Type', {
      values: {
        0: 'Source Route (deprecated)',
        2: 'Type 2 Routing (Mobile IPv6)',
        3: 'RPL Source Route',
        4: 'Segment Routing',
      },
      about:
        'How the rest is read; type 0 is forbidden (RFC 5095), since it let packets bounce between two hosts.',
    }),
    segleft: u8('Segments Left', { about: 'How many of the listed nodes are still to be visited.' }),
    unknown_data: bytes('Type-Specific Data', { about: 'The list of nodes, in the form of its type.' }),
  },
  dissect(c, f) {
    const { following, headerEnd } = begin(c, f)
    c.take(f.type)
    const left = c.take(f.segleft)
    // The checksum covers the last destination, which is then not the one in the IPv6 header (RFC 8200 §8.1).
    if (left > 0) c.packet.addressesLength = 0
    if (c.pos < headerEnd) c.takeBytes(f.unknown_data, headerEnd - c.pos)
    return carry(following)
  },
})

export const fragment = protocol({
  id: 'ipv6.fraghdr',
  name: 'Fragment Header for IPv6',
  osi: 3,
  unit: 'packet',
  spec: 'RFC 8200 §4.5',
  about:
    'Marks a piece of a packet that was too large; in IPv6 only the sender may cut one up, never a router.',
  fields: {
    nxt: next(),
    reserved_octet: hex8('Reserved octet', { about: 'For later use.' }),
    offset: bits('Offset', 2, 0xfff8, {
      about: 'Where this fragment belongs in the whole; sent in units of 8 bytes.',
    }),
    reserved_bits: bits('Reserved bits', 2, 0x0006, { about: 'For later use.' }),
    more: flag('More Fragments', 2, 0x0001, { about: 'Set in every fragment but the last.' }),
    ident: hex32('Identification', { about: 'The same in all fragments of one packet.' }),
  },
  dissect(c, f) {
    const following = c.take(f.nxt)
    c.take(f.reserved_octet)
    // The value stays in the units of 8 that are sent, as in Wireshark 4.
    const units = c.glance(f.offset)
    const offset = units * 8
    c.put(f.offset, units, c.pos, c.pos + 2, `${offset} bytes (${units} × 8)`)
    c.peek(f.reserved_bits)
    const more = c.take(f.more)
    const ident = c.take(f.ident)
    const id = ident.toString(16).padStart(8, '0')
    c.info(`IPv6 fragment (off=${offset} more=${more ? 'y' : 'n'} ident=0x${id} nxt=${following})`)
    if (offset > 0) return { table: 'ip.proto', keys: [] }
    if (more) c.packet.fragmented = true
    return carry(following)
  },
})

export const authentication = protocol({
  id: 'ah',
  name: 'Authentication Header',
  short: 'AH',
  osi: 3,
  unit: 'packet',
  spec: 'RFC 4302 §2',
  about: 'Proves who sent the packet and that nobody changed it; hides nothing.',
  fields: {
    next_header: next(),
    length: u8('Length', { about: 'Length of this header in units of 4 bytes, the first two not counted.' }),
    reserved: u16('Reserved', { about: 'For later use.' }),
    spi: hex32('AH SPI', { about: 'Which agreement between the two hosts it was made under.' }),
    sequence: u32('AH Sequence', {
      about: 'Counts up, so that a packet recorded and sent again is noticed.',
    }),
    icv: bytes('AH ICV', { about: 'The proof: a keyed hash over the packet.' }),
  },
  dissect(c, f) {
    const start = c.pos
    const following = c.take(f.next_header)
    const size = (c.take(f.length) + 2) * 4
    c.take(f.reserved)
    c.take(f.spi)
    c.take(f.sequence)
    const rest = start + size - c.pos
    if (rest < 0) c.fail('Length', `expected at least 12 bytes in all, found ${size}`)
    if (rest > 0) c.takeBytes(f.icv, rest)
    return carry(following)
  },
})

/** In the order of their numbers in `ip.proto`: 0, 43, 44, 51, 60. */
export const IPV6_EXTENSIONS: readonly AnyProtocol[] = [
  hopByHop,
  routing,
  fragment,
  authentication,
  destinationOptions,
]
