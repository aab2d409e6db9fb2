/** The fields of IPv4's options (RFC 791 §3.1), and the names of the options. */
import { bits, bytes, flag, heading, ipv4Address, u8, u16, u32 } from './field.ts'

export const OPTION_NAMES: Readonly<Record<number, string>> = {
  0: 'End of Options List (EOL)',
  1: 'No-Operation (NOP)',
  7: 'Record Route',
  11: 'MTU Probe',
  12: 'MTU Reply',
  68: 'Time Stamp',
  25: 'Quick-Start',
  82: 'Traceroute',
  130: 'Security',
  131: 'Loose Source Route',
  133: 'Extended Security',
  134: 'Commercial IP Security',
  136: 'Stream Identifier',
  137: 'Strict Source Route',
  148: 'Router Alert',
  149: 'Selective Directed Broadcast',
}

export const RECORD_ROUTE = 7
export const LOOSE_SOURCE_ROUTE = 131
export const STRICT_SOURCE_ROUTE = 137

/** Wireshark's name for each, by which a filter finds packets that have it. */
export const OPTION_HEADINGS: Readonly<Record<number, keyof typeof HEADINGS>> = {
  0: '=ip.options.eol',
  1: '=ip.options.nop',
  [RECORD_ROUTE]: '=ip.options.record_route',
  11: '=ip.options.mtu_probe',
  12: '=ip.options.mtu_reply',
  25: '=ip.options.qs',
  68: '=ip.options.timestamp',
  82: '=ip.options.traceroute',
  130: '=ip.options.security',
  [LOOSE_SOURCE_ROUTE]: '=ip.options.route',
  133: '=ip.options.ext_security',
  134: '=ip.options.cipso',
  136: '=ip.options.sid',
  [STRICT_SOURCE_ROUTE]: '=ip.options.source_route',
  148: '=ip.options.routeralert',
  149: '=ip.options.sdb',
}

const TRACEROUTE = 'RFC 1393'
const MTU = 'RFC 1063'

/** Each is the whole option, as bytes. */
const HEADINGS = {
  '=ip.options.eol': bytes('End of Options List', {
    about: 'No option follows: the rest of the header is padding.',
  }),
  '=ip.options.nop': bytes('No Operation', { about: 'One byte of padding.' }),
  '=ip.options.record_route': bytes('Record Route', {
    about: 'Each router on the way writes its address here.',
  }),
  '=ip.options.route': bytes('Loose Source Route', {
    about:
      'Routers to pass on the way, others allowed between them; dropped nearly everywhere (RFC 7126 §4.3).',
  }),
  '=ip.options.source_route': bytes('Strict Source Route', {
    about: 'The very routers to pass; dropped nearly everywhere (RFC 7126 §4.4).',
  }),
  '=ip.options.routeralert': bytes('Router Alert', {
    spec: 'RFC 2113',
    about: 'Asks every router on the way to look into the packet; IGMP uses it.',
  }),
  '=ip.options.timestamp': bytes('Time Stamp', {
    about: 'Each router on the way writes when the packet passed.',
  }),
  '=ip.options.sid': bytes('Stream ID', { about: 'Of no use any more (RFC 6814).' }),
  '=ip.options.security': bytes('Security', {
    spec: 'RFC 1108',
    about: 'How secret the packet is, in the words of the US military.',
  }),
  '=ip.options.ext_security': bytes('Extended Security', { spec: 'RFC 1108', about: 'More of the same.' }),
  '=ip.options.cipso': bytes('Commercial Security', {
    spec: 'FIPS 188',
    about: 'How secret the packet is, for networks other than the military.',
  }),
  '=ip.options.mtu_probe': bytes('MTU Probe', { spec: MTU, about: 'Asks for the smallest MTU on the way.' }),
  '=ip.options.mtu_reply': bytes('MTU Reply', { spec: MTU, about: 'Tells the smallest MTU on the way.' }),
  '=ip.options.traceroute': bytes('Traceroute', {
    spec: TRACEROUTE,
    about: 'Asks each router on the way to report; never caught on.',
  }),
  '=ip.options.qs': bytes('Quick-Start', {
    spec: 'RFC 4782',
    about: 'Asks the routers on the way at what rate a connection may begin.',
  }),
  '=ip.options.sdb': bytes('Selective Directed Broadcast', {
    spec: 'RFC 1770',
    about: 'Several hosts that should all get the packet.',
  }),
} as const

