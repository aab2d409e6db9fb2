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
import { bits, ipv6Address, u8, u16 } from './field.ts'
import { DSCP, ECN, IP_PROTOCOLS, ipProtocolName, NO_NEXT_HEADER } from './ip-protocols.ts'
import { protocol } from './protocol.ts'

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
    src: ipv6Address('Source Address', {
      aliases: ['ipv6.addr'],
      about: 'Who sent the packet, and where an answer goes.',
    }),
    dst: ipv6Address('Destination Address', {
      aliases: ['ipv6.addr'],
      about: 'Whom it is for: the one thing by which each router picks the next step.',
    }),
  },
  dissect(c, f) {
    const start = c.pos
    const version = c.peek(f.version)
    if (version !== 6) c.fail('Version', `expected 6, found ${version}`)
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
    const source = c.take(f.src)
    const destination = c.take(f.dst)
    c.packet.source = source
    c.packet.destination = destination
    if (payloadLength > c.wireLeft && !c.packet.quoted) {
      c.problem(
        'Payload Length',
        `expected at most the frame's ${c.wireLeft} bytes, found ${payloadLength}`,
        start + 4,
      )
    }
    // Zero: a jumbogram (RFC 2675), or more than 64 kB handed to the card to cut up; it ends with the frame.
    c.limit(payloadLength === 0 && next !== NO_NEXT_HEADER ? c.wireEnd - start - 40 : payloadLength)
    c.info(`${ipProtocolName(next)} (${next})`)
    return { table: 'ip.proto', keys: [next] }
  },
})
