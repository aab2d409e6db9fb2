import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { expectedChecksum, internetChecksum } from '../../server/protocols/checksum.ts'
import type { Frame, Verified } from '../../server/protocols/packet.ts'
import { Trace } from '../../server/trace/trace.ts'
import { concat, cutTo, hex, utf8 } from '../frames.ts'
import { dissected, readBack } from './dissected.ts'
import { DATA, ipv4Of, ipv4WithOptions, ipv6Of, onEthernet, SAMPLES, UDP_BYTES } from './sample-frames.ts'

const sample = (name: string) => dissected(SAMPLES[name]!)

/** The frame as a trace sees it that verifies checksums. */
function verified(frame: Frame, verify: boolean | Verified = true) {
  const trace = new Trace({ verify })
  trace.add(frame)
  return readBack(trace, 1)
}

/** A packet whose bytes at some places are others. */
function patched(packet: Uint8Array, patch: Record<number, string>): Uint8Array {
  const bytes = packet.slice()
  for (const [at, text] of Object.entries(patch)) bytes.set(hex(text), Number(at))
  return bytes
}

describe('the Internet checksum', () => {
  test("RFC 1071's example", () => {
    assert.equal(internetChecksum(hex('0001 f203 f4f5 f6f7')), 0x220d)
  })

  test('an odd last byte counts as if a zero followed', () => {
    assert.equal(internetChecksum(hex('0001 f2')), internetChecksum(hex('0001 f200')))
  })

  test('of a header that holds its checksum is 0, and is found again', () => {
    const header = ipv4Of(17, new Uint8Array(0))
    assert.equal(internetChecksum(header), 0)
    const found = new DataView(header.buffer).getUint16(10)
    assert.equal(expectedChecksum(header, 0, 20, found), found)
  })
})

