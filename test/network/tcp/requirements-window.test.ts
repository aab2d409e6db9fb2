/** Requirements of RFC 9293 that no other test here shows: PUSH, the window, and when an acknowledgment is sent. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { established, Transcript } from './transcript.ts'

const bytes = (length: number) => new Uint8Array(length)

describe('what was written does not wait for ever, RFC 9293 §3.9.1.2', () => {
  test('MUST-60: not behind Nagle’s algorithm, not in a small window, not in a closed one', () => {
    const nagle = established()
    nagle.connection.write(bytes(10))
    nagle.connection.write(bytes(10))
    nagle.play(`
      >> P. 1:11(10) ack 1
      << . 1:1(0) ack 11
      >> P. 11:21(10) ack 1
    `)
    for (const [win, first] of [
      [3, 3],
      [0, 1],
    ] as const) {
      const it = established({ peer: 'mss 1000', win: 5000 })
      it.connection.write(bytes(5000))
      it.log.length = 0
      it.inject(`. 1:1(0) ack 5001 win ${win}`)
      it.connection.write(bytes(100))
      it.quiet('too small a window to be worth a segment')
      it.clock.run(it.clock.now() + 1000)
      const [probe] = it.log
      assert.ok(typeof probe === 'object')
      assert.equal(probe.length, first, `window ${win}`)
    }
  })

  test('MUST-61: only the segment that empties the buffer has PSH, also when it is sent again', () => {
    const it = established({ peer: 'mss 1000', rtt: 100 })
    it.connection.write(bytes(1500))
    it.play(`
      >> . 1:1001(1000) ack 1
      >> P. 1001:1501(500) ack 1
      .. 300
      >> . 1:1001(1000) ack 1
      << . 1:1(0) ack 1001
      >> P. 1001:1501(500) ack 1
    `)
  })
})

describe('the window, RFC 9293 §3.8.6', () => {
  test('REC-1: it is counted in more than 16 bits', () => {
    const it = established({ peer: 'mss 1000,ws 14' })
    it.connection.write(bytes(10))
    it.play(`
      >> P. 1:11(10) ack 1
      << . 1:1(0) ack 11 win 65535
    `)
    assert.equal(it.connection.sample().sndWnd, 65_535 * 2 ** 14)
  })

  test('MUST-35, SHLD-17: a window that shrinks to nothing is probed, and what was sent beyond it does not time out', () => {
    const it = established({ peer: 'mss 1000', win: 4000 })
    it.connection.write(bytes(3000))
    it.play(`
      >> . 1:1001(1000) ack 1
      >> . 1001:2001(1000) ack 1
      >> P. 2001:3001(1000) ack 1
      << . 1:1(0) ack 1 win 0
      .. 199
      .. 1
      >> . 1:2(1) ack 1
      << . 1:1(0) ack 1 win 0
      .. 399
      .. 1
      >> . 1:2(1) ack 1
    `)
    for (let minute = 0; minute < 60; minute++) {
      it.inject('. 1:1(0) ack 1 win 0')
      it.clock.run(it.clock.now() + 60_000)
      it.log.length = 0
    }
    assert.equal(it.connection.state, 'ESTABLISHED')
    it.inject('. 1:1(0) ack 1 win 4000')
    assert.equal(it.log.length, 4, 'the probe’s byte, what it was cut from, and the other two')
  })

  test('MAY-8: ours may stay closed for a day, and each probe is answered', () => {
    const it = established({ receiveBuffer: 1000, consume: false })
    it.play(`
      << . 1:1001(1000) ack 1
      !! data 1000
      .. 40
      >> . 1:1(0) ack 1001 win 0
    `)
    for (let minute = 0; minute < 24 * 60; minute++) {
      it.play(`
        .. 60000
        << . 1001:1002(1) ack 1
        >> . 1:1(0) ack 1001 win 0
      `)
    }
    it.connection.consumed(1000)
    it.play('>> . 1:1(0) ack 1001 win 1000')
  })

  test('SHLD-14, RFC 7323 §2.4: scaled, the edge may look as if it moved back by less than a unit; all that was offered is taken', () => {
    const it = established({ peer: 'mss 1000,ws 0', receiveBuffer: 1 << 17, consume: false })
    it.inject('. 1:1001(1000) ack 1')
    it.inject('. 1001:2001(1000) ack 1')
    let edge = 0
    let furthest = 0
    for (let at = 2001; at < 50_000 || edge === furthest; at += 333) {
      it.inject(`. ${at}:${at + 333}(333) ack 1`)
      for (const entry of it.log.splice(0)) {
        if (typeof entry === 'string') continue
        edge = ((entry.sent.ack - it.irs) | 0) + entry.sent.window * 4
        assert.ok(edge > furthest - 4, `${edge} after ${furthest}`)
        furthest = Math.max(furthest, edge)
      }
      assert.ok(at < 100_000, 'it never looks so')
    }
    const { rcvNxt } = it.connection.sample()
    it.inject(`. ${furthest - 1}:${furthest}(1) ack 1`)
    it.inject(`. ${rcvNxt}:${furthest - 1}(${furthest - 1 - rcvNxt}) ack 1`)
    assert.equal(it.connection.sample().rcvNxt, furthest)
  })
})

describe('acknowledgments', () => {
  test('MUST-40: no setting makes one wait for half a second', () => {
    const it = established({ delayedAckMs: 60_000 })
    it.play(`
      << P. 1:101(100) ack 1
      !! data 100
      .. 499
      >> . 1:1(0) ack 101
    `)
  })

  test('MUST-59: segments that wait while one is taken in are all taken in before any is acknowledged', () => {
    const it = established()
    let more: string[] = []
    it.on.data = () => {
      for (const text of more.splice(0)) it.inject(text)
    }
    more = [1, 2, 3, 4, 5, 6].map((n) => `. ${1 + 1000 * n}:${1001 + 1000 * n}(1000) ack 1`)
    it.play(`
      << . 1:1001(1000) ack 1
      !! data 1000
      .. 0
      !! data 1000
      !! data 1000
      !! data 1000
      !! data 1000
      !! data 1000
      !! data 1000
      >> . 1:1(0) ack 7001
    `)
  })

  test('MUST-59: among them one that resets: nothing more is said', () => {
    const it = established()
    let more = ['. 1001:2001(1000) ack 1', '. 2001:3001(1000) ack 1', 'R 3001:3001(0)']
    it.on.data = () => {
      const all = more
      more = []
      for (const text of all) it.inject(text)
    }
    it.play(`
      << . 1:1001(1000) ack 1
      !! data 1000
      .. 0
      !! data 1000
      !! data 1000
      !! closed ECONNRESET
      .. 1000
    `)
    assert.equal(it.clock.pending, 0)
  })
})

describe('segments', () => {
  test('MUST-2: every one is sent with the checksum that it should have', () => {
    const it = new Transcript()
    let checked = 0
    const transmit = it.ip.transmit
    Object.assign(it.ip, {
      transmit: (...args: Parameters<typeof transmit>) => {
        const [, , length, write] = args
        const sent = new Uint8Array(length)
        transmit(
          args[0],
          args[1],
          length,
          (into, at) => {
            write(into, at)
            sent.set(into.subarray(at, at + length))
          },
          args[4],
          args[5],
        )
        assert.ok(sumOf(sent) === 0xffff, `segment ${checked}`)
        checked++
      },
    })
    it.connect()
    it.inject('S. 0:0(0) ack 1 <mss 999,sackOK,TS 5 0>')
    it.connection.write(Uint8Array.from({ length: 5001 }, (_, i) => i * 7))
    it.inject('. 2000:2999(999) ack 1 <TS 6 0>')
    it.connection.end()
    it.connection.abort()
    assert.ok(checked > 8)
  })
})

/** RFC 9293 §3.1, by hand: the ones' complement sum of the pseudo-header and the segment, the checksum included. */
function sumOf(segment: Uint8Array): number {
  const pseudo = [10, 0, 0, 1, 10, 0, 0, 100, 0, 6, segment.length >> 8, segment.length & 255]
  const all = [...pseudo, ...segment, 0]
  let sum = 0
  for (let i = 0; i + 1 < all.length; i += 2) sum += all[i]! * 256 + all[i + 1]!
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return sum
}
