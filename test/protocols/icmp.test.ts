import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { concat, hex, utf8 } from '../frames.ts'
import { dissected, readBack, traceOf } from './dissected.ts'
import {
  A,
  B,
  DATA,
  icmpOf,
  icmpv6Of,
  ipv4Of,
  ipv6Of,
  onEthernet,
  packetOf,
  QUOTE,
  SAMPLES,
  SYN,
  UDP_BYTES,
} from './sample-frames.ts'

const sample = (name: string) => dissected(SAMPLES[name]!)
const MILLISECOND = 1_000_000n

const PING = SAMPLES['a ping']!
/** From B to A, as an answer goes. */
const PONG = onEthernet(
  0x0800,
  ipv4Of(1, icmpOf('0000 0000 1234 0001', utf8('abcdefgh')), { source: B.address, destination: A.address }),
)

describe('ICMP echo', () => {
  test('every field of a request', () => {
    const it = dissected(PING)
    assert.equal(it.stack, 'eth:ip:icmp:data')
    assert.equal(it.one('icmp.type'), 8)
    assert.equal(it.one('icmp.code'), 0)
    assert.equal(it.one('icmp.checksum.status'), 1)
    assert.equal(it.one('icmp.ident'), 0x1234)
    assert.equal(it.one('icmp.seq'), 1)
    assert.equal(it.one('data.text'), 'abcdefgh')
    assert.equal(it.info, 'Echo (ping) request id=0x1234, seq=1 (no response found!)')
  })

  test('request and reply know each other', () => {
    const trace = traceOf(PING, { ...PONG, time: PING.time + 3n * MILLISECOND })
    const request = readBack(trace, 1)
    assert.equal(request.one('icmp.resp_in'), 2)
    assert.equal(request.info, 'Echo (ping) request id=0x1234, seq=1 (reply in 2)')
    const reply = readBack(trace, 2)
    assert.equal(reply.one('icmp.resp_to'), 1)
    assert.equal(reply.one('icmp.resptime'), 3)
    assert.equal(reply.info, 'Echo (ping) reply id=0x1234, seq=1 (request in 1)')
  })

  test('a second reply, and a request that comes round again, are kept apart', () => {
    const trace = traceOf(PING, PONG, PONG, PING, PONG)
    assert.equal(readBack(trace, 1).one('icmp.resp_in'), 2)
    assert.equal(readBack(trace, 3).one('icmp.resp_to'), undefined)
    assert.equal(readBack(trace, 4).one('icmp.resp_in'), 5)
    assert.equal(readBack(trace, 5).one('icmp.resp_to'), 4)
  })

  test('a damaged message has a bad checksum', () => {
    const bytes = PING.bytes.slice()
    bytes[bytes.length - 1]! ^= 1
    const it = dissected({ ...PING, bytes })
    assert.equal(it.one('icmp.checksum.status'), 0)
    assert.match(it.span('icmp.checksum.status').text ?? '', /^Bad: expected 0x/)
  })
})

