import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  ACK,
  checksumIsGood,
  decodeSegment,
  encodeHeader,
  headerLength,
  PSH,
  putChecksum,
  SYN,
  TCP_LAYOUT,
  TcpSegment,
} from '../../server/protocols/tcp-segment.ts'
import { frameOf, hex, utf8 } from '../frames.ts'
import { dissected } from './dissected.ts'

const CLIENT = 0x0a000064
const SERVER = 0x0a000001

// 10.0.0.100:51324 > 10.0.0.1:4001 [S], seq 1000, win 65535, options [mss 1460,sackOK,TS val 10 ecr 9,nop,wscale 7]
const SYN_BYTES = hex(
  'c87c 0fa1 000003e8 00000000 a002 ffff 5783 0000 020405b4 0402 080a 0000000a 00000009 01 030307',
)
// 10.0.0.100:51324 > 10.0.0.1:4001 [.], ack 2^32-1, options [nop,nop,TS val 11 ecr 10,nop,nop,sack 2 {5:6}{1:2}]
const SACK_BYTES = hex(
  'c87c 0fa1 000003e9 ffffffff d010 0200 2e08 0000 0101 080a 0000000b 0000000a 0101 0512 00000005 00000006 00000001 00000002',
)

const syn = () => {
  const it = new TcpSegment()
  Object.assign(it, { sourcePort: 51_324, destinationPort: 4001, seq: 1000, flags: SYN, window: 65_535 })
  return Object.assign(it, {
    mss: 1460,
    sackPermitted: true,
    timestamps: true,
    tsVal: 10,
    tsEcr: 9,
    windowShift: 7,
  })
}

const sack = () => {
  const it = new TcpSegment()
  Object.assign(it, {
    sourcePort: 51_324,
    destinationPort: 4001,
    seq: 1001,
    ack: 0xffff_ffff,
    flags: ACK,
    window: 512,
  })
  it.sackEdges.set([5, 6, 1, 2])
  return Object.assign(it, { timestamps: true, tsVal: 11, tsEcr: 10, sackBlocks: 2 })
}

function encode(segment: TcpSegment, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const length = headerLength(segment)
  const bytes = new Uint8Array(length + data.length)
  assert.equal(encodeHeader(segment, bytes, 0), length)
  bytes.set(data, length)
  putChecksum(bytes, 0, bytes.length, CLIENT, SERVER)
  return bytes
}

/** Without what only a decoded one has. */
const plain = ({ dataStart, dataEnd, sackEdges, ...rest }: TcpSegment) => ({
  ...rest,
  blocks: [...sackEdges.subarray(0, 2 * rest.sackBlocks)],
})

describe('a TCP segment', () => {
  test('is written and read as the same bytes: a SYN with all its options', () => {
    const bytes = encode(syn())
    assert.deepEqual(bytes, SYN_BYTES)
    const read = new TcpSegment()
    assert.ok(decodeSegment(SYN_BYTES, 0, SYN_BYTES.length, read))
    assert.deepEqual(plain(read), plain(syn()))
    assert.deepEqual([read.dataStart, read.dataEnd], [40, 40])
  })

  test('is written and read as the same bytes: SACK blocks beside timestamps', () => {
    assert.deepEqual(encode(sack()), SACK_BYTES)
    const read = new TcpSegment()
    assert.ok(decodeSegment(SACK_BYTES, 0, SACK_BYTES.length, read))
    assert.deepEqual(plain(read), plain(sack()))
  })

  test('is read by the dissector as it was written', () => {
    for (const [segment, data] of [
      [syn(), ''],
      [sack(), 'hello'],
    ] as const) {
      const bytes = encode(segment, utf8(data))
      const it = dissected(frameOf(onIpv4(bytes)))
      assert.equal(it.one('tcp.srcport'), segment.sourcePort)
      assert.equal(it.one('tcp.dstport'), segment.destinationPort)
      assert.equal(it.one('tcp.seq_raw'), segment.seq)
      assert.equal(it.one('tcp.ack_raw'), segment.ack)
      assert.equal(it.one('tcp.flags'), segment.flags)
      assert.equal(it.one('tcp.window_size_value'), segment.window)
      assert.equal(it.one('tcp.hdr_len'), headerLength(segment))
      assert.equal(it.one('tcp.len'), data.length)
      assert.equal(it.one('tcp.options.timestamp.tsval'), segment.tsVal)
      assert.equal(it.one('tcp.options.timestamp.tsecr'), segment.tsEcr)
    }
  })

  test('RFC 9293 §3.1: the layout is the one of the field table', () => {
    assert.deepEqual(TCP_LAYOUT, {
      srcport: 0,
      dstport: 2,
      seq_raw: 4,
      ack_raw: 8,
      flags: 12,
      window_size_value: 14,
      checksum: 16,
      urgent_pointer: 18,
    })
  })

  test('MUST-2, MUST-3: the checksum covers header, data and the addresses', () => {
    const bytes = encode(sack(), utf8('hello'))
    assert.ok(checksumIsGood(bytes, 0, bytes.length, CLIENT, SERVER))
    assert.ok(!checksumIsGood(bytes, 0, bytes.length, CLIENT + 1, SERVER))
    assert.ok(!checksumIsGood(bytes, 0, bytes.length - 1, CLIENT, SERVER))
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      bytes[bit >> 3]! ^= 1 << (bit & 7)
      assert.ok(!checksumIsGood(bytes, 0, bytes.length, CLIENT, SERVER), `bit ${bit}`)
      bytes[bit >> 3]! ^= 1 << (bit & 7)
    }
  })
})