describe('IPv4', () => {
  test('every field of a header', () => {
    const header = hex('45 b9 0029 beef 4000 3f 11 0000 0a000001 0a000002')
    const it = dissected(onEthernet(0x0800, concat(header, UDP_BYTES, utf8('12345678'))))
    assert.equal(it.one('ip.version'), 4)
    assert.equal(it.one('ip.hdr_len'), 20)
    assert.equal(it.one('ip.dsfield'), 0xb9)
    assert.equal(it.one('ip.dsfield.dscp'), 46)
    assert.equal(it.one('ip.dsfield.ecn'), 1)
    assert.equal(it.one('ip.len'), 41)
    assert.equal(it.one('ip.id'), 0xbeef)
    assert.equal(it.one('ip.flags'), 2)
    assert.equal(it.one('ip.flags.rb'), false)
    assert.equal(it.one('ip.flags.df'), true)
    assert.equal(it.one('ip.flags.mf'), false)
    assert.equal(it.one('ip.frag_offset'), 0)
    assert.equal(it.one('ip.ttl'), 63)
    assert.equal(it.one('ip.proto'), 17)
    assert.equal(it.one('ip.src'), '10.0.0.1')
    assert.equal(it.one('ip.dst'), '10.0.0.2')
    assert.equal(it.packet.source, '10.0.0.1')
    const place = (name: string) => [it.span(name).start - 14, it.span(name).end - 14]
    assert.deepEqual(place('ip.dsfield'), [1, 2])
    assert.deepEqual(place('ip.flags'), [6, 7])
    assert.deepEqual(place('ip.frag_offset'), [6, 8])
    assert.deepEqual(place('ip.dst'), [16, 20])
  })

  test('the header checksum is verified when asked for', () => {
    assert.equal(dissected(DATA).one('ip.checksum.status'), 2)
    assert.equal(verified(DATA).one('ip.checksum.status'), 1)
    const damaged = verified({ ...DATA, bytes: patched(DATA.bytes, { 22: '3f' }) })
    assert.equal(damaged.one('ip.checksum.status'), 0)
    assert.equal(damaged.one('ip.checksum_calculated'), (damaged.one('ip.checksum') as number) + 0x100)
    assert.deepEqual(damaged.all('ip.checksum_bad.expert'), [''])
  })

  test('of TCP and UDP alone, or of IP alone', () => {
    const statuses = (verify: Verified) => {
      const it = verified(DATA, verify)
      return [it.one('ip.checksum.status'), it.one('tcp.checksum.status')]
    }
    assert.deepEqual(statuses({ ip: true }), [1, 2])
    assert.deepEqual(statuses({ tcp: true }), [2, 1])
  })

  test('options: router alert, record route, no operation, stream identifier, end', () => {
    const it = sample('IPv4 options')
    assert.equal(it.stack, 'eth:ip:udp:data')
    assert.equal(it.one('ip.hdr_len'), 40)
    assert.deepEqual(it.all('ip.opt.type'), [148, 7, 1, 136, 0])
    assert.deepEqual(it.all('ip.opt.type.copy'), [true, false, false, true, false])
    assert.deepEqual(it.all('ip.opt.len'), [4, 7, 4])
    assert.equal(it.one('ip.opt.ra'), 0)
    assert.equal(it.one('ip.opt.ptr'), 4)
    assert.equal(it.one('ip.empty_rt'), '0.0.0.0')
    assert.equal(it.one('ip.options.routeralert'), '94040000')
  })

  test('an option of a wrong length is noted, and the payload still read', () => {
    for (const option of ['07ff0400', '07000400', '00000044', '44']) {
      const it = dissected(onEthernet(0x0800, ipv4WithOptions(hex(option.padEnd(8, '0')), 17, UDP_BYTES)))
      assert.equal(it.one('data.text'), 'hello', option)
    }
    const it = dissected(onEthernet(0x0800, ipv4WithOptions(hex('07ff0400'), 17, UDP_BYTES)))
    assert.equal(it.stack, 'eth:ip:_ws.malformed:udp:data')
    assert.deepEqual(it.problems, [
      'Record Route option: expected a length from 2 to 4, found 255 at offset 34',
    ])
  })

  test('a later fragment is data, since its first bytes are no header', () => {
    const it = sample('a later fragment')
    assert.equal(it.stack, 'eth:ip:data')
    assert.equal(it.one('ip.frag_offset'), 185)
    assert.equal(it.span('ip.frag_offset').text, '1480 bytes (185 × 8)')
    assert.equal(it.info, 'Fragmented IP protocol (proto=UDP 17, off=1480, ID=1234)')
    assert.equal(it.packet.column, 'IPv4')
  })

  test('a first fragment is data until the others have come', () => {
    const it = sample('a first fragment')
    assert.equal(it.stack, 'eth:ip:data')
    assert.equal(it.one('ip.flags.mf'), true)
    assert.equal(it.info, 'Fragmented IP protocol (proto=UDP 17, off=0, ID=1234)')
  })

  test('of which the capture kept only a part, it is read as far as it goes', () => {
    const packet = ipv4Of(6, hex('c87c 0fa1 00000001'), { moreFragments: true, dontFragment: false })
    const it = dissected(cutTo(onEthernet(0x0800, concat(packet, hex('00'))), 41))
    assert.equal(it.stack, 'eth:ip:tcp:_ws.malformed')
  })

  test('total length 0 is taken to the end of the frame, as from a card that cuts segments itself', () => {
    const it = dissected({ ...DATA, bytes: patched(DATA.bytes, { 16: '0000' }) })
    assert.equal(it.one('ip.len'), DATA.bytes.length - 14)
    assert.equal(it.one('tcp.len'), 6)
  })

  test('a total length beyond the frame is noted, and what is there read', () => {
    const it = dissected({ ...DATA, bytes: patched(DATA.bytes, { 16: '0100' }) })
    assert.equal(it.stack, 'eth:ip:_ws.malformed:tcp:data')
    assert.deepEqual(it.problems, [
      "Total Length: expected at most the frame's 46 bytes, found 256 at offset 16",
    ])
  })

  test('but not when the capture cut the frame', () => {
    const it = dissected(cutTo(DATA, DATA.bytes.length - 2))
    assert.equal(it.stack, 'eth:ip:tcp:data')
  })

  test('a wrong version, header length or total length ends in an error layer', () => {
    const problem = (patch: Record<number, string>) => {
      const it = dissected(onEthernet(0x0800, patched(ipv4Of(17, UDP_BYTES), patch)))
      assert.equal(it.stack, 'eth:ip:_ws.malformed')
      return it.problems[0]
    }
    assert.equal(problem({ 0: '55' }), 'Version: expected 4, found 5 at offset 14')
    assert.equal(problem({ 0: '44' }), 'Header Length: expected at least 20 bytes, found 16 at offset 14')
    assert.equal(
      problem({ 2: '0013' }),
      "Total Length: expected at least the header's 20 bytes, found 19 at offset 18",
    )
  })

  test('version 6 behind the type of IPv4 is read as IPv6', () => {
    const it = dissected(onEthernet(0x0800, ipv6Of(17, UDP_BYTES)))
    assert.equal(it.stack, 'eth:ip:ipv6:udp:data')
    assert.deepEqual(it.all('ip.bogus_ip_version'), [''])
  })

  test('inside IPv4 the innermost addresses are the packet’s', () => {
    const it = dissected(onEthernet(0x0800, ipv4Of(41, ipv6Of(17, UDP_BYTES))))
    assert.equal(it.stack, 'eth:ip:ipv6:udp:data')
    assert.equal(it.packet.source, 'fe80::1')
    assert.equal(it.packet.flow?.client.address, 'fe80::1')
  })

  test('an unknown protocol is data with its number', () => {
    const it = dissected(onEthernet(0x0800, ipv4Of(103, hex('2000'))))
    assert.equal(it.stack, 'eth:ip:data')
    assert.equal(it.info, 'PIM (103)')
  })
})

