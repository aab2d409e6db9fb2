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
import type { Cursor } from './cursor.ts'
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
const TUNNEL = 768
const GRE_TUNNEL = 778
const ADDRESS_ROOM = 8
const SMALLEST_TYPE = 1536

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
  etype: hex16('Protocol', { values: ETHERTYPES, about: 'Which protocol the payload belongs to.' }),
  ifindex: u32('Interface index', { about: 'Which interface, by its number on the machine that captured.' }),
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
  dissect: (c, f) => (c.packet.linkType === LINKTYPE_LINUX_SLL2 ? second(c, f) : first(c, f)),
})

function first(c: Cursor, f: Fields): Next {
  const kind = c.take(f.pkttype)
  const hardware = c.take(f.hatype)
  const length = c.take(f.halen)
  address(c, f, hardware, length)
  const type = c.take(f.etype)
  return payload(c, kind, hardware, type)
}

function second(c: Cursor, f: Fields): Next {
  const type = c.take(f.etype)
  c.skip(2, 'Reserved')
  c.take(f.ifindex)
  const hardware = c.take(f.hatype)
  const kind = byte(c, f.pkttype)
  const length = byte(c, f.halen)
  address(c, f, hardware, length)
  return payload(c, kind, hardware, type)
}

/** A field that version 2 writes in one byte where version 1 has two. */
function byte(c: Cursor, field: Fields['halen']): number {
  if (c.left < 1) c.need(field.label, 1)
  const value = c.view.getUint8(c.pos)
  c.put(field, value, c.pos, c.pos + 1)
  c.pos++
  return value
}

function address(c: Cursor, f: Fields, hardware: number, length: number): void {
  if (c.left < ADDRESS_ROOM) c.need('Source', ADDRESS_ROOM)
  const end = c.pos + ADDRESS_ROOM
  if (length === 6) c.packet.source = c.take(f['src.eth'])
  else if (length === 4 && hardware === TUNNEL) c.packet.source = c.take(f['src.ipv4'])
  else if (length > 0) c.takeBytes(f['src.other'], Math.min(length, ADDRESS_ROOM))
  if (c.pos < end) c.takeBytes(f.unused, end - c.pos)
}

function payload(c: Cursor, kind: number, hardware: number, type: number): Next {
  c.info(`Linux cooked capture, ${PACKET_TYPES[kind as keyof typeof PACKET_TYPES] ?? `packet type ${kind}`}`)
  // On a GRE tunnel the number is GRE's; below 0x600 it is one of Linux's own, for frames without a type.
  const known = hardware !== GRE_TUNNEL && type >= SMALLEST_TYPE
  return { table: 'ethertype', keys: known ? [type] : [] }
}
