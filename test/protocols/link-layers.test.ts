import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { concat, ethernetBytes, frameOf, hex, utf8 } from '../frames.ts'
import { dissected, readBack, traceOf } from './dissected.ts'
import { ARP_REQUEST, ipv4Of, onEthernet, onLink, SAMPLES, UDP_BYTES } from './sample-frames.ts'

const sample = (name: string) => dissected(SAMPLES[name]!)

describe('Ethernet', () => {
  test('addresses, their two bits and the type', () => {
    const it = dissected(
      frameOf(
        ethernetBytes(
          { destination: 'ff:ff:ff:ff:ff:ff', source: '00:1b:21:00:00:01', type: 0x88cc },
          hex('02'),
        ),
      ),
    )
    assert.equal(it.stack, 'eth:data')
    assert.equal(it.one('eth.dst'), 'ff:ff:ff:ff:ff:ff')
    assert.equal(it.one('eth.dst.ig'), true)
    assert.equal(it.one('eth.dst.lg'), true)
    assert.equal(it.one('eth.src'), '00:1b:21:00:00:01')
    assert.equal(it.one('eth.src.ig'), false)
    assert.equal(it.one('eth.type'), 0x88cc)
    assert.equal(it.info, 'Ethernet II, 00:1b:21:00:00:01 → ff:ff:ff:ff:ff:ff')
    assert.equal(it.packet.source, '00:1b:21:00:00:01')
    assert.deepEqual([it.span('eth.src').start, it.span('eth.src').end], [6, 12])
  })

  test('zeros behind the packet of a 60-byte frame are padding, and no payload', () => {
    const it = sample('an ARP request, padded')
    assert.equal(it.stack, 'eth:arp')
    assert.equal(it.one('eth.padding'), '00'.repeat(18))
    assert.deepEqual([it.span('eth.padding').start, it.span('eth.padding').end], [42, 60])
    assert.equal(it.packet.layers[0]?.end, 14)
  })

  test('other bytes behind the packet are a trailer, the last four of a longer frame its check sequence', () => {
    const short = dissected(onEthernet(0x0806, concat(ARP_REQUEST, hex('0102'))))
    assert.equal(short.one('eth.trailer'), '0102')
    assert.equal(short.one('eth.padding'), undefined)
    const long = dissected(onEthernet(0x0806, concat(ARP_REQUEST, new Uint8Array(18), hex('aabb 01020304'))))
    assert.equal(long.one('eth.padding'), '00'.repeat(18))
    assert.equal(long.one('eth.trailer'), 'aabb')
    assert.equal(long.one('eth.fcs'), 0x01020304)
  })

  test('padding is not taken for UDP payload', () => {
    const it = dissected(onEthernet(0x0800, concat(ipv4Of(17, UDP_BYTES), new Uint8Array(13))))
    assert.equal(it.one('data.data'), Buffer.from('hello').toString('hex'))
    assert.equal(it.one('eth.padding'), '00'.repeat(13))
  })

  test('a value up to 1500 is the length of an 802.3 frame, whose payload is data', () => {
    const it = sample('an 802.3 frame')
    assert.equal(it.stack, 'eth:data')
    assert.equal(it.one('eth.len'), 3)
    assert.equal(it.one('eth.type'), undefined)
    assert.equal(it.one('data.data'), '424203')
    assert.equal(it.one('eth.padding'), '00'.repeat(43))
  })

  test('a value between 1501 and 1535 is neither', () => {
    const it = dissected(onEthernet(1501, hex('0102')))
    assert.equal(it.one('eth.invalid_lentype'), 1501)
    assert.equal(it.stack, 'eth:data')
  })

  test('a frame that ends in its header says which field is missing', () => {
    const it = dissected(frameOf(hex('ffffffffffff 02000000')))
    assert.equal(it.stack, 'eth:_ws.malformed')
    assert.deepEqual(it.problems, ['Source: need 6 bytes at offset 6, have 4'])
  })
})