describe('IPv6', () => {
  test('every field of a header', () => {
    const header = hex(
      '6b 91 2345 000d 11 3f 20010db8000000000000000000000001 fe800000000000000000000000000002',
    )
    const it = dissected(onEthernet(0x86dd, concat(header, UDP_BYTES)))
    assert.equal(it.stack, 'eth:ipv6:udp:data')
    assert.equal(it.one('ipv6.version'), 6)
    assert.equal(it.one('ipv6.tclass'), 0xb9)
    assert.equal(it.one('ipv6.tclass.dscp'), 46)
    assert.equal(it.one('ipv6.tclass.ecn'), 1)
    assert.equal(it.one('ipv6.flow'), 0x12345)
    assert.equal(it.one('ipv6.plen'), 13)
    assert.equal(it.one('ipv6.nxt'), 17)
    assert.equal(it.one('ipv6.hlim'), 63)
    assert.equal(it.one('ipv6.src'), '2001:db8::1')
    assert.equal(it.one('ipv6.dst'), 'fe80::2')
    assert.deepEqual([it.span('ipv6.tclass').start, it.span('ipv6.tclass').end], [14, 18])
  })

  test('hop-by-hop options, with padding and a router alert', () => {
    const it = sample('IPv6 hop-by-hop options')
    assert.equal(it.stack, 'eth:ipv6:ipv6.hopopts:udp:data')
    assert.equal(it.one('ipv6.hopopts.nxt'), 17)
    assert.equal(it.one('ipv6.hopopts.len'), 0)
    assert.equal(it.one('ipv6.hopopts.len_oct'), 8)
    assert.deepEqual(it.all('ipv6.opt.type'), [5, 1])
    assert.equal(it.one('ipv6.opt.router_alert'), 0)
  })

  test('an option that leads out of its header ends in an error layer', () => {
    const it = dissected(onEthernet(0x86dd, ipv6Of(60, concat(hex('11 00 1e ff abcd 00 00'), UDP_BYTES))))
    assert.equal(it.stack, 'eth:ipv6:ipv6.dstopts:_ws.malformed')
    assert.equal(it.one('ipv6.opt.length'), 255)
    assert.match(it.problems[0] ?? '', /expected at most 4 bytes, found 255/)
  })

  test('a routing header', () => {
    const it = sample('IPv6 routing')
    assert.equal(it.stack, 'eth:ipv6:ipv6.routing:udp:data')
    assert.equal(it.one('ipv6.routing.type'), 4)
    assert.equal(it.one('ipv6.routing.segleft'), 1)
  })

  test('first and later fragments', () => {
    const first = sample('an IPv6 first fragment')
    assert.equal(first.stack, 'eth:ipv6:ipv6.fraghdr:data')
    assert.equal(first.one('ipv6.fraghdr.more'), true)
    assert.equal(first.one('ipv6.fraghdr.ident'), 0x12345678)
    const later = sample('an IPv6 later fragment')
    assert.equal(later.stack, 'eth:ipv6:ipv6.fraghdr:data')
    assert.equal(later.one('ipv6.fraghdr.offset'), 181)
    assert.equal(later.info, 'IPv6 fragment (off=1448 more=n ident=0x12345678 nxt=17)')
  })

  test('an authentication header is passed over', () => {
    const it = sample('an authentication header')
    assert.equal(it.stack, 'eth:ip:ah:udp:data')
    assert.equal(it.one('ah.icv'), '000102030405060708090a0b')
  })

  test('payload length 0 is taken to the end of the frame: a jumbogram', () => {
    const packet = ipv6Of(17, concat(hex('c87c 0fa2 0000 abcd'), new Uint8Array(70_000)))
    packet.set(hex('0000'), 4)
    const it = dissected(onEthernet(0x86dd, packet))
    assert.equal(it.info, '51324 → 4002 Len=70000')
    assert.equal((it.one('data.data') as string).length, 140_000)
  })
})

