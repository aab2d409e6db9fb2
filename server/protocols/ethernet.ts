/**
 * Ethernet II and IEEE 802.3 clause 3.
 *
 *  +-------------------+-------------------+-----------+----------+---------
 *  | destination (6)   | source (6)        | type (2)  | payload… | padding
 *  +-------------------+-------------------+-----------+----------+---------
 *
 * Up to 1500 the third field is the payload's length (802.3), from 1536 on its type (Ethernet II). A capture has
 * neither the preamble nor, as a rule, the frame check sequence: the network card keeps those to itself.
 */
import { at16, at48, put16, put48 } from './big-endian.ts'
import type { Cursor } from './cursor.ts'
import { carryWithTrailer, fcs, fcsStatus, padding, paddingBad, trailer } from './ethernet-trailer.ts'
import { ETHERTYPES } from './ethertypes.ts'
import { etherAddress, flag, heading, hex16, layout, u16, u24 } from './field.ts'
import { type NamedFields, type Next, protocol } from './protocol.ts'

const LARGEST_LENGTH = 1500
const SMALLEST_TYPE = 1536

const GROUP =
  'Whether the address stands for one interface, or for a group of them (multicast and broadcast).'
const LOCAL =
  'Whether the maker of the card gave the address, or somebody on the spot: a virtual machine, a phone.'

const OUI = 'The first half of the address: the IEEE gives it to a maker of network cards.'

const FIELDS = {
  dst: etherAddress('Destination', {
    aliases: ['eth.addr'],
    about: 'The interface on this link that should take the frame; ff:ff:ff:ff:ff:ff is everyone.',
  }),
  'dst.oui': u24('Destination OUI', { aliases: ['eth.addr.oui'], about: OUI }),
  'dst.lg': flag('LG bit', 1, 0x02, { aliases: ['eth.lg'], about: LOCAL }),
  'dst.ig': flag('IG bit', 1, 0x01, { aliases: ['eth.ig'], about: GROUP }),
  src: etherAddress('Source', {
    aliases: ['eth.addr'],
    about: 'The interface on this link that sent the frame: not the first sender, but the last router.',
  }),
  'src.oui': u24('Source OUI', { aliases: ['eth.addr.oui'], about: OUI }),
  'src.lg': flag('LG bit', 1, 0x02, { aliases: ['eth.lg'], about: LOCAL }),
  'src.ig': flag('IG bit', 1, 0x01, { aliases: ['eth.ig'], about: GROUP }),
  type: hex16('Type', { values: ETHERTYPES, about: 'Which protocol the payload belongs to.' }),
  len: u16('Length', {
    unit: 'bytes',
    about: 'An 802.3 frame says how long its payload is; what it is follows in an LLC header.',
  }),
  invalid_lentype: hex16('Invalid length/type', {
    about: 'Between 1501 and 1535: neither a length nor a type.',
  }),
  'invalid_lentype.expert': heading('Invalid length/type', {
    about: 'The number before the payload is too large for a length and too small for a type.',
  }),
  'len.past_end': heading('Length goes past the end of the payload', {
    about: 'The frame says that it is longer than it is.',
  }),
  src_not_group: heading('Source MAC must not be a group address', {
    spec: 'IEEE 802.3 §3.2.3',
    about: 'A frame has one sender: an address that stands for many can not be it.',
  }),
  padding,
  padding_bad: paddingBad,
  trailer,
  fcs,
  'fcs.status': fcsStatus,
} as const

/** Where the header's fields stand. */
export const ETHERNET_LAYOUT = layout(FIELDS, ['dst', 'src', 'type'])
export const ETHERNET_HEADER = 14

/** Addresses as numbers of 48 bits. */
export interface EthernetHeader {
  readonly destination: number
  readonly source: number
  readonly type: number
}

/** Writes the header and returns where the payload begins. */
export function encodeEthernet(header: EthernetHeader, bytes: Uint8Array, at = 0): number {
  put48(bytes, at + ETHERNET_LAYOUT.dst, header.destination)
  put48(bytes, at + ETHERNET_LAYOUT.src, header.source)
  put16(bytes, at + ETHERNET_LAYOUT.type, header.type)
  return at + ETHERNET_HEADER
}

