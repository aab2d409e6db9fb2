/** The fields of ICMPv6 (RFC 4443) and of neighbour discovery (RFC 4861), and the names of types and codes. */
import { CHECKSUM_STATUS } from './checksum.ts'
import {
  bits,
  bytes,
  flag,
  frameReference,
  heading,
  hex8,
  hex16,
  hex32,
  ipv6Address,
  u8,
  u16,
  u32,
  uint,
} from './field.ts'
import { ICMPV6_GROUP_FIELDS } from './icmpv6-group-fields.ts'
import { ICMPV6_OPTION_FIELDS } from './icmpv6-option-fields.ts'
import type { NamedFields } from './protocol.ts'

const TYPES: Readonly<Record<number, string>> = {
  1: 'Destination Unreachable',
  2: 'Packet Too Big',
  3: 'Time Exceeded',
  4: 'Parameter Problem',
  128: 'Echo (ping) request',
  129: 'Echo (ping) reply',
  130: 'Multicast Listener Query',
  131: 'Multicast Listener Report',
  132: 'Multicast Listener Done',
  133: 'Router Solicitation',
  134: 'Router Advertisement',
  135: 'Neighbor Solicitation',
  136: 'Neighbor Advertisement',
  137: 'Redirect',
  138: 'Router Renumbering',
  139: 'Node Information Query',
  140: 'Node Information Reply',
  143: 'Multicast Listener Report Message v2',
}

export const CODES: Readonly<Record<number, Readonly<Record<number, string>>>> = {
  1: {
    0: 'no route to destination',
    1: 'Administratively prohibited',
    2: 'Beyond scope of source address',
    3: 'Address unreachable',
    4: 'Port unreachable',
    5: 'Source address failed ingress/egress policy',
    6: 'Reject route to destination',
    7: 'Error in Source Routing Header',
  },
  3: { 0: 'hop limit exceeded in transit', 1: 'fragment reassembly time exceeded' },
  4: {
    0: 'erroneous header field encountered',
    1: 'unrecognized Next Header type encountered',
    2: 'unrecognized IPv6 option encountered',
    3: 'IPv6 First Fragment has incomplete IPv6 Header Chain',
  },
}

export const typeName = (type: number): string => TYPES[type] ?? `Type ${type}`

/** What a type is called, and the code, if it has a name. */
export function typeText(type: number, code: number): string {
  const codeName = CODES[type]?.[code]
  return codeName === undefined ? typeName(type) : `${typeName(type)} (${codeName})`
}

