/** What the lab network sends, encoded and decoded on the same bytes: one layout for both, and for the dissector. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ARP_LENGTH, type ArpPacket, decodeArp, encodeArp } from '../../server/protocols/arp.ts'
import { expectedChecksum, internetChecksum, sum, updatedChecksum } from '../../server/protocols/checksum.ts'
import { decodeEthernet, encodeEthernet } from '../../server/protocols/ethernet.ts'
import { decodeIcmp, encodeIcmp, type IcmpMessage, icmpLength } from '../../server/protocols/icmp.ts'
import { decodeIpv4, encodeIpv4, Ipv4Header } from '../../server/protocols/ipv4.ts'
import { decodeUdp, encodeUdp } from '../../server/protocols/udp-header.ts'
import { concat, frameOf, hex, udpFrame, utf8 } from '../frames.ts'
import { dissected } from './dissected.ts'
import { icmpOf } from './sample-frames.ts'

const u16 = fc.integer({ min: 0, max: 0xffff })
const u8 = fc.integer({ min: 0, max: 0xff })
const address = fc.integer({ min: 0, max: 0xffff_ffff })
const mac = fc.integer({ min: 0, max: 2 ** 48 - 1 })
const filled = (length: number) => new Uint8Array(length).fill(0xee)
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

describe('Ethernet', () => {
  const bytes = hex('02000a000001 02000a000064 0800')
  const header = { destination: 0x0200_0a00_0001, source: 0x0200_0a00_0064, type: 0x0800 }

  it('encodes and decodes the same bytes', () => {
    const into = filled(14)
    assert.equal(encodeEthernet(header, into), 14)
    assert.equal(text(into), text(bytes))
    assert.deepEqual(decodeEthernet(bytes), header)
    const seen = dissected(frameOf(bytes))
    assert.equal(seen.one('eth.dst'), '02:00:0a:00:00:01')
    assert.equal(seen.one('eth.src'), '02:00:0a:00:00:64')
  })

  it('is none when it is cut short, or says a length where its type should be', () => {
    assert.equal(decodeEthernet(bytes.subarray(0, 13)), undefined)
    assert.equal(decodeEthernet(hex('02000a000001 02000a000064 05dc')), undefined)
  })

  it('any header reads back as it was written', () => {
    const types = fc.integer({ min: 1536, max: 0xffff })
    fc.assert(
      fc.property(mac, mac, types, fc.nat(3), (destination, source, type, at) => {
        const into = filled(at + 14)
        encodeEthernet({ destination, source, type }, into, at)
        assert.deepEqual(decodeEthernet(into, at), { destination, source, type })
      }),
    )
  })
})

describe('ARP', () => {
  const bytes = hex('0001 0800 06 04 0002 02000a000001 0a000001 02000a000064 0a000064')
  const packet: ArpPacket = {
    opcode: 2,
    senderMac: 0x0200_0a00_0001,
    senderAddress: 0x0a000001,
    targetMac: 0x0200_0a00_0064,
    targetAddress: 0x0a000064,
  }

  it('encodes and decodes the same bytes', () => {
    const into = filled(ARP_LENGTH)
    assert.equal(encodeArp(packet, into, 0), ARP_LENGTH)
    assert.equal(text(into), text(bytes))
    assert.deepEqual(decodeArp(bytes, 0, bytes.length), packet)
    const seen = dissected(frameOf(concat(hex('02000a000064 02000a000001 0806'), bytes)))
    assert.equal(seen.info, '10.0.0.1 is at 02:00:0a:00:00:01')
    assert.equal(seen.one('arp.dst.proto_ipv4'), '10.0.0.100')
  })

  it('any packet reads back as it was written; any bytes give one or none', () => {
    fc.assert(
      fc.property(
        u16,
        mac,
        address,
        mac,
        address,
        (opcode, senderMac, senderAddress, targetMac, targetAddress) => {
          const any = { opcode, senderMac, senderAddress, targetMac, targetAddress }
          const into = filled(31)
          encodeArp(any, into, 3)
          assert.deepEqual(decodeArp(into, 3, 31), any)
        },
      ),
    )
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (any) => void decodeArp(any, 0, any.length)))
  })

  it('for other hardware, another protocol or other sizes is none of ours', () => {
    for (const at of [1, 2, 4, 5]) {
      const other = bytes.slice()
      other[at]! ^= 1
      assert.equal(decodeArp(other, 0, other.length), undefined)
    }
    assert.equal(decodeArp(bytes, 0, 27), undefined)
  })
})

describe('IPv4', () => {
  // The example that many explain this checksum by: a datagram of 95 bytes from 192.168.0.1 to 192.168.0.199.
  const bytes = hex('4500 0073 0000 4000 40 11 b861 c0a80001 c0a800c7')
  const header = new Ipv4Header({
    totalLength: 115,
    identification: 0,
    dontFragment: true,
    ttl: 64,
    protocol: 17,
    source: 0xc0a80001,
    destination: 0xc0a800c7,
  })
  const padded = concat(bytes, new Uint8Array(95))

  it('encodes and decodes the same bytes', () => {
    const into = filled(20)
    assert.equal(encodeIpv4(header, into, 0), 20)
    assert.equal(text(into), text(bytes))
    const read = new Ipv4Header()
    assert.equal(decodeIpv4(padded, 0, 115, read), true)
    assert.deepEqual(read, header)
  })

  it('the dissector reads from the encoded bytes what was put into them, the checksum good', () => {
    const into = new Uint8Array(14 + 24)
    encodeEthernet({ destination: 1, source: 2, type: 0x0800 }, into)
    const fragment = new Ipv4Header({
      ...header,
      totalLength: 24,
      dontFragment: false,
      moreFragments: true,
      fragmentOffset: 1480,
      dsfield: 0xb8,
    })
    encodeIpv4(fragment, into, 14)
    const seen = dissected(frameOf(into))
    const values = [
      'ip.len',
      'ip.id',
      'ip.flags.mf',
      'ip.flags.df',
      'ip.frag_offset',
      'ip.ttl',
      'ip.proto',
      'ip.dsfield.dscp',
      'ip.src',
    ]
    assert.deepEqual(values.map(seen.one), [24, 0, true, false, 185, 64, 17, 46, '192.168.0.1'])
    assert.equal(internetChecksum(into, 14, 34), 0)
  })

  it('any header reads back as it was written, and no other with one bit turned over', () => {
    fc.assert(
      fc.property(
        fc.record({
          dsfield: u8,
          totalLength: fc.integer({ min: 20, max: 65_535 }),
          identification: u16,
          dontFragment: fc.boolean(),
          moreFragments: fc.boolean(),
          fragmentOffset: fc.integer({ min: 0, max: 0x1fff }).map((units) => units * 8),
          ttl: u8,
          protocol: u8,
          source: address,
          destination: address,
        }),
        fc.nat(159),
        (fields, bit) => {
          const any = new Ipv4Header(fields)
          const into = new Uint8Array(any.totalLength + 2)
          encodeIpv4(any, into, 2)
          const read = new Ipv4Header()
          assert.equal(decodeIpv4(into, 2, into.length, read), true)
          assert.deepEqual(read, any)
          into[2 + (bit >> 3)]! ^= 0x80 >> (bit & 7)
          assert.equal(decodeIpv4(into, 2, into.length, read), false)
        },
      ),
    )
  })

  it('quoted by an error may lack its end and have a checksum that a router was about to change', () => {
    const read = new Ipv4Header()
    const passed = bytes.slice()
    passed[8] = 63
    assert.equal(decodeIpv4(passed, 0, 20, read), false)
    assert.equal(decodeIpv4(passed, 0, 20, read, true), true)
    assert.equal(read.totalLength, 115)
    assert.equal(decodeIpv4(passed, 0, 19, read, true), false)
  })
})

describe('UDP', () => {
  const bytes = hex('c350 0007 000d e445 68656c6c6f')
  const [source, destination] = [0x0a000064, 0x0a000001]

  it('encodes and decodes the same bytes', () => {
    const ends = [
      { address: '10.0.0.100', port: 50_000 },
      { address: '10.0.0.1', port: 7 },
    ] as const
    assert.equal(text(udpFrame(...ends, utf8('hello')).bytes.slice(34)), text(bytes))
    const into = concat(filled(8), utf8('hello'))
    encodeUdp({ sourcePort: 50_000, destinationPort: 7, length: 13 }, into, 0, source, destination)
    assert.equal(text(into), text(bytes))
    assert.deepEqual(decodeUdp(bytes, 0, 13, source, destination), {
      sourcePort: 50_000,
      destinationPort: 7,
      length: 13,
    })
  })

  it('any datagram reads back; for another address, or with a byte changed, it does not', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        u16,
        u16,
        address,
        address,
        fc.nat(),
        (payload, sourcePort, destinationPort, from, to, where) => {
          const header = { sourcePort, destinationPort, length: 8 + payload.length }
          const into = concat(filled(8), payload)
          encodeUdp(header, into, 0, from, to)
          assert.deepEqual(decodeUdp(into, 0, into.length, from, to), header)
          assert.equal(decodeUdp(into, 0, into.length, from, (to ^ 4) >>> 0), undefined)
          const at = where % into.length
          if (at === 6 || at === 7) return
          into[at]! ^= 0x10
          assert.equal(decodeUdp(into, 0, into.length, from, to), undefined)
        },
      ),
    )
  })
})

describe('ICMP', () => {
  const echo = icmpOf('0800 0000 1234 0001 6162')
  const request: IcmpMessage = { kind: 'echo request', identifier: 0x1234, sequence: 1, data: hex('6162') }

  it('encodes and decodes the same bytes', () => {
    const into = filled(10)
    assert.equal(encodeIcmp(request, into, 0), 10)
    assert.equal(text(into), text(echo))
    assert.deepEqual(decodeIcmp(echo, 0, 10), request)
  })

  it('any message reads back as it was written, an MTU only where one belongs', () => {
    const data = fc.uint8Array({ maxLength: 100 })
    const message = fc.oneof(
      fc.record({
        kind: fc.constantFrom('echo request' as const, 'echo reply' as const),
        identifier: u16,
        sequence: u16,
        data,
      }),
      fc.record({
        kind: fc.constant('error' as const),
        type: fc.constant(3),
        code: fc.constant(4),
        mtu: u16,
        quoted: data,
      }),
      fc.record({
        kind: fc.constant('error' as const),
        type: fc.constantFrom(3, 11, 12),
        code: fc.constantFrom(0, 1, 2, 3, 5),
        mtu: fc.constant(0),
        quoted: data,
      }),
    )
    fc.assert(
      fc.property(message, fc.nat(3), (any, at) => {
        const into = filled(at + icmpLength(any))
        assert.equal(encodeIcmp(any, into, at), into.length)
        assert.deepEqual(decodeIcmp(into, at, into.length), { ...any })
        into[at]! ^= 0x20
        assert.equal(decodeIcmp(into, at, into.length), undefined)
      }),
    )
  })
})

describe('the Internet checksum', () => {
  const folded = (total: number) => {
    let rest = total
    while (rest > 0xffff) rest = (rest % 0x10000) + Math.floor(rest / 0x10000)
    return rest
  }

  it('taken a word at a time is that of byte by byte, wherever the bytes begin and end', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 600 }),
        fc.nat(7),
        fc.nat(20),
        fc.nat(20),
        fc.nat(1_000_000),
        (content, offset, before, behind, initial) => {
          const whole = new Uint8Array(content.length + offset)
          whole.set(content, offset)
          const bytes = whole.subarray(offset)
          const start = Math.min(before, bytes.length)
          const end = Math.max(start, bytes.length - behind)
          assert.equal(
            internetChecksum(bytes, start, end, initial),
            ~folded(sum(bytes, start, end, initial)) & 0xffff,
          )
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('of megabytes of ones is right too', () => {
    const bytes = new Uint8Array(3_000_001).fill(0xff)
    assert.equal(internetChecksum(bytes), ~folded(sum(bytes, 0, bytes.length)) & 0xffff)
  })

  it('expected at its place is the one that makes it good, also where the rest sums up to nothing or to all ones', () => {
    const message = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 400 }),
      fc.integer({ min: 4, max: 400 }).map((length) => new Uint8Array(length)),
      fc
        .integer({ min: 4, max: 400 })
        .map((length) => Uint8Array.from({ length }, (_, i) => (i < 2 ? 255 : 0))),
    )
    fc.assert(
      fc.property(message, u16, (bytes, found) => {
        bytes.set([found >> 8, found & 255], 2)
        const rest = sum(bytes, 0, bytes.length) - found
        assert.equal(expectedChecksum(bytes, 0, bytes.length, found), ~folded(rest) & 0xffff)
      }),
    )
  })

  it('of a header in which one word changes is what summing it anew would give (RFC 1624)', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), u8, (bytes, ttl) => {
        bytes[0] = 0x45
        bytes.set([0, 0], 10)
        const before = (bytes[8]! << 8) | bytes[9]!
        const old = internetChecksum(bytes)
        bytes[8] = ttl
        const after = (bytes[8]! << 8) | bytes[9]!
        assert.equal(updatedChecksum(old, before, after), internetChecksum(bytes))
      }),
    )
  })
})