/** The header of an Ethernet II frame; undefined for a frame too short for one, and for one of 802.3. */
export function decodeEthernet(bytes: Uint8Array, at = 0, end = bytes.length): EthernetHeader | undefined {
  if (end - at < ETHERNET_HEADER) return undefined
  const type = at16(bytes, at + ETHERNET_LAYOUT.type)
  if (type < SMALLEST_TYPE) return undefined
  return {
    destination: at48(bytes, at + ETHERNET_LAYOUT.dst),
    source: at48(bytes, at + ETHERNET_LAYOUT.src),
    type,
  }
}

type Fields = NamedFields<typeof FIELDS>

/** In the first byte of an address. */
const GROUP_BIT = 0x01
/** What follows a length is told by an LLC header, which is not read here. */
const UNKNOWN: Next = { table: 'ethertype', keys: [] }

export const ethernet = protocol({
  id: 'eth',
  name: 'Ethernet II',
  short: 'Ethernet',
  osi: 2,
  unit: 'frame',
  spec: 'IEEE 802.3 §3',
  about: 'Carries a packet to the next machine on the same link, by its hardware address.',
  fields: FIELDS,
  dissect(c, f) {
    c.packet.destination = address(c, f.dst, f['dst.oui'], f['dst.lg'], f['dst.ig'])
    const fromGroup = c.recording && c.left > 0 && (c.view.getUint8(c.pos) & GROUP_BIT) !== 0
    c.packet.source = address(c, f.src, f['src.oui'], f['src.lg'], f['src.ig'])
    if (fromGroup) c.put(f.src_not_group, '', c.pos - 6, c.pos)
    c.info(`Ethernet II, ${c.packet.source} → ${c.packet.destination}`)
    payload(c, f)
    return undefined
  },
  places: ETHERNET_LAYOUT,
  skim(s) {
    if (s.end - s.at < ETHERNET_HEADER) return false
    const type = at16(s.bytes, s.at + ETHERNET_LAYOUT.type)
    s.senderAt = s.at + ETHERNET_LAYOUT.src
    s.receiverAt = s.at + ETHERNET_LAYOUT.dst
    s.at += ETHERNET_HEADER
    return type >= SMALLEST_TYPE && s.next('ethertype', type)
  },
})

function address(
  c: Cursor,
  whole: Fields['dst'],
  maker: Fields['dst.oui'],
  local: Fields['dst.lg'],
  group: Fields['dst.ig'],
): string {
  const value = c.glance(whole)
  c.group(whole, value, () => {
    if (c.recording) {
      c.peek(maker)
      c.peek(local)
      c.peek(group)
    }
    c.skip(6)
  })
  return value
}

/** Reads the type, or the length that stands in its place, and carries what follows. */
function payload(c: Cursor, f: Fields): void {
  const trailerFields = {
    padding: f.padding,
    padding_bad: f.padding_bad,
    trailer: f.trailer,
    fcs: f.fcs,
    fcsStatus: f['fcs.status'],
  }
  const value = c.glance(f.type)
  // Zero is no length that a frame could have.
  if (value >= SMALLEST_TYPE || value === 0) {
    c.take(f.type)
    carryWithTrailer(c, trailerFields, { table: 'ethertype', keys: [value] })
    return
  }
  if (value > LARGEST_LENGTH) {
    c.take(f.invalid_lentype)
    c.put(f['invalid_lentype.expert'], '', c.pos - 2, c.pos)
    c.carryNext(UNKNOWN)
    return
  }
  c.take(f.len)
  c.info(`IEEE 802.3, ${c.packet.source} → ${c.packet.destination}, ${value} bytes`)
  if (value > c.wireLeft) c.put(f['len.past_end'], '', c.pos - 2, c.pos)
  carryWithTrailer(c, trailerFields, UNKNOWN, Math.min(c.pos + value, c.wireEnd))
}
