/** The fields of multicast listener discovery (RFC 3810), and of node information queries (RFC 4620). */
import {
  bits,
  bytes,
  flag,
  heading,
  hex8,
  hex16,
  ipv4Address,
  ipv6Address,
  text,
  u8,
  u16,
  u64,
  uint,
} from './field.ts'

const QUERY = 'RFC 3810 §5.1'
const REPORT = 'RFC 3810 §5.2'
const NODE = 'RFC 4620 §4'

export const ICMPV6_GROUP_FIELDS = {
  'mld.maximum_response_delay': u16('Maximum Response Delay', {
    spec: 'RFC 2710 §3.4',
    unit: 'ms',
    about: 'Listeners answer at a random time within it, so that not all do at once.',
  }),
  'mld.maximum_response_code': uint('Maximum Response Code', {
    spec: QUERY,
    unit: 'ms',
    about: 'The same; large values are sent as a number with an exponent.',
  }),
  'mld.multicast_address': ipv6Address('Multicast Address', {
    spec: QUERY,
    about: 'The group that is asked about, or that somebody listens to; all zeros for every group.',
  }),
  'mld.flag': hex8('Flags', { spec: QUERY, about: 'How routers should take the query.' }),
  'mld.flag.s': flag('Suppress Router-Side Processing', 1, 0x08, {
    spec: QUERY,
    about: 'Other routers should leave their timers alone.',
  }),
  'mld.flag.qrv': bits("QRV (Querier's Robustness Variable)", 1, 0x07, {
    spec: QUERY,
    about: 'How often reports are repeated, since some may be lost.',
  }),
  'mld.flag.reserved': bits('Reserved', 1, 0xf0, { spec: QUERY, about: 'Zero.' }),
  'mld.qqi': uint("QQIC (Querier's Query Interval Code)", {
    spec: QUERY,
    unit: 's',
    about: 'How often the router asks.',
  }),
  'mld.nb_sources': u16('Number of Sources', { spec: QUERY, about: 'Sources that follow.' }),
  'mld.source_address': ipv6Address('Source Address', {
    spec: QUERY,
    about: 'A sender about whose packets to this group is asked.',
  }),
  'mldr.nb_mcast_records': u16('Number of Multicast Address Records', {
    spec: REPORT,
    about: 'Groups that follow.',
  }),
  'mldr.mar': heading('Multicast Address Record', {
    spec: REPORT,
    about: 'What this host wants to hear of one group.',
  }),
  'mldr.mar.record_type': u8('Record Type', {
    values: {
      1: 'Mode Is Include',
      2: 'Mode Is Exclude',
      3: 'Changed to include',
      4: 'Changed to exclude',
      5: 'Allow new sources',
      6: 'Block old sources',
    },
    spec: REPORT,
    about:
      'Whether only the listed senders are wanted, or all but them; excluding none is joining the group.',
  }),
  'mldr.mar.aux_data_len': u8('Aux Data Len', { spec: REPORT, about: 'Words of 4 bytes behind the record.' }),
  'mldr.mar.nb_sources': u16('Number of Sources', { spec: REPORT, about: 'Senders that are listed.' }),
  'mldr.mar.multicast_address': ipv6Address('Multicast Address', { spec: REPORT, about: 'The group.' }),
  'mldr.mar.source_address': ipv6Address('Source Address', { spec: REPORT, about: 'A sender.' }),
  'mldr.mar.auxiliary_data': bytes('Auxiliary Data', { spec: REPORT, about: 'None is defined.' }),
  'ni.qtype': u16('Qtype', {
    values: { 0: 'NOOP', 2: 'Node Name', 3: 'Node Addresses', 4: 'IPv4 Addresses' },
    spec: NODE,
    about: 'What is asked of the host.',
  }),
  'ni.flag': hex16('Flags', { spec: NODE, about: 'Which of its addresses are meant.' }),
  'ni.flag.g': flag('Global-scope Address', 2, 0x0020, { spec: NODE, about: 'Global ones.' }),
  'ni.flag.s': flag('Site-local Address', 2, 0x0010, { spec: NODE, about: 'Site-local ones.' }),
  'ni.flag.l': flag('Link-local Address', 2, 0x0008, { spec: NODE, about: 'Link-local ones.' }),
  'ni.flag.c': flag('Compression', 2, 0x0004, { spec: NODE, about: 'IPv4 addresses, written as IPv6.' }),
  'ni.flag.a': flag('All Unicast Address', 2, 0x0002, { spec: NODE, about: 'Those of all interfaces.' }),
  'ni.flag.t': flag('Truncated', 2, 0x0001, { spec: NODE, about: 'Not all fitted.' }),
  'ni.flag.rsv': bits('Reserved', 2, 0xffc0, { base: 'hex', spec: NODE, about: 'Zero.' }),
  'ni.nonce': u64('Nonce', {
    base: 'hex',
    spec: NODE,
    about: 'A random number that comes back in the answer.',
  }),
  'ni.query.subject_ipv6': ipv6Address('IPv6 subject address', { spec: NODE, about: 'Who is asked.' }),
  'ni.query.subject_ipv4': ipv4Address('IPv4 subject address', { spec: NODE, about: 'Who is asked.' }),
  'ni.query.subject_fqdn': text('FQDN subject name', { spec: NODE, about: 'Who is asked.' }),
  'ni.reply.node_ttl': uint('TTL', { spec: NODE, unit: 's', about: 'How long the answer holds.' }),
  'ni.reply.node_name': text('Name Node', { spec: NODE, about: 'What the host is called.' }),
  'ni.reply.node_address': ipv6Address('IPv6 Node address', { spec: NODE, about: 'An address of its.' }),
  'ni.reply.ipv4_address': ipv4Address('IPv4 Node address', { spec: NODE, about: 'An address of its.' }),
} as const
