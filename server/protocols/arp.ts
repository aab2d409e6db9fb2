/**
 * Address Resolution Protocol, RFC 826.
 *
 *  +-----------------------+-----------------------+
 *  |  hardware type (2)    |  protocol type (2)    |
 *  +-----------+-----------+-----------------------+
 *  | hw size   | pr. size  |  opcode (2)           |
 *  +-----------+-----------+-----------------------+
 *  |  sender hardware address (hw size)            |
 *  |  sender protocol address (pr. size)           |
 *  |  target hardware address (hw size)            |
 *  |  target protocol address (pr. size)           |
 *  +-----------------------------------------------+
 */

import { claims, putDuplicates, takeClaims } from './arp-duplicates.ts'
import { at8, at16, at32, at48, put16, put32, put48 } from './big-endian.ts'
import type { Cursor } from './cursor.ts'
import { ETHERTYPES, TYPE_IPV4 } from './ethertypes.ts'
import {
  boolean,
  bytes,
  etherAddress,
  etherText,
  type Field,
  frameReference,
  heading,
  hex16,
  hexText,
  ipv4Address,
  ipv4Text,
  layout,
  u8,
  u16,
  uint,
} from './field.ts'
import { type Ink, TO } from './ink.ts'
import { protocol } from './protocol.ts'
import { nameNeighbours } from './skim-names.ts'

export const REQUEST = 1
export const REPLY = 2
const ETHERNET = 1
const IEEE_802 = 6
const ATM = 19

const OPCODES = {
  1: 'request',
  2: 'reply',
  3: 'reverse request',
  4: 'reverse reply',
  8: 'inverse request',
  9: 'inverse reply',
} as const

/** The target in a request: not known yet. */
const NOBODY = /^(?:00:?){6}/

const FIELDS = {
  'hw.type': u16('Hardware type', {
    values: {
      1: 'Ethernet',
      6: 'IEEE 802',
      7: 'ARCNET',
      15: 'Frame Relay',
      24: 'IEEE 1394',
      32: 'InfiniBand',
    },
    about: 'What kind of link address is asked for.',
  }),
  'proto.type': hex16('Protocol type', {
    values: ETHERTYPES,
    about: 'What kind of network address is known.',
  }),
  'hw.size': u8('Hardware size', { unit: 'bytes', about: 'Length of a link address: 6 for Ethernet.' }),
  'proto.size': u8('Protocol size', { unit: 'bytes', about: 'Length of a network address: 4 for IPv4.' }),
  opcode: u16('Opcode', { values: OPCODES, about: 'Whether this asks or answers.' }),
  'src.hw_mac': etherAddress('Sender MAC address', {
    about: 'Who speaks: the answer to a request goes here, and everyone may note it.',
  }),
  'src.hw': bytes('Sender hardware address', { about: 'The same on a link that is not Ethernet.' }),
  'src.proto_ipv4': ipv4Address('Sender IP address', {
    about: 'The IP address that goes with it; nothing proves it, which ARP spoofing exploits.',
  }),
  'src.proto': bytes('Sender protocol address', { about: 'The same for a protocol other than IPv4.' }),
  'dst.hw_mac': etherAddress('Target MAC address', { about: 'What a request asks for, so zeros there.' }),
  'dst.hw': bytes('Target hardware address', { about: 'The same on a link that is not Ethernet.' }),
  'dst.proto_ipv4': ipv4Address('Target IP address', { about: 'Whose hardware address is wanted.' }),
  'dst.proto': bytes('Target protocol address', { about: 'The same for a protocol other than IPv4.' }),
  'duplicate-address-detected': heading('Duplicate IP address configured', {
    spec: 'RFC 5227 §2.4',
    about: 'Two interfaces say that this address is theirs.',
  }),
  'duplicate-address-frame': frameReference('Frame showing earlier use of IP address', {
    spec: 'RFC 5227 §2.4',
    about: 'Where the other one said so.',
  }),
  'seconds-since-duplicate-address-frame': uint('Seconds since earlier frame seen', {
    spec: 'RFC 5227 §2.4',
    about: 'How long ago that was: after hours it may simply have been given to another.',
  }),
  isgratuitous: boolean('Is gratuitous', {
    spec: 'RFC 5227 §3',
    about: 'Sender and target are the same address: a host tells everyone where it is now.',
  }),
  isprobe: boolean('Is probe', {
    spec: 'RFC 5227 §2.1.1',
    about: 'No sender address yet: a host asks whether the one it wants is taken.',
  }),
  isannouncement: boolean('Is announcement', {
    spec: 'RFC 5227 §2.3',
    about: 'A gratuitous request: the address was free, and is now claimed.',
  }),
} as const

