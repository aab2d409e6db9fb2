import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Fragment, Reassembly } from '../../server/protocols/conversation.ts'
import type { Frame } from '../../server/protocols/packet.ts'
import { FragmentTable } from '../../server/trace/fragments.ts'
import { Trace } from '../../server/trace/trace.ts'
import { concat, frameOf, hex, START_TIME, utf8 } from '../frames.ts'
import { readBack, traceOf } from '../protocols/dissected.ts'
import { icmpv6Of, ipv4Of, ipv6Of, onEthernet, packetOf, SYN } from '../protocols/sample-frames.ts'

const SECOND = 1_000_000_000
const BODY = Uint8Array.from({ length: 600 }, (_, i) => i)
const DATAGRAM = concat(hex('c87c 0fa2 0260 0000'), BODY)

interface Part {
  from: number
  to: number
  more?: boolean
  bytes?: Uint8Array
  id?: number
}

/** The part of an IPv4 payload as a frame: the last one unless told otherwise when it ends where the payload ends. */
function part(payload: Uint8Array, { from, to, more = to < payload.length, bytes, id = 7 }: Part): Frame {
  const options = { id, fragmentOffset: from, moreFragments: more, dontFragment: false }
  return onEthernet(0x0800, ipv4Of(17, (bytes ?? payload).slice(from, to), options))
}

const cutAt = (...places: number[]): Frame[] =>
  [0, ...places].map((from, i) => part(DATAGRAM, { from, to: places[i] ?? DATAGRAM.length }))

/** A fragment as the table is told of it, its bytes beside it. */
function told(offset: number, bytes: Uint8Array, more: boolean, id = 1): Fragment {
  const { length } = bytes
  return {
    source: 'a',
    destination: 'b',
    protocol: 17,
    id,
    offset,
    length,
    more,
    piece: { offset: 0, bytes },
  }
}

const table = () => new FragmentTable(() => undefined)

/** The number of a packet, and when it was seen. */
const at = (number: number, seconds = 0) => ({ number, nanos: seconds * SECOND })

