/** The fields of ICMP (RFC 792), and the names of its types and codes. */
import { CHECKSUM_STATUS } from './checksum.ts'
import {
  bits,
  bytes,
  duration,
  flag,
  frameReference,
  heading,
  hex16,
  int,
  ipv4Address,
  text,
  u8,
  u16,
  u32,
  uint,
} from './field.ts'
import type { NamedFields } from './protocol.ts'

export const ICMP_TYPES: Readonly<Record<number, string>> = {
  0: 'Echo (ping) reply',
  3: 'Destination unreachable',
  4: 'Source quench',
  5: 'Redirect',
  8: 'Echo (ping) request',
  9: 'Router advertisement',
  10: 'Router solicitation',
  11: 'Time-to-live exceeded',
  12: 'Parameter problem',
  13: 'Timestamp request',
  14: 'Timestamp reply',
  15: 'Information request',
  16: 'Information reply',
  17: 'Address mask request',
  18: 'Address mask reply',
  42: 'Extended Echo request',
  43: 'Extended Echo reply',
}

export const ICMP_CODES: Readonly<Record<number, Readonly<Record<number, string>>>> = {
  3: {
    0: 'Network unreachable',
    1: 'Host unreachable',
    2: 'Protocol unreachable',
    3: 'Port unreachable',
    4: 'Fragmentation needed',
    5: 'Source route failed',
    6: 'Network unknown',
    7: 'Host unknown',
    8: 'Source host isolated',
    9: 'Network administratively prohibited',
    10: 'Host administratively prohibited',
    11: 'Network unreachable for TOS',
    12: 'Host unreachable for TOS',
    13: 'Communication administratively filtered',
    14: 'Host precedence violation',
    15: 'Precedence cutoff in effect',
  },
  5: {
    0: 'Redirect for network',
    1: 'Redirect for host',
    2: 'Redirect for TOS and network',
    3: 'Redirect for TOS and host',
  },
  11: {
    0: 'Time to live exceeded in transit',
    1: 'Fragment reassembly time exceeded',
  },
  12: {
    0: 'Pointer indicates the error',
    1: 'Required option missing',
    2: 'Bad length',
  },
  42: { 0: 'No error' },
  43: {
    0: 'No error',
    1: 'Malformed Query',
    2: 'No Such Interface',
    3: 'No Such Table Entry',
    4: 'Multiple Interfaces Satisfy Query',
  },
}

const ROUTER = 'RFC 1256'
const EXTENSION = 'RFC 4884 §7'
const MPLS = 'RFC 4950'
const PROBE = 'RFC 8335'

