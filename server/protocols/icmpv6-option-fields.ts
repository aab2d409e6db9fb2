/** The fields of neighbour discovery's options (RFC 4861 §4.6 and others), and the names of the options. */
import {
  bits,
  bytes,
  etherAddress,
  flag,
  heading,
  hex8,
  hex16,
  ipv6Address,
  text,
  u8,
  u16,
  u32,
} from './field.ts'

export const OPTION_TYPES: Readonly<Record<number, string>> = {
  1: 'Source link-layer address',
  2: 'Target link-layer address',
  3: 'Prefix information',
  4: 'Redirected header',
  5: 'MTU',
  7: 'Advertisement Interval',
  8: 'Home Agent Information',
  11: 'CGA',
  12: 'RSA Signature',
  13: 'Timestamp',
  14: 'Nonce',
  24: 'Route Information',
  25: 'Recursive DNS Server',
  26: 'RA Flags Extension',
  31: 'DNS Search List Option',
  33: 'Address Registration Option',
  34: '6LoWPAN Context Option',
  35: 'Authoritative Border Router',
  37: 'Captive-Portal',
  38: 'PREF64 Option',
}

/** Options that Wireshark reads further and we don't. */
export const ELSEWHERE: ReadonlySet<number> = new Set([
  9, 10, 11, 12, 15, 16, 17, 18, 19, 20, 21, 22, 23, 27, 28, 29, 30, 33, 34, 35,
])

const OPTION = 'RFC 4861 §4.6'
const LINK = 'RFC 4861 §4.6.1'
const PREFIX = 'RFC 4861 §4.6.2'
const ROUTE = 'RFC 4191 §2.3'
const DNS = 'RFC 8106 §5'
const MOBILE = 'RFC 6275 §7'
const PREF64 = 'RFC 8781 §4'
const FLAGS = 'RFC 5175 §4'

const PREFERENCES = { 0: 'Medium', 1: 'High', 2: 'Reserved', 3: 'Low' } as const