export const OPTION_FIELDS = {
  ...HEADINGS,
  'opt.unknown': heading('IP Option', { about: 'An option that is not read further here.' }),
  'opt.type': u8('Type', { values: OPTION_NAMES, about: 'Which option it is.' }),
  'opt.type.copy': flag('Copy on fragmentation', 1, 0x80, {
    about: 'Whether every fragment carries the option, or only the first.',
  }),
  'opt.type.class': bits('Class', 1, 0x60, {
    values: { 0: 'Control', 2: 'Debugging and measurement' },
    about: 'Whether the option controls the network or measures it.',
  }),
  'opt.type.number': bits('Number', 1, 0x1f, { about: 'The option within its class.' }),
  'opt.len': u8('Length', { unit: 'bytes', about: 'The whole option: type, length and data.' }),
  'opt.len.invalid': heading('Invalid length for option', {
    about: 'An option of this type always has another length.',
  }),
  nop: heading('4 NOP in a row', {
    about: 'Four bytes of padding in a row: a router may have struck an option out.',
  }),
  'opt.ptr': u8('Pointer', {
    about: 'Where in the option the next address is to be read or written, counted from 1.',
  }),
  'opt.ptr.before_address': heading('Pointer points before first address', {
    about: 'Before byte 4 there are only type, length and pointer.',
  }),
  'opt.ptr.middle_address': heading('Pointer points to middle of address', {
    about: 'Addresses begin at bytes 4, 8, 12 and so on.',
  }),
  subopt_too_long: heading('Suboption would go past end of option', {
    about: 'The last address has less than four bytes.',
  }),
  'opt.ra': u16('Router Alert', {
    spec: 'RFC 2113',
    values: { 0: 'Router shall examine packet' },
    about: 'Asks every router on the way to look into the packet.',
  }),
  'opt.sid': u16('Stream Identifier', { about: 'Of no use any more (RFC 6814).' }),
  'opt.mtu': u16('MTU', { spec: MTU, unit: 'bytes', about: 'The smallest found so far.' }),
  'opt.id_number': u16('ID Number', { spec: TRACEROUTE, about: 'Which of the traces this is.' }),
  'opt.ohc': u16('Outbound Hop Count', { spec: TRACEROUTE, about: 'Routers passed on the way there.' }),
  'opt.rhc': u16('Return Hop Count', { spec: TRACEROUTE, about: 'Routers passed on the way back.' }),
  'opt.originator': ipv4Address('Originator IP Address', {
    spec: TRACEROUTE,
    about: 'Who wants to know.',
  }),
  'opt.addr': ipv4Address('IP Address', { about: 'A host that should get the packet as well.' }),
  'opt.overflow': bits('Overflow', 1, 0xf0, { about: 'Routers that found no room for their time.' }),
  'opt.flag': bits('Flag', 1, 0x0f, {
    base: 'hex',
    values: { 0: 'Time stamps only', 1: 'Time stamp and address', 3: 'Time stamps for given addresses' },
    about: 'Whether only times are written, or addresses with them.',
  }),
  'opt.time_stamp': u32('Time stamp', {
    unit: 'ms',
    about: 'When the packet passed that router, since midnight UTC.',
  }),
  'opt.time_stamp_addr': ipv4Address('Address', { about: 'The router that wrote the time behind it.' }),
  rec_rt: ipv4Address('Recorded Route', {
    aliases: ['ip.rec_rt_host'],
    about: 'A router that the packet has passed.',
  }),
  empty_rt: ipv4Address('Empty Route', {
    aliases: ['ip.empty_rt_host'],
    about: 'Room for the address of a router to come.',
  }),
  src_rt: ipv4Address('Source Route', {
    aliases: ['ip.src_rt_host'],
    about: 'A router that the packet has yet to pass.',
  }),
  'opt.data': bytes('Data', { about: 'What the option carries; not read further here.' }),
} as const
