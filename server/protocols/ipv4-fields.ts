/** The fields of IPv4 (RFC 791 §3.1); those of its options stand in `ipv4-option-fields.ts`. */
import { CHECKSUM_STATUS } from './checksum.ts'
import { bits, flag, heading, hex8, hex16, ipv4Address, scaledBits, u8, u16, uint } from './field.ts'
import { fragmentSpecs, ipv4Fragments } from './ip-fragments.ts'
import { DSCP, ECN, IP_PROTOCOLS } from './ip-protocols.ts'
import { OPTION_FIELDS } from './ipv4-option-fields.ts'
import type { NamedFields } from './protocol.ts'

const FRAGMENTS = fragmentSpecs('IPv4')

export const IPV4_FIELDS = {
  version: bits('Version', 1, 0xf0, {
    about: 'Always 4 here; it tells a receiver how to read all that follows.',
  }),
  hdr_len: scaledBits('Header Length', 1, 0x0f, 4, {
    unit: 'bytes',
    about:
      'Where the header ends and the payload begins: 20 bytes, more with options; sent in words of 4 bytes.',
  }),
  dsfield: hex8('Differentiated Services Field', {
    spec: 'RFC 2474 §3',
    about: 'Asks routers for a treatment, such as low delay, and carries their congestion signal back.',
  }),
  'dsfield.dscp': bits('Differentiated Services Codepoint', 1, 0xfc, {
    values: DSCP,
    spec: 'RFC 2474 §3',
    about: 'Which treatment each router on the way should give the packet; most send 0, the default.',
  }),
  'dsfield.ecn': bits('Explicit Congestion Notification', 1, 0x03, {
    values: ECN,
    spec: 'RFC 3168 §5',
    about:
      'Lets a congested router mark the packet instead of dropping it, if both ends understand the mark.',
  }),
  len: u16('Total Length', {
    unit: 'bytes',
    about: 'Header and payload together, so that padding which the link adds behind is not taken for data.',
  }),
  id: hex16('Identification', {
    about: 'The same in all fragments of one packet, so that the receiver can put them together again.',
  }),
  flags: bits('Flags', 1, 0xe0, {
    base: 'hex',
    about: 'Whether the packet may be cut in fragments, and whether more follow.',
  }),
  'flags.rb': flag('Reserved bit', 1, 0x80, {
    about: 'Must be zero (RFC 3514 of 1 April calls it the evil bit).',
  }),
  'flags.df': flag("Don't fragment", 1, 0x40, {
    about:
      'A router whose link is too small must drop the packet and say so (ICMP 3/4): path MTU discovery uses that.',
  }),
  'flags.mf': flag('More fragments', 1, 0x20, { about: 'Set in every fragment but the last.' }),
  frag_offset: bits('Fragment Offset', 2, 0x1fff, {
    about: 'Where this fragment belongs in the whole payload; sent in units of 8 bytes.',
  }),
  ttl: u8('Time to Live', {
    about: 'Each router takes one off and drops the packet at zero, so that a routing loop cannot last.',
  }),
  proto: u8('Protocol', { values: IP_PROTOCOLS, about: 'Who gets the payload: 6 is TCP, 17 UDP, 1 ICMP.' }),
  checksum: hex16('Header Checksum', {
    about: 'Guards the header only; every router computes it anew because it changes the TTL.',
  }),
  'checksum.status': uint('Header checksum status', {
    values: CHECKSUM_STATUS,
    about: 'What came out when the checksum was computed here over the bytes of the header.',
  }),
  checksum_calculated: hex16('Calculated Checksum', { about: 'What the header checksum should be.' }),
  'checksum_bad.expert': heading('Bad checksum', {
    about: 'The header is not the one that was sent: whoever receives this throws it away and says nothing.',
  }),
  src: ipv4Address('Source Address', {
    aliases: ['ip.addr', 'ip.src_host', 'ip.host'],
    about: 'Who sent the packet, and where an answer goes.',
  }),
  dst: ipv4Address('Destination Address', {
    aliases: ['ip.addr', 'ip.dst_host', 'ip.host'],
    about: 'Whom it is for: the one thing by which each router picks the next step.',
  }),
  cur_rt: ipv4Address('Current Route', {
    aliases: ['ip.cur_rt_host'],
    about: 'The next router of a prescribed route, in the place of the destination, which the option tells.',
  }),
  bogus_ip_version: heading('Bogus IP version', { about: 'Neither 4 nor 6: this is no IP packet.' }),
  bogus_header_length: heading('Bogus IP header length', {
    about: 'A header has at least 20 bytes.',
  }),
  bogus_ip_length: heading('Bogus IP length', {
    about: 'The total length is less than the header, or more than the link delivered.',
  }),
  'ttl.lncb': heading('Time To Live', {
    spec: 'RFC 5771 §4',
    about: 'A packet to 224.0.0.x stays on its link: each protocol there has a TTL of its own, mostly 1.',
  }),
  'ttl.too_small': heading('Time To Live', {
    about: 'Nearly used up: it has come far, or somebody traces the route.',
  }),
  ...OPTION_FIELDS,
  fragments: ipv4Fragments,
  fragment: FRAGMENTS.fragment,
  'fragment.error': FRAGMENTS.error,
  'fragment.overlap': FRAGMENTS.overlap,
  'fragment.overlap.conflict': FRAGMENTS.conflict,
  'fragment.multipletails': FRAGMENTS.multipleTails,
  'fragment.toolongfragment': FRAGMENTS.tooLong,
  'fragment.count': FRAGMENTS.count,
  'reassembled.length': FRAGMENTS.length,
  'reassembled.data': FRAGMENTS.data,
  reassembled_in: FRAGMENTS.reassembledIn,
} as const

export type Ipv4Fields = NamedFields<typeof IPV4_FIELDS>