describe('a packet in fragments', () => {
  test('is read in the packet that completes it, from a buffer of its own', () => {
    const [first, second, third] = cutAt(200, 400)
    const trace = traceOf(first!, third!, second!)
    assert.equal(readBack(trace, 1).stack, 'eth:ip:data')
    const it = readBack(trace, 3)
    assert.equal(it.stack, 'eth:ip:udp:data')
    assert.deepEqual(it.all('ip.fragment'), [1, 3, 2])
    assert.equal(it.one('ip.fragment.count'), 3)
    assert.equal(it.one('ip.reassembled.length'), 608)
    assert.equal(it.one('udp.payload'), Buffer.from(BODY).toString('hex'))
    assert.deepEqual(it.packet.buffers.map(({ name }) => name).slice(0, 2), ['Frame', 'Reassembled IPv4'])
    assert.equal(it.packet.layers.find(({ protocol }) => protocol.id === 'udp')?.buffer, 1)
    assert.equal(it.info, '51324 → 4002 Len=600')
  })

  test('the others tell where, once that is known', () => {
    const frames = cutAt(200, 400)
    const trace = new Trace()
    const early = trace.addRecorded(frames[0]!)
    assert.equal(
      early.layers.some(({ fields }) => fields.some(({ field }) => field.name === 'ip.reassembled_in')),
      false,
    )
    trace.add(frames[1]!)
    trace.add(frames[2]!)
    assert.equal(readBack(trace, 1).one('ip.reassembled_in'), 3)
    assert.equal(readBack(trace, 2).one('ip.reassembled_in'), 3)
    assert.equal(readBack(trace, 3).one('ip.reassembled_in'), undefined)
  })

  test('the conversation counts it once', () => {
    const trace = traceOf(...cutAt(200, 400))
    assert.deepEqual(
      trace.flows.list().map(({ packets, first }) => [packets, first]),
      [[1, 3]],
    )
  })

  test('is put together whatever the order of its fragments', () => {
    const frames = cutAt(80, 160, 240, 320, 400, 480, 560)
    fc.assert(
      fc.property(fc.shuffledSubarray(frames, { minLength: frames.length }), (shuffled) => {
        const trace = traceOf(...shuffled)
        assert.equal(readBack(trace, frames.length).one('udp.payload'), Buffer.from(BODY).toString('hex'))
      }),
      { numRuns: 50 },
    )
  })

  test('is not while one is missing', () => {
    const [, second, third] = cutAt(200, 400)
    assert.equal(readBack(traceOf(second!, third!), 2).stack, 'eth:ip:data')
  })

  test('the same number again begins another packet', () => {
    const frames = cutAt(200)
    const trace = traceOf(...frames, ...frames)
    assert.equal(readBack(trace, 2).stack, 'eth:ip:udp:data')
    assert.equal(readBack(trace, 3).stack, 'eth:ip:data')
    assert.equal(readBack(trace, 3).one('ip.reassembled_in'), 4)
  })

  test('other hosts, another protocol or another number are another packet', () => {
    const [first, second] = cutAt(200)
    const other = { fragmentOffset: 200, moreFragments: false, dontFragment: false, id: 7 }
    const icmp = onEthernet(0x0800, ipv4Of(1, DATAGRAM.slice(200), other))
    const later = part(DATAGRAM, { from: 200, to: 608, id: 8 })
    assert.equal(readBack(traceOf(first!, icmp, later, second!), 4).stack, 'eth:ip:udp:data')
  })

  test('a duplicate and an overlap are marked, and what came first counts', () => {
    const other = new Uint8Array(DATAGRAM.length).fill(9)
    const it = readBack(
      traceOf(
        part(DATAGRAM, { from: 0, to: 200 }),
        part(DATAGRAM, { from: 0, to: 200 }),
        part(DATAGRAM, { from: 160, to: 400, bytes: other }),
        part(DATAGRAM, { from: 400, to: 608 }),
      ),
      4,
    )
    assert.deepEqual(it.all('ip.fragment'), [1, 2, 4])
    assert.deepEqual(it.all('ip.fragment.error'), [3])
    assert.deepEqual(it.all('ip.fragment.overlap'), [true, true])
    assert.deepEqual(it.all('ip.fragment.overlap.conflict'), [true])
    const payload = Buffer.from(it.one('ip.reassembled.data') as string, 'hex')
    assert.deepEqual(payload.subarray(160, 200), Buffer.from(DATAGRAM.slice(160, 200)))
    assert.deepEqual(payload.subarray(200, 400), Buffer.alloc(200, 9))
  })

  test('two ends, and a fragment past the end, are errors', () => {
    const it = readBack(
      traceOf(
        part(DATAGRAM, { from: 200, to: 400, more: false }),
        part(DATAGRAM, { from: 200, to: 408, more: false }),
        part(DATAGRAM, { from: 0, to: 200 }),
      ),
      3,
    )
    assert.equal(it.one('ip.reassembled.length'), 400)
    assert.deepEqual(it.all('ip.fragment.multipletails'), [true])
    assert.deepEqual(it.all('ip.fragment.toolongfragment'), [true])
  })

  test('of IPv6 too, behind other extension headers, its checksum verified over the whole', () => {
    const ping = icmpv6Of('8000 0000 0001 0001', BODY)
    const fragment = (from: number, to: number) => {
      const last = to >= ping.length ? 0 : 1
      const header = new Uint8Array(8)
      header[0] = 58
      new DataView(header.buffer).setUint16(2, from | last)
      header.set(hex('0000abcd'), 4)
      return onEthernet(0x86dd, ipv6Of(0, concat(hex('2c 00 01 04 00000000'), header, ping.slice(from, to))))
    }
    const it = readBack(traceOf(fragment(400, 608), fragment(0, 400)), 2)
    assert.equal(it.stack, 'eth:ipv6:ipv6.hopopts:ipv6.fraghdr:icmpv6:data')
    assert.deepEqual(it.all('ipv6.fragment'), [2, 1])
    assert.equal(it.one('icmpv6.checksum.status'), 1)
    assert.equal(it.packet.buffers[1]?.name, 'Reassembled IPv6')
  })

  test('a fragment header on a whole packet changes nothing', () => {
    const whole = concat(hex('11 00 0000 0000abcd'), hex('c87c 0fa2 000d 0000'), utf8('hello'))
    assert.equal(
      readBack(traceOf(onEthernet(0x86dd, ipv6Of(44, whole))), 1).stack,
      'eth:ipv6:ipv6.fraghdr:udp:data',
    )
  })

  test('TCP in fragments is part of its stream, whichever bytes carry it', () => {
    const text = utf8('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    const segment = concat(packetOf(SYN).slice(20, 24), hex('000003e9 00000001 5018 1000 0000 0000'), text)
    const pieces = [0, 24].map((from) =>
      onEthernet(
        0x0800,
        ipv4Of(6, segment.slice(from, from === 0 ? 24 : undefined), {
          id: 9,
          fragmentOffset: from,
          moreFragments: from === 0,
          dontFragment: false,
        }),
      ),
    )
    const it = readBack(traceOf(SYN, ...pieces), 3)
    assert.equal(it.stack, 'eth:ip:tcp:http')
    assert.equal(it.one('tcp.stream'), 0)
    assert.equal(it.one('tcp.seq'), 1)
    assert.equal(it.one('http.request.method'), 'GET')
  })

  test('a fragment in a tunnel is put together there', () => {
    const inner = cutAt(200).map((frame) => packetOf(frame))
    const frames = inner.map((packet) => onEthernet(0x0800, ipv4Of(4, packet)))
    assert.equal(readBack(traceOf(...frames), 2).stack, 'eth:ip:ip:udp:data')
  })

  test('what the capture has cut is not put together', () => {
    const [first, second] = cutAt(200)
    const cut = { ...first!, bytes: first!.bytes.slice(0, 100) }
    const trace = traceOf(cut, second!)
    assert.match(readBack(trace, 1).stack, /^eth:ip:udp/)
    assert.equal(readBack(trace, 2).stack, 'eth:ip:data')
  })

  test('nor what is no longer held', () => {
    const trace = new Trace({ limitBytes: 64 * 1024 })
    const [first, second] = cutAt(200)
    trace.add(first!)
    for (let i = 0; i < 200; i++) trace.add(frameOf(new Uint8Array(1000), START_TIME))
    trace.add(second!)
    assert.equal(readBack(trace, trace.last).stack, 'eth:ip:data')
  })
})

describe('the table of fragments', () => {
  test('gives up on a packet after a minute', () => {
    const fragments = table()
    fragments.add(at(1), told(0, new Uint8Array(8), true))
    const late = fragments.add(at(2, 61), told(8, new Uint8Array(8), false))
    assert.equal(late.reassembledIn, undefined)
    assert.equal(fragments.add(at(3, 62), told(0, new Uint8Array(8), true)).reassembledIn, 3)
  })

  test('holds so many packets, and lets the longest waiting go', () => {
    const fragments = table()
    for (let id = 0; id < 5000; id++) fragments.add(at(id), told(0, new Uint8Array(8), true, id))
    assert.equal(fragments.waiting, 1024)
    assert.equal(fragments.add(at(9000), told(8, new Uint8Array(8), false, 0)).reassembledIn, undefined)
    assert.equal(fragments.add(at(9001), told(8, new Uint8Array(8), false, 4999)).reassembledIn, 9001)
  })

  test('holds so many bytes of its own', () => {
    const fragments = table()
    const big = new Uint8Array(60_000)
    for (let id = 0; id < 500; id++) fragments.add(at(id), told(8, big, true, id))
    assert.ok(fragments.waiting * big.length <= 16 * 1024 * 1024)
  })

  test('holds so many fragments of one packet', () => {
    const fragments = table()
    let latest: Reassembly | undefined
    for (let i = 0; i < 9000; i++) latest = fragments.add(at(i), told(8, new Uint8Array(8), true))
    assert.ok((latest?.pieces.length ?? 0) < 9000)
  })

  test('the largest offset there is makes a packet of more than 64 kB', () => {
    const fragments = table()
    const giant = new Uint8Array(65_515)
    fragments.add(at(1), told(65_528, giant, false))
    fragments.add(at(2), told(0, giant, true))
    const whole = fragments.add(at(3), told(65_512, new Uint8Array(16), true))
    assert.equal(whole.bytes?.length, 65_528 + 65_515)
    assert.equal(whole.kept > 131_043, true)
  })

  test('whatever comes, the whole is what the fragments say, the first of an offset before the next', () => {
    const fragment = fc.record({
      offset: fc.nat(12).map((units) => units * 8),
      length: fc.integer({ min: 1, max: 40 }),
      more: fc.boolean(),
      fill: fc.nat(255),
    })
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 20 }), (pieces) => {
        const fragments = table()
        const seen: typeof pieces = []
        for (const [i, piece] of pieces.entries()) {
          seen.push(piece)
          const bytes = new Uint8Array(piece.length).fill(piece.fill)
          const whole = fragments.add(at(i + 1), told(piece.offset, bytes, piece.more))
          const expected = naive(seen)
          assert.deepEqual(whole.bytes, expected, JSON.stringify(seen))
          if (expected !== undefined) seen.length = 0
        }
      }),
      { numRuns: 2000 },
    )
  })
})

/** The same by the simplest means: sorted, each byte from the first that has it, if none is missing. */
function naive(
  pieces: readonly { offset: number; length: number; more: boolean; fill: number }[],
): Uint8Array | undefined {
  const last = pieces.find(({ more }) => !more)
  if (last === undefined) return undefined
  const bytes: (number | undefined)[] = new Array(last.offset + last.length).fill(undefined)
  for (const { offset, length, fill } of [...pieces].sort((a, b) => a.offset - b.offset)) {
    for (let i = offset; i < Math.min(offset + length, bytes.length); i++) bytes[i] ??= fill
  }
  return bytes.includes(undefined) ? undefined : Uint8Array.from(bytes as number[])
}
