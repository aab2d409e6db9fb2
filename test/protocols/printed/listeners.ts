/** Packets of multicast listeners, node information and the rest of ICMPv6, made for this, and what tshark 4.0.17 prints of them. */
import type { PrintedSample } from './printed-sample.ts'

export const LISTENERS: readonly PrintedSample[] = [
  {
    name: 'MLDv1 report',
    bytes:
      '02000000000202000000000186dd6000000000183afffe800000000000000000000000000001fe800000000000000000' +
      '000000000002830080a100000000ff020000000000000000000000010003',
    printed: {
      'icmpv6.type': '131',
      'icmpv6.code': '0',
      'icmpv6.checksum': '0x80a1',
      'icmpv6.checksum.status': '1',
      'icmpv6.reserved': '0000',
      'icmpv6.mld.maximum_response_delay': '0',
      'icmpv6.mld.multicast_address': 'ff02::1:3',
    },
  },
  {
    name: 'MLDv2 query',
    bytes:
      '02000000000202000000000186dd60000000003c3afffe800000000000000000000000000001fe800000000000000000' +
      '0000000000028200a26281230000ff0200000000000000000000000100030281000220010db800000000000000000000' +
      '000120010db8000000000000000000000001',
    printed: {
      'icmpv6.type': '130',
      'icmpv6.code': '0',
      'icmpv6.checksum': '0xa262',
      'icmpv6.checksum.status': '1',
      'icmpv6.reserved': '0000',
      'icmpv6.mld.maximum_response_code': '35096',
      'icmpv6.mld.multicast_address': 'ff02::1:3',
      'icmpv6.mld.flag': '0x02',
      'icmpv6.mld.flag.s': '0',
      'icmpv6.mld.flag.qrv': '2',
      'icmpv6.mld.flag.reserved': '0',
      'icmpv6.mld.qqi': '136',
      'icmpv6.mld.nb_sources': '2',
      'icmpv6.mld.source_address': '2001:db8::1,2001:db8::1',
    },
  },
  {
    name: 'MLDv2 report',
    bytes:
      '02000000000202000000000186dd6000000000603afffe800000000000000000000000000001fe800000000000000000' +
      '0000000000028f00e51e0000000201000001ff02000000000000000000000001000320010db800000000000000000000' +
      '000106000002ff02000000000000000000000001000320010db800000000000000000000000120010db8000000000000' +
      '000000000001',
    printed: {
      'icmpv6.type': '143',
      'icmpv6.code': '0',
      'icmpv6.checksum': '0xe51e',
      'icmpv6.checksum.status': '1',
      'icmpv6.reserved': '0000',
      'icmpv6.mldr.nb_mcast_records': '2',
      'icmpv6.mldr.mar': '1,1',
      'icmpv6.mldr.mar.record_type': '1,6',
      'icmpv6.mldr.mar.aux_data_len': '0,0',
      'icmpv6.mldr.mar.nb_sources': '1,2',
      'icmpv6.mldr.mar.multicast_address': 'ff02::1:3,ff02::1:3',
      'icmpv6.mldr.mar.source_address': '2001:db8::1,2001:db8::1,2001:db8::1',
    },
  },
  {
    name: 'node information reply',
    bytes:
      '02000000000202000000000186dd6000000000383afffe800000000000000000000000000001fe800000000000000000' +
      '0000000000028c0049c10003003f31323334353637380000003c20010db8000000000000000000000001000000002001' +
      '0db8000000000000000000000001',
    printed: {
      'icmpv6.ni.qtype': '3',
      'icmpv6.ni.flag': '0x003f',
      'icmpv6.ni.flag.g': '1',
      'icmpv6.ni.flag.s': '1',
      'icmpv6.ni.flag.l': '1',
      'icmpv6.ni.flag.c': '1',
      'icmpv6.ni.flag.a': '1',
      'icmpv6.ni.flag.t': '1',
      'icmpv6.ni.flag.rsv': '0x0000',
      'icmpv6.ni.nonce': '0x3132333435363738',
      'icmpv6.ni.reply.node_ttl': '60,0',
      'icmpv6.ni.reply.node_address': '2001:db8::1,2001:db8::1',
    },
  },
  {
    name: 'ICMPv6 of a type that is not known',
    bytes:
      '02000000000202000000000186dd6000000000203afffe800000000000000000000000000001fe800000000000000000' +
      '000000000002c800389c00010203000000000000000000000000000000000000000000000000',
    printed: {
      'icmpv6.type': '200',
      'icmpv6.code': '0',
      'icmpv6.checksum': '0x389c',
      'icmpv6.checksum.status': '1',
      'icmpv6.data': '00010203000000000000000000000000000000000000000000000000',
      'icmpv6.undecoded.type': '1',
    },
  },
  {
    name: 'ICMPv6 with a wrong checksum',
    bytes:
      '02000000000202000000000186dd6000000000183a40fe800000000000000000000000000001fe800000000000000000' +
      '00000000000287004cee0000000020010db8000000000000000000000001',
    printed: {
      'icmpv6.type': '135',
      'icmpv6.code': '0',
      'icmpv6.checksum': '0x4cee',
      'icmpv6.checksum.status': '0',
      'icmpv6.checksum_bad.expert': '1',
      'icmpv6.reserved': '00000000',
      'icmpv6.nd.ns.target_address': '2001:db8::1',
    },
  },
]