describe('VLAN', () => {
  test('priority, drop eligible, number and type', () => {
    const it = sample('a VLAN tag')
    assert.equal(it.stack, 'eth:vlan:ip:udp:data')
    assert.equal(it.one('vlan.priority'), 5)
    assert.equal(it.one('vlan.dei'), true)
    assert.equal(it.one('vlan.id'), 100)
    assert.equal(it.one('vlan.etype'), 0x0800)
  })

  test('two tags, the outer one 802.1ad', () => {
    const it = sample('two VLAN tags')
    assert.equal(it.stack, 'eth:ieee8021ad:vlan:ip:udp:data')
    assert.equal(it.one('ieee8021ad.id'), 100)
    assert.equal(it.one('vlan.id'), 101)
  })

  test("two tags of 802.1ad are the carrier's and the customer's", () => {
    const it = dissected(onEthernet(0x88a8, concat(hex('3005 88a8 2006 0800'), ipv4Of(17, UDP_BYTES))))
    assert.equal(it.stack, 'eth:ieee8021ad:ip:udp:data')
    assert.deepEqual([it.one('ieee8021ad.svid'), it.one('ieee8021ad.cvid')], [5, 6])
    assert.deepEqual(it.all('ieee8021ad.priority'), [1, 1])
    assert.equal(it.one('ieee8021ah.etype'), 0x0800)
  })

  test('padding behind a tag is counted with the frame, and what is more is the tag’s trailer', () => {
    const packet = concat(hex('2005 0800'), ipv4Of(17, UDP_BYTES))
    const it = dissected(onEthernet(0x8100, concat(packet, new Uint8Array(9), hex('010203'))))
    assert.equal(it.one('eth.padding'), '00'.repeat(9))
    assert.equal(it.one('vlan.trailer'), '010203')
    assert.equal(it.one('eth.trailer'), undefined)
  })

  test('a tunnel that is not read ends as data', () => {
    for (const [type, bytes] of [
      [0x8847, '00010140'],
      [0x8864, '1100000100200021'],
    ] as const) {
      const it = dissected(onEthernet(type, concat(hex(bytes), ipv4Of(17, UDP_BYTES))))
      assert.equal(it.stack, 'eth:data', bytes)
    }
    for (const protocol of [47, 50, 115]) {
      assert.equal(
        dissected(onEthernet(0x0800, ipv4Of(protocol, hex('0000 0800 4500')))).stack,
        'eth:ip:data',
      )
    }
  })

  test('an 802.3 length inside a tag', () => {
    const it = dissected(onEthernet(0x8100, concat(hex('0001 0003 424203'), new Uint8Array(39))))
    assert.equal(it.one('vlan.len'), 3)
    assert.equal(it.one('data.data'), '424203')
    assert.equal(it.one('eth.padding'), '00'.repeat(39))
  })
})

describe('loopback of BSD and macOS', () => {
  test('the family in either byte order', () => {
    assert.equal(sample('null loopback, little-endian').stack, 'null:ip:udp:data')
    assert.equal(sample('null loopback, little-endian').one('null.family'), 2)
    assert.equal(sample('null loopback, big-endian IPv6').stack, 'null:ipv6:udp:data')
    assert.equal(sample('null loopback, big-endian IPv6').one('null.family'), 30)
  })

  test("every system's number for IPv6", () => {
    for (const family of ['0a000000', '18000000', '1c000000', '1e000000', '00000018']) {
      const it = dissected(onLink(0, hex(family), hex('60000000 0000 3b 40'), new Uint8Array(32)))
      assert.equal(it.stack, 'null:ipv6', family)
    }
  })

  test('LINKTYPE_LOOP is in network order', () => {
    const it = sample('OpenBSD loopback')
    assert.equal(it.stack, 'null:ipv6:udp:data')
    assert.equal(it.one('null.family'), 24)
  })

  test('an unknown family shows with its number, its payload as data', () => {
    const it = dissected(onLink(0, hex('63000000 0102')))
    assert.equal(it.one('null.family'), 99)
    assert.equal(it.stack, 'null:data')
  })
})

describe('Linux cooked capture', () => {
  test('version 1', () => {
    const it = sample('Linux cooked')
    assert.equal(it.stack, 'sll:ip:udp:data')
    assert.equal(it.one('sll.pkttype'), 4)
    assert.equal(it.one('sll.hatype'), 1)
    assert.equal(it.one('sll.halen'), 6)
    assert.equal(it.one('sll.src.eth'), '02:00:00:00:00:0a')
    assert.equal(it.one('sll.unused'), '0000')
    assert.equal(it.one('sll.etype'), 0x0800)
  })

  test('version 2 with its interface', () => {
    const it = sample('Linux cooked, version 2')
    assert.equal(it.stack, 'sll:ipv6:udp:data')
    assert.equal(it.one('sll.pkttype'), 0)
    assert.deepEqual([it.span('sll.pkttype').start, it.span('sll.pkttype').end], [10, 11])
    assert.equal(it.one('sll.ifindex'), 2)
    assert.equal(it.one('sll.etype'), 0x86dd)
  })

  test('an address longer than its room is cut to it', () => {
    const it = dissected(onLink(113, hex('0000 ffff 0014 0102030405060708 0004'), utf8('x')))
    assert.equal(it.one('sll.src.other'), '0102030405060708')
    assert.equal(it.stack, 'sll:data')
  })
})