const RA = 'RFC 4861 §4.2'
const NA = 'RFC 4861 §4.4'
export const ICMPV6_FIELDS = {
  type: u8('Type', {
    values: TYPES,
    about: 'What is said: below 128 an error, from 128 on a question or an answer.',
  }),
  code: u8('Code', {
    about: 'The particular of it: for an unreachable destination, whether route, address or port.',
  }),
  checksum: hex16('Checksum', {
    about: 'Guards the message and, since IPv6 itself has none, the two addresses.',
  }),
  'checksum.status': uint('Checksum Status', {
    values: CHECKSUM_STATUS,
    about: 'What came out when the checksum was computed here.',
  }),
  'checksum_bad.expert': heading('Bad checksum', {
    about: 'The bytes are not those that were sent: whoever receives this throws it away and says nothing.',
  }),
  length: u8('Length', {
    spec: 'RFC 4884 §3',
    about: 'How much of the packet is quoted, in words of 8 bytes, when extensions follow it.',
  }),
  reserved: bytes('Reserved', { about: 'Zero.' }),
  mtu: u32('MTU', {
    spec: 'RFC 4443 §3.2',
    unit: 'bytes',
    about: 'The largest packet that fits through: routers never fragment IPv6, so the sender must.',
  }),
  pointer: u32('Pointer', { spec: 'RFC 4443 §3.4', about: 'Which byte of the quoted packet was wrong.' }),
  'echo.identifier': hex16('Identifier', {
    spec: 'RFC 4443 §4.1',
    about: 'Which ping program asked, since several may run at once.',
  }),
  'echo.sequence_number': u16('Sequence', {
    spec: 'RFC 4443 §4.1',
    about: 'Which of its pings: it counts up, so that a lost one shows.',
  }),
  resp_in: frameReference('Response In', { about: 'The packet that answers this one.' }),
  resp_to: frameReference('Response To', { about: 'The packet that this one answers.' }),
  resptime: uint('Response Time', {
    unit: 'ms',
    about: 'From request to reply, seen from where the capture was made.',
  }),
  'nd.ra.cur_hop_limit': u8('Cur hop limit', {
    spec: RA,
    about: 'What hosts should write in their hop limit field.',
  }),
  'nd.ra.flag': hex8('Flags', { spec: RA, about: 'How hosts get their address.' }),
  'nd.ra.flag.m': flag('Managed address configuration', 1, 0x80, {
    spec: RA,
    about: 'Ask DHCPv6 for an address.',
  }),
  'nd.ra.flag.o': flag('Other configuration', 1, 0x40, {
    spec: RA,
    about: 'Ask DHCPv6 for the rest, such as DNS servers.',
  }),
  'nd.ra.flag.h': flag('Home Agent', 1, 0x20, {
    spec: 'RFC 6275 §7.1',
    about: 'The router serves mobile hosts whose home this link is.',
  }),
  'nd.ra.flag.prf': bits('Prf (Default Router Preference)', 1, 0x18, {
    values: { 0: 'Medium', 1: 'High', 2: 'Reserved', 3: 'Low' },
    spec: 'RFC 4191 §2.2',
    about: 'Which of several routers to take as default.',
  }),
  'nd.ra.flag.p': flag('ND Proxy', 1, 0x04, {
    spec: 'RFC 4389 §4.1.3.3',
    about: 'The message has passed a proxy, and should pass no other.',
  }),
  'nd.ra.flag.rsv': bits('Reserved', 1, 0x03, { spec: RA, about: 'Zero.' }),
  'nd.ra.router_lifetime': u16('Router lifetime (s)', {
    spec: RA,
    about: 'How long the sender may be used as default router; 0: not at all.',
  }),
  'nd.ra.reachable_time': u32('Reachable time (ms)', {
    spec: RA,
    about: 'How long a neighbour counts as reachable after it was heard.',
  }),
  'nd.ra.retrans_timer': u32('Retrans timer (ms)', {
    spec: RA,
    about: 'How long to wait before a solicitation is sent again.',
  }),
  'nd.ns.target_address': ipv6Address('Target Address', {
    spec: 'RFC 4861 §4.3',
    about: 'Whose hardware address is wanted.',
  }),
  'nd.na.flag': hex32('Flags', { spec: NA, about: 'What kind of answer it is.' }),
  'nd.na.flag.r': flag('Router', 4, 0x8000_0000, { spec: NA, about: 'The sender is a router.' }),
  'nd.na.flag.s': flag('Solicited', 4, 0x4000_0000, {
    spec: NA,
    about: 'Somebody asked; otherwise it is news.',
  }),
  'nd.na.flag.o': flag('Override', 4, 0x2000_0000, {
    spec: NA,
    about: 'Replace the hardware address you may have noted.',
  }),
  'nd.na.flag.rsv': bits('Reserved', 4, 0x1fff_ffff, { spec: NA, about: 'Zero.' }),
  'nd.na.target_address': ipv6Address('Target Address', {
    spec: NA,
    about: 'The address whose hardware address is told.',
  }),
  'nd.rd.target_address': ipv6Address('Target Address', {
    spec: 'RFC 4861 §4.5',
    about: 'The better first hop for the destination.',
  }),
  '=icmpv6.rd.na.destination_address': ipv6Address('Destination Address', {
    spec: 'RFC 4861 §4.5',
    about: 'For which destination that holds.',
  }),
  data: bytes('Data', { about: 'A message of a type that is not known.' }),
  body: bytes('Body', { about: 'What a message carries that is not read further here.' }),
  'undecoded.type': heading('Undecoded type', { about: 'A message of a type that is not known.' }),
  unknown_data: bytes('Unknown Data', { about: 'Bytes behind what the option should have.' }),
  'unknown_data.expert': heading('Unknown Data', { about: 'Bytes that nobody reads here.' }),
  ...ICMPV6_OPTION_FIELDS,
  ...ICMPV6_GROUP_FIELDS,
} as const

export type Icmpv6Fields = NamedFields<typeof ICMPV6_FIELDS>
