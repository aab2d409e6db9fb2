/** One frame of every kind that the link, network and transport dissectors read: for tests that cut and damage them. */
import type { Frame } from '../../server/protocols/packet.ts'
import {
  concat,
  ethernetBytes,
  frameOf,
  hex,
  internetChecksum,
  ipv4Bytes,
  ipv6Bytes,
  START_TIME,
  tcpFrame,
  udpFrame,
  utf8,
} from '../frames.ts'

export const A = { address: '10.0.0.1', port: 51_324 }
export const B = { address: '10.0.0.2', port: 4001 }
export const A6 = { address: 'fe80::1', port: 51_324 }
export const B6 = { address: 'fe80::2', port: 4001 }

const MAC_A = '02:00:00:00:00:0a'
const MAC_B = '02:00:00:00:00:0b'

export const TCP_OPTIONS = hex('020405b4 0402 080a 0000000a 00000009 01 030307')

/** An Ethernet frame between the two machines. */
export function onEthernet(type: number, payload: Uint8Array): Frame {
  return frameOf(ethernetBytes({ source: MAC_A, destination: MAC_B, type }, payload))
}

export function onLink(linkType: number, ...parts: Uint8Array[]): Frame {
  return frameOf(concat(...parts), START_TIME, linkType)
}

export function ipv4Of(protocol: number, payload: Uint8Array, options: object = {}): Uint8Array {
  return ipv4Bytes({ source: A.address, destination: B.address, protocol, ...options }, payload)
}

export function ipv6Of(nextHeader: number, payload: Uint8Array): Uint8Array {
  return ipv6Bytes({ source: A6.address, destination: B6.address, nextHeader }, payload)
}

/** IPv4 with options: the header grows by them, and its checksum is made anew. */
export function ipv4WithOptions(options: Uint8Array, protocol: number, payload: Uint8Array): Uint8Array {
  const plain = ipv4Of(protocol, payload)
  const header = concat(plain.slice(0, 20), options)
  const view = new DataView(header.buffer)
  header[0] = 0x40 | (header.length / 4)
  view.setUint16(2, header.length + payload.length)
  view.setUint16(10, 0)
  view.setUint16(10, internetChecksum(header))
  return concat(header, payload)
}

/** An ICMP message with its checksum. */
export function icmpOf(text: string, payload: Uint8Array = new Uint8Array(0)): Uint8Array {
  const message = concat(hex(text), payload)
  new DataView(message.buffer).setUint16(2, internetChecksum(message))
  return message
}

/** An ICMPv6 message from A6 to B6 with its checksum. */
export function icmpv6Of(text: string, payload: Uint8Array = new Uint8Array(0)): Uint8Array {
  const message = concat(hex(text), payload)
  const pseudo = concat(ipv6Of(58, message).slice(8, 40), hex('0000'), u16(message.length), hex('0000003a'))
  new DataView(message.buffer).setUint16(2, internetChecksum(concat(pseudo, message)))
  return message
}

export const UDP_BYTES = concat(hex('c87c 0fa2 000d 0000'), utf8('hello'))

const ETHERNET_HEADER = 14

/** The IP packet of a frame. */
export function packetOf(frame: Frame): Uint8Array {
  return frame.bytes.slice(ETHERNET_HEADER)
}

export const SYN = tcpFrame(A, B, { seq: 1000, flags: 'S', options: TCP_OPTIONS })
export const SYN6 = tcpFrame(A6, B6, { seq: 1000, flags: 'S', options: TCP_OPTIONS })
export const DATA = tcpFrame(A, B, { seq: 1001, ack: 9001, flags: 'PA', payload: utf8('hello\n') })

/** What an ICMP error about the TCP data packet quotes: its IP header and 8 bytes. */
export const QUOTE = packetOf(DATA).slice(0, 28)

export const ARP_REQUEST = hex('0001 0800 06 04 0001 02000000000a 0a000001 000000000000 0a000002')

