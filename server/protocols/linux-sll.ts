/**
 * Linux cooked capture: what `-i any` gives instead of a link header, since each interface has another kind.
 *
 * Version 1, LINKTYPE_LINUX_SLL (113):                Version 2, LINKTYPE_LINUX_SLL2 (276):
 *  +---------------------------+                      +---------------------------+
 *  |  packet type (2)          |                      |  protocol type (2)        |
 *  |  ARPHRD_ type (2)         |                      |  reserved (2)             |
 *  |  address length (2)       |                      |  interface index (4)      |
 *  |  address (8)              |                      |  ARPHRD_ type (2)         |
 *  |  protocol type (2)        |                      |  packet type (1)          |
 *  +---------------------------+                      |  address length (1)       |
 *                                                     |  address (8)              |
 *                                                     +---------------------------+
 */
import { at8, at16 } from './big-endian.ts'
import type { Cursor } from './cursor.ts'
import { carryWithTrailer, padding, paddingBad, trailer } from './ethernet-trailer.ts'
import { ETHERTYPES } from './ethertypes.ts'
import { bytes, etherAddress, hex16, ipv4Address, u16, u32 } from './field.ts'
import { type NamedFields, type Next, protocol } from './protocol.ts'

export const LINKTYPE_LINUX_SLL = 113
export const LINKTYPE_LINUX_SLL2 = 276

const PACKET_TYPES = {
  0: 'Unicast to us',
  1: 'Broadcast',
  2: 'Multicast',
  3: 'Unicast to another host',
  4: 'Sent by us',
} as const

/** ARPHRD_ values of Linux's if_arp.h. */
const HARDWARE = {
  1: 'Ethernet',
  512: 'PPP',
  768: 'IPIP tunnel',
  772: 'Loopback',
  776: 'SIT tunnel',
  801: '802.11',
  65534: 'None',
} as const
const GRE_TUNNEL = 778
const ADDRESS_ROOM = 8
const LARGEST_OWN = 1536
/**
 * From the first byte on: where the hardware's type and the protocol's stand, the address's length and the address, and
 * where the header ends.
 */
const FIRST = { hardware: 2, type: 14, length: 4, address: 6, end: 16 } as const
const SECOND = { hardware: 8, type: 0, length: 11, address: 12, end: 20 } as const
const ETHERNET_ADDRESS = 6

const FIELDS = {
  pkttype: u16('Packet type', {
    values: PACKET_TYPES,
    about: 'Whether this machine sent it, or for whom it was: the addresses alone do not tell.',
  }),
  hatype: u16('Link-layer address type', { values: HARDWARE, about: 'What kind of interface it crossed.' }),
  halen: u16('Link-layer address length', {
    unit: 'bytes',
    about: 'How many of the eight bytes that follow are the address.',
  }),
  'src.eth': etherAddress('Source', { about: "The sender's hardware address; the receiver's is not kept." }),
  'src.ipv4': ipv4Address('Source', { about: "The tunnel's far end." }),
  'src.other': bytes('Source', { about: 'An address of another kind.' }),
  unused: bytes('Unused', { about: 'What the address leaves of its eight bytes.' }),
  ltype: hex16('Protocol', { about: "One of Linux's own numbers, for frames without a type: 4 is 802.2." }),
  gretype: hex16('Protocol', { values: ETHERTYPES, about: 'Which protocol a GRE tunnel carries.' }),
  etype: hex16('Protocol', { values: ETHERTYPES, about: 'Which protocol the payload belongs to.' }),
  ifindex: u32('Interface index', { about: 'Which interface, by its number on the machine that captured.' }),
  trailer,
  '=eth.padding': padding,
  '=eth.padding_bad': paddingBad,
} as const

type Fields = NamedFields<typeof FIELDS>

export const sll = protocol({
  id: 'sll',
  name: 'Linux cooked capture',
  short: 'SLL',
  osi: 2,
  unit: 'frame',
  spec: 'LINKTYPE_LINUX_SLL',
  about:
    'Not sent: the kernel writes it in place of the link header when one captures on all interfaces at once.',
  fields: FIELDS,
  dissect(c, f) {
    if (c.packet.linkType === LINKTYPE_LINUX_SLL2) second(c, f)
    else first(c, f)
    return undefined
  },
  skim(s) {
    const { bytes, at: start } = s
    const header = s.linkType === LINKTYPE_LINUX_SLL2 ? SECOND : FIRST
    if (s.end - start < header.end) return false
    const type = at16(bytes, start + header.type)
    if (type <= LARGEST_OWN || at16(bytes, start + header.hardware) === GRE_TUNNEL) return false
    const length = header === SECOND ? at8(bytes, start + SECOND.length) : at16(bytes, start + FIRST.length)
    if (length === ETHERNET_ADDRESS) s.senderAt = start + header.address
    s.at += header.end
    return s.next('ethertype', type)
  },
})

function first(c: Cursor, f: Fields): void {
  const kind = c.take(f.pkttype)
  const hardware = c.take(f.hatype)
  const length = c.take(f.halen)
  address(c, f, length)
  payload(c, f, kind, protocolType(c, f, hardware), hardware)
}

/** In version 2 the protocol type is the first field, and the hardware's that tells how to read it behind. */
function second(c: Cursor, f: Fields): void {
  const next = protocolType(c, f, c.glance(f.hatype, SECOND.hardware))
  c.skip(2, 'Reserved')
  c.take(f.ifindex)
  const hardware = c.take(f.hatype)
  const kind = byte(c, f.pkttype)
  const length = byte(c, f.halen)
  address(c, f, length)
  payload(c, f, kind, next, hardware)
}

/** On a GRE tunnel the number is GRE's; up to 0x600 it is one of Linux's own, for frames without a type. */
function protocolType(c: Cursor, f: Fields, hardware: number): Next {
  const type = c.glance(f.etype)
  if (type <= LARGEST_OWN) {
    c.take(f.ltype)
    return { table: 'ethertype', keys: [] }
  }
  return { table: 'ethertype', keys: [c.take(hardware === GRE_TUNNEL ? f.gretype : f.etype)] }
}

/** A field that version 2 writes in one byte where version 1 has two. */
function byte(c: Cursor, field: Fields['halen']): number {
  if (c.left < 1) c.need(field.label, 1)
  const value = c.view.getUint8(c.pos)
  c.put(field, value, c.pos, c.pos + 1)
  c.pos++
  return value
}

function address(c: Cursor, f: Fields, length: number): void {
  if (c.left < ADDRESS_ROOM) c.need('Source', ADDRESS_ROOM)
  const end = c.pos + ADDRESS_ROOM
  if (length === 6) c.packet.source = c.take(f['src.eth'])
  else if (length === 4) c.packet.source = c.take(f['src.ipv4'])
  else if (length > 0) c.takeBytes(f['src.other'], Math.min(length, ADDRESS_ROOM))
  if (c.pos < end) c.takeBytes(f.unused, end - c.pos)
}

function payload(c: Cursor, f: Fields, kind: number, next: Next, hardware: number): void {
  c.info(`Linux cooked capture, ${PACKET_TYPES[kind as keyof typeof PACKET_TYPES] ?? `packet type ${kind}`}`)
  const behind = { padding: f['=eth.padding'], padding_bad: f['=eth.padding_bad'], trailer: f.trailer }
  if (hardware === GRE_TUNNEL) c.carryNext(next)
  else carryWithTrailer(c, behind, next)
}
