/** What an IP packet may carry: IANA's Assigned Internet Protocol Numbers, also IPv6's next headers (RFC 8200 §4). */

export const ICMP = 1
export const IPV4 = 4
export const TCP = 6
export const UDP = 17
export const IPV6 = 41
export const ICMPV6 = 58

export const HOP_BY_HOP = 0
export const ROUTING = 43
export const FRAGMENT = 44
export const AUTHENTICATION = 51
export const NO_NEXT_HEADER = 59
export const DESTINATION_OPTIONS = 60

export const IP_PROTOCOLS: Readonly<Record<number, string>> = {
  0: 'IPv6 Hop-by-Hop Option',
  1: 'ICMP',
  2: 'IGMP',
  3: 'GGP',
  4: 'IPIP',
  6: 'TCP',
  8: 'EGP',
  9: 'IGRP',
  12: 'PUP',
  17: 'UDP',
  27: 'RDP',
  33: 'DCCP',
  36: 'XTP',
  41: 'IPv6',
  43: 'Routing Header for IPv6',
  44: 'Fragment Header for IPv6',
  46: 'Reservation Protocol',
  47: 'Generic Routing Encapsulation',
  50: 'Encap Security Payload',
  51: 'Authentication Header',
  58: 'ICMPv6',
  59: 'IPv6 no next header',
  60: 'Destination Options for IPv6',
  88: 'EIGRP',
  89: 'OSPF IGP',
  94: 'IP in IP',
  97: 'Ethernet in IP',
  98: 'Encapsulation Header',
  103: 'PIM',
  108: 'IPComp',
  112: 'VRRP',
  113: 'PGM',
  115: 'Layer 2 Tunneling',
  132: 'SCTP',
  135: 'Mobile IPv6',
  136: 'UDPLite',
  137: 'MPLS in IP',
  139: 'Host Identity Protocol',
  140: 'Shim6',
  143: 'Ethernet',
}

/** The name of a protocol number, for the info column. */
export function ipProtocolName(number: number): string {
  return IP_PROTOCOLS[number] ?? 'Unknown'
}

/** Differentiated services codepoints (RFC 2474, 2597, 3246, 5865, 8622). */
export const DSCP: Readonly<Record<number, string>> = {
  0: 'Default',
  1: 'Lower Effort',
  8: 'Class Selector 1',
  10: 'Assured Forwarding 11',
  12: 'Assured Forwarding 12',
  14: 'Assured Forwarding 13',
  16: 'Class Selector 2',
  18: 'Assured Forwarding 21',
  20: 'Assured Forwarding 22',
  22: 'Assured Forwarding 23',
  24: 'Class Selector 3',
  26: 'Assured Forwarding 31',
  28: 'Assured Forwarding 32',
  30: 'Assured Forwarding 33',
  32: 'Class Selector 4',
  34: 'Assured Forwarding 41',
  36: 'Assured Forwarding 42',
  38: 'Assured Forwarding 43',
  40: 'Class Selector 5',
  44: 'Voice Admit',
  46: 'Expedited Forwarding',
  48: 'Class Selector 6',
  56: 'Class Selector 7',
}

/** Explicit congestion notification (RFC 3168 §5). */
export const ECN: Readonly<Record<number, string>> = {
  0: 'Not ECN-Capable Transport',
  1: 'ECN-Capable Transport codepoint 01',
  2: 'ECN-Capable Transport codepoint 10',
  3: 'Congestion Experienced',
}
