/** The fields of the OPT record, by which DNS was extended (EDNS, RFC 6891 §6.1). */
import {
  ADDRESS_FAMILIES,
  ALGORITHMS,
  DIGESTS,
  EXTENDED_ERRORS,
  NSEC3_HASHES,
  OPTION_CODES,
} from './dns-values.ts'
import { bits, bytes, flag, heading, hex8, hex16, ipv4Address, ipv6Address, text, u8, u16 } from './field.ts'

const RECORD = 'RFC 6891 §6.1.3'
const SUBNET = 'RFC 7871 §6'
const UNDERSTOOD = 'RFC 6975'

export const DNS_OPTION_FIELDS = {
  'rr.udp_payload_size': u16('UDP payload size', {
    unit: 'bytes',
    spec: 'RFC 6891 §6.2.3',
    about: 'The longest datagram that the sender takes; without it an answer has at most 512 bytes.',
  }),
  'resp.ext_rcode': hex8('Higher bits in extended RCODE', {
    spec: RECORD,
    about: 'Eight bits more for the reply code, since the header has room for four only.',
  }),
  'resp.edns0_version': u8('EDNS0 version', { spec: RECORD, about: 'Always 0 so far.' }),
  'resp.z': hex16('Z', { spec: RECORD, about: 'Flags of the extension.' }),
  'resp.z.do': flag('DO bit', 2, 0x8000, {
    spec: 'RFC 3225 §3',
    about: 'The sender wants the signatures with the records (DNSSEC OK).',
  }),
  'resp.z.reserved': bits('Reserved', 2, 0x7fff, { base: 'hex', spec: RECORD, about: 'Zero.' }),
  opt: heading('Option', {
    spec: 'RFC 6891 §6.1.2',
    about: 'One thing more that the two sides tell each other.',
  }),
  'opt.code': u16('Option Code', { values: OPTION_CODES, spec: 'RFC 6891 §6.1.2', about: 'Which option.' }),
  'opt.len': u16('Option Length', { unit: 'bytes', spec: 'RFC 6891 §6.1.2', about: 'How much data it has.' }),
  'opt.data': bytes('Option Data', { spec: 'RFC 6891 §6.1.2', about: 'The data as it stands.' }),
  'opt.dau': u8('DAU', {
    values: ALGORITHMS,
    spec: UNDERSTOOD,
    about: 'A signature algorithm that the asker can verify.',
  }),
  'opt.dhu': u8('DHU', { values: DIGESTS, spec: UNDERSTOOD, about: 'A digest that the asker can verify.' }),
  'opt.n3u': u8('N3U', {
    values: NSEC3_HASHES,
    spec: UNDERSTOOD,
    about: 'An NSEC3 hash that the asker knows.',
  }),
  'opt.client.family': u16('Family', {
    values: ADDRESS_FAMILIES,
    spec: SUBNET,
    about: 'Whether the address is IPv4 or IPv6.',
  }),
  'opt.client.netmask': u8('Source Netmask', {
    unit: 'bits',
    spec: SUBNET,
    about: "How much of the client's address is passed on, so that a near server can be named.",
  }),
  'opt.client.scope': u8('Scope Netmask', {
    unit: 'bits',
    spec: SUBNET,
    about: 'For which part of the address the answer holds; 0 in a question.',
  }),
  'opt.client.addr': bytes('Client Subnet', { spec: SUBNET, about: 'An address of neither family.' }),
  'opt.client.addr4': ipv4Address('Client Subnet', {
    spec: SUBNET,
    about: 'The network that the client is in.',
  }),
  'opt.client.addr6': ipv6Address('Client Subnet', {
    spec: SUBNET,
    about: 'The network that the client is in.',
  }),
  'opt.cookie.client': bytes('Client Cookie', {
    spec: 'RFC 7873 §4',
    about: 'Bytes that the server must repeat: a stranger who answers in its name does not know them.',
  }),
  'opt.cookie.server': bytes('Server Cookie', {
    spec: 'RFC 7873 §4',
    about: 'Bytes by which the server knows that this address has asked before.',
  }),
  'opt.edns_tcp_keepalive.timeout': u16('Timeout', {
    spec: 'RFC 7828 §3.1',
    about: 'In tenths of a second: how long the server leaves an idle connection open.',
  }),
  'opt.padding': bytes('Padding', {
    spec: 'RFC 7830 §3',
    about: 'Zeros, so that the length of an encrypted message says less.',
  }),
  'opt.ext_error.info_code': u16('Info Code', {
    values: EXTENDED_ERRORS,
    spec: 'RFC 8914 §2',
    about: 'More precisely than the reply code, why there is no answer.',
  }),
  'opt.ext_error.extra_text': text('Extra Text', { spec: 'RFC 8914 §2', about: 'The same in words.' }),
} as const
