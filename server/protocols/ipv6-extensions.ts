/**
 * Extension headers of IPv6, RFC 8200 §4: each names its next, and all but the fragment header their length, in
 * units of 8 bytes without the first.
 *
 *  Hop-by-hop options (0), destination options (60):      Fragment header (44):
 *  +-------------+-------------+-------------…            +-------------+-------------+-------------+--+-+
 *  | next header | length      | options                  | next header | reserved    | offset (13) |  |M|
 *  +-------------+-------------+-------------…            +-------------+-------------+-------------+--+-+
 *                                                         | identification (4)                          |
 *                                                         +---------------------------------------------+
 *  Routing header (43): `ipv6-routing.ts`
 */
import { bits, bytes, flag, heading, hex8, hex32, u8, u32, uint } from './field.ts'
import { type FragmentFields, fragmentSpecs, ipv6Fragments, joinFragments } from './ip-fragments.ts'
import { FRAGMENT, IP_PROTOCOLS } from './ip-protocols.ts'
import { beginExtension } from './ipv6-extension.ts'
import { IPV6_OPTION_FIELDS } from './ipv6-option-fields.ts'
import { readOptions } from './ipv6-options.ts'
import { routing } from './ipv6-routing.ts'
import { type AnyProtocol, type Next, protocol } from './protocol.ts'

/** Bytes of both addresses, which end the IPv6 header. */
const ADDRESSES = 32
const NEXT_ABOUT = 'What follows this extension header.'
const LENGTH_ABOUT = 'Length of this header in units of 8 bytes, the first not counted.'

const next = () => u8('Next Header', { values: IP_PROTOCOLS, about: NEXT_ABOUT })
const length = () => u8('Length', { about: LENGTH_ABOUT })
const octets = () => uint('Length', { unit: 'bytes', about: 'The same in bytes, all counted.' })

const carry = (following: number): Next => ({ table: 'ip.proto', keys: [following] })
/** What follows is part of something that can't be read yet. */
const carryNothing: Next = { table: 'ip.proto', keys: [] }

const FRAGMENTS = fragmentSpecs('IPv6')

export const hopByHop = protocol({
  id: 'ipv6.hopopts',
  name: 'IPv6 Hop-by-Hop Option',
  osi: 3,
  unit: 'packet',
  spec: 'RFC 8200 §4.3',
  about: 'Options that every router on the way may have to read; so it stands first.',
  fields: {
    nxt: next(),
    len: length(),
    len_oct: octets(),
    not_first: heading('Hop-by-Hop extension header must appear immediately after IPv6 header', {
      about: 'Routers look for it there and nowhere else.',
    }),
    ...IPV6_OPTION_FIELDS,
  },
  dissect(c, f) {
    if (c.pos !== c.packet.addressesAt + ADDRESSES) c.put(f.not_first, '', c.pos, c.pos + 1)
    const { following, headerEnd } = beginExtension(c, f)
    readOptions(c, f, { hopByHop: true, headerEnd })
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
  fields: { nxt: next(), len: length(), len_oct: octets(), ...IPV6_OPTION_FIELDS },
  dissect(c, f) {
    const { following, headerEnd } = beginExtension(c, f)
    readOptions(c, f, { hopByHop: false, headerEnd })
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
    '=ipv6.fragments': ipv6Fragments,
    '=ipv6.fragment': FRAGMENTS.fragment,
    '=ipv6.fragment.error': FRAGMENTS.error,
    '=ipv6.fragment.overlap': FRAGMENTS.overlap,
    '=ipv6.fragment.overlap.conflict': FRAGMENTS.conflict,
    '=ipv6.fragment.multipletails': FRAGMENTS.multipleTails,
    '=ipv6.fragment.toolongfragment': FRAGMENTS.tooLong,
    '=ipv6.fragment.count': FRAGMENTS.count,
    '=ipv6.reassembled.length': FRAGMENTS.length,
    '=ipv6.reassembled.data': FRAGMENTS.data,
    '=ipv6.reassembled.in': FRAGMENTS.reassembledIn,
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
    // A packet that was never cut may have this header all the same (RFC 6946).
    if (offset === 0 && !more) return carry(following)
    const { packet } = c
    if (packet.quoted || packet.unseen || packet.damaged || c.lacking || c.wireLeft > c.left)
      return carryNothing
    const roles: FragmentFields = {
      fragments: f['=ipv6.fragments'],
      fragment: f['=ipv6.fragment'],
      error: f['=ipv6.fragment.error'],
      overlap: f['=ipv6.fragment.overlap'],
      conflict: f['=ipv6.fragment.overlap.conflict'],
      multipleTails: f['=ipv6.fragment.multipletails'],
      tooLong: f['=ipv6.fragment.toolongfragment'],
      count: f['=ipv6.fragment.count'],
      length: f['=ipv6.reassembled.length'],
      data: f['=ipv6.reassembled.data'],
      reassembledIn: f['=ipv6.reassembled.in'],
    }
    const header = { id: ident, protocol: FRAGMENT, offset, length: c.left, more }
    return joinFragments(c, roles, header, 'Reassembled IPv6', carry(following)) ? undefined : carryNothing
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
    reserved: bytes('Reserved', { about: 'For later use.' }),
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
    c.takeBytes(f.reserved, 2)
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
