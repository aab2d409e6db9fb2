/**
 * Internet Protocol version 6, RFC 8200 §3.
 *
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |Version| Traffic Class |           Flow Label                  |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |         Payload Length        |  Next Header  |   Hop Limit   |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                  Source Address (16 bytes)                    |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                Destination Address (16 bytes)                 |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { at8, at16, at32 } from './big-endian.ts'
import { bits, heading, ipv6Address, u8, u16 } from './field.ts'
import { DSCP, ECN, HOP_BY_HOP, IP_PROTOCOLS, ipProtocolName, NO_NEXT_HEADER } from './ip-protocols.ts'
import { ADDRESS_FIELDS, putAddressParts } from './ipv6-addresses.ts'
import { protocol } from './protocol.ts'

/** Where the fields stand that are read without a cursor. */
const PAYLOAD_LENGTH = 4
const NEXT_HEADER = 6
const SOURCE = 8
const HEADER = 40
/** What the payload length can say. */
const LARGEST_PAYLOAD = 65_535

export const ipv6 = protocol({
  id: 'ipv6',
  name: 'Internet Protocol Version 6',
  short: 'IPv6',
  osi: 3,
  unit: 'packet',
  spec: 'RFC 8200 §3',
  about: 'Carries a packet from host to host as IPv4 does, with addresses of 128 bits and a simpler header.',
  fields: {
    version: bits('Version', 1, 0xf0, {
      aliases: ['ip.version'],
      about: 'Always 6 here; it tells a receiver how to read all that follows.',
    }),
    tclass: bits('Traffic Class', 4, 0x0ff0_0000, {
      base: 'hex',
      spec: 'RFC 8200 §7',
      about: 'Asks routers for a treatment and carries their congestion signal, as in IPv4.',
    }),
    'tclass.dscp': bits('Differentiated Services Codepoint', 4, 0x0fc0_0000, {
      values: DSCP,
      spec: 'RFC 2474 §3',
      about: 'Which treatment each router on the way should give the packet; most send 0, the default.',
    }),
    'tclass.ecn': bits('Explicit Congestion Notification', 4, 0x0030_0000, {
      values: ECN,
      spec: 'RFC 3168 §5',
      about:
        'Lets a congested router mark the packet instead of dropping it, if both ends understand the mark.',
    }),
    flow: bits('Flow Label', 4, 0x000f_ffff, {
      base: 'hex',
      spec: 'RFC 6437',
      about: 'The same for all packets of one conversation, so that routers keep them on one path unopened.',
    }),
    plen: u16('Payload Length', {
      unit: 'bytes',
      about: 'What follows this header of 40 bytes, extension headers included.',
    }),
    nxt: u8('Next Header', {
      values: IP_PROTOCOLS,
      about: 'What follows: a transport such as TCP (6), or an extension header that again names its next.',
    }),
    hlim: u8('Hop Limit', {
      about: 'Each router takes one off and drops the packet at zero, so that a routing loop cannot last.',
    }),
    bogus_ipv6_version: heading('Bogus IP version', { about: 'Not 6: this is no IPv6 packet.' }),
    plen_zero: heading('Payload length equals 0', {
      spec: 'RFC 2675',
      about: 'It says that the packet is longer than 64 kB, and it is not.',
    }),
    plen_exceeds_framing: heading('Payload length does not match expected framing length', {
      about: 'The packet says that it is longer than what the link delivered.',
    }),
    src: ipv6Address('Source Address', {
      aliases: ['ipv6.addr', 'ipv6.src_host', 'ipv6.host'],
      about: 'Who sent the packet, and where an answer goes.',
    }),
    dst: ipv6Address('Destination Address', {
      aliases: ['ipv6.addr', 'ipv6.dst_host', 'ipv6.host'],
      about: 'Whom it is for: the one thing by which each router picks the next step.',
    }),
    ...ADDRESS_FIELDS,
  },
  dissect(c, f) {
    const start = c.pos
    const version = c.peek(f.version)
    if (version !== 6) {
      c.put(f.bogus_ipv6_version, '', start, start + 1)
      c.problem('Version', `expected 6, found ${version}`)
      return { table: 'ip.proto', keys: [] }
    }
    c.group(f.tclass, c.glance(f.tclass), () => {
      c.peek(f['tclass.dscp'])
      c.peek(f['tclass.ecn'])
    })
    c.take(f.flow)
    const payloadLength = c.take(f.plen)
    const next = c.take(f.nxt)
    c.take(f.hlim)
    c.packet.addressesAt = c.pos
    c.packet.addressesLength = 32
    c.packet.addressesBuffer = c.buffer
    const source = c.take(f.src)
    putAddressParts(c, f, 'src', c.pos - 16)
    const destination = c.take(f.dst)
    putAddressParts(c, f, 'dst', c.pos - 16)
    c.packet.source = source
    c.packet.destination = destination
    if (payloadLength > c.wireLeft && !c.packet.quoted) {
      c.put(f.plen_exceeds_framing, '', start + 4, start + 6)
      c.problem(
        'Payload Length',
        `expected at most the frame's ${c.wireLeft} bytes, found ${payloadLength}`,
        start + 4,
      )
    }
    // Zero: a jumbogram (RFC 2675), or more than 64 kB handed to the card to cut up; it ends with the frame.
    const unsaid = payloadLength === 0 && next !== NO_NEXT_HEADER
    const jumbo = unsaid && c.wireLeft > LARGEST_PAYLOAD
    if (unsaid && !jumbo && next !== HOP_BY_HOP) c.put(f.plen_zero, '', start + 4, start + 6)
    c.limit(jumbo ? c.wireLeft : payloadLength)
    c.info(`${ipProtocolName(next)} (${next})`)
    return { table: 'ip.proto', keys: [next] }
  },
  places: {
    version: 0,
    plen: PAYLOAD_LENGTH,
    nxt: NEXT_HEADER,
    hlim: NEXT_HEADER + 1,
    src: SOURCE,
    dst: SOURCE + 16,
  },
  skim(s) {
    const { bytes, at: start } = s
    if (s.end - start < HEADER || at8(bytes, start) >> 4 !== 6) return false
    const length = at16(bytes, start + PAYLOAD_LENGTH)
    // Zero is a jumbogram, or a packet that the card cuts up.
    if (length === 0 || length > s.wireEnd - start - HEADER) return false
    s.limit(start + HEADER + length)
    s.family = 6
    const from = start + SOURCE
    s.addressesAt = from
    s.from0 = at32(bytes, from) | 0
    s.from1 = at32(bytes, from + 4) | 0
    s.from2 = at32(bytes, from + 8) | 0
    s.from3 = at32(bytes, from + 12) | 0
    s.to0 = at32(bytes, from + 16) | 0
    s.to1 = at32(bytes, from + 20) | 0
    s.to2 = at32(bytes, from + 24) | 0
    s.to3 = at32(bytes, from + 28) | 0
    s.at = start + HEADER
    // Extension headers are not skimmed, and so neither is what they carry.
    return s.next('ip.proto', at8(bytes, start + NEXT_HEADER))
  },
})
