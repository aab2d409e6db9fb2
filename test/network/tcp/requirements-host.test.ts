/** Where TCP meets IP, RFC 9293 §3.9.2: whole hosts on a wire, looked at with our own dissectors. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { TcpHandle, TcpHandler } from '../../../server/network/tcp/connection-api.ts'
import type { TcpOptions } from '../../../server/network/tcp/layer.ts'
import { hex, ipv4Bytes, tcpFrame } from '../../frames.ts'
import { icmpOf, ipv4WithOptions, packetOf } from '../../protocols/sample-frames.ts'
import { Hub, ip } from '../hub.ts'

const A_MAC = '02:00:0a:00:00:01'
const B_MAC = '02:00:0a:00:00:02'
const EVERYONE = 'ff:ff:ff:ff:ff:ff'
const ETHERNET_HEADER = 14
const IPV4 = 0x0800

/** A, with the options, and B, which listens on port 80; they know each other's MAC addresses. */
function pair(tcp: TcpOptions = {}) {
  const hub = new Hub()
  const a = hub.host('10.0.0.1', { tcp })
  const b = hub.host('10.0.0.2')
  const accepted: TcpHandle[] = []
  b.tcp.listen(80, (handle) => accepted.push(handle))
  void a.ping(b.address)
  hub.pass(10)
  hub.forget()
  const told: string[] = []
  const handler: TcpHandler = {
    connected: () => undefined,
    data: () => undefined,
    ended: () => undefined,
    writable: () => undefined,
    closed: (failure) => told.push(`closed ${failure}`),
    trouble: (what, number) => told.push(`${what} ${number}`),
  }
  const connect = (options = {}) => a.tcp.connect(b.address, 80, handler, options)
  const open = (options = {}) => {
    const connection = connect(options)
    hub.pass(10)
    assert.equal(connection.state, 'ESTABLISHED')
    return connection
  }
  /** An ICMP message to A that quotes what A sent last. */
  const icmp = (header: string) => {
    const quoted = hub.sent.at(-1)!.bytes.subarray(ETHERNET_HEADER, ETHERNET_HEADER + 28)
    const message = icmpOf(header, Uint8Array.from(quoted))
    const envelope = { source: '10.0.0.2', destination: '10.0.0.1', protocol: 1 }
    const { loses } = hub
    hub.loses = () => false
    hub.inject({ destination: A_MAC, source: B_MAC, type: IPV4 }, ipv4Bytes(envelope, message))
    hub.loses = loses
    hub.pass(1)
    hub.sent.pop()
  }
  /** A connection over which nothing goes any more, and a segment on its way. */
  const silent = () => {
    const connection = open()
    hub.loses = () => true
    hub.forget()
    connection.write(new Uint8Array(10))
    assert.equal(hub.sent.length, 1)
    return connection
  }
  return { hub, a, b, accepted, told, connect, open, icmp, silent }
}

/** The packet of a SYN to A's port 80. */
const synTo = (source: string, destination: string) =>
  packetOf(
    tcpFrame({ address: source, port: 5000 }, { address: destination, port: 80 }, { seq: 1000, flags: 'S' }),
  )

/** A host that listens, and a way to let packets come to it; returns what it sends in answer. */
function listening() {
  const hub = new Hub()
  const a = hub.host('10.0.0.1')
  a.tcp.listen(80, () => assert.fail('nobody is connected by a SYN'))
  hub.pass(5)
  /** Beside what it sends, whether it now has a connection. */
  return (packet: Uint8Array, destination = A_MAC): string[] => {
    hub.forget()
    hub.inject({ destination, source: B_MAC, type: IPV4 }, packet)
    hub.pass(5)
    const half = [...a.tcp.connections()].map(({ state }) => state)
    const frames = hub.dissected().slice(1)
    return [...frames.map((frame) => frame.info), ...half]
  }
}