export const ICMP_FIELDS = {
  type: u8('Type', {
    values: ICMP_TYPES,
    about: 'What is said: an echo is asked or answered, or a packet met an error.',
  }),
  code: u8('Code', {
    about: 'The particular of it: for an unreachable destination, whether network, host or port.',
  }),
  checksum: hex16('Checksum', { about: 'Guards the whole message.' }),
  'checksum.status': uint('Checksum Status', {
    values: CHECKSUM_STATUS,
    about: 'What came out when the checksum was computed here.',
  }),
  checksum_bad: heading('Bad checksum', {
    about: 'The bytes are not those that were sent: whoever receives this throws it away and says nothing.',
  }),
  ident: u16('Identifier (BE)', { about: 'Which ping program asked, since several may run at once.' }),
  ident_le: uint('Identifier (LE)', {
    about: 'The same number as a program wrote it that forgot about byte order.',
  }),
  seq: u16('Sequence Number (BE)', { about: 'Which of its pings: it counts up, so that a lost one shows.' }),
  seq_le: uint('Sequence Number (LE)', {
    about: 'The same number as a program wrote it that forgot about byte order.',
  }),
  resp_in: frameReference('Response frame', { about: 'The packet that answers this one.' }),
  resp_to: frameReference('Request frame', { about: 'The packet that this one answers.' }),
  resptime: uint('Response time', {
    unit: 'ms',
    about: 'From request to reply, seen from where the capture was made.',
  }),
  data_time: text('Timestamp from icmp data', {
    about: 'Most pings write the time at the beginning of their data, and need not remember it.',
  }),
  data_time_relative: duration('Timestamp from icmp data (relative)', {
    about: 'From that time to when this packet was seen.',
  }),
  body: bytes('Body', { about: 'What a message of another type carries; not read further here.' }),
  unused: bytes('Unused', { about: 'Zero.' }),
  length: u8('Length', {
    spec: 'RFC 4884 §3',
    about: 'How much of the packet is quoted, in words of 4 bytes, when extensions follow it.',
  }),
  'length.original_datagram': uint('Length of original datagram', {
    spec: 'RFC 4884 §3',
    unit: 'bytes',
    about: 'The same in bytes.',
  }),
  mtu: u16('MTU of next hop', {
    spec: 'RFC 1191 §4',
    unit: 'bytes',
    about: 'The largest packet that fits through: the sender should make them no larger.',
  }),
  redir_gw: ipv4Address('Gateway Address', { about: 'The better router for this destination.' }),
  pointer: u8('Pointer', { about: 'Which byte of the quoted packet was wrong.' }),
  originate_timestamp: u32('Originate Timestamp', {
    unit: 'ms',
    about: 'When the request left, since midnight UTC.',
  }),
  receive_timestamp: u32('Receive Timestamp', { unit: 'ms', about: 'When it arrived.' }),
  transmit_timestamp: u32('Transmit Timestamp', { unit: 'ms', about: 'When the reply left.' }),
  address_mask: ipv4Address('Address Mask', {
    spec: 'RFC 950',
    about: "Which bits of the link's addresses name the network; asked before there was DHCP.",
  }),
  num_addrs: u8('Number of addresses', { spec: ROUTER, about: 'Addresses of the router that follow.' }),
  addr_entry_size: u8('Address entry size', { spec: ROUTER, about: 'Words of 4 bytes for each: 2.' }),
  lifetime: u16('Lifetime', {
    spec: ROUTER,
    unit: 's',
    about: 'How long the addresses may be taken for good.',
  }),
  router_address: ipv4Address('Router address', { spec: ROUTER, about: 'An address of the router.' }),
  pref_level: int('Preference level', {
    spec: ROUTER,
    about: 'Which router to take as default: the highest number wins.',
  }),
  ext: heading('ICMP Extensions', {
    spec: EXTENSION,
    about: 'What a router adds behind the quoted packet, such as its MPLS labels.',
  }),
  'ext.version': bits('Version', 1, 0xf0, { spec: EXTENSION, about: 'Always 2.' }),
  'ext.res': bits('Reserved', 2, 0x0fff, { base: 'hex', spec: EXTENSION, about: 'Zero.' }),
  'ext.checksum': hex16('Checksum', { spec: EXTENSION, about: 'Guards the extensions only.' }),
  'ext.checksum.status': uint('Checksum Status', {
    values: CHECKSUM_STATUS,
    spec: EXTENSION,
    about: 'What came out when the checksum was computed here.',
  }),
  'ext.checksum_bad': heading('Bad checksum', {
    spec: EXTENSION,
    about: 'These may be no extensions at all, but more of the quoted packet.',
  }),
  'ext.length': u16('Length', { spec: EXTENSION, unit: 'bytes', about: 'This object with its header.' }),
  'ext.class': u8('Class', {
    values: { 1: 'MPLS Label Stack Class', 2: 'Interface Information Object', 3: 'Interface Identification' },
    spec: EXTENSION,
    about: 'What the object tells.',
  }),
  'ext.ctype': u8('C-Type', { spec: EXTENSION, about: 'Which form of it.' }),
  'ext.data': bytes('Data', { spec: EXTENSION, about: 'What the object carries; not read further here.' }),
  '=icmp.mpls.label': bits('Label', 4, 0xffff_f000, {
    spec: MPLS,
    about: 'By which the routers of a provider passed the packet on, without looking at its address.',
  }),
  '=icmp.mpls.exp': bits('Experimental', 4, 0x0e00, { spec: MPLS, about: 'Its class of traffic.' }),
  '=icmp.mpls.s': flag('Stack bit', 4, 0x0100, { spec: MPLS, about: 'The last label of the stack.' }),
  '=icmp.mpls.ttl': u8('Time to live', { spec: MPLS, about: 'What was left of it at the router.' }),
  'ext.echo.seq': u8('Sequence Number', { spec: PROBE, about: 'Which of the probes.' }),
  'ext.echo.req.res': bits('Reserved', 1, 0xfe, { base: 'hex', spec: PROBE, about: 'Zero.' }),
  'ext.echo.req.local': flag('Local bit', 1, 0x01, {
    spec: PROBE,
    about: 'The interface asked about is one of the host that is asked.',
  }),
  'ext.echo.rsp.state': bits('State', 1, 0xe0, {
    values: {
      0: 'Reserved',
      1: 'Incomplete',
      2: 'Reachable',
      3: 'Stale',
      4: 'Delay',
      5: 'Probe',
      6: 'Failed',
    },
    spec: PROBE,
    about: 'What the neighbour table says of an interface of another host.',
  }),
  'ext.echo.rsp.res': bits('Reserved', 1, 0x18, { base: 'hex', spec: PROBE, about: 'Zero.' }),
  'ext.echo.rsp.active': flag('Active bit', 1, 0x04, { spec: PROBE, about: 'The interface is up.' }),
  'ext.echo.rsp.ipv4': flag('IPv4 bit', 1, 0x02, { spec: PROBE, about: 'IPv4 runs on it.' }),
  'ext.echo.rsp.ipv6': flag('IPv6 bit', 1, 0x01, { spec: PROBE, about: 'IPv6 runs on it.' }),
} as const

export type IcmpFields = NamedFields<typeof ICMP_FIELDS>
