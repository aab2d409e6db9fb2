/** Packets of IPv6, made for this, and what tshark 4.0.17 prints of them. */
import type { PrintedSample } from './printed-sample.ts'

export const IPV6: readonly PrintedSample[] = [
  {
    name: 'IPv6 from a host that made its address of its MAC',
    bytes:
      '02000000000202000000000186dd6000000000091140fe80000000000000021122fffe334455fe800000000000000000' +
      '000000000002000107d000091b6e78',
    printed: {
      'ipv6.src': 'fe80::211:22ff:fe33:4455',
      'ipv6.addr': 'fe80::211:22ff:fe33:4455,fe80::2',
      'ipv6.src_slaac_mac': '00:11:22:33:44:55',
      'ipv6.slaac_mac': '00:11:22:33:44:55',
    },
  },
  {
    name: 'IPv6 by 6to4',
    bytes:
      '02000000000202000000000186dd60000000000911402002010203040005021122fffe334455fe800000000000000000' +
      '000000000002000107d00009f5e178',
    printed: {
      'ipv6.src_slaac_mac': '00:11:22:33:44:55',
      'ipv6.slaac_mac': '00:11:22:33:44:55',
      'ipv6.src_6to4_gw_ipv4': '1.2.3.4',
      'ipv6.6to4_gw_ipv4': '1.2.3.4',
      'ipv6.src_6to4_sla_id': '5',
      'ipv6.6to4_sla_id': '5',
    },
  },
  {
    name: 'IPv6 by Teredo',
    bytes:
      '02000000000202000000000186dd600000000009114020010000010203048000f000fefdfcfbfe800000000000000000' +
      '000000000002000107d00009f18578',
    printed: {
      'ipv6.src_ts_ipv4': '1.2.3.4',
      'ipv6.ts_ipv4': '1.2.3.4',
      'ipv6.src_tc_port': '4095',
      'ipv6.tc_port': '4095',
      'ipv6.src_tc_ipv4': '1.2.3.4',
      'ipv6.tc_ipv4': '1.2.3.4',
    },
  },
  {
    name: 'IPv6 by ISATAP',
    bytes:
      '02000000000202000000000186dd6000000000091140fe8000000000000000005efe01020304fe800000000000000000' +
      '000000000002000107d00009200378',
    printed: {
      'ipv6.src_isatap_ipv4': '1.2.3.4',
      'ipv6.isatap_ipv4': '1.2.3.4',
    },
  },
  {
    name: 'IPv6 by NAT64',
    bytes:
      '02000000000202000000000186dd60000000000911400064ff9b000000000000000001020304fe800000000000000000' +
      '000000000002000107d000097d8278',
    printed: {
      'ipv6.src_embed_ipv4': '1.2.3.4',
      'ipv6.embed_ipv4': '1.2.3.4',
      'ipv6.embed_ipv4_prefix': '0064ff9b0000000000000000',
    },
  },
  {
    name: 'IPv6, an address that stands for an IPv4 one',
    bytes:
      '02000000000202000000000186dd600000000009114000000000000000000000ffff01020304fe800000000000000000' +
      '000000000002000107d000097d8278',
    printed: {
      'ipv6.src': '::ffff:1.2.3.4',
      'ipv6.addr': '::ffff:1.2.3.4,fe80::2',
    },
  },
  {
    name: 'hop-by-hop, PadN with and without bytes',
    bytes:
      '02000000000202000000000186dd6000000000110040fe800000000000000000000000000001fe800000000000000000' +
      '0000000000021100010001020000000107d00009830678',
    printed: {
      'ipv6.hopopts.nxt': '17',
      'ipv6.hopopts.len': '0',
      'ipv6.hopopts.len_oct': '8',
      'ipv6.opt': '1,1',
      'ipv6.opt.type': '0x01,0x01',
      'ipv6.opt.type.action': '0,0',
      'ipv6.opt.type.change': '0,0',
      'ipv6.opt.type.rest': '0x01,0x01',
      'ipv6.opt.length': '0,2',
      'ipv6.opt.padn': '<none>,0000',
    },
  },
  {
    name: 'hop-by-hop, router alert',
    bytes:
      '02000000000202000000000186dd6000000000110040fe800000000000000000000000000001fe800000000000000000' +
      '0000000000021100050200010100000107d00009830678',
    printed: {
      'ipv6.hopopts.nxt': '17',
      'ipv6.hopopts.len': '0',
      'ipv6.hopopts.len_oct': '8',
      'ipv6.opt': '1,1',
      'ipv6.opt.type': '0x05,0x01',
      'ipv6.opt.type.action': '0,0',
      'ipv6.opt.type.change': '0,0',
      'ipv6.opt.type.rest': '0x05,0x01',
      'ipv6.opt.length': '2,0',
      'ipv6.opt.padn': '<none>',
      'ipv6.opt.router_alert': '1',
    },
  },
  {
    name: 'destination options, home address',
    bytes:
      '02000000000202000000000186dd6000000000213c40fe800000000000000000000000000001fe800000000000000000' +
      '0000000000021102c910fe80000000000000000000000000000101020000000107d00009830678',
    printed: {
      'ipv6.dst': 'fe80::2',
      'ipv6.opt': '1,1',
      'ipv6.opt.type': '0xc9,0x01',
      'ipv6.opt.type.action': '3,0',
      'ipv6.opt.type.change': '0,0',
      'ipv6.opt.type.rest': '0x09,0x01',
      'ipv6.opt.length': '16,2',
      'ipv6.opt.padn': '0000',
      'ipv6.opt.mipv6.home_address': 'fe80::1',
      'ipv6.dstopts.nxt': '17',
      'ipv6.dstopts.len': '2',
      'ipv6.dstopts.len_oct': '24',
    },
  },
  {
    name: 'destination options, PDM',
    bytes:
      '02000000000202000000000186dd6000000000193c40fe800000000000000000000000000001fe800000000000000000' +
      '00000000000211010f0a010200030004000500060000000107d00009830678',
    printed: {
      'ipv6.opt': '1,1,1',
      'ipv6.opt.type': '0x0f,0x00,0x00',
      'ipv6.opt.type.action': '0',
      'ipv6.opt.type.change': '0',
      'ipv6.opt.type.rest': '0x0f',
      'ipv6.opt.length': '10',
      'ipv6.opt.pad1': '1,1',
      'ipv6.opt.pdm.scale_dtlr': '1',
      'ipv6.opt.pdm.scale_dtls': '2',
      'ipv6.opt.pdm.psn_this_pkt': '3',
      'ipv6.opt.pdm.psn_last_recv': '4',
      'ipv6.opt.pdm.delta_last_recv': '5',
      'ipv6.opt.pdm.delta_last_sent': '6',
    },
  },
  {
    name: 'an option of the wrong header',
    bytes:
      '02000000000202000000000186dd6000000000110040fe800000000000000000000000000001fe800000000000000000' +
      '0000000000021100040104010100000107d00009830678',
    printed: {
      'ipv6.opt': '1,1',
      'ipv6.opt.type': '0x04,0x01',
      'ipv6.opt.type.action': '0,0',
      'ipv6.opt.type.change': '0,0',
      'ipv6.opt.type.rest': '0x04,0x01',
      'ipv6.opt.header_mismatch': '1',
      'ipv6.opt.length': '1,1',
      'ipv6.opt.padn': '00',
      'ipv6.opt.tel': '4',
    },
  },
  {
    name: 'an option that is not known',
    bytes:
      '02000000000202000000000186dd6000000000110040fe800000000000000000000000000001fe800000000000000000' +
      '0000000000021100770401020304000107d00009830678',
    printed: {
      'ipv6.opt': '1',
      'ipv6.opt.type': '0x77',
      'ipv6.opt.type.action': '1',
      'ipv6.opt.type.change': '1',
      'ipv6.opt.type.rest': '0x17',
      'ipv6.opt.length': '4',
      'ipv6.opt.unknown': '01020304',
      'ipv6.opt.unknown_data.expert': '1',
    },
  },
  {
    name: 'routing type 0',
    bytes:
      '02000000000202000000000186dd6000000000312b40fe800000000000000000000000000001fe800000000000000000' +
      '000000000002110400020000000020010db800000000000000000000000120010db80000000000000000000000020001' +
      '07d00009830678',
    printed: {
      'ipv6.routing.nxt': '17',
      'ipv6.routing.len': '4',
      'ipv6.routing.len_oct': '40',
      'ipv6.routing.type': '0',
      'ipv6.routing.deprecated': '1',
      'ipv6.routing.segleft': '2',
      'ipv6.routing.src.reserved': '00000000',
      'ipv6.routing.src.addr': '2001:db8::1,2001:db8::2',
    },
  },
  {
    name: 'routing type 2',
    bytes:
      '02000000000202000000000186dd6000000000212b40fe800000000000000000000000000001fe800000000000000000' +
      '000000000002110202010000000020010db8000000000000000000000001000107d00009830678',
    printed: {
      'ipv6.routing.nxt': '17',
      'ipv6.routing.len': '2',
      'ipv6.routing.len_oct': '24',
      'ipv6.routing.type': '2',
      'ipv6.routing.segleft': '1',
      'ipv6.routing.mipv6.reserved': '00000000',
      'ipv6.routing.mipv6.home_address': '2001:db8::1',
    },
  },
  {
    name: 'segment routing',
    bytes:
      '02000000000202000000000186dd6000000000312b40fe800000000000000000000000000001fe800000000000000000' +
      '000000000002110404010100000020010db800000000000000000000000120010db80000000000000000000000020001' +
      '07d00009830678',
    printed: {
      'ipv6.routing.nxt': '17',
      'ipv6.routing.len': '4',
      'ipv6.routing.len_oct': '40',
      'ipv6.routing.type': '4',
      'ipv6.routing.segleft': '1',
      'ipv6.routing.srh.last_entry': '1',
      'ipv6.routing.srh.flags': '0x00',
      'ipv6.routing.srh.tag': '0000',
      'ipv6.routing.srh.addr': '2001:db8::1,2001:db8::2',
    },
  },
  {
    name: 'routing of a type that is not known',
    bytes:
      '02000000000202000000000186dd6000000000112b40fe800000000000000000000000000001fe800000000000000000' +
      '0000000000021100090161626364000107d00009830678',
    printed: {
      'ipv6.routing.nxt': '17',
      'ipv6.routing.len': '0',
      'ipv6.routing.len_oct': '8',
      'ipv6.routing.type': '9',
      'ipv6.routing.segleft': '1',
      'ipv6.routing.unknown_data': '61626364',
      'ipv6.routing.undecoded': '1',
    },
  },
  {
    name: 'authentication',
    bytes:
      '02000000000202000000000186dd6000000000213340fe800000000000000000000000000001fe800000000000000000' +
      '000000000002110400000000123400000007000000000000000000000000000107d00009830678',
    printed: {
      'ah.next_header': '17',
      'ah.length': '4',
      'ah.reserved': '0000',
      'ah.spi': '0x00001234',
      'ah.sequence': '7',
      'ah.icv': '000000000000000000000000',
    },
  },
  {
    name: 'hop-by-hop that is not first',
    bytes:
      '02000000000202000000000186dd6000000000193c40fe800000000000000000000000000001fe800000000000000000' +
      '00000000000200000104000000001100010400000000000107d00009830678',
    printed: {
      'ipv6.hopopts.nxt': '17',
      'ipv6.hopopts.len': '0',
      'ipv6.hopopts.len_oct': '8',
      'ipv6.hopopts.not_first': '1',
    },
  },
]