describe('addresses', () => {
  test('MUST-44, MUST-45: the SYN has the address that IP has, and all that follows has the same', () => {
    const { hub, open } = pair()
    const connection = open()
    connection.write(new Uint8Array(5000))
    connection.end()
    hub.pass(100)
    const ours = hub.dissected().filter((frame) => frame.one('eth.src') === A_MAC)
    assert.ok(ours.length > 6)
    for (const frame of ours) {
      assert.equal(frame.one('ip.src'), '10.0.0.1')
      assert.equal(frame.one('tcp.srcport'), connection.local.port)
    }
  })

  test('MUST-46: an OPEN to everyone, the subnet’s everyone too, or to a group is an error, and nothing is sent', () => {
    const { hub, a, told } = pair()
    for (const address of [
      '255.255.255.255',
      '10.0.0.255',
      '224.0.0.1',
      '0.0.0.0',
      '127.0.0.1',
      '240.0.0.1',
    ]) {
      const handler = {
        connected() {},
        data() {},
        ended() {},
        writable() {},
        closed: () => told.push(address),
      }
      assert.throws(() => a.tcp.connect(ip(address), 80, handler), {
        name: 'NetworkError',
        code: 'EADDRNOTAVAIL',
      })
    }
    hub.pass(1000)
    assert.deepEqual([hub.sent, told, [...a.tcp.connections()]], [[], [], []])
  })

  test('MUST-63: a SYN from what can be no host is ignored', () => {
    const ask = listening()
    const sources = [
      '255.255.255.255',
      '10.0.0.255',
      '224.0.0.1',
      '127.0.0.1',
      '0.0.0.0',
      '10.0.0.1',
      '240.0.0.1',
    ]
    for (const source of sources) assert.deepEqual(ask(synTo(source, '10.0.0.1')), [], source)
    const answered = ['Who has 10.0.0.2? Tell 10.0.0.1', 'SYN-RECEIVED']
    assert.deepEqual(ask(synTo('10.0.0.2', '10.0.0.1')), answered)
  })

  test('MUST-57: a SYN to everyone or to a group is ignored, and one to us in a frame for everyone', () => {
    const ask = listening()
    for (const frame of [A_MAC, EVERYONE, '01:00:5e:00:00:01']) {
      for (const destination of ['255.255.255.255', '10.0.0.255', '224.0.0.1']) {
        assert.deepEqual(ask(synTo('10.0.0.2', destination), frame), [], `${destination} in ${frame}`)
      }
    }
    assert.deepEqual(ask(synTo('10.0.0.2', '10.0.0.1'), EVERYONE), [])
    assert.equal(ask(synTo('10.0.0.2', '10.0.0.1')).length, 2)
  })
})

describe('the IP header', () => {
  test('MUST-50: options in it are none of TCP’s business', () => {
    const segment = synTo('10.0.0.2', '10.0.0.1').subarray(20)
    // Router alert; and a timestamp and a recorded route, which we might support and don't.
    for (const options of ['94040000', '44080500 00000000', '07070400 00000001']) {
      const packet = ipv4WithOptions(hex(options), 6, segment)
      packet.set([10, 0, 0, 2, 10, 0, 0, 1], 12)
      assert.equal(listening()(mended(packet)).length, 2, options)
    }
  })

  test('MUST-48, MUST-49, SHLD-22: the Diffserv codepoint and the TTL are in every packet, also in fragments', () => {
    const { hub, a, open } = pair({ ttl: 9 })
    const connection = open({ diffserv: 34 })
    const ours = () => hub.dissected().filter((frame) => frame.one('eth.src') === A_MAC)
    const syn = hub.dissected()[0]!
    assert.deepEqual([syn.one('ip.ttl'), syn.one('ip.dsfield.dscp'), syn.one('ip.dsfield.ecn')], [9, 34, 0])
    hub.forget()
    connection.setDiffserv(10)
    connection.write(new Uint8Array(3000))
    hub.pass(100)
    assert.ok(ours().length >= 3)
    for (const frame of ours()) assert.deepEqual([frame.one('ip.ttl'), frame.one('ip.dsfield.dscp')], [9, 10])
    // A path that carries less: from now on in fragments.
    const narrow = pair({ ttl: 9 })
    const cut = narrow.open({ diffserv: 10 })
    cut.write(new Uint8Array(100))
    narrow.icmp('0304 0000 0000 0240')
    narrow.hub.forget()
    cut.write(new Uint8Array(2000))
    const pieces = narrow.hub.dissected()
    assert.ok(pieces.length > 1 && pieces[0]!.one('ip.flags.mf') === true)
    for (const frame of pieces) assert.deepEqual([frame.one('ip.ttl'), frame.one('ip.dsfield.dscp')], [9, 10])
    assert.equal(a.tcp.settings.ttl, 9)
  })

  test('the two ends of a connection each have their own Diffserv codepoint', () => {
    const { hub, accepted, open } = pair()
    const connection = open({ diffserv: 46 })
    accepted[0]!.setDiffserv(8)
    hub.forget()
    connection.write(new Uint8Array(10))
    hub.pass(100)
    assert.deepEqual(
      hub.dissected().map((frame) => [frame.one('ip.src'), frame.one('ip.dsfield.dscp')]),
      [
        ['10.0.0.1', 46],
        ['10.0.0.2', 8],
      ],
    )
  })
})