const LAYOUT = layout(FIELDS, [
  'hw.type',
  'proto.type',
  'hw.size',
  'proto.size',
  'opcode',
  'src.hw_mac',
  'src.proto_ipv4',
  'dst.hw_mac',
  'dst.proto_ipv4',
])
const MAC_LENGTH = 6
const IPV4_LENGTH = 4
/** With addresses of Ethernet and IPv4. */
export const ARP_LENGTH = 28

/** Between Ethernet and IPv4; addresses as numbers. */
export interface ArpPacket {
  readonly opcode: number
  readonly senderMac: number
  readonly senderAddress: number
  /** 0 in a request: it is what is asked for. */
  readonly targetMac: number
  readonly targetAddress: number
}

/** Writes the packet and returns where it ends. */
export function encodeArp(packet: ArpPacket, bytes: Uint8Array, at: number): number {
  put16(bytes, at + LAYOUT['hw.type'], ETHERNET)
  put16(bytes, at + LAYOUT['proto.type'], TYPE_IPV4)
  bytes[at + LAYOUT['hw.size']] = MAC_LENGTH
  bytes[at + LAYOUT['proto.size']] = IPV4_LENGTH
  put16(bytes, at + LAYOUT.opcode, packet.opcode)
  put48(bytes, at + LAYOUT['src.hw_mac'], packet.senderMac)
  put32(bytes, at + LAYOUT['src.proto_ipv4'], packet.senderAddress)
  put48(bytes, at + LAYOUT['dst.hw_mac'], packet.targetMac)
  put32(bytes, at + LAYOUT['dst.proto_ipv4'], packet.targetAddress)
  return at + ARP_LENGTH
}

/** The packet, if it is a whole one between Ethernet and IPv4. */
export function decodeArp(bytes: Uint8Array, at: number, end: number): ArpPacket | undefined {
  if (end - at < ARP_LENGTH) return undefined
  if (at16(bytes, at + LAYOUT['hw.type']) !== ETHERNET || !isUsual(bytes, at)) return undefined
  return readArp(bytes, at)
}

/** The packet that begins there, which is known to be one between Ethernet and IPv4. */
function readArp(bytes: Uint8Array, at: number): ArpPacket {
  return {
    opcode: at16(bytes, at + LAYOUT.opcode),
    senderMac: at48(bytes, at + LAYOUT['src.hw_mac']),
    senderAddress: at32(bytes, at + LAYOUT['src.proto_ipv4']),
    targetMac: at48(bytes, at + LAYOUT['dst.hw_mac']),
    targetAddress: at32(bytes, at + LAYOUT['dst.proto_ipv4']),
  }
}

export const arp = protocol({
  id: 'arp',
  name: 'Address Resolution Protocol',
  short: 'ARP',
  osi: 2,
  unit: 'packet',
  spec: 'RFC 826',
  about:
    'Finds the hardware address of a neighbour whose IP address is known, by asking everyone on the link.',
  fields: FIELDS,
  dissect(c, f) {
    const start = c.pos
    // ATM has a form of its own (RFC 2225 §8.3), which is not read here.
    if (c.glance(f['hw.type']) === ATM) return { table: 'ethertype', keys: [] }
    const hardware = c.take(f['hw.type'])
    const network = c.take(f['proto.type'])
    const hardwareSize = c.take(f['hw.size'])
    const networkSize = c.take(f['proto.size'])
    const opcode = c.take(f.opcode)
    const addresses = 2 * (hardwareSize + networkSize)
    if (c.left < addresses) c.need('Addresses', addresses)
    c.limit(addresses)

    const ethernet = (hardware === ETHERNET || hardware === IEEE_802) && hardwareSize === 6
    const ip = network === TYPE_IPV4 && networkSize === 4
    const mac = (known: Field<string>, other: Field<Uint8Array>) =>
      address(c, ethernet, known, other, hardwareSize)
    const net = (known: Field<string>, other: Field<Uint8Array>) => address(c, ip, known, other, networkSize)
    const senderMac = mac(f['src.hw_mac'], f['src.hw'])
    const sender = net(f['src.proto_ipv4'], f['src.proto'])
    const targetMac = mac(f['dst.hw_mac'], f['dst.hw'])
    const target = net(f['dst.proto_ipv4'], f['dst.proto'])
    if (ethernet && ip && !c.packet.quoted) {
      putDuplicates(c, f, readArp(c.bytes, start))
    }
    if (!c.recording) return undefined
    const gratuitous = networkSize > 0 && sender === target && (opcode === REPLY || opcode === REQUEST)
    const announcement = gratuitous && opcode === REQUEST && NOBODY.test(targetMac)
    const probe = ip && !gratuitous && opcode === REQUEST && sender === '0.0.0.0'
    if (gratuitous) c.put(f.isgratuitous, true, start, c.pos)
    if (probe) c.put(f.isprobe, true, start, c.pos)
    if (announcement) c.put(f.isannouncement, true, start, c.pos)
    c.info(words({ opcode, sender, senderMac, target, probe, gratuitous, announcement }))
    return undefined
  },
  places: LAYOUT,
  skim(s) {
    const { bytes, at: start } = s
    if (s.end - start < ARP_LENGTH || !isUsual(bytes, start) || !nameNeighbours(s)) return false
    const said = readArp(bytes, start)
    if (claims(said)) s.remember(takeClaims(s.surroundings.conversations, said, s.number, s.seconds))
    if (s.speak()) write(s.info, said)
    return true
  },
})

