/** The fields of Multipath TCP's option (RFC 8684 §3), by Wireshark's names. */
import { bits, bytes, flag, hex8, hex16, ipv4Address, ipv6Address, u8, u16, u32, u64 } from './field.ts'

const SPEC = 'RFC 8684 §3'

const SUBTYPES = {
  0: 'Multipath Capable',
  1: 'Join Connection',
  2: 'Data Sequence Signal',
  3: 'Add Address',
  4: 'Remove Address',
  5: 'Change Subflow Priority',
  6: 'TCP Fallback',
  7: 'Fast Close',
  8: 'TCP Reset',
} as const

const RESET_REASONS = {
  0: 'Unspecified error',
  1: 'MPTCP-specific error',
  2: 'Lack of resources',
  3: 'Administratively prohibited',
  4: 'Too much outstanding data',
  5: 'Unacceptable performance',
  6: 'Middlebox interference',
} as const

export const MPTCP_FIELDS = {
  'options.mptcp': bytes('Multipath TCP', {
    spec: SPEC,
    about: 'One conversation over several paths at once, such as Wi-Fi and mobile.',
  }),
  'options.mptcp.subtype': bits('Multipath TCP subtype', 1, 0xf0, {
    spec: SPEC,
    values: SUBTYPES,
    about: 'What it is about.',
  }),
  'options.mptcp.version': bits('Multipath TCP version', 1, 0x0f, {
    spec: 'RFC 8684 §3.1',
    about: '0 (RFC 6824) or 1.',
  }),
  'options.mptcp.flags': hex8('Multipath TCP flags', { spec: SPEC, about: 'What goes with it.' }),
  'options.mptcp.checksumreq.flags': bits('Checksum required', 1, 0x80, {
    spec: 'RFC 8684 §3.1',
    about: 'A checksum of its own over the data, since middleboxes may change them.',
  }),
  'options.mptcp.extensibility.flag': bits('Extensibility', 1, 0x40, {
    spec: 'RFC 8684 §3.1',
    about: 'For later use.',
  }),
  'options.mptcp.nomoresubflows.flag': bits(
    'Do not attempt to establish new subflows to this address and port',
    1,
    0x20,
    { spec: 'RFC 8684 §3.1', about: 'The server stands behind a load balancer: reach it elsewhere.' },
  ),
  'options.mptcp.reserved.flag': hex8('Reserved', { spec: 'RFC 8684 §3.1', about: 'For later use.' }),
  'options.mptcp.sha1.flag': bits('Use HMAC-SHA1', 1, 0x01, {
    spec: 'RFC 6824 §3.1',
    about: 'How version 0 signs.',
  }),
  'options.mptcp.sha256.flag': bits('Use HMAC-SHA256', 1, 0x01, {
    spec: 'RFC 8684 §3.1',
    about: 'How version 1 signs.',
  }),
  'options.mptcp.backup.flag': bits('Backup flag', 1, 0x01, {
    spec: 'RFC 8684 §3.2',
    about: 'Use this path only if no other works.',
  }),
  'options.mptcp.datafin.flag': bits('DATA_FIN', 1, 0x10, {
    spec: 'RFC 8684 §3.3',
    about: 'The whole conversation ends, not this path only.',
  }),
  'options.mptcp.dseqn8.flag': bits('Data Sequence Number is 8 octets', 1, 0x08, {
    spec: 'RFC 8684 §3.3',
    about: 'Else the low 4 bytes of it.',
  }),
  'options.mptcp.dseqnpresent.flag': bits(
    'Data Sequence Number, Subflow Sequence Number, Data-level Length, Checksum present',
    1,
    0x04,
    { spec: 'RFC 8684 §3.3', about: 'It says where the bytes of this path belong in the whole.' },
  ),
  'options.mptcp.dataack8.flag': bits('Data ACK is 8 octets', 1, 0x02, {
    spec: 'RFC 8684 §3.3',
    about: 'Else the low 4 bytes of it.',
  }),
  'options.mptcp.dataackpresent.flag': bits('Data ACK is present', 1, 0x01, {
    spec: 'RFC 8684 §3.3',
    about: 'It says how far the whole has arrived.',
  }),
  'options.mptcp.flag_U.flag': flag('Flag U', 1, 0x08, { spec: 'RFC 8684 §3.6', about: 'For later use.' }),
  'options.mptcp.flag_V.flag': flag('Flag V', 1, 0x04, { spec: 'RFC 8684 §3.6', about: 'For later use.' }),
  'options.mptcp.flag_W.flag': flag('Flag W', 1, 0x02, { spec: 'RFC 8684 §3.6', about: 'For later use.' }),
  'options.mptcp.flag_T.flag': flag('Transient', 1, 0x01, {
    spec: 'RFC 8684 §3.6',
    about: 'The path may work again later.',
  }),
  'options.mptcp.rst_reason': hex8('TCPRST Reason', {
    spec: 'RFC 8684 §3.6',
    values: RESET_REASONS,
    about: 'Why this path is broken off.',
  }),
  'options.mptcp.addrid': u8('Address ID', {
    spec: SPEC,
    about: 'Names an address, since a NAT may show another one on the wire.',
  }),
  'options.mptcp.sendkey': u64("Sender's Key", {
    spec: 'RFC 8684 §3.1',
    about: 'With which further paths are proven to belong to this conversation.',
  }),
  'options.mptcp.recvkey': u64("Receiver's Key", {
    spec: SPEC,
    about: 'The key of the other end, repeated.',
  }),
  'options.mptcp.recvtok': u32("Receiver's Token", {
    spec: 'RFC 8684 §3.2',
    about: 'Which conversation this path is to join: a hash of its key.',
  }),
  'options.mptcp.sendrand': u32("Sender's Random Number", {
    spec: 'RFC 8684 §3.2',
    about: 'So that an old signature is of no use.',
  }),
  'options.mptcp.sendtrunchmac': u64("Sender's Truncated HMAC", {
    spec: 'RFC 8684 §3.2',
    about: 'Proof that the sender knows the keys.',
  }),
  'options.mptcp.sendhmac': bytes("Sender's HMAC", {
    spec: 'RFC 8684 §3.2',
    about: 'Proof that the sender knows the keys.',
  }),
  'options.mptcp.addaddrtrunchmac': u64('Truncated HMAC', {
    spec: 'RFC 8684 §3.4.1',
    about: 'Proof that the address comes from the other end.',
  }),
  'options.mptcp.rawdataack': u64('Original MPTCP Data ACK', {
    spec: 'RFC 8684 §3.3',
    about: 'The next byte of the whole that is awaited.',
  }),
  'options.mptcp.rawdataseqno': u64('Data Sequence Number', {
    spec: 'RFC 8684 §3.3',
    about: 'Where these bytes stand in the whole.',
  }),
  'options.mptcp.subflowseqno': u32('Subflow Sequence Number', {
    spec: 'RFC 8684 §3.3',
    about: 'Where they stand on this path.',
  }),
  'options.mptcp.datalvllen': u16('Data-level Length', {
    spec: 'RFC 8684 §3.3',
    unit: 'bytes',
    about: 'For how many bytes that holds.',
  }),
  'options.mptcp.checksum': hex16('Checksum', {
    spec: 'RFC 8684 §3.3.1',
    about: 'Over the data and their place, if it was agreed on.',
  }),
  'options.mptcp.ipver': bits('IP version', 1, 0x0f, {
    spec: 'RFC 6824 §3.4.1',
    about: 'Of the address, in version 0.',
  }),
  'options.mptcp.echo': bits('Echo', 1, 0x01, {
    spec: 'RFC 8684 §3.4.1',
    about: 'The other end has heard of this address.',
  }),
  'options.mptcp.ipv4': ipv4Address('Advertised IPv4 Address', {
    spec: 'RFC 8684 §3.4.1',
    about: 'A further address at which this end can be reached.',
  }),
  'options.mptcp.ipv6': ipv6Address('Advertised IPv6 Address', {
    spec: 'RFC 8684 §3.4.1',
    about: 'A further address at which this end can be reached.',
  }),
  'options.mptcp.port': u16('Advertised port', { spec: 'RFC 8684 §3.4.1', about: 'And its port.' }),
  'options.mptcp.reserved': bits('Reserved', 2, 0x0fff, {
    spec: SPEC,
    base: 'hex',
    about: 'For later use.',
  }),
} as const