export const ICMPV6_OPTION_FIELDS = {
  opt: heading('ICMPv6 Option', { spec: OPTION, about: 'A piece of news that goes with the message.' }),
  'opt.type': u8('Type', { spec: OPTION, values: OPTION_TYPES, about: 'Which option it is.' }),
  'opt.length': u8('Length', { spec: OPTION, about: 'The whole option in units of 8 bytes.' }),
  invalid_option_length: heading('Invalid Option Length', {
    spec: OPTION,
    about: 'Zero: nobody can tell where the next one begins.',
  }),
  'opt.reserved': heading('Reserved', { spec: OPTION, about: 'Zero.' }),
  'opt.padding': heading('Padding', { spec: OPTION, about: 'Fills the option to a multiple of 8 bytes.' }),
  'opt.linkaddr': etherAddress('Link-layer address', {
    spec: LINK,
    about: 'The hardware address of who speaks, or of who was asked for: what ARP would tell.',
  }),
  'opt.src_linkaddr': etherAddress('Source Link-layer address', {
    spec: LINK,
    about: 'The hardware address of who speaks.',
  }),
  'opt.target_linkaddr': etherAddress('Target Link-layer address', {
    spec: LINK,
    about: 'The hardware address of who was asked for.',
  }),
  'opt.mtu': u32('MTU', {
    spec: 'RFC 4861 §4.6.4',
    unit: 'bytes',
    about: 'The largest packet for this link.',
  }),
  'opt.prefix.length': u8('Prefix Length', { spec: PREFIX, about: 'How many of the bits name the network.' }),
  'opt.prefix.flag': hex8('Flag', { spec: PREFIX, about: 'What the prefix may be used for.' }),
  'opt.prefix.flag.l': flag('On-link flag(L)', 1, 0x80, {
    spec: PREFIX,
    about: 'Its addresses are on this link: no router is needed to reach them.',
  }),
  'opt.prefix.flag.a': flag('Autonomous address-configuration flag(A)', 1, 0x40, {
    spec: PREFIX,
    about: 'A host may make itself an address from it.',
  }),
  'opt.prefix.flag.r': flag('Router address flag(R)', 1, 0x20, {
    spec: `${MOBILE}.2`,
    about: 'The prefix is a whole address: the router’s.',
  }),
  'opt.prefix.flag.reserved': bits('Reserved', 1, 0x1f, { spec: PREFIX, about: 'Zero.' }),
  'opt.prefix.valid_lifetime': u32('Valid Lifetime', {
    spec: PREFIX,
    about: 'For how many seconds the prefix holds.',
  }),
  'opt.prefix.preferred_lifetime': u32('Preferred Lifetime', {
    spec: PREFIX,
    about: 'For how many seconds addresses made from it are the ones to use.',
  }),
  'opt.prefix': ipv6Address('Prefix', {
    spec: PREFIX,
    about: 'The network that is on this link; a host adds its own part and has an address.',
  }),
  'opt.redirected_packet': heading('Redirected Packet', {
    spec: 'RFC 4861 §4.6.3',
    about: 'The packet for which there is a better way.',
  }),
  'opt.route_info.flag': hex8('Flag', { spec: ROUTE, about: 'How good the route is.' }),
  'opt.route_info.flag.route_preference': bits('Route Preference', 1, 0x18, {
    values: PREFERENCES,
    spec: ROUTE,
    about: 'Which of several routers to take for this route.',
  }),
  'opt.route_info.flag.reserved': bits('Reserved', 1, 0xe7, { spec: ROUTE, about: 'Zero.' }),
  'opt.route_lifetime': u32('Route Lifetime', {
    spec: ROUTE,
    about: 'For how many seconds the route holds.',
  }),
  'opt.rdnss.lifetime': u32('Lifetime', {
    spec: DNS,
    about: 'For how many seconds the DNS servers may be used.',
  }),
  'opt.rdnss': ipv6Address('Recursive DNS Servers', { spec: DNS, about: 'A server that resolves names.' }),
  'opt.dnssl.lifetime': u32('Lifetime', { spec: DNS, about: 'For how many seconds the names may be used.' }),
  'opt.dnssl': text('Domain Names', {
    spec: DNS,
    about: 'What to put behind a name that has no dots, when looking it up.',
  }),
  'opt.advertisement_interval': u32('Advertisement Interval', {
    spec: `${MOBILE}.3`,
    unit: 'ms',
    about: 'How often the router speaks up unasked: a mobile host that hears less has moved.',
  }),
  'opt.home_agent_preference': u16('Home Agent Preference', {
    spec: `${MOBILE}.4`,
    about: 'Which of several home agents to take.',
  }),
  'opt.home_agent_lifetime': u16('Home Agent Lifetime', {
    spec: `${MOBILE}.4`,
    unit: 's',
    about: 'How long the router serves as home agent.',
  }),
  'opt.timestamp': text('Timestamp', {
    spec: 'RFC 3971 §5.3.1',
    about: 'When it was sent, so that an old message is of no use to an attacker.',
  }),
  'opt.nonce': bytes('Nonce', {
    spec: 'RFC 3971 §5.3.2',
    about: 'A random number that comes back in the answer; by it a host knows its own question again.',
  }),
  'opt.efo': hex16('Flags Expansion Option', { spec: FLAGS, about: 'Room for more flags.' }),
  'opt.efo.m': flag('Managed address configuration', 2, 0x8000, {
    spec: FLAGS,
    about: 'As in the message itself.',
  }),
  'opt.efo.o': flag('Other configuration', 2, 0x4000, { spec: FLAGS, about: 'As in the message itself.' }),
  'opt.efo.h': flag('Home Agent', 2, 0x2000, { spec: FLAGS, about: 'As in the message itself.' }),
  'opt.efo.prf': bits('Prf (Default Router Preference)', 2, 0x1800, {
    values: PREFERENCES,
    spec: FLAGS,
    about: 'As in the message itself.',
  }),
  'opt.efo.p': flag('ND Proxy', 2, 0x0400, { spec: FLAGS, about: 'As in the message itself.' }),
  'opt.efo.rsv': bits('Reserved', 2, 0x02ff, { spec: FLAGS, about: 'Zero.' }),
  'opt.captive_portal': text('Captive Portal', {
    spec: 'RFC 8910 §2.3',
    about: 'Where to ask what one must do to get into the Internet from here.',
  }),
  'opt.pref64.scaled_lifetime': bits('Scaled Lifetime', 2, 0xfff8, {
    spec: PREF64,
    about: 'For how many times eight seconds the prefix holds.',
  }),
  'opt.pref64.plc': {
    ...hex16('PLC (Prefix Length Code)', {
      values: { 0: '96 bits', 1: '64 bits', 2: '56 bits', 3: '48 bits', 4: '40 bits', 5: '32 bits' },
      spec: PREF64,
      about: 'How many of the bits are the prefix.',
    }),
    read: (view: DataView, at: number) => view.getUint16(at) & 7,
  },
  'opt.pref64.prefix': ipv6Address('Prefix', {
    spec: PREF64,
    about: 'Put before an IPv4 address, it makes the address by which a translator is asked for that host.',
  }),
  'undecoded.option': heading('Undecoded option', { spec: OPTION, about: 'An option that is not known.' }),
  'opt.data': bytes('Data', { spec: OPTION, about: 'What the option carries; not read further here.' }),
} as const
