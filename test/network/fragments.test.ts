import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { SimulatedClock } from '../../server/network/clock.ts'
import { framesOf, Reassembler } from '../../server/network/fragments.ts'
import { decodeIpv4, Ipv4Header } from '../../server/protocols/ipv4.ts'
import { ipv4Bytes } from '../frames.ts'
import { Hub, ip } from './hub.ts'

const A_MAC = '02:00:0a:00:00:01'
const B_MAC = '02:00:0a:00:00:02'
const counting = (length: number) => Uint8Array.from({ length }, (_, i) => i * 7 + (i >> 8))

/** Fragments of one packet, as frames. */
function cut(payload: Uint8Array, mtu: number, identification = 1): Uint8Array[] {
  const header = new Ipv4Header({
    identification,
    protocol: 17,
    source: ip('10.0.0.2'),
    destination: ip('10.0.0.1'),
  })
  return [...framesOf(header, payload, mtu)]
}

/** The last of several: no more fragments, but an offset. */
const isLast = (frame: Uint8Array) => (frame[20]! & 0x20) === 0 && ((frame[20]! & 0x1f) | frame[21]!) !== 0

/** A reassembler on its own, and what it gave back. */
function desk() {
  const clock = new SimulatedClock()
  const expired: Uint8Array[] = []
  const reassembler = new Reassembler(clock, (packet) => expired.push(packet))
  const put = (frame: Uint8Array) => {
    const header = new Ipv4Header()
    assert.ok(decodeIpv4(frame, 14, frame.length, header))
    return reassembler.add(header, frame, 14, 14 + header.totalLength)
  }
  return { clock, expired, reassembler, put }
}

/** A fragment by hand; offset in bytes. */
function piece(offset: number, length: number, more: boolean, fill = 0): Uint8Array {
  const packet = ipv4Bytes(
    {
      source: '10.0.0.2',
      destination: '10.0.0.1',
      protocol: 17,
      id: 77,
      dontFragment: false,
      fragmentOffset: offset,
      moreFragments: more,
    },
    new Uint8Array(length).fill(fill),
  )
  return Uint8Array.from([...new Uint8Array(14), ...packet])
}

describe('a packet that is too long for the link', () => {
  it('of 4,008 bytes goes out in three, all but the last in multiples of 8', () => {
    const hub = new Hub()
    const a = hub.host('10.0.0.1')
    const b = hub.host('10.0.0.2')
    a.ping(b.address)
    hub.pass(10)
    hub.forget()
    a.ping(b.address, { size: 4000 })
    const frames = hub.dissected()
    assert.deepEqual(
      frames.map((frame) => [frame.one('ip.frag_offset'), frame.one('ip.flags.mf'), frame.one('ip.len')]),
      [
        [0, true, 1500],
        [185, true, 1500],
        [370, false, 1068],
      ],
    )
    assert.equal(new Set(frames.map((frame) => frame.one('ip.id'))).size, 1)
    hub.pass(5)
    assert.equal(hub.dissected().length, 6)
  })

  it('comes together again whatever the MTU and the order, also with every piece twice', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 3000 }),
        fc.integer({ min: 68, max: 1500 }),
        fc.infiniteStream(fc.nat()),
        (payload, mtu, order) => {
          const frames = cut(payload, mtu)
          for (const frame of frames) assert.ok(frame.length - 14 <= mtu)
          if (frames.length === 1) return
          const { put, reassembler } = desk()
          const shuffled = frames
            .flatMap((frame, i) => (i === 0 ? [frame] : [frame, frame]))
            .map((frame) => ({ frame, key: order.next().value }))
            .sort((a, b) => a.key - b.key)
          const whole = shuffled.map(({ frame }) => put(frame)).filter((packet) => packet !== undefined)
          assert.ok(whole.length >= 1)
          assert.deepEqual([...whole[0]!.subarray(20)], [...payload])
          assert.equal(decodeIpv4(whole[0]!, 0, whole[0]!.length, new Ipv4Header()), true)
          assert.ok(reassembler.waiting <= 1)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('that is cut again on the way, in smaller pieces, comes together all the same', () => {
    const payload = counting(5000)
    const { put } = desk()
    const results = cut(payload, 1500).flatMap((frame) => {
      const header = new Ipv4Header()
      decodeIpv4(frame, 14, frame.length, header)
      return [...framesOf(header, frame.subarray(34), 300)].map(put)
    })
    const [whole] = results.filter((packet) => packet !== undefined)
    assert.deepEqual(whole?.subarray(20), payload)
  })
})

