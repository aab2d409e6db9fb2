/** Packets of ICMP, made for this, and what tshark 4.0.17 prints of them. */
import type { PrintedSample } from './printed-sample.ts'

export const ICMP: readonly PrintedSample[] = [
  {
    name: 'ping with a time',
    bytes:
      '02000000000202000000000108004500002c00000000400166cf0a0000010a00000208001dc1004d000400f15365f401' +
      '00006162636465666768',
    printed: {
      'data.data': '6162636465666768',
      'data.len': '8',
      'icmp.type': '8',
      'icmp.code': '0',
      'icmp.checksum': '0x1dc1',
      'icmp.checksum.status': '1',
      'icmp.ident': '77',
      'icmp.ident_le': '19712',
      'icmp.seq': '4',
      'icmp.seq_le': '1024',
      'icmp.data_time': 'Nov 14, 2023 22:13:20.000500000 UTC',
    },
  },
  {
    name: 'ICMP time exceeded with an MPLS label',
    bytes:
      '0200000000020200000000010800450000a800000000400166530a0000010a0000020b00096000200000450000800007' +
      '0000401166640a0000010a00000200050006006c314f7979797979797979797979797979797979797979797979797979' +
      '797979797979797979797979797979797979797979797979797979797979797979797979797979797979797979797979' +
      '79797979797979797979797979797979797979797979797979792000ddf00008010100010105',
    printed: {
      'icmp.type': '11',
      'icmp.code': '0',
      'icmp.checksum': '0x0960',
      'icmp.checksum.status': '1',
      'icmp.unused': '00,0000',
      'icmp.length': '32',
      'icmp.length.original_datagram': '128',
      'icmp.ext': '1',
      'icmp.ext.version': '2',
      'icmp.ext.res': '0x0000',
      'icmp.ext.checksum': '0xddf0',
      'icmp.ext.checksum.status': '1',
      'icmp.ext.length': '8',
      'icmp.ext.class': '1',
      'icmp.ext.ctype': '1',
      'icmp.mpls.label': '16',
      'icmp.mpls.exp': '0',
      'icmp.mpls.s': '1',
      'icmp.mpls.ttl': '5',
    },
  },
  {
    name: 'ICMP two MPLS labels',
    bytes:
      '0200000000020200000000010800450000ac000000004001664f0a0000010a0000020b00096000200000450000800007' +
      '0000401166640a0000010a00000200050006006c314f7979797979797979797979797979797979797979797979797979' +
      '797979797979797979797979797979797979797979797979797979797979797979797979797979797979797979797979' +
      '79797979797979797979797979797979797979797979797979792000dbe4000c01010001000500020306',
    printed: {
      'icmp.type': '11',
      'icmp.code': '0',
      'icmp.checksum': '0x0960',
      'icmp.checksum.status': '1',
      'icmp.unused': '00,0000',
      'icmp.length': '32',
      'icmp.length.original_datagram': '128',
      'icmp.ext': '1',
      'icmp.ext.version': '2',
      'icmp.ext.res': '0x0000',
      'icmp.ext.checksum': '0xdbe4',
      'icmp.ext.checksum.status': '1',
      'icmp.ext.length': '12',
      'icmp.ext.class': '1',
      'icmp.ext.ctype': '1',
      'icmp.mpls.label': '16,32',
      'icmp.mpls.exp': '0,1',
      'icmp.mpls.s': '0,1',
      'icmp.mpls.ttl': '5,6',
    },
  },
  {
    name: 'ICMP extended echo',
    bytes:
      '02000000000202000000000108004500002c00000000400166cf0a0000010a0000022a00d0fd0001050120000f4e000c' +
      '03016574683000000000',
    printed: {
      'icmp.type': '42',
      'icmp.code': '0',
      'icmp.checksum': '0xd0fd',
      'icmp.checksum.status': '1',
      'icmp.ident': '1',
      'icmp.ident_le': '256',
      'icmp.ext': '1',
      'icmp.ext.version': '2',
      'icmp.ext.res': '0x0000',
      'icmp.ext.checksum': '0x0f4e',
      'icmp.ext.checksum.status': '1',
      'icmp.ext.length': '12',
      'icmp.ext.class': '3',
      'icmp.ext.ctype': '1',
      'icmp.ext.echo.seq': '5',
      'icmp.ext.echo.req.res': '0x00',
      'icmp.ext.echo.req.local': '1',
    },
  },
]