describe('ICMP errors', () => {
  test('quote the packet that met the error, as layers inside', () => {
    const it = sample('port unreachable')
    assert.equal(it.stack, 'eth:ip:icmp:ip:tcp')
    assert.equal(it.info, 'Destination unreachable (Port unreachable)')
    assert.equal(it.packet.column, 'ICMP')
    assert.equal(it.span('icmp.code').text, 'Port unreachable (3)')
    assert.equal(it.one('icmp.unused'), '00000000')
    assert.equal(it.one('tcp.srcport'), A.port)
    assert.equal(it.one('tcp.seq_raw'), 1001)
    assert.equal(it.one('tcp.seq'), undefined)
    assert.deepEqual(it.all('ip.len'), [56, 46])
    assert.deepEqual(
      it.packet.layers.map((layer) => layer.parent),
      [-1, 0, 1, 2, 3],
    )
  })

  test("leave the packet's addresses, ports and flow alone, and the quoted conversation too", () => {
    const error = onEthernet(
      0x0800,
      ipv4Of(1, icmpOf('0301 0000 00000000', packetOf(DATA)), {
        source: '10.0.0.254',
        destination: A.address,
      }),
    )
    const trace = traceOf(SYN, error, DATA)
    const it = readBack(trace, 2)
    assert.equal(it.stack, 'eth:ip:icmp:ip:tcp')
    assert.equal(it.packet.source, '10.0.0.254')
    assert.equal(it.packet.destination, A.address)
    assert.equal(it.packet.sourcePort, 0)
    assert.equal(it.packet.flow, undefined)
    assert.equal(trace.flowOf(2), undefined)
    const after = readBack(trace, 3)
    assert.deepEqual(after.all('tcp.analysis.retransmission'), [])
    assert.equal(after.one('tcp.seq'), 1)
    assert.equal(trace.flows.list().length, 1)
    assert.equal(trace.flows.list()[0]?.packets, 2)
  })

  test('a quoted datagram opens no conversation', () => {
    const trace = traceOf(onEthernet(0x0800, ipv4Of(1, icmpOf('0303 0000 00000000', ipv4Of(17, UDP_BYTES)))))
    const it = readBack(trace, 1)
    assert.equal(it.stack, 'eth:ip:icmp:ip:udp:data')
    assert.equal(it.one('udp.payload'), Buffer.from('hello').toString('hex'))
    assert.equal(trace.flows.list().length, 0)
  })

  test('a quoted ping is no ping', () => {
    const trace = traceOf(PING, onEthernet(0x0800, ipv4Of(1, icmpOf('0b00 0000 00000000', packetOf(PONG)))))
    assert.equal(readBack(trace, 1).one('icmp.resp_in'), undefined)
    assert.equal(readBack(trace, 2).stack, 'eth:ip:icmp:ip:icmp:data')
  })

  test('a quote that ends early is no error, at any length', () => {
    for (let length = 0; length <= QUOTE.length; length++) {
      const message = icmpOf('0303 0000 00000000', QUOTE.slice(0, length))
      const it = dissected(onEthernet(0x0800, ipv4Of(1, message)))
      assert.deepEqual(it.problems, [], `${length} bytes quoted`)
    }
  })

  test('fragmentation needed tells the MTU, a redirect the gateway, a parameter problem the place', () => {
    assert.equal(sample('fragmentation needed').one('icmp.mtu'), 1500)
    assert.equal(sample('an ICMP redirect').one('icmp.redir_gw'), '10.0.0.254')
    assert.equal(sample('an ICMP parameter problem').one('icmp.pointer'), 20)
  })

  test('a stated length ends the quote where extensions begin', () => {
    const it = sample('time exceeded with extensions')
    assert.equal(it.one('icmp.length'), 32)
    const ext = it.span('icmp.ext')
    assert.equal(ext.end - ext.start, 12)
    assert.equal(it.stack, 'eth:ip:icmp:ip:tcp')
  })

  test('an error about an error nests twice', () => {
    assert.equal(sample('an ICMP error about an ICMP error').stack, 'eth:ip:icmp:ip:icmp:ip:tcp')
  })

  test('timestamps', () => {
    const it = sample('an ICMP timestamp')
    assert.deepEqual(
      ['originate', 'receive', 'transmit'].map((name) => it.one(`icmp.${name}_timestamp`)),
      [1, 2, 3],
    )
  })

  test('an unknown type is bytes with its number', () => {
    const it = dissected(onEthernet(0x0800, ipv4Of(1, icmpOf('fd00 0000 0102'))))
    assert.equal(it.stack, 'eth:ip:icmp')
    assert.equal(it.one('icmp.body'), '0102')
    assert.equal(it.info, 'Type 253')
  })
})