describe('ICMP errors, RFC 9293 §3.9.2.2', () => {
  /** Type and code, and what the program is told. */
  const SOFT = [
    ['0300', 'unreachable 0'],
    ['0301', 'unreachable 1'],
    ['0305', 'unreachable 5'],
    ['0b00', 'unreachable 1'],
    ['0b01', 'unreachable 1'],
    ['0c00', 'unreachable 1'],
  ] as const

  test('MUST-54, MUST-56, SHLD-25: unreachable (0, 1, 5), time exceeded, parameter problem: told, and nothing ends', () => {
    for (const [type, report] of SOFT) {
      const opening = pair()
      opening.hub.loses = () => true
      const attempt = opening.connect()
      opening.icmp(`${type} 0000 0000 0000`)
      assert.deepEqual([attempt.state, opening.told], ['SYN-SENT', [report]], type)

      const it = pair()
      const connection = it.silent()
      it.icmp(`${type} 0000 0000 0000`)
      assert.deepEqual([connection.state, it.told], ['ESTABLISHED', [report]], type)
      it.hub.loses = () => false
      it.hub.pass(2000)
      assert.equal(connection.unacknowledged, 0)
    }
  })

  test('SHLD-26: no such protocol or port (2, 3) ends a connection that is being made', () => {
    for (const type of ['0302', '0303']) {
      const { hub, connect, icmp, told } = pair()
      hub.loses = () => true
      const attempt = connect()
      icmp(`${type} 0000 0000 0000`)
      assert.deepEqual([attempt.state, told], ['CLOSED', ['closed ECONNREFUSED']])
    }
  })

  test('SHLD-26 is not done for one that is established: it is told, and goes on (RFC 5461 §4.1, RFC 5927 §5.2)', () => {
    for (const type of ['0302', '0303']) {
      const { hub, silent, icmp, told } = pair()
      const connection = silent()
      icmp(`${type} 0000 0000 0000`)
      assert.deepEqual([connection.state, told.length], ['ESTABLISHED', 1])
      hub.loses = () => false
      hub.pass(2000)
      assert.equal(connection.unacknowledged, 0)
    }
  })

  test('MUST-55: source quench is discarded: nothing is told, sent or changed', () => {
    const { hub, silent, icmp, told } = pair()
    const connection = silent()
    const before = connection.sample()
    icmp('0400 0000 0000 0000')
    assert.deepEqual({ ...connection.sample(), time: 0 }, { ...before, time: 0 })
    assert.deepEqual([told, hub.sent.length], [[], 1])
  })
})

describe('negative advice, RFC 9293 §3.8.3 and RFC 1122 §3.3.1.4', () => {
  test('MUST-20: at the third timeout the next hop is asked whether it is still there, and looked for anew if it is not', () => {
    const { hub, silent, told } = pair()
    const connection = silent()
    hub.pass(30_000)
    const frames = hub.dissected()
    const first = frames.findIndex((frame) => frame.stack.includes('arp'))
    // The segment and two retransmissions.
    assert.equal(first, 3)
    assert.equal(frames[first]?.one('eth.dst'), B_MAC)
    assert.ok(frames.slice(0, first).every((frame) => frame.stack.includes('tcp')))
    assert.ok(
      frames.some((frame) => frame.stack.includes('arp') && frame.one('eth.dst') === EVERYONE),
      'forgotten, and asked for among all',
    )
    const asked = hub.sent.filter((_, i) => frames[i]?.stack.includes('arp')).map(({ time }) => time)
    for (const [i, time] of asked.entries()) assert.ok(time - (asked[i - 1] ?? -1000) >= 1000, `${asked}`)
    assert.ok(told.includes('retransmissions 3'))
    assert.ok(told.includes('unreachable 1'))
    hub.loses = () => false
    hub.pass(60_000)
    assert.equal(connection.unacknowledged, 0)
    assert.equal(connection.state, 'ESTABLISHED')
  })

  test('MUST-20: a next hop that answers costs one question and changes nothing', () => {
    const { hub, silent } = pair()
    const connection = silent()
    hub.loses = (frame) => frame[12] === 8 && frame[13] === 0
    hub.pass(5000)
    const arps = hub.dissected().filter((frame) => frame.stack.includes('arp'))
    assert.ok(arps.length >= 2)
    assert.ok(arps.every((frame) => frame.one('eth.dst') !== EVERYONE))
    hub.loses = () => false
    hub.pass(20_000)
    assert.equal(connection.unacknowledged, 0)
  })
})

/** The IP header's checksum made right again. */
function mended(packet: Uint8Array): Uint8Array {
  const view = new DataView(packet.buffer, packet.byteOffset)
  view.setUint16(10, 0)
  let sum = 0
  for (let at = 0; at < (packet[0]! & 15) * 4; at += 2) sum += view.getUint16(at)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  view.setUint16(10, ~sum & 0xffff)
  return packet
}
