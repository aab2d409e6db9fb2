/** The fields of DHCP: the fixed part, and the options whose data has parts of its own. */
import { PLAIN_OPTION_FIELDS } from './dhcp-plain-options.ts'
import { expertMessage } from './expert.ts'
import {
  bits,
  boolean,
  bytes,
  etherAddress,
  flag,
  heading,
  hex8,
  hex16,
  hex32,
  ipv4Address,
  text,
  u8,
  u16,
  u32,
  uint,
} from './field.ts'
import type { NamedFields } from './protocol.ts'

/** RFC 2132 §9.6, and the lease queries of RFC 4388, 6926 and 7724. */
export const MESSAGE_TYPES: Readonly<Record<number, string>> = {
  1: 'Discover',
  2: 'Offer',
  3: 'Request',
  4: 'Decline',
  5: 'ACK',
  6: 'NAK',
  7: 'Release',
  8: 'Inform',
  9: 'Force Renew',
  10: 'Lease query',
  11: 'Lease Unassigned',
  12: 'Lease Unknown',
  13: 'Lease Active',
  14: 'Bulk Lease Query',
  15: 'Lease Query Done',
  16: 'Active LeaseQuery',
  17: 'Lease Query Status',
  18: 'TLS',
}

const HARDWARE: Readonly<Record<number, string>> = {
  1: 'Ethernet',
  6: 'IEEE 802',
  7: 'ARCNET',
  15: 'Frame Relay',
  16: 'ATM, RFC 1483',
  18: 'Fibre Channel',
  20: 'Serial Line',
  24: 'IEEE 1394.1995',
  27: 'EUI-64',
  32: 'InfiniBand',
}

const SUBOPTIONS: Readonly<Record<number, string>> = {
  1: 'Agent Circuit ID',
  2: 'Agent Remote ID',
  5: 'Link selection',
  6: 'Subscriber ID',
  11: 'Server ID Override',
}

const OPTIONS = 'RFC 2132 §2'
const CLIENT_ID = 'RFC 2132 §9.14'
const DUID = 'RFC 4361 §6.1'
const FQDN = 'RFC 4702 §2'
const RELAY = 'RFC 3046 §2'
const USER_CLASS = 'RFC 3004 §4'
const NOTE = 'none'