describe('raw IP', () => {
  test('the first four bits tell IPv4 from IPv6', () => {
    assert.equal(sample('raw IP').stack, 'raw:ip:udp:data')
    assert.equal(sample('raw IPv6').stack, 'raw:ipv6:udp:data')
    for (const linkType of [12, 14]) {
      assert.equal(dissected(onLink(linkType, ipv4Of(17, UDP_BYTES))).stack, 'raw:ip:udp:data')
    }
  })

  test('anything else is data', () => {
    assert.equal(dissected(onLink(101, hex('00ff'))).stack, 'raw:data')
  })

  test('link types of their own for IPv4 and IPv6', () => {
    assert.equal(sample('raw IPv4 by its own link type').stack, 'ip:udp:data')
    assert.equal(sample('raw IPv6 by its own link type').stack, 'ipv6:udp:data')
  })

  test('an unknown link type is data', () => {
    assert.equal(dissected(onLink(147, hex('00ff'))).stack, 'data')
  })
})

describe('ARP', () => {
  const arp = (text: string) => dissected(onEthernet(0x0806, hex(text)))

  test('a request', () => {
    const it = sample('an ARP request, padded')
    assert.equal(it.one('arp.hw.type'), 1)
    assert.equal(it.one('arp.proto.type'), 0x0800)
    assert.equal(it.one('arp.hw.size'), 6)
    assert.equal(it.one('arp.proto.size'), 4)
    assert.equal(it.one('arp.opcode'), 1)
    assert.equal(it.one('arp.src.hw_mac'), '02:00:00:00:00:0a')
    assert.equal(it.one('arp.src.proto_ipv4'), '10.0.0.1')
    assert.equal(it.one('arp.dst.hw_mac'), '00:00:00:00:00:00')
    assert.equal(it.one('arp.dst.proto_ipv4'), '10.0.0.2')
    assert.equal(it.one('arp.isgratuitous'), undefined)
    assert.equal(it.info, 'Who has 10.0.0.2? Tell 10.0.0.1')
    assert.equal(it.packet.flow, undefined)
  })

  test('a reply', () => {
    const it = arp('0001 0800 06 04 0002 02000000000b 0a000002 02000000000a 0a000001')
    assert.equal(it.info, '10.0.0.2 is at 02:00:00:00:00:0b')
  })

  test('an announcement, a gratuitous reply and a probe', () => {
    const announcement = arp('0001 0800 06 04 0001 02000000000b 0a000002 000000000000 0a000002')
    assert.equal(announcement.info, 'ARP Announcement for 10.0.0.2')
    assert.equal(announcement.one('arp.isannouncement'), true)
    const reply = arp('0001 0800 06 04 0002 02000000000b 0a000002 ffffffffffff 0a000002')
    assert.equal(reply.info, 'Gratuitous ARP for 10.0.0.2 (reply)')
    assert.equal(reply.one('arp.isgratuitous'), true)
    const probe = arp('0001 0800 06 04 0001 02000000000b 00000000 000000000000 0a000002')
    assert.equal(probe.info, 'Who has 10.0.0.2? (ARP Probe)')
    assert.equal(probe.one('arp.isprobe'), true)
  })

  test('addresses of other sizes are bytes', () => {
    const it = arp('0007 0800 01 04 0001 fe 0a000001 00 0a000002')
    assert.equal(it.one('arp.src.hw'), 'fe')
    assert.equal(it.one('arp.src.hw_mac'), undefined)
    assert.equal(it.one('arp.dst.proto_ipv4'), '10.0.0.2')
  })

  test('sizes beyond the frame end in an error layer', () => {
    const it = arp('0001 0800 ff ff 0001 02000000000a')
    assert.equal(it.stack, 'eth:arp:_ws.malformed')
    assert.match(it.problems[0] ?? '', /^Addresses: need 1020 bytes at offset 22, have 6/)
  })

  test('who claims an address that another has is noted, with where the other did', () => {
    const claim = (mac: string) =>
      onEthernet(0x0806, hex(`0001 0800 06 04 0002 ${mac} 0a000001 020000000009 0a000009`))
    const trace = traceOf(claim('020000000001'), claim('020000000002'), claim('020000000001'))
    assert.equal(readBack(trace, 1).one('arp.duplicate-address-frame'), undefined)
    assert.equal(readBack(trace, 2).one('arp.duplicate-address-frame'), 1)
    assert.equal(readBack(trace, 2).one('arp.seconds-since-duplicate-address-frame'), 0)
    assert.equal(readBack(trace, 3).one('arp.duplicate-address-frame'), undefined)
  })
})
