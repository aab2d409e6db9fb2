import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Scope } from '../../server/capture/scope.ts'
import type { Frame } from '../../server/protocols/packet.ts'
import {
  CLIENT,
  concat,
  cutTo,
  ethernetBytes,
  frameOf,
  hex,
  ipv4Bytes,
  ipv6Bytes,
  SERVER,
  tcpFrame,
  udpFrame,
  utf8,
} from '../frames.ts'

const scope = new Scope([4001])
const ELSEWHERE = { address: '127.0.0.1', port: 9999 }
const segment = tcpFrame(CLIENT, SERVER, { seq: 1, flags: 'S' })
const packet = segment.bytes.slice(14)
const stranger = tcpFrame(CLIENT, ELSEWHERE, { seq: 1, flags: 'S' }).bytes.slice(14)
const LOOPBACK = { source: '127.0.0.1', destination: '127.0.0.1' }
const LOOPBACK6 = { source: '::1', destination: '::1' }

function ipv4Frame(protocol: number, payload: Uint8Array, more: { fragmentOffset?: number } = {}): Frame {
  return frameOf(ethernetBytes({ type: 0x0800 }, ipv4Bytes({ ...LOOPBACK, protocol, ...more }, payload)))
}

function ipv6Frame(nextHeader: number, payload: Uint8Array): Frame {
  return frameOf(ethernetBytes({ type: 0x86dd }, ipv6Bytes({ ...LOOPBACK6, nextHeader }, payload)))
}

const icmp = (type: number, quoted: Uint8Array) => concat(Uint8Array.of(type, 0, 0, 0, 0, 0, 0, 0), quoted)
const ports = (source: number, destination: number) =>
  Uint8Array.of(source >> 8, source & 255, destination >> 8, destination & 255, 0, 8, 0, 0)

const CASES: [string, Frame, boolean][] = [
  ['a segment to the port', segment, true],
  ['a segment from the port', tcpFrame(SERVER, CLIENT, { seq: 1, flags: 'SA' }), true],
  ['a segment between other ports', tcpFrame(CLIENT, ELSEWHERE, { seq: 1, flags: 'S' }), false],
  ['a datagram to the port', udpFrame(CLIENT, SERVER, utf8('hi')), true],
  ['a datagram between other ports', udpFrame(CLIENT, ELSEWHERE, utf8('hi')), false],
  ['a segment over IPv6', ipv6Frame(6, ports(50_000, 4001)), true],
  ['a segment over IPv6 between other ports', ipv6Frame(6, ports(50_000, 4002)), false],
  ['a datagram behind IPv6 options', ipv6Frame(0, concat(hex('11000104 00000000'), ports(4001, 7))), true],
  [
    'a first IPv6 fragment to the port',
    ipv6Frame(44, concat(hex('11000001 00000001'), ports(7, 4001))),
    true,
  ],
  ['a first IPv6 fragment to another', ipv6Frame(44, concat(hex('11000001 00000001'), ports(7, 8))), false],
  ['a later IPv6 fragment', ipv6Frame(44, concat(hex('11000009 00000001'), ports(7, 8))), true],
  ['a later IPv4 fragment', ipv4Frame(17, ports(7, 8), { fragmentOffset: 1480 }), true],
  ['an ICMP error that quotes the port', ipv4Frame(1, icmp(3, packet)), true],
  ['an ICMP error that quotes another port', ipv4Frame(1, icmp(3, stranger)), false],
  [
    'an ICMP error that quotes an ICMP error',
    ipv4Frame(1, icmp(3, ipv4Bytes({ ...LOOPBACK, protocol: 1 }, icmp(3, packet)))),
    false,
  ],
  ['ICMP echo', ipv4Frame(1, icmp(8, utf8('ping'))), true],
  ['an ICMP timestamp request', ipv4Frame(1, icmp(13, utf8('time'))), false],
  [
    'an ICMPv6 error that quotes the port',
    ipv6Frame(58, icmp(1, ipv6Bytes({ ...LOOPBACK6, nextHeader: 17 }, ports(7, 4001)))),
    true,
  ],
  ['ICMPv6 echo', ipv6Frame(58, icmp(129, utf8('pong'))), true],
  ['neighbour discovery', ipv6Frame(58, icmp(135, new Uint8Array(16))), true],
  ['a multicast listener report', ipv6Frame(58, icmp(143, new Uint8Array(16))), false],
  ['ARP', frameOf(ethernetBytes({ type: 0x0806 }, new Uint8Array(28))), true],
  ['LLDP', frameOf(ethernetBytes({ type: 0x88cc }, new Uint8Array(28))), false],
  ['SCTP with the same port numbers', ipv4Frame(132, ports(7, 4001)), false],
  ['a VLAN tag', frameOf(ethernetBytes({ type: 0x8100 }, concat(hex('0007 0800'), packet))), true],
  [
    'two VLAN tags',
    frameOf(ethernetBytes({ type: 0x88a8 }, concat(hex('0007 8100 0008 0800'), packet))),
    true,
  ],
  ['null with the family in little-endian', frameOf(concat(hex('02000000'), packet), 0n, 0), true],
  ['loopback with the family in big-endian', frameOf(concat(hex('00000002'), packet), 0n, 108), true],
  ['raw IP', frameOf(packet, 0n, 101), true],
  ['raw IPv4', frameOf(packet, 0n, 228), true],
  ['raw IP to another port', frameOf(stranger, 0n, 101), false],
  ['Linux cooked', frameOf(concat(hex('0000 0304 0006 000000000000 0000 0800'), packet), 0n, 113), true],
  [
    'Linux cooked 2',
    frameOf(concat(hex('0800 0000 00000001 0304 00 06 0000000000000000'), packet), 0n, 276),
    true,
  ],
  ['a link type that carries no IP', frameOf(packet, 0n, 195), false],
]

for (const [name, frame, expected] of CASES) {
  test(`${name} is ${expected ? '' : 'not '}included`, () => {
    assert.equal(scope.includes(frame), expected)
  })
}

test('ports come and go, and adding one twice is adding it once', () => {
  const changing = new Scope()
  assert.equal(changing.includes(segment), false)
  changing.add(4001)
  changing.add(4001)
  assert.equal(changing.includes(segment), true)
  changing.delete(4001)
  assert.equal(changing.includes(segment), false)
})

test('a frame cut before its ports is not included, wherever it is cut', () => {
  for (let length = 0; length <= segment.bytes.length; length++) {
    assert.equal(scope.includes(cutTo(segment, length)), length >= 14 + 20 + 4, `cut to ${length}`)
  }
})

test('any bytes of any link type are answered', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 0, max: 300 }), (bytes, linkType) => {
      assert.equal(typeof scope.includes(frameOf(bytes, 0n, linkType)), 'boolean')
    }),
  )
})