export const DHCP_FIELDS = {
  bootp: boolean('Frame is BOOTP', {
    spec: NOTE,
    about: 'Without a DHCP message type: the protocol before DHCP.',
  }),
  type: u8('Message type', {
    values: { 1: 'Boot Request', 2: 'Boot Reply' },
    about: 'Which way it goes: from a client, or to it.',
  }),
  'hw.type': hex8('Hardware type', { values: HARDWARE, about: 'What kind of network the client is on.' }),
  'hw.len': u8('Hardware address length', { unit: 'bytes', about: 'Of its hardware address.' }),
  hops: u8('Hops', { about: 'How many relays have passed the message on.' }),
  id: hex32('Transaction ID', { about: 'Chosen by the client: the answers repeat it.' }),
  secs: u16('Seconds elapsed', {
    about: 'How long the client has been trying: a second server may help out.',
  }),
  secs_le: heading('Seconds elapsed appears to be encoded as little-endian', {
    spec: NOTE,
    about: 'The lowest byte stands first, against the rule.',
  }),
  flags: hex16('Bootp flags', { about: 'One flag so far.' }),
  'flags.bc': flag('Broadcast flag', 2, 0x8000, {
    about: 'The answer is to be sent to everybody, since the client has no address to be reached at.',
  }),
  'flags.reserved': bits('Reserved flags', 2, 0x7fff, { base: 'hex', about: 'Zero.' }),
  'ip.client': ipv4Address('Client IP address', {
    about: 'The address that the client has, and may use already.',
  }),
  'ip.your': ipv4Address('Your (client) IP address', {
    about: 'The address that the server gives the client.',
  }),
  'ip.server': ipv4Address('Next server IP address', { about: 'Where to load the boot file from.' }),
  'ip.relay': ipv4Address('Relay agent IP address', {
    about: 'The relay that passed the message on: it names the network that an address is wanted for.',
  }),
  'hw.mac_addr': etherAddress('Client MAC address', {
    about: 'Who the client is, before it has an address.',
  }),
  'hw.addr': bytes('Client hardware address', { about: 'The same on other networks than Ethernet.' }),
  'hw.addr_padding': bytes('Client hardware address padding', { about: 'The rest of the 16 bytes.' }),
  server: text('Server host name', { about: 'The name of the server that has the boot file; often empty.' }),
  file: text('Boot file name', { about: 'What a machine without a disk is to load; often empty.' }),
  server_name_overloaded_by_dhcp: heading('Server name option overloaded by DHCP', {
    spec: 'RFC 2132 §9.3',
    about: 'Options stand here, since there was no more room at the end.',
  }),
  boot_filename_overloaded_by_dhcp: heading('Boot file name option overloaded by DHCP', {
    spec: 'RFC 2132 §9.3',
    about: 'Options stand here, since there was no more room at the end.',
  }),
  cookie: ipv4Address('Magic cookie', {
    spec: 'RFC 2131 §3',
    about: '99.130.83.99 says that options follow.',
  }),
  vendor_specific_options: bytes('Bootp vendor specific options', {
    spec: 'RFC 951 §3',
    about: 'Before DHCP: bytes whose meaning the vendor knows.',
  }),
  'option.type': u8('Option', {
    spec: OPTIONS,
    about: 'What the data is; in the fixed part there was no room for it.',
  }),
  'option.length': u8('Length', { unit: 'bytes', spec: OPTIONS, about: 'Of the data.' }),
  'option.value': bytes('Value', { spec: OPTIONS, about: 'The data as it stands.' }),
  'option.padding': bytes('Padding', { spec: 'RFC 2132 §3.1', about: 'Zeros that mean nothing.' }),
  'option.end': u8('Option End', { spec: 'RFC 2132 §3.2', about: 'No more options.' }),
  'option.dhcp': u8('DHCP', {
    values: MESSAGE_TYPES,
    spec: 'RFC 2132 §9.6',
    about: 'Which step it is: Discover, Offer, Request, ACK get an address.',
  }),
  'option.option_overload': u8('Option Overload', {
    values: {
      1: 'Boot file name holds options',
      2: 'Server host name holds options',
      3: 'Boot file and server host names hold options',
    },
    spec: 'RFC 2132 §9.3',
    about: 'Where more options stand.',
  }),
  'option.request_list_item': u8('Parameter Request List Item', {
    spec: 'RFC 2132 §9.8',
    about: 'An option that the client would like to have.',
  }),
  'option.policy_filter.ip': ipv4Address('IP Address', {
    spec: 'RFC 2132 §4.3',
    about: 'A network that may be routed to.',
  }),
  'option.policy_filter.subnet_mask': ipv4Address('Subnet Mask', {
    spec: 'RFC 2132 §4.3',
    about: 'Its mask.',
  }),
  'option.static_route.ip': ipv4Address('Destination IP Address', {
    spec: 'RFC 2132 §5.8',
    about: 'A host or network.',
  }),
  'option.static_route.router': ipv4Address('Destination Router', {
    spec: 'RFC 2132 §5.8',
    about: 'The way to it.',
  }),
  'option.classless_static_route': bytes('Subnet/MaskWidth-Router', {
    spec: 'RFC 3442',
    about: 'A network and the way to it.',
  }),
  'option.dhcp_dns_domain_search_list_fqdn': text('FQDN', {
    spec: 'RFC 3397 §2',
    about: 'A domain to try for names without a dot.',
  }),
  'option.vendor.value': bytes('Value', {
    spec: 'RFC 2132 §8.4',
    about: 'Its meaning only the vendor knows.',
  }),
  'option.user_class': uint('Instance of User Class', { spec: USER_CLASS, about: 'Counts from 0.' }),
  'option.user_class.length': u8('User Class Length', {
    unit: 'bytes',
    spec: USER_CLASS,
    about: 'Of the class.',
  }),
  'option.user_class.data': bytes('User Class Data', {
    spec: USER_CLASS,
    about: 'What kind of user the client is.',
  }),
  'option.user_class.text': text('User Class Data (Text)', {
    spec: USER_CLASS,
    about: 'The same as plain text, which is against the rules, and common.',
  }),
  'option.agent_information_option.suboption': u8('Option 82 Suboption', {
    values: SUBOPTIONS,
    spec: RELAY,
    about: 'What the relay adds.',
  }),
  'option.suboption_length': u8('Length', { unit: 'bytes', spec: RELAY, about: 'Of the suboption.' }),
  'option.agent_information_option.value': bytes('Value', { spec: RELAY, about: 'The data as it stands.' }),
  'option.agent_information_option.agent_circuit_id': bytes('Agent Circuit ID', {
    spec: 'RFC 3046 §3.1',
    about: 'At which socket of the relay the client is.',
  }),
  'option.agent_information_option.agent_remote_id': bytes('Agent Remote ID', {
    spec: 'RFC 3046 §3.2',
    about: 'What is at the other end of it: a modem, a subscriber.',
  }),
  'option.agent_information_option.link_selection': ipv4Address('Link selection', {
    spec: 'RFC 3527 §3',
    about: 'For which network an address is wanted.',
  }),
  'option.agent_information_option.subscriber_id': text('Subscriber ID', {
    spec: 'RFC 3993 §2',
    about: 'Whose line it is.',
  }),
  'option.agent_information_option.server_id_override': ipv4Address('Server ID Override', {
    spec: 'RFC 5107 §4',
    about: 'The relay wants to be taken for the server.',
  }),
  'client_id.type': u8('Type', { spec: CLIENT_ID, about: 'A hardware type, or 0 for any other name.' }),
  'client_id.undef': text('Client Identifier', { spec: CLIENT_ID, about: 'Any name that is unique here.' }),
  'client_id.uuid': text('Client Identifier (UUID)', {
    spec: 'RFC 4578 §2.3',
    about: "The machine's own number.",
  }),
  client_hardware_address: text('Client hardware address', {
    spec: CLIENT_ID,
    about: 'On other networks than Ethernet.',
  }),
  'client_id.iaid': text('IAID', { spec: DUID, about: 'Which interface of the client.' }),
  'client_id.duid_type': u16('DUID Type', {
    values: {
      1: 'link-layer address plus time',
      2: 'assigned by vendor based on Enterprise number',
      3: 'link-layer address',
    },
    spec: DUID,
    about: 'How the name of the client was made; DHCPv6 uses the same.',
  }),
  'client_id.duid_llt_hw_type': u16('Hardware type', {
    values: HARDWARE,
    spec: DUID,
    about: 'Of the address.',
  }),
  'client_id.duid_ll_hw_type': u16('Hardware type', {
    values: HARDWARE,
    spec: DUID,
    about: 'Of the address.',
  }),
  'client_id.time': u32('Time', { spec: DUID, about: 'When the name was made, in seconds since 2000.' }),
  'client_id.link_layer_address': text('Link layer address', {
    spec: DUID,
    about: 'Of any interface of the client.',
  }),
  'client_id.enterprise_num': u32('Enterprise-number', { spec: DUID, about: 'Who made the name up.' }),
  client_id: bytes('Identifier', { spec: DUID, about: 'The name.' }),
  'fqdn.flags': hex8('Flags', { spec: FQDN, about: 'Who tells DNS of the name.' }),
  'fqdn.mbz': bits('Reserved flags', 1, 0xf0, { base: 'hex', spec: FQDN, about: 'Zero.' }),
  'fqdn.n': flag('Server DDNS', 1, 0x08, { spec: FQDN, about: 'The server is to leave DNS alone.' }),
  'fqdn.e': flag('Encoding', 1, 0x04, { spec: FQDN, about: 'The name is written as in DNS, not as text.' }),
  'fqdn.o': flag('Server overrides', 1, 0x02, {
    spec: FQDN,
    about: 'The server does not do as it was asked.',
  }),
  'fqdn.s': flag('Server', 1, 0x01, { spec: FQDN, about: 'The server is to enter the address into DNS.' }),
  'fqdn.rcode1': u8('A-RR result', { spec: FQDN, about: 'Not used any more.' }),
  'fqdn.rcode2': u8('PTR-RR result', { spec: FQDN, about: 'Not used any more.' }),
  'fqdn.name': text('Client name', {
    spec: FQDN,
    about: 'The name that the client would like, or is to have.',
  }),
  client_network_id_major: u8('Major Version', {
    spec: 'RFC 4578 §2.2',
    about: "Of the network card's interface.",
  }),
  client_network_id_minor: u8('Minor Version', { spec: 'RFC 4578 §2.2', about: 'Of the same.' }),
  bad_length: heading('Wrong length', { spec: NOTE, about: 'The data can not be what the option says.' }),
  end_option_missing: heading('End option missing', {
    spec: 'RFC 2132 §3.2',
    about: 'The options must be ended by 255.',
  }),
  client_address_not_given: heading('Client address not given', {
    spec: NOTE,
    about: 'No hardware address fits.',
  }),
  ...PLAIN_OPTION_FIELDS,
  '=_ws.expert.message': expertMessage,
} as const

export type DhcpFields = NamedFields<typeof DHCP_FIELDS>
