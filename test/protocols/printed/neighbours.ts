/** Packets of neighbour discovery and router advertisements, made for this, and what tshark 4.0.17 prints of them. */
import type { PrintedSample } from './printed-sample.ts'

export const NEIGHBOURS: readonly PrintedSample[] = [
  {
    name: 'router advertisement',
    bytes:
      '02000000000202000000000186dd6000000000403afffe800000000000000000000000000001fe800000000000000000' +
      '00000000000286008b0540180708000003e8000007d0010102030405060705010000000005dc030440e000000e100000' +
      '07080000000020010db8000000000000000000000000',
    printed: {
      'icmpv6.type': '134',
      'icmpv6.code': '0',
      'icmpv6.checksum': '0x8b05',
      'icmpv6.checksum.status': '1',
      'icmpv6.nd.ra.cur_hop_limit': '64',
      'icmpv6.nd.ra.flag': '0x18',
      'icmpv6.nd.ra.flag.m': '0',
      'icmpv6.nd.ra.flag.o': '0',
      'icmpv6.nd.ra.flag.h': '0',
      'icmpv6.nd.ra.flag.prf': '3',
      'icmpv6.nd.ra.flag.p': '0',
      'icmpv6.nd.ra.flag.rsv': '0',
      'icmpv6.nd.ra.router_lifetime': '1800',
      'icmpv6.nd.ra.reachable_time': '1000',
      'icmpv6.nd.ra.retrans_timer': '2000',
      'icmpv6.opt': '1,1,1',
      'icmpv6.opt.type': '1,5,3',
      'icmpv6.opt.length': '1,1,4',
      'icmpv6.opt.reserved': '1,1',
      'icmpv6.opt.linkaddr': '02:03:04:05:06:07',
      'icmpv6.opt.src_linkaddr': '02:03:04:05:06:07',
      'icmpv6.opt.mtu': '1500',
      'icmpv6.opt.prefix.length': '64',
      'icmpv6.opt.prefix.flag': '0xe0',
      'icmpv6.opt.prefix.flag.l': '1',
      'icmpv6.opt.prefix.flag.a': '1',
      'icmpv6.opt.prefix.flag.r': '1',
      'icmpv6.opt.prefix.flag.reserved': '0',
      'icmpv6.opt.prefix.valid_lifetime': '3600',
      'icmpv6.opt.prefix.preferred_lifetime': '1800',
      'icmpv6.opt.prefix': '2001:db8::',
    },
  },
  {
    name: 'neighbour solicitation with a nonce',
    bytes:
      '02000000000202000000000186dd6000000000203afffe800000000000000000000000000001fe800000000000000000' +
      '000000000002870011b20102030420010db80000000000000000000000010e01616263646566',
    printed: {
      'icmpv6.type': '135',
      'icmpv6.code': '0',
      'icmpv6.checksum': '0x11b2',
      'icmpv6.checksum.status': '1',
      'icmpv6.reserved': '01020304',
      'icmpv6.nd.ns.target_address': '2001:db8::1',
      'icmpv6.opt': '1',
      'icmpv6.opt.type': '14',
      'icmpv6.opt.length': '1',
      'icmpv6.opt.nonce': '616263646566',
    },
  },
  {
    name: 'neighbour advertisement',
    bytes:
      '02000000000202000000000186dd6000000000203afffe800000000000000000000000000001fe800000000000000000' +
      '00000000000288005ed5e000000020010db80000000000000000000000010201020304050607',
    printed: {
      'icmpv6.type': '136',
      'icmpv6.code': '0',
      'icmpv6.checksum': '0x5ed5',
      'icmpv6.checksum.status': '1',
      'icmpv6.nd.na.flag': '0xe0000000',
      'icmpv6.nd.na.flag.r': '1',
      'icmpv6.nd.na.flag.s': '1',
      'icmpv6.nd.na.flag.o': '1',
      'icmpv6.nd.na.flag.rsv': '0',
      'icmpv6.nd.na.target_address': '2001:db8::1',
      'icmpv6.opt': '1',
      'icmpv6.opt.type': '2',
      'icmpv6.opt.length': '1',
      'icmpv6.opt.linkaddr': '02:03:04:05:06:07',
      'icmpv6.opt.target_linkaddr': '02:03:04:05:06:07',
    },
  },
  {
    name: 'redirect with the packet redirected',
    bytes:
      '02000000000202000000000186dd6000000000783afffe800000000000000000000000000001fe800000000000000000' +
      '00000000000289009a8a0000000020010db800000000000000000000000120010db80000000000000000000000020201' +
      '02030405060704090000000000006000000000121140fe800000000000000000000000000001fe800000000000000000' +
      '000000000002000107d00012a09a78787878787878787878000000000000',
    printed: {
      'icmpv6.type': '137',
      'icmpv6.code': '0',
      'icmpv6.checksum': '0x9a8a',
      'icmpv6.checksum.status': '1',
      'icmpv6.reserved': '00000000',
      'icmpv6.nd.rd.target_address': '2001:db8::1',
      'icmpv6.rd.na.destination_address': '2001:db8::2',
      'icmpv6.unknown_data': '000000000000',
      'icmpv6.unknown_data.expert': '1',
      'icmpv6.opt': '1,1',
      'icmpv6.opt.type': '2,4',
      'icmpv6.opt.length': '1,9',
      'icmpv6.opt.reserved': '1',
      'icmpv6.opt.linkaddr': '02:03:04:05:06:07',
      'icmpv6.opt.target_linkaddr': '02:03:04:05:06:07',
      'icmpv6.opt.redirected_packet': '1',
    },
  },
  {
    name: 'RA with DNS servers',
    bytes:
      '02000000000202000000000186dd6000000000383afffe800000000000000000000000000001fe800000000000000000' +
      '0000000000028600b4a940000708000003e8000007d019050000ffffffff20010db80000000000000000000000532001' +
      '0db8000000000000000000000054',
    printed: {
      'icmpv6.opt': '1',
      'icmpv6.opt.type': '25',
      'icmpv6.opt.length': '5',
      'icmpv6.opt.reserved': '1',
      'icmpv6.opt.rdnss.lifetime': '4294967295',
      'icmpv6.opt.rdnss': '2001:db8::53,2001:db8::54',
    },
  },
  {
    name: 'RA with search domains',
    bytes:
      '02000000000202000000000186dd6000000000303afffe800000000000000000000000000001fe800000000000000000' +
      '0000000000028600790440000708000003e8000007d01f04000000000258076578616d706c6503636f6d000161016200' +
      '000000000000',
    printed: {
      'icmpv6.opt': '1',
      'icmpv6.opt.type': '31',
      'icmpv6.opt.length': '4',
      'icmpv6.opt.reserved': '1',
      'icmpv6.opt.padding': '1',
      'icmpv6.opt.dnssl.lifetime': '600',
      'icmpv6.opt.dnssl': 'example.com,a.b',
    },
  },
  {
    name: 'RA with a route',
    bytes:
      '02000000000202000000000186dd6000000000203afffe800000000000000000000000000001fe800000000000000000' +
      '0000000000028600a1c440000708000003e8000007d0180240080000025820010db800000000',
    printed: {
      'icmpv6.opt': '1',
      'icmpv6.opt.type': '24',
      'icmpv6.opt.length': '2',
      'icmpv6.opt.prefix.length': '64',
      'icmpv6.opt.prefix': '2001:db8::',
      'icmpv6.opt.route_info.flag': '0x08',
      'icmpv6.opt.route_info.flag.route_preference': '1',
      'icmpv6.opt.route_info.flag.reserved': '0',
      'icmpv6.opt.route_lifetime': '600',
    },
  },
  {
    name: 'RA with more flags',
    bytes:
      '02000000000202000000000186dd6000000000183afffe800000000000000000000000000001fe800000000000000000' +
      '00000000000286008fe640000708000003e8000007d01a01800000000000',
    printed: {
      'icmpv6.opt': '1',
      'icmpv6.opt.type': '26',
      'icmpv6.opt.length': '1',
      'icmpv6.opt.reserved': '1',
      'icmpv6.opt.efo': '0x8000',
      'icmpv6.opt.efo.m': '1',
      'icmpv6.opt.efo.o': '0',
      'icmpv6.opt.efo.h': '0',
      'icmpv6.opt.efo.prf': '0',
      'icmpv6.opt.efo.p': '0',
      'icmpv6.opt.efo.rsv': '0',
    },
  },
  {
    name: 'RA with a captive portal',
    bytes:
      '02000000000202000000000186dd6000000000283afffe800000000000000000000000000001fe800000000000000000' +
      '0000000000028600a66540000708000003e8000007d0250368747470733a2f2f782e6578616d706c652f61706900',
    printed: {
      'icmpv6.opt': '1',
      'icmpv6.opt.type': '37',
      'icmpv6.opt.length': '3',
      'icmpv6.opt.captive_portal': 'https://x.example/api',
    },
  },
  {
    name: 'RA with PREF64',
    bytes:
      '02000000000202000000000186dd6000000000203afffe800000000000000000000000000001fe800000000000000000' +
      '0000000000028600e49c40000708000003e8000007d026021f410064ff9b0000000000000000',
    printed: {
      'icmpv6.opt': '1',
      'icmpv6.opt.type': '38',
      'icmpv6.opt.length': '2',
      'icmpv6.opt.pref64.scaled_lifetime': '1000',
      'icmpv6.opt.pref64.plc': '0x0001',
      'icmpv6.opt.pref64.prefix': '64:ff9b::',
    },
  },
  {
    name: 'RA with a timestamp',
    bytes:
      '02000000000202000000000186dd6000000000203afffe800000000000000000000000000001fe800000000000000000' +
      '0000000000028600c68940000708000003e8000007d00d0200000000000000006553f1000000',
    printed: {
      'icmpv6.opt': '1',
      'icmpv6.opt.type': '13',
      'icmpv6.opt.length': '2',
      'icmpv6.opt.reserved': '1',
      'icmpv6.opt.timestamp': 'Nov 14, 2023 22:13:20.000000000 UTC',
    },
  },
  {
    name: 'RA with an option of length zero',
    bytes:
      '02000000000202000000000186dd6000000000183afffe800000000000000000000000000001fe800000000000000000' +
      '000000000002860028e840000708000003e8000007d00100000000000000',
    printed: {
      'icmpv6.opt': '1',
      'icmpv6.opt.type': '1',
      'icmpv6.opt.length': '0',
      'icmpv6.invalid_option_length': '1',
    },
  },
  {
    name: 'RA with an option that is not known',
    bytes:
      '02000000000202000000000186dd6000000000183afffe800000000000000000000000000001fe800000000000000000' +
      '00000000000286009cb940000708000003e8000007d06301616263646566',
    printed: {
      'icmpv6.data': '616263646566',
      'icmpv6.opt': '1',
      'icmpv6.opt.type': '99',
      'icmpv6.opt.length': '1',
      'icmpv6.undecoded.option': '1',
    },
  },
]
