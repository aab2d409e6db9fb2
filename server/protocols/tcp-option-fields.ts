/** The fields of TCP's options (RFC 9293 §3.2), by Wireshark's names. */
import { bits, bytes, flag, heading, hex16, u8, u16, u24, u32, uint } from './field.ts'
import { MPTCP_FIELDS } from './tcp-mptcp-fields.ts'

/** Names from IANA's registry of TCP option kinds. */
export const KINDS: Readonly<Record<number, string>> = {
  0: 'End of Option List (EOL)',
  1: 'No-Operation (NOP)',
  2: 'Maximum Segment Size',
  3: 'Window Scale',
  4: 'SACK Permitted',
  5: 'SACK',
  6: 'Echo',
  7: 'Echo Reply',
  8: 'Timestamps',
  11: 'CC',
  12: 'CC.NEW',
  13: 'CC.ECHO',
  19: 'MD5 Signature',
  27: 'Quick-Start Response',
  28: 'User Timeout',
  29: 'Authentication (TCP-AO)',
  30: 'Multipath TCP',
  34: 'TCP Fast Open',
  69: 'Encryption Negotiation (TCP-ENO)',
  172: 'Accurate ECN Order 0',
  174: 'Accurate ECN Order 1',
  253: 'Experiment 1',
  254: 'Experiment 2',
}

/** The options themselves: Wireshark has each for a protocol of its own, whose value is its bytes. */
const HEADINGS = {
  options: bytes('TCP Options', {
    about: 'What the two ends offer or tell each other beyond the fixed header.',
  }),
  'options.eol': bytes('End of Option List', {
    about: 'No option follows: the rest of the header is padding.',
  }),
  'options.nop': bytes('No-Operation', {
    about: 'One byte of padding, so that the next option stands where it is quick to read.',
  }),
  'options.mss': bytes('Maximum segment size', {
    spec: 'RFC 9293 §3.7.1',
    about: 'Only in a SYN: keeps segments from being larger than the link can carry.',
  }),
  'options.wscale': bytes('Window scale', {
    spec: 'RFC 7323 §2',
    about: 'Only in a SYN, and only in use if both ends send it: windows beyond 64 kB.',
  }),
  'options.sack_perm': bytes('SACK permitted', {
    spec: 'RFC 2018 §2',
    about: 'Only in a SYN: this end understands selective acknowledgments.',
  }),
  'options.sack': bytes('SACK', {
    spec: 'RFC 2018 §3',
    about: 'Selective acknowledgment: what arrived beyond a gap.',
  }),
  'options.echo': bytes('Echo', {
    spec: 'RFC 1072 §3',
    about: 'Please send this back, or what was to be sent back; now Timestamps.',
  }),
  'options.timestamp': bytes('Timestamps', {
    spec: 'RFC 7323 §3',
    about:
      'Measures round trips, and tells old segments from new ones when sequence numbers come round again.',
  }),
  'options.cc': bytes('CC', {
    spec: 'RFC 1644 §3.1',
    about: 'Connection count of T/TCP, which was to save the handshake; historic.',
  }),
  'options.md5': bytes('MD5 Signature', {
    spec: 'RFC 2385',
    about: 'Proves that the sender knows a shared password: guards BGP sessions from forged resets.',
  }),
  'options.qs': bytes('Quick-Start Response', {
    spec: 'RFC 4782 §4',
    about: 'How fast the routers on the way allow the sender to start; experimental.',
  }),
  'options.user_to': bytes('User Timeout', {
    spec: 'RFC 5482 §3',
    about: 'How long this end will wait for an acknowledgment before it gives the connection up.',
  }),
  'options.ao': bytes('TCP Authentication Option', {
    spec: 'RFC 5925 §2.2',
    about: 'Proves that the sender knows a shared key; follows the MD5 signature.',
  }),
  'options.tfo': bytes('TCP Fast Open', {
    spec: 'RFC 7413',
    about: 'Lets a returning client send its request in the SYN, a round trip earlier.',
  }),
  'options.acc_ecn': bytes('Accurate ECN', {
    spec: 'RFC 9768 §3.2.3',
    about: 'How many bytes arrived with each congestion mark.',
  }),
  'options.experimental': bytes('Experimental', {
    spec: 'RFC 6994',
    about: 'An option on trial: the first two bytes of its value say which.',
  }),
  'options.unknown': bytes('Unknown', { about: 'An option that is not read further here.' }),
} as const