/** Whether it is one between Ethernet and IPv4. */
function isUsual(bytes: Uint8Array, start: number): boolean {
  const hardware = at16(bytes, start + LAYOUT['hw.type'])
  return (
    (hardware === ETHERNET || hardware === IEEE_802) &&
    at16(bytes, start + LAYOUT['proto.type']) === TYPE_IPV4 &&
    at8(bytes, start + LAYOUT['hw.size']) === MAC_LENGTH &&
    at8(bytes, start + LAYOUT['proto.size']) === IPV4_LENGTH
  )
}

/** The same as `words`, as bytes. */
function write(info: Ink, { opcode, senderMac, senderAddress, targetMac, targetAddress }: ArpPacket): void {
  const sender = ipv4Text(senderAddress)
  const target = ipv4Text(targetAddress)
  if (opcode === REQUEST && senderAddress === targetAddress && targetMac === 0) {
    info.ascii('ARP Announcement for ')
    info.ascii(target)
  } else if ((opcode === REQUEST || opcode === REPLY) && senderAddress === targetAddress) {
    info.ascii('Gratuitous ARP for ')
    info.ascii(target)
    info.ascii(opcode === REQUEST ? ' (request)' : ' (reply)')
  } else if (opcode === REQUEST) {
    info.ascii('Who has ')
    info.ascii(target)
    info.ascii(senderAddress === 0 ? '? (ARP Probe)' : '? Tell ')
    if (senderAddress !== 0) info.ascii(sender)
  } else if (opcode === REPLY) {
    info.ascii(sender)
    info.ascii(' is at ')
    info.ascii(etherText(senderMac))
  } else {
    info.ascii('ARP ')
    info.ascii(OPCODES[opcode as keyof typeof OPCODES] ?? `opcode ${opcode}`)
    info.ascii(', ')
    info.ascii(sender)
    info.copy(TO)
    info.ascii(target)
  }
}

function address(
  c: Cursor,
  known: boolean,
  field: Field<string>,
  other: Field<Uint8Array>,
  size: number,
): string {
  if (known) return c.take(field)
  return size === 0 ? '' : hexText(c.takeBytes(other, size))
}

interface Said {
  opcode: number
  sender: string
  senderMac: string
  target: string
  probe: boolean
  gratuitous: boolean
  announcement: boolean
}

function words({ opcode, sender, senderMac, target, probe, gratuitous, announcement }: Said): string {
  if (probe) return `Who has ${target}? (ARP Probe)`
  if (announcement) return `ARP Announcement for ${target}`
  if (gratuitous) return `Gratuitous ARP for ${target} (${OPCODES[opcode as keyof typeof OPCODES]})`
  if (opcode === REQUEST) return `Who has ${target}? Tell ${sender}`
  if (opcode === REPLY) return `${sender} is at ${senderMac}`
  return `ARP ${OPCODES[opcode as keyof typeof OPCODES] ?? `opcode ${opcode}`}, ${sender} → ${target}`
}