describe('UDP', () => {
  test('every field of a header', () => {
    const it = sample('a UDP datagram')
    assert.equal(it.stack, 'eth:ip:udp:data')
    assert.equal(it.one('udp.srcport'), 51_324)
    assert.equal(it.one('udp.dstport'), 4001)
    assert.equal(it.one('udp.length'), 13)
    assert.equal(it.one('udp.checksum.status'), 2)
    assert.equal(it.one('udp.stream'), 0)
    assert.equal(it.one('udp.payload'), Buffer.from('hello').toString('hex'))
    assert.equal(it.info, '51324 → 4001 Len=5')
    assert.equal(it.packet.flow?.id, 'udp.0')
  })

  test('no checksum is allowed over IPv4 and illegal over IPv6', () => {
    assert.equal(dissected(onEthernet(0x0800, ipv4Of(17, UDP_BYTES))).one('udp.checksum.status'), 3)
    assert.equal(dissected(onEthernet(0x86dd, ipv6Of(17, UDP_BYTES))).one('udp.checksum.status'), 4)
  })

  test('bytes behind its length are not its payload', () => {
    const it = dissected(onEthernet(0x0800, ipv4Of(17, concat(UDP_BYTES, utf8('more')))))
    assert.equal(it.one('data.text'), 'hello')
  })

  test('a length below 8 ends in an error layer, one beyond the packet is noted', () => {
    const short = dissected(onEthernet(0x0800, ipv4Of(17, hex('c87c 0fa2 0007 0000 61'))))
    assert.deepEqual(short.problems, ['Length: expected at least 8, found 7 at offset 40'])
    const long = dissected(onEthernet(0x0800, ipv4Of(17, hex('c87c 0fa2 0063 0000 61'))))
    assert.deepEqual(long.problems, [
      'Length: expected at most the 9 bytes of the IP payload, found 99 at offset 42',
    ])
    assert.equal(long.one('data.text'), 'a')
  })

  test('an empty datagram has no data layer', () => {
    const it = dissected(onEthernet(0x0800, ipv4Of(17, hex('c87c 0fa2 0008 0000'))))
    assert.equal(it.stack, 'eth:ip:udp')
    assert.equal(it.info, '51324 → 4002 Len=0')
  })
})