describe('options', () => {
  const read = (options: string) => {
    const bytes = hex(
      `0001 0002 00000003 00000004 ${(5 + hex(options).length / 4).toString(16)}010 0005 0000 0000 ${options}`,
    )
    const it = new TcpSegment()
    assert.ok(decodeSegment(bytes, 0, bytes.length, it))
    return it
  }

  test('MUST-4, MUST-64: end, padding and MSS, aligned or not', () => {
    assert.equal(read('020405b4').mss, 1460)
    assert.equal(read('01020405b4000000').mss, 1460)
    assert.equal(read('00020405b4000000').mss, -1)
  })

  test('MUST-6, MUST-68: one that nobody knows is skipped by its length', () => {
    assert.equal(read('fd04abcd020405b4').mss, 1460)
  })

  test('MUST-7: a wrong length ends the reading, and what came before counts', () => {
    for (const options of ['0303070200000000', '03030702ff000000', '0303070203000000', '03030708']) {
      const it = read(options)
      assert.equal(it.windowShift, 7, options)
      assert.equal(it.mss, -1, options)
    }
  })

  test('a shift above 14 is 14 (RFC 7323 §2.3)', () => {
    assert.equal(read('0303ff00').windowShift, 14)
  })

  test('timestamps alone, in the usual place and in any other', () => {
    for (const options of [
      '0101080a0000000100000002',
      '080a00000001000000020000',
      '01080a000000010000000201',
    ]) {
      const it = read(options)
      assert.deepEqual([it.timestamps, it.tsVal, it.tsEcr], [true, 1, 2])
    }
  })

  test('MUST-69: no header has anything but NOP for padding', () => {
    for (const segment of [syn(), sack(), Object.assign(new TcpSegment(), { windowShift: 3 })]) {
      const bytes = encode(segment)
      assert.equal(bytes.length % 4, 0)
      assert.ok(!bytes.subarray(20).every((byte) => byte === 0))
    }
  })
})

describe('any bytes', () => {
  test('never throw; too short, or with a wrong header length, they are no segment', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(20), (bytes, start) => {
        const it = new TcpSegment()
        const from = Math.min(start, bytes.length)
        if (!decodeSegment(bytes, from, bytes.length, it)) return
        assert.ok(it.dataStart >= from + 20 && it.dataStart <= it.dataEnd && it.dataEnd === bytes.length)
        assert.ok(it.sackBlocks <= 4)
      }),
    )
    const it = new TcpSegment()
    assert.ok(!decodeSegment(SYN_BYTES, 0, 19, it))
    assert.ok(!decodeSegment(SYN_BYTES, 0, 39, it))
    assert.ok(!decodeSegment(hex(`${'00'.repeat(12)}40100000 00000000`), 0, 20, it))
  })

  test('what is written is read again, whatever it is', () => {
    const u16 = fc.nat(0xffff)
    const u32 = fc.nat(0xffff_ffff)
    const segments = fc.record({
      sourcePort: u16,
      destinationPort: u16,
      seq: u32,
      ack: u32,
      flags: fc.nat(0xff),
      window: u16,
      urgentPointer: u16,
      mss: fc.oneof(fc.constant(-1), u16),
      windowShift: fc.integer({ min: -1, max: 14 }),
      sackPermitted: fc.boolean(),
      timestamps: fc.boolean(),
      tsVal: u32,
      tsEcr: u32,
    })
    fc.assert(
      fc.property(segments, fc.uint8Array({ maxLength: 50 }), (fields, data) => {
        const written = Object.assign(new TcpSegment(), fields)
        const bytes = encode(written, data)
        const again = new TcpSegment()
        assert.ok(decodeSegment(bytes, 0, bytes.length, again))
        if (!written.timestamps) Object.assign(written, { tsVal: 0, tsEcr: 0 })
        assert.deepEqual(plain(again), plain(written))
        assert.deepEqual(bytes.subarray(again.dataStart, again.dataEnd), data)
        assert.ok(checksumIsGood(bytes, 0, bytes.length, CLIENT, SERVER))
      }),
    )
  })

  test('a segment that was decoded into before leaves nothing behind', () => {
    const it = new TcpSegment()
    decodeSegment(SYN_BYTES, 0, SYN_BYTES.length, it)
    const bare = encode(Object.assign(new TcpSegment(), { flags: ACK | PSH }))
    decodeSegment(bare, 0, bare.length, it)
    assert.deepEqual(
      [it.mss, it.windowShift, it.sackPermitted, it.timestamps, it.sackBlocks],
      [-1, -1, false, false, 0],
    )
  })
})

/** In an Ethernet frame of its own. */
function onIpv4(segment: Uint8Array): Uint8Array {
  const header = hex(`020000000001 02000a000064 0800 4500 0000 0000 0000 4006 0000 0a000064 0a000001`)
  new DataView(header.buffer, header.byteOffset).setUint16(16, 20 + segment.length)
  return Uint8Array.from([...header, ...segment])
}