const VALUES = {
  option_kind: u8('Kind', {
    values: KINDS,
    about: 'Which option it is; an end skips those it does not know.',
  }),
  option_len: u8('Length', {
    unit: 'bytes',
    about: 'The whole option, kind and length included, so that it can be skipped.',
  }),
  'options.mss_val': u16('MSS Value', {
    spec: 'RFC 9293 §3.7.1',
    unit: 'bytes',
    about:
      'The largest payload the sender of this SYN will take in one segment: what fits its link without fragments.',
  }),
  'options.wscale.shift': u8('Shift count', {
    spec: 'RFC 7323 §2.2',
    about:
      'How often this end doubles the window it states from now on; 16 bits alone would stop at 64 kB in flight.',
  }),
  'options.wscale.multiplier': uint('Multiplier', {
    spec: 'RFC 7323 §2.2',
    about:
      'Two to the power of the shift: what each stated window is multiplied by, if both ends sent the option.',
  }),
  'options.sack_le': uint('TCP SACK Left Edge', {
    spec: 'RFC 2018 §3',
    about: 'First byte of a block that did arrive although bytes before it are missing.',
  }),
  'options.sack_re': uint('TCP SACK Right Edge', {
    spec: 'RFC 2018 §3',
    about: 'The byte behind that block, so that only what is missing is sent again.',
  }),
  'options.sack.count': uint('TCP SACK Count', {
    spec: 'RFC 2018 §3',
    about: 'How many such blocks are reported.',
  }),
  'options.sack.dsack_le': uint('TCP D-SACK Left Edge', {
    spec: 'RFC 2883 §4',
    about: 'First byte of what arrived twice: the sender learns that it repeated something for nothing.',
  }),
  'options.sack.dsack_re': uint('TCP D-SACK Right Edge', {
    spec: 'RFC 2883 §4',
    about: 'The byte behind that.',
  }),
  'options.echo_value': u32('TCP Echo Option', {
    spec: 'RFC 1072 §3',
    about: 'Whatever its sender wanted to have back.',
  }),
  'options.timestamp.tsval': u32('Timestamp value', {
    spec: 'RFC 7323 §3.2',
    about: "The sender's clock, in ticks of its own choosing, for the other end to send back.",
  }),
  'options.timestamp.tsecr': u32('Timestamp echo reply', {
    spec: 'RFC 7323 §3.2',
    about:
      'The clock value last received: the difference to now is the round trip, even for what was sent twice.',
  }),
  'options.cc_value': u32('TCP CC Option', {
    spec: 'RFC 1644 §3.1',
    about: 'Which connection between the two ends it is.',
  }),
  'options.md5.digest': bytes('MD5 digest', {
    spec: 'RFC 2385 §2',
    about: 'Over addresses, header, data and the password.',
  }),
  'options.qs.rate': bits('QS Rate', 1, 0x0f, {
    spec: 'RFC 4782 §4',
    about: 'The rate that was granted, as a code.',
  }),
  'options.qs.ttl_diff': u8('QS TTL difference', {
    spec: 'RFC 4782 §4',
    about: 'Whether all routers on the way took part.',
  }),
  'options.user_to_granularity': flag('Granularity', 2, 0x8000, {
    spec: 'RFC 5482 §3',
    about: 'Minutes if set, else seconds.',
  }),
  'options.user_to_val': bits('User Timeout', 2, 0x7fff, {
    spec: 'RFC 5482 §3',
    about: 'The time, in those units.',
  }),
  'options.ao.keyid': u8('AO KeyID', { spec: 'RFC 5925 §2.2', about: 'The key with which this is signed.' }),
  'options.ao.rnextkeyid': u8('AO RNextKeyID', {
    spec: 'RFC 5925 §2.2',
    about: 'The key that the sender would like the other end to sign with.',
  }),
  'options.ao.mac': bytes('AO MAC', {
    spec: 'RFC 5925 §2.2',
    about: 'The signature over addresses, header, data and the key.',
  }),
  'options.tfo.request': heading('Fast Open Cookie Request', {
    spec: 'RFC 7413 §4.1.1',
    about: 'Asks the server for a cookie, to use it the next time.',
  }),
  'options.tfo.cookie': bytes('Fast Open Cookie', {
    spec: 'RFC 7413 §4.1.1',
    about: 'Proof of an earlier visit, with which data may already ride in the SYN.',
  }),
  'options.acc_ecn.ee0b': u24('Accurate ECN Echo ECT(0) Byte Counter', {
    spec: 'RFC 9768 §3.2.3',
    about: 'Bytes that arrived marked ECT(0), modulo 2^24.',
  }),
  'options.acc_ecn.eceb': u24('Accurate ECN Echo CE Byte Counter', {
    spec: 'RFC 9768 §3.2.3',
    about: 'Bytes that met congestion on the way, modulo 2^24.',
  }),
  'options.acc_ecn.ee1b': u24('Accurate ECN Echo ECT(1) Byte Counter', {
    spec: 'RFC 9768 §3.2.3',
    about: 'Bytes that arrived marked ECT(1), modulo 2^24.',
  }),
  'options.experimental.exid': hex16('Experiment Identifier', {
    spec: 'RFC 6994 §3',
    about: 'Which trial it is, from a registry of IANA.',
  }),
  'options.experimental.data': bytes('Data', { spec: 'RFC 6994', about: 'What the trial says.' }),
  'options.unknown.payload': bytes('Payload', {
    about: 'The value of an option that is not read further here.',
  }),
} as const

const NOTES = {
  'option.len.invalid': heading('Invalid length for option', {
    about: 'No option of this kind is so long: a receiver leaves it unread.',
  }),
  'options.mss.absent': heading('The SYN packet does not contain a MSS option', {
    spec: 'RFC 9293 §3.7.1',
    about: 'The other end then sends no more than 536 bytes in a segment (IPv6: 1,220).',
  }),
  'options.mss.present': heading('The non-SYN packet does contain a MSS option', {
    spec: 'RFC 9293 §3.7.1',
    about: 'Too late: it counts in a SYN only.',
  }),
  'options.wscale.shift.invalid': heading('Window scale shift exceeds 14', {
    spec: 'RFC 7323 §2.3',
    about: 'Taken as 14.',
  }),
  'options.sack.dsack': heading('D-SACK Sequence', {
    spec: 'RFC 2883 §4',
    about: 'The first block tells of bytes that came twice.',
  }),
  nop: heading('4 NOP in a row - a router may have removed some options', {
    about: 'Four bytes of padding have no use: something stood there.',
  }),
  non_zero_bytes_after_eol: heading('Non zero bytes in option space after EOL option', {
    about: 'Padding should be zero.',
  }),
  suboption_malformed: heading('suboption would go past end of option', {
    about: 'The option ends within one of its parts.',
  }),
} as const

export const OPTION_FIELDS = { ...HEADINGS, ...VALUES, ...MPTCP_FIELDS, ...NOTES } as const
