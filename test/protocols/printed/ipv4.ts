/** Packets of IPv4 and UDP, made for this, and what tshark 4.0.17 prints of them. */
import type { PrintedSample } from './printed-sample.ts'

export const IPV4: readonly PrintedSample[] = [
  {
    name: 'IPv4, three NOPs and an end',
    bytes:
      '02000000000202000000000108004600002a00000000401163c00a0000010a0000020101010003e807d00012db053031' +
      '3233343536373839',
    printed: {
      'ip.opt.type': '1,1,1,0',
      'ip.opt.type.copy': '0,0,0,0',
      'ip.opt.type.class': '0,0,0,0',
      'ip.opt.type.number': '1,1,1,0',
    },
  },
  {
    name: 'IPv4, five NOPs in a row',
    bytes:
      '02000000000202000000000108004700002e00000000401161bb0a0000010a000002010101010100000003e807d00012' +
      'db0530313233343536373839',
    printed: {
      'ip.nop': '1',
    },
  },
  {
    name: 'IPv4, record route half filled',
    bytes:
      '020000000002020000000001080048000032000000004011409e0a0000010a000002070b0801020304050607080003e8' +
      '07d00012db0530313233343536373839',
    printed: {
      'ip.addr': '10.0.0.1,10.0.0.2',
      'ip.dst': '10.0.0.2',
      'ip.opt.type': '7,0',
      'ip.opt.type.copy': '0,0',
      'ip.opt.type.class': '0,0',
      'ip.opt.type.number': '7,0',
      'ip.opt.len': '11',
      'ip.opt.ptr': '8',
      'ip.rec_rt': '1.2.3.4',
      'ip.empty_rt': '5.6.7.8',
    },
  },
  {
    name: 'IPv4, loose source route on its way',
    bytes:
      '020000000002020000000001080048000032000000004011c49d0a0000010a000002830b0801020304050607080003e8' +
      '07d00012db0530313233343536373839',
    printed: {
      'ip.addr': '10.0.0.1,5.6.7.8',
      'ip.dst': '5.6.7.8',
      'ip.cur_rt': '10.0.0.2',
      'ip.opt.type': '131,0',
      'ip.opt.type.copy': '1,0',
      'ip.opt.type.class': '0,0',
      'ip.opt.type.number': '3,0',
      'ip.opt.len': '11',
      'ip.opt.ptr': '8',
      'ip.rec_rt': '1.2.3.4',
    },
  },
  {
    name: 'IPv4, time stamps with addresses',
    bytes:
      '02000000000202000000000108004800003200000000401116a20a0000010a000002440c0503010203040000000203e8' +
      '07d00012db0530313233343536373839',
    printed: {
      'ip.opt.type': '68',
      'ip.opt.type.copy': '0',
      'ip.opt.type.class': '2',
      'ip.opt.type.number': '4',
      'ip.opt.len': '12',
      'ip.opt.ptr': '5',
      'ip.opt.overflow': '0',
      'ip.opt.flag': '0x03',
      'ip.opt.time_stamp': '2',
      'ip.opt.time_stamp_addr': '1.2.3.4',
    },
  },
  {
    name: 'IPv4, time stamps alone',
    bytes:
      '0200000000020200000000010800480000320000000040111aaa0a0000010a000002440c0500000000010000000203e8' +
      '07d00012db0530313233343536373839',
    printed: {
      'ip.opt.type': '68',
      'ip.opt.type.copy': '0',
      'ip.opt.type.class': '2',
      'ip.opt.type.number': '4',
      'ip.opt.len': '12',
      'ip.opt.ptr': '5',
      'ip.opt.overflow': '0',
      'ip.opt.flag': '0x00',
      'ip.opt.time_stamp': '1,2',
    },
  },
  {
    name: 'IPv4, a traceroute option',
    bytes:
      '02000000000202000000000108004800003200000000401111ad0a0000010a000002520c0000000000000000000003e8' +
      '07d00012db0530313233343536373839',
    printed: {
      'ip.opt.type': '82',
      'ip.opt.type.copy': '0',
      'ip.opt.type.class': '2',
      'ip.opt.type.number': '18',
      'ip.opt.len': '12',
      'ip.opt.id_number': '0',
      'ip.opt.ohc': '0',
      'ip.opt.rhc': '0',
      'ip.opt.originator': '0.0.0.0',
    },
  },
  {
    name: 'IPv4, an MTU probe',
    bytes:
      '02000000000202000000000108004600002a00000000401154e10a0000010a0000020b0405dc03e807d00012db053031' +
      '3233343536373839',
    printed: {
      'ip.opt.type': '11',
      'ip.opt.type.copy': '0',
      'ip.opt.type.class': '0',
      'ip.opt.type.number': '11',
      'ip.opt.len': '4',
      'ip.opt.mtu': '1500',
    },
  },
  {
    name: 'IPv4, a TTL that is too small',
    bytes:
      '020000000002020000000001080045000026000000000111a5c50a0000010a00000203e807d00012db05303132333435' +
      '36373839',
    printed: {
      'ip.ttl': '1',
      'ip.ttl.too_small': '1',
    },
  },
  {
    name: 'IPv4, a TTL that 224.0.0.5 must not have',
    bytes:
      '02000000000202000000000108004500002600000000401190c10a000001e000000503e807d00012db05303132333435' +
      '36373839',
    printed: {
      'ip.ttl': '64',
      'ip.ttl.lncb': '1',
    },
  },
  {
    name: 'UDP longer than its packet',
    bytes:
      '02000000000202000000000108004500002600000000401166c50a0000010a00000203e807d00064db05303132333435' +
      '36373839',
    printed: {
      'udp.srcport': '1000',
      'udp.port': '1000,2000',
      'udp.dstport': '2000',
      'udp.length': '100',
      'udp.checksum': '0xdb05',
      'udp.checksum.status': '2',
      'udp.length.bad': '1',
      'udp.payload': '30313233343536373839',
    },
  },
  {
    name: 'UDP over IPv6 without a checksum',
    bytes:
      '02000000000202000000000186dd6000000000121140fe800000000000000000000000000001fe800000000000000000' +
      '00000000000203e807d00012000030313233343536373839',
    printed: {
      'udp.srcport': '1000',
      'udp.port': '1000,2000',
      'udp.dstport': '2000',
      'udp.length': '18',
      'udp.checksum': '0x0000',
      'udp.checksum.status': '4',
      'udp.checksum.zero': '1',
      'udp.payload': '30313233343536373839',
    },
  },
  {
    name: 'UDP to a port of traceroute',
    bytes: '02000000000202000000000108004500001f00000000401166cc0a0000010a0000021388829b000b914f616263',
    printed: {
      'udp.srcport': '5000',
      'udp.port': '5000,33435',
      'udp.dstport': '33435',
      'udp.length': '11',
      'udp.checksum': '0x914f',
      'udp.checksum.status': '2',
      'udp.possible_traceroute': '1',
      'udp.payload': '616263',
    },
  },
  {
    name: 'IPv6 that says it is longer than the frame',
    bytes:
      '02000000000202000000000186dd6000000003e81140fe800000000000000000000000000001fe800000000000000000' +
      '00000000000203e807d00012f20330313233343536373839',
    printed: {
      'ipv6.plen': '1000',
      'ipv6.plen_exceeds_framing': '1',
    },
  },
]