export const SAMPLES: Readonly<Record<string, Frame>> = {
  'a TCP SYN with options': SYN,
  'a TCP SYN over IPv6': SYN6,
  'TCP data': DATA,
  'TCP with SACK blocks': tcpFrame(B, A, {
    seq: 9001,
    ack: 1001,
    flags: 'A',
    options: hex('0101 0512 000007d1 00000bb9 00000fa1 00001389'),
  }),
  'TCP with Fast Open, unknown and ending options': tcpFrame(A, B, {
    seq: 1000,
    flags: 'S',
    options: hex('220a 0102030405060708 fd04abcd 1e04abcd 00'),
  }),
  'a UDP datagram': udpFrame(A, B, utf8('hello')),
  'a UDP datagram over IPv6': udpFrame(A6, B6, utf8('hello')),
  'a VLAN tag': onEthernet(0x8100, concat(hex('b064 0800'), ipv4Of(17, UDP_BYTES))),
  'two VLAN tags': onEthernet(0x88a8, concat(hex('0064 8100 2065 0800'), ipv4Of(17, UDP_BYTES))),
  'an 802.3 frame': onEthernet(3, concat(hex('424203'), new Uint8Array(43))),
  'an ARP request, padded': onEthernet(0x0806, concat(ARP_REQUEST, new Uint8Array(18))),
  'null loopback, little-endian': onLink(0, hex('02000000'), ipv4Of(17, UDP_BYTES)),
  'null loopback, big-endian IPv6': onLink(0, hex('0000001e'), ipv6Of(17, UDP_BYTES)),
  'OpenBSD loopback': onLink(108, hex('00000018'), ipv6Of(17, UDP_BYTES)),
  'Linux cooked': onLink(113, hex('0004 0001 0006 02000000000a 0000 0800'), ipv4Of(17, UDP_BYTES)),
  'Linux cooked, version 2': onLink(
    276,
    hex('86dd 0000 00000002 0001 00 06 02000000000a 0000'),
    ipv6Of(17, UDP_BYTES),
  ),
  'raw IP': onLink(101, ipv4Of(17, UDP_BYTES)),
  'raw IPv6': onLink(101, ipv6Of(17, UDP_BYTES)),
  'raw IPv4 by its own link type': onLink(228, ipv4Of(17, UDP_BYTES)),
  'raw IPv6 by its own link type': onLink(229, ipv6Of(17, UDP_BYTES)),
  'IPv4 options': onEthernet(
    0x0800,
    ipv4WithOptions(hex('94040000 07070400000000 01 8804abcd 00000000'), 17, UDP_BYTES),
  ),
  'a first fragment': onEthernet(
    0x0800,
    ipv4Of(17, hex('c87c 0fa2 0800 0000 0102030405060708'), {
      moreFragments: true,
      dontFragment: false,
      id: 0x1234,
    }),
  ),
  'a later fragment': onEthernet(
    0x0800,
    ipv4Of(17, new Uint8Array(16), { fragmentOffset: 1480, id: 0x1234 }),
  ),
  'IPv4 in IPv4': onEthernet(0x0800, ipv4Of(4, ipv4Of(17, UDP_BYTES))),
  'IPv6 in IPv4': onEthernet(0x0800, ipv4Of(41, ipv6Of(17, UDP_BYTES))),
  'a ping': onEthernet(0x0800, ipv4Of(1, icmpOf('0800 0000 1234 0001', utf8('abcdefgh')))),
  'a pong': onEthernet(0x0800, ipv4Of(1, icmpOf('0000 0000 1234 0001', utf8('abcdefgh')))),
  'port unreachable': onEthernet(0x0800, ipv4Of(1, icmpOf('0303 0000 00000000', QUOTE))),
  'fragmentation needed': onEthernet(0x0800, ipv4Of(1, icmpOf('0304 0000 0000 05dc', QUOTE))),
  'time exceeded with extensions': onEthernet(
    0x0800,
    ipv4Of(
      1,
      icmpOf(
        '0b00 0000 00 20 0000',
        concat(packetOf(DATA), new Uint8Array(82), hex('2000dfff 00080101 12345678')),
      ),
    ),
  ),
  'an ICMP redirect': onEthernet(0x0800, ipv4Of(1, icmpOf('0501 0000 0a0000fe', QUOTE))),
  'an ICMP parameter problem': onEthernet(0x0800, ipv4Of(1, icmpOf('0c00 0000 14 00 0000', QUOTE))),
  'an ICMP timestamp': onEthernet(
    0x0800,
    ipv4Of(1, icmpOf('0d00 0000 1234 0001 00000001 00000002 00000003')),
  ),
  'an ICMP source quench': onEthernet(0x0800, ipv4Of(1, icmpOf('0400 0000 00000000', QUOTE))),
  'an ICMP error about an ICMP error': onEthernet(
    0x0800,
    ipv4Of(1, icmpOf('0301 0000 00000000', ipv4Of(1, icmpOf('0303 0000 00000000', QUOTE)))),
  ),
  'IPv6 hop-by-hop options': onEthernet(0x86dd, ipv6Of(0, concat(hex('11 00 05 02 0000 01 00'), UDP_BYTES))),
  'IPv6 destination options': onEthernet(
    0x86dd,
    ipv6Of(60, concat(hex('11 00 1e 02 abcd 00 00'), UDP_BYTES)),
  ),
  'IPv6 routing': onEthernet(
    0x86dd,
    ipv6Of(43, concat(hex('11 02 04 01 00 00 0000'), new Uint8Array(16), UDP_BYTES)),
  ),
  'an IPv6 first fragment': onEthernet(0x86dd, ipv6Of(44, concat(hex('11 00 0001 12345678'), UDP_BYTES))),
  'an IPv6 later fragment': onEthernet(0x86dd, ipv6Of(44, concat(hex('11 00 05a8 12345678'), UDP_BYTES))),
  'an authentication header': onEthernet(
    0x0800,
    ipv4Of(51, concat(hex('11 04 0000 00000001 00000002 000102030405060708090a0b'), UDP_BYTES)),
  ),
  'an IPv6 ping': onEthernet(0x86dd, ipv6Of(58, icmpv6Of('8000 0000 1234 0001', utf8('abcdefgh')))),
  'IPv6 port unreachable': onEthernet(0x86dd, ipv6Of(58, icmpv6Of('0104 0000 00000000', packetOf(SYN6)))),
  'IPv6 packet too big': onEthernet(0x86dd, ipv6Of(58, icmpv6Of('0200 0000 00000500', packetOf(SYN6)))),
  'a neighbour solicitation': onEthernet(
    0x86dd,
    ipv6Of(58, icmpv6Of('8700 0000 00000000 fe800000000000000000000000000002 0101 02000000000a')),
  ),
  'a neighbour advertisement': onEthernet(
    0x86dd,
    ipv6Of(58, icmpv6Of('8800 0000 60000000 fe800000000000000000000000000002 0201 02000000000b')),
  ),
  'a router advertisement': onEthernet(
    0x86dd,
    ipv6Of(
      58,
      icmpv6Of(
        '8600 0000 40 c0 0708 00000000 00000000 0101 02000000000a 0501 0000 000005dc' +
          '0304 40 c0 00015180 00003840 00000000 20010db8000000000000000000000000',
      ),
    ),
  ),
  'an IPv6 redirect': onEthernet(
    0x86dd,
    ipv6Of(
      58,
      icmpv6Of('8900 0000 00000000 fe800000000000000000000000000002 fe800000000000000000000000000003'),
    ),
  ),
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 255)
}
