/** EtherType values (IANA's "IEEE 802 Numbers"), shared by all link layers that name their payload so. */

export const TYPE_IPV4 = 0x0800
export const TYPE_ARP = 0x0806
export const TYPE_RARP = 0x8035
export const TYPE_VLAN = 0x8100
export const TYPE_IPV6 = 0x86dd
export const TYPE_PROVIDER_BRIDGE = 0x88a8
export const TYPE_VLAN_OLD_STACKED = 0x9100

export const ETHERTYPES: Readonly<Record<number, string>> = {
  96: 'Loopback',
  [TYPE_IPV4]: 'IPv4',
  [TYPE_ARP]: 'ARP',
  2114: 'Wake on LAN',
  8947: 'TRILL',
  25944: 'Transparent Ethernet bridging',
  [TYPE_RARP]: 'RARP',
  [TYPE_VLAN]: '802.1Q Virtual LAN',
  33079: 'Netware IPX/SPX',
  [TYPE_IPV6]: 'IPv6',
  34824: 'MAC Control',
  34825: 'Slow Protocols',
  34887: 'MPLS label switched packet',
  34888: 'MPLS multicast label switched packet',
  34915: 'PPPoE Discovery',
  34916: 'PPPoE Session',
  34958: '802.1X Authentication',
  [TYPE_PROVIDER_BRIDGE]: '802.1ad Provider Bridge (Q-in-Q)',
  35020: '802.1 Link Layer Discovery Protocol (LLDP)',
  35045: '802.1AE (MACsec)',
  35063: 'PTPv2 over Ethernet (IEEE1588)',
  36864: 'Configuration Test Protocol (loop)',
  [TYPE_VLAN_OLD_STACKED]: 'QinQ: old non-standard 802.1ad',
}