describe('ICMPv6', () => {
  test('an echo request, its checksum over the addresses too', () => {
    const it = sample('an IPv6 ping')
    assert.equal(it.stack, 'eth:ipv6:icmpv6:data')
    assert.equal(it.one('icmpv6.checksum.status'), 1)
    assert.equal(it.one('icmpv6.echo.identifier'), 0x1234)
    assert.equal(it.one('icmpv6.echo.sequence_number'), 1)
    const bytes = SAMPLES['an IPv6 ping']!.bytes.slice()
    bytes[14 + 8 + 15]! ^= 1
    assert.equal(dissected({ ...SAMPLES['an IPv6 ping']!, bytes }).one('icmpv6.checksum.status'), 0)
  })

  test('request and reply know each other', () => {
    const reply = onEthernet(0x86dd, swapped(ipv6Of(58, icmpv6Of('8100 0000 1234 0001', utf8('abcdefgh')))))
    const trace = traceOf(SAMPLES['an IPv6 ping']!, reply)
    assert.equal(readBack(trace, 1).one('icmpv6.resp_in'), 2)
    assert.equal(readBack(trace, 2).one('icmpv6.resp_to'), 1)
  })

  test('errors quote the packet that met them', () => {
    const unreachable = sample('IPv6 port unreachable')
    assert.equal(unreachable.stack, 'eth:ipv6:icmpv6:ipv6:tcp')
    assert.equal(unreachable.info, 'Destination Unreachable (Port unreachable)')
    assert.equal(unreachable.packet.flow, undefined)
    assert.equal(unreachable.one('tcp.options.mss_val'), 1460)
    assert.equal(sample('IPv6 packet too big').one('icmpv6.mtu'), 1280)
  })

  test('a neighbour is asked for and answers', () => {
    const asked = sample('a neighbour solicitation')
    assert.equal(asked.one('icmpv6.nd.ns.target_address'), 'fe80::2')
    assert.equal(asked.one('icmpv6.opt.linkaddr'), '02:00:00:00:00:0a')
    assert.equal(asked.info, 'Neighbor Solicitation for fe80::2 from 02:00:00:00:00:0a')
    const answered = sample('a neighbour advertisement')
    assert.equal(answered.one('icmpv6.nd.na.flag.r'), false)
    assert.equal(answered.one('icmpv6.nd.na.flag.s'), true)
    assert.equal(answered.one('icmpv6.nd.na.flag.o'), true)
    assert.equal(answered.info, 'Neighbor Advertisement fe80::2 (sol, ovr) is at 02:00:00:00:00:0b')
  })

  test('a router tells prefix and MTU', () => {
    const it = sample('a router advertisement')
    assert.equal(it.one('icmpv6.nd.ra.cur_hop_limit'), 64)
    assert.equal(it.one('icmpv6.nd.ra.flag.m'), true)
    assert.equal(it.one('icmpv6.nd.ra.router_lifetime'), 1800)
    assert.deepEqual(it.all('icmpv6.opt.type'), [1, 5, 3])
    assert.equal(it.one('icmpv6.opt.mtu'), 1500)
    assert.equal(it.one('icmpv6.opt.prefix'), '2001:db8::')
    assert.equal(it.one('icmpv6.opt.prefix.length'), 64)
  })

  test('an option of length 0 ends the options with a note, and does not hang', () => {
    const message = icmpv6Of('8700 0000 00000000 fe800000000000000000000000000002 0100 000000000000')
    const it = dissected(onEthernet(0x86dd, ipv6Of(58, message)))
    assert.match(
      it.problems[0] ?? '',
      /Source link-layer address option: expected a length of at least 1, found 0/,
    )
  })

  test('an option that leads out of the message ends in an error layer', () => {
    const message = icmpv6Of('8700 0000 00000000 fe800000000000000000000000000002 01ff 000000000000')
    const it = dissected(onEthernet(0x86dd, ipv6Of(58, message)))
    assert.match(it.problems[0] ?? '', /need 2038 bytes at offset 80, have 6/)
  })
})

/** The packet with its two addresses changed over, which leaves its checksum right. */
function swapped(packet: Uint8Array): Uint8Array {
  return concat(packet.slice(0, 8), packet.slice(24, 40), packet.slice(8, 24), packet.slice(40), hex(''))
}