describe('fragments that never become a packet', () => {
  it('wait 60 s from the first, then the sender hears of it, if the beginning came (RFC 1122 §3.3.2)', () => {
    const hub = new Hub()
    const a = hub.host('10.0.0.1')
    const b = hub.host('10.0.0.2')
    a.ping(b.address)
    hub.pass(10)
    hub.forget()
    hub.loses = isLast
    const socket = b.udp.bind(5000, { message: () => undefined })
    socket.send(counting(3000), a.address, 7)
    hub.pass(59_000)
    assert.equal(hub.sent.length, 3)
    hub.pass(2000)
    const told = hub.dissected().find((frame) => frame.stack.includes('icmp'))
    assert.equal(told?.info, 'Time-to-live exceeded (Fragment reassembly time exceeded)')
    assert.equal(told?.all('udp.srcport')[0], 5000)
    assert.equal(told?.packet.buffers[0]?.bytes.length, 14 + 576)
    hub.pass(5000)
    assert.equal(hub.clock.pending, 0)
  })

  it('without their first are dropped in silence', () => {
    const { clock, expired, put, reassembler } = desk()
    for (const frame of cut(counting(4000), 1500).slice(1)) put(frame)
    clock.run(60_001)
    assert.equal(reassembler.waiting, 0)
    assert.deepEqual(expired, [])
    assert.equal(clock.pending, 0)
  })

  it('that overlap spoil their packet, and what comes of it later as well (RFC 5722 §4)', () => {
    for (const bad of [piece(8, 16, true, 1), piece(0, 24, true, 1), piece(16, 16, false, 1)]) {
      const { clock, expired, put, reassembler } = desk()
      put(piece(0, 16, true))
      put(piece(16, 8, true))
      assert.equal(put(bad), undefined)
      assert.equal(put(piece(24, 8, false)), undefined)
      assert.equal(put(piece(0, 16, true)), undefined)
      assert.equal(reassembler.waiting, 1)
      clock.run(60_001)
      assert.equal(reassembler.waiting, 0)
      assert.deepEqual(expired, [])
    }
  })

  it('two last ones that disagree spoil it too, and so does one beyond the last', () => {
    for (const bad of [piece(24, 16, false), piece(40, 8, true), piece(8, 8, false)]) {
      const { put } = desk()
      put(piece(24, 8, false))
      put(piece(16, 8, true))
      put(bad)
      assert.equal(put(piece(0, 16, true)), undefined)
    }
  })

  it('a fragment without data, not in multiples of 8, or beyond 65,535 bytes is no fragment', () => {
    const { put, reassembler, clock } = desk()
    assert.equal(put(piece(8, 0, true)), undefined)
    assert.equal(put(piece(8, 7, true)), undefined)
    assert.equal(put(piece(65_528, 8, false)), undefined)
    assert.equal(reassembler.waiting, 0)
    assert.equal(clock.pending, 0)
  })

  it('the longest packet of all comes together: 65,535 bytes', () => {
    const payload = counting(65_515)
    const { put } = desk()
    const whole = cut(payload, 1500).map(put).at(-1)
    assert.deepEqual(whole?.subarray(20), payload)
  })

  it('of a hundred thousand packets hold no more than 4 MB, and the newest can still be finished', () => {
    const { put, reassembler } = desk()
    for (let id = 0; id < 65_536; id++) {
      const frame = cut(counting(1600), 1500, id)[0]!
      put(frame)
    }
    assert.ok(reassembler.waiting <= 2 ** 22 / 1480)
    const last = cut(counting(1600), 1500, 65_535)[1]!
    assert.equal(put(last)?.length, 1620)
  })

  it('of a host that is closed leave no timer', () => {
    const hub = new Hub()
    const a = hub.host('10.0.0.1')
    const packet = piece(0, 16, true).subarray(14)
    hub.inject({ destination: A_MAC, source: B_MAC, type: 0x0800 }, packet)
    hub.pass(5)
    assert.equal(hub.clock.pending, 1)
    a.close()
    assert.equal(hub.clock.pending, 0)
  })
})
