/** The fields of IPv6's options (RFC 8200 §4.2), and their names (IANA's "Destination Options and Hop-by-Hop Options"). */
import { bits, bytes, flag, heading, hex8, ipv6Address, u8, u16, u32 } from './field.ts'
import type { NamedFields } from './protocol.ts'

export const OPTION_NAMES: Readonly<Record<number, string>> = {
  0: 'Pad1',
  1: 'PadN',
  4: 'Tunnel Encapsulation Limit',
  5: 'Router Alert',
  7: 'CALIPSO',
  8: 'SMF_DPD',
  15: 'PDM',
  38: 'Quick-Start',
  99: 'RPL Option',
  109: 'MPL Option',
  138: 'Endpoint Identification',
  139: 'ILNP Nonce',
  140: 'Line-Identification Option',
  194: 'Jumbo Payload',
  201: 'Home Address',
  238: 'IP_DFF',
}

const spec = 'RFC 8200 §4.2'
const PDM = 'RFC 8250 §3'
const JUMBO = 'RFC 2675'

export const IPV6_OPTION_FIELDS = {
  '=ipv6.opt': heading('IPv6 Option', { spec, about: 'An extra for routers or the receiver.' }),
  '=ipv6.opt.type': hex8('Type', {
    spec,
    values: OPTION_NAMES,
    about: 'Which option; its two highest bits say what to do with a packet whose option one does not know.',
  }),
  '=ipv6.opt.type.action': bits('Action', 1, 0xc0, {
    spec,
    values: {
      0: 'Skip and continue',
      1: 'Discard',
      2: 'Discard and send ICMP Parameter Problem',
      3: 'Discard and send ICMP if not multicast',
    },
    about: 'What to do with the packet if one does not know the option.',
  }),
  '=ipv6.opt.type.change': flag('May Change', 1, 0x20, {
    spec,
    about: 'Routers may change its data, so an authentication does not cover it.',
  }),
  '=ipv6.opt.type.rest': bits('Low-Order Bits', 1, 0x1f, {
    base: 'hex',
    spec,
    about: 'The rest of the number.',
  }),
  '=ipv6.opt.header_mismatch': heading('Wrong options extension header for type', {
    spec,
    about: 'It belongs in the other kind of header: for each router on the way, or for the receiver alone.',
  }),
  '=ipv6.opt.length': u8('Length', { spec, unit: 'bytes', about: "The option's data only." }),
  '=ipv6.opt.invalid_len': heading('Invalid IPv6 option length', {
    spec,
    about: 'An option of this type always has another length.',
  }),
  '=ipv6.opt.pad1': heading('Pad1', { spec, about: 'One byte of padding.' }),
  '=ipv6.opt.padn': bytes('PadN', {
    spec,
    empty: '<none>',
    about: 'Fills the header to a multiple of 8 bytes.',
  }),
  '=ipv6.opt.tel': u8('Tunnel Encapsulation Limit', {
    spec: 'RFC 2473 §4.1.1',
    about: 'How many tunnels more the packet may be put in.',
  }),
  '=ipv6.opt.router_alert': u16('Router Alert', {
    spec: 'RFC 2711',
    values: { 0: 'MLD', 1: 'RSVP', 2: 'Active Network' },
    about: 'Asks every router on the way to look into the packet.',
  }),
  '=ipv6.opt.jumbo': u32('Payload Length', {
    spec: JUMBO,
    unit: 'bytes',
    about: 'The payload length where 16 bits are too few.',
  }),
  '=ipv6.opt.jumbo.truncated': heading('Jumbo length < 65536', {
    spec: JUMBO,
    about: 'The option is for packets that are longer than the header can tell.',
  }),
  '=ipv6.opt.mipv6.home_address': ipv6Address('MIPv6 Home Address', {
    spec: 'RFC 6275 §6.3',
    about: 'The address that a mobile host keeps wherever it is.',
  }),
  '=ipv6.opt.ilnp_nonce': bytes('ILNP Nonce', {
    spec: 'RFC 6744',
    about: 'Binds the packet to its session.',
  }),
  '=ipv6.opt.pdm.scale_dtlr': u8('Scale DTLR', { spec: PDM, about: 'Unit of the delta last received.' }),
  '=ipv6.opt.pdm.scale_dtls': u8('Scale DTLS', { spec: PDM, about: 'Unit of the delta last sent.' }),
  '=ipv6.opt.pdm.psn_this_pkt': u16('Packet Sequence Number This Packet', {
    spec: PDM,
    about: 'Counts the packets of the conversation.',
  }),
  '=ipv6.opt.pdm.psn_last_recv': u16('Packet Sequence Number Last Received', {
    spec: PDM,
    about: "The other side's number, as last seen.",
  }),
  '=ipv6.opt.pdm.delta_last_recv': u16('Delta Time Last Received', {
    spec: PDM,
    about: 'How long this host took to answer.',
  }),
  '=ipv6.opt.pdm.delta_last_sent': u16('Delta Time Last Sent', {
    spec: PDM,
    about: 'How long the other took, the way included.',
  }),
  '=ipv6.opt.experimental': bytes('Experimental Option', {
    spec: 'RFC 4727',
    about: 'For tries: only those who agreed on it know what it is.',
  }),
  '=ipv6.opt.unknown': bytes('Unknown Option Payload', {
    spec,
    about: 'The data of an option that is not known.',
  }),
  '=ipv6.opt.unknown_data.expert': heading('Unknown Data', { spec, about: 'Bytes that nobody reads here.' }),
  '=ipv6.opt_unknown_data': bytes('Unknown Data', {
    spec,
    about: 'Bytes behind what the option should have.',
  }),
  '=ipv6.opt.data': bytes('Option Data', { spec, about: 'The data of an option not read further here.' }),
} as const

export type OptionFields = NamedFields<typeof IPV6_OPTION_FIELDS>
