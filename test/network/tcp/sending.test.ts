import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { established, pattern } from './transcript.ts'

const bytes = (length: number) => new Uint8Array(length)

describe('Nagle’s algorithm, RFC 9293 §3.7.4', () => {
  test('SHLD-7: a second small segment waits for the acknowledgment of the first', () => {
    const it = established()
    it.connection.write(bytes(10))
    it.connection.write(bytes(20))
    it.connection.write(bytes(30))
    it.play(`
      >> P. 1:11(10) ack 1
      << . 1:1(0) ack 11
      >> P. 11:61(50) ack 1
    `)
  })

  test('Minshall: a small segment behind full ones does not wait', () => {
    const it = established()
    it.connection.write(bytes(2500))
    it.play(`
      >> . 1:1001(1000) ack 1
      >> . 1001:2001(1000) ack 1
      >> P. 2001:2501(500) ack 1
    `)
  })

  test('a full segment never waits', () => {
    const it = established()
    it.connection.write(bytes(10))
    it.connection.write(bytes(999))
    it.play('>> P. 1:11(10) ack 1')
    it.connection.write(bytes(1))
    it.play('>> P. 11:1011(1000) ack 1')
  })

  test('MUST-17: it can be switched off, which sends what was waiting', () => {
    const it = established()
    it.connection.write(bytes(10))
    it.connection.write(bytes(20))
    it.play('>> P. 1:11(10) ack 1')
    it.connection.setNoDelay(true)
    it.play('>> P. 11:31(20) ack 1')
    it.connection.write(bytes(5))
    it.play('>> P. 31:36(5) ack 1')
  })

  test('MUST-17: or from the beginning', () => {
    const it = established({ noDelay: true })
    it.connection.write(bytes(10))
    it.connection.write(bytes(20))
    it.play(`
      >> P. 1:11(10) ack 1
      >> P. 11:31(20) ack 1
    `)
  })

  test('a FIN does not wait either, nor what it comes with', () => {
    const it = established()
    it.connection.write(bytes(10))
    it.connection.write(bytes(20))
    it.connection.end()
    it.play(`
      >> P. 1:11(10) ack 1
      >> FP. 11:31(20) ack 1
    `)
  })
})

describe('segments', () => {
  test('SHLD-28, SHLD-27: small writes become full segments', () => {
    const it = established()
    it.on.connected = () => undefined
    it.connection.write(bytes(1))
    for (let i = 0; i < 250; i++) it.connection.write(bytes(10))
    it.play(`
      >> P. 1:2(1) ack 1
      >> P. 2:1002(1000) ack 1
      >> P. 1002:2002(1000) ack 1
      << . 1:1(0) ack 2002
      >> P. 2002:2502(500) ack 1
    `)
  })

  test('MUST-60, MUST-61: PSH is set on the segment that empties the buffer', () => {
    const it = established()
    it.connection.write(bytes(2000))
    it.play(`
      >> . 1:1001(1000) ack 1
      >> P. 1001:2001(1000) ack 1
    `)
  })

  test('they carry the bytes that were written, across chunks', () => {
    const it = established()
    const all = pattern(1, 3000)
    for (const [from, to] of [
      [0, 1],
      [1, 600],
      [600, 1900],
      [1900, 3000],
    ]) {
      it.connection.write(all.subarray(from, to))
    }
    it.inject('. 1:1(0) ack 2')
    for (const { at, bytes } of it.payloads) assert.deepEqual(bytes, pattern(at, bytes.length))
    assert.equal(
      it.payloads.reduce((sum, { bytes }) => sum + bytes.length, 0),
      3000,
    )
  })
})

describe('the send buffer', () => {
  test('write takes what there is room for, and writable tells when there is more', () => {
    const it = established({ sendBuffer: 3000 })
    assert.equal(it.connection.write(bytes(5000)), 3000)
    assert.equal(it.connection.room, 0)
    assert.equal(it.connection.write(bytes(1)), 0)
    it.play(`
      >> . 1:1001(1000) ack 1
      >> . 1001:2001(1000) ack 1
      >> P. 2001:3001(1000) ack 1
      << . 1:1(0) ack 901
      << . 1:1(0) ack 1001
      !! writable
    `)
    assert.equal(it.connection.room, 1000)
    assert.equal(it.connection.unacknowledged, 2000)
    it.play('<< . 1:1(0) ack 3001')
    assert.equal(it.connection.unacknowledged, 0)
  })

  test('is small at first, and holds two windows when the path turns out to be long', () => {
    const it = established({ peer: 'mss 10000,sackOK', mtu: 10_040, sendBuffer: 1 << 20, windowScale: false })
    assert.equal(it.connection.write(bytes(1 << 20)), 256 * 1024)
    it.log.length = 0
    let { sndNxt } = it.connection.sample()
    for (let round = 0; round < 8; round++) {
      it.inject(`. 1:1(0) ack ${sndNxt}`)
      it.connection.write(bytes(1 << 20))
      sndNxt = it.connection.sample().sndNxt
    }
    it.inject(`. 1:1(0) ack ${sndNxt}`)
    const { cwnd } = it.connection.sample()
    assert.ok(it.connection.room + it.connection.unacknowledged >= 256 * 1024)
    assert.ok(it.connection.room + it.connection.unacknowledged <= Math.max(256 * 1024, 2 * cwnd))
  })

  test('what is written in writable goes out with the acknowledgment taken in', () => {
    const it = established({ sendBuffer: 2000 })
    it.on.writable = () => void it.connection.write(bytes(500))
    it.connection.write(bytes(2001))
    it.play(`
      >> . 1:1001(1000) ack 1
      >> P. 1001:2001(1000) ack 1
      << . 1:1(0) ack 1001
      !! writable
      >> P. 2001:2501(500) ack 1
    `)
  })
})

describe('the peer’s window', () => {
  test('nothing is sent beyond it', () => {
    const it = established({ win: 2000 })
    it.connection.write(bytes(5000))
    it.play(`
      >> . 1:1001(1000) ack 1
      >> . 1001:2001(1000) ack 1
      << . 1:1(0) ack 1001 win 1000
      << . 1:1(0) ack 2001 win 2000
      >> . 2001:3001(1000) ack 1
      >> . 3001:4001(1000) ack 1
    `)
  })

  test('MUST-1: it is a number without a sign', () => {
    const it = established({ win: 0xffff })
    assert.equal(it.connection.sample().sndWnd, 65_535)
  })

  test('MUST-38: no silly segment into a window that is nearly full', () => {
    const it = established({ win: 2500 })
    it.connection.write(bytes(5000))
    it.play(`
      >> . 1:1001(1000) ack 1
      >> . 1001:2001(1000) ack 1
      << . 1:1(0) ack 1001 win 1500
      << . 1:1(0) ack 2001 win 900
    `)
  })

  test('MUST-38: but one that fills half of the largest window ever offered is not silly', () => {
    const it = established({ win: 1500 })
    it.connection.write(bytes(5000))
    it.play(`
      >> . 1:1001(1000) ack 1
      << . 1:1(0) ack 1001 win 800
      >> . 1001:1801(800) ack 1
    `)
  })

  test('RFC 9293 §3.8.6.2.1 (4): after a while a small window is used all the same', () => {
    const it = established({ win: 3000 })
    it.connection.write(bytes(5000))
    it.play(`
      >> . 1:1001(1000) ack 1
      >> . 1001:2001(1000) ack 1
      >> . 2001:3001(1000) ack 1
      << . 1:1(0) ack 3001 win 300
      .. 199
      .. 1
      >> . 3001:3301(300) ack 1
    `)
  })

  test('an old segment does not change it (SND.WL1, SND.WL2)', () => {
    const it = established({ peer: 'mss 1000' })
    it.connection.write(bytes(100))
    it.play(`
      >> P. 1:101(100) ack 1
      << . 1:1(0) ack 101 win 5000
      << . 1:1(0) ack 51 win 100
    `)
    assert.equal(it.connection.sample().sndWnd, 5000)
  })

  test('SHLD-15, SHLD-16, MUST-34: a window that shrinks stops new data, and only what is in it is sent again', () => {
    const it = established({ peer: 'mss 1000', win: 4000 })
    it.connection.write(bytes(6000))
    it.play(`
      >> . 1:1001(1000) ack 1
      >> . 1001:2001(1000) ack 1
      >> . 2001:3001(1000) ack 1
      >> . 3001:4001(1000) ack 1
      << . 1:1(0) ack 1001 win 500
      .. 200
      >> . 1001:1501(500) ack 1
      << . 1:1(0) ack 1501 win 4000
      >> . 1501:2001(500) ack 1
      >> . 2001:3001(1000) ack 1
    `)
  })
})

describe('a closed window, RFC 9293 §3.8.6.1', () => {
  const full = () => {
    const it = established({ win: 1000 })
    it.connection.write(bytes(3000))
    it.play(`
      >> . 1:1001(1000) ack 1
      << . 1:1(0) ack 1001 win 0
    `)
    return it
  }

  test('MUST-36, SHLD-29, SHLD-30: one byte after an RTO, and again after twice as long each time', () => {
    const it = full()
    it.play(`
      .. 199
      .. 1
      >> . 1001:1002(1) ack 1
      << . 1:1(0) ack 1001 win 0
      .. 399
      .. 1
      >> . 1001:1002(1) ack 1
      << . 1:1(0) ack 1001 win 0
      .. 800
      >> . 1001:1002(1) ack 1
    `)
  })

  test('when it opens, what the probe carried goes first, and congestion has nothing to do with it', () => {
    const it = full()
    const { cwnd } = it.connection.sample()
    it.play(`
      .. 200
      >> . 1001:1002(1) ack 1
      << . 1:1(0) ack 1001 win 0
      << . 1:1(0) ack 1001 win 2000
      >> . 1001:1002(1) ack 1
      >> . 1002:2002(1000) ack 1
      << . 1:1(0) ack 2002 win 2000
      >> P. 2002:3001(999) ack 1
    `)
    assert.ok(it.connection.sample().cwnd >= cwnd)
    assert.equal(it.connection.sample().recovery, 'open')
  })

  test('a probe that was taken is acknowledged', () => {
    const it = full()
    it.play(`
      .. 200
      >> . 1001:1002(1) ack 1
      << . 1:1(0) ack 1002 win 2000
      >> . 1002:2002(1000) ack 1
      >> P. 2002:3001(999) ack 1
    `)
  })

  test('MUST-37, MAY-8: the connection stays as long as the peer answers', () => {
    const it = full()
    for (let minute = 0; minute < 60; minute++) {
      it.clock.run(it.clock.now() + 60_000)
      it.log.length = 0
      it.inject('. 1:1(0) ack 1001 win 0')
    }
    assert.equal(it.connection.state, 'ESTABLISHED')
  })

  test('but not if it is silent for the user timeout', () => {
    const it = full()
    it.clock.run(420_000)
    assert.equal(it.log.at(-1), 'closed ETIMEDOUT')
    assert.equal(it.clock.pending, 0)
  })
})

describe('our own window', () => {
  test('it closes as the user leaves data lying, and opens when it is taken', () => {
    const it = established({ receiveBuffer: 4000, consume: false })
    it.play(`
      << . 1:1001(1000) ack 1
      !! data 1000
      << . 1001:2001(1000) ack 1
      !! data 1000
      >> . 1:1(0) ack 2001 win 2000
      << . 2001:3001(1000) ack 1
      !! data 1000
      << . 3001:4001(1000) ack 1
      !! data 1000
      >> . 1:1(0) ack 4001 win 0
    `)
    it.connection.consumed(500)
    it.quiet('half a segment is not worth telling')
    it.connection.consumed(1000)
    it.play('>> . 1:1(0) ack 4001 win 1500')
    it.connection.consumed(2500)
    it.play('>> . 1:1(0) ack 4001 win 4000')
  })

  test('MUST-39: no update for less than a segment or half the buffer', () => {
    const it = established({ receiveBuffer: 10_000, consume: false })
    for (let i = 0; i < 10; i++) it.inject(`. ${1 + 1000 * i}:${1001 + 1000 * i}(1000) ack 1`)
    it.log.length = 0
    for (let i = 0; i < 14; i++) it.connection.consumed(100)
    it.quiet('still silly')
    it.connection.consumed(100)
    it.play('>> . 1:1(0) ack 10001 win 1500')
  })

  test('SHLD-14: its right edge never moves back', () => {
    const it = established({ receiveBuffer: 10_000, consume: false })
    let edge = 0
    for (let i = 0; i < 10; i++) {
      it.inject(`. ${1 + 1000 * i}:${1001 + 1000 * i}(1000) ack 1`)
      if (i % 3 === 2) it.connection.consumed(700)
      for (const entry of it.log.splice(0)) {
        if (typeof entry === 'string') continue
        const right = ((entry.sent.ack - it.irs) | 0) + entry.sent.window
        assert.ok(right >= edge, `${right} after ${edge}`)
        edge = right
      }
    }
  })

  test('a probe of one byte into our closed window is answered, and not taken', () => {
    const it = established({ receiveBuffer: 1000, consume: false })
    it.play(`
      << . 1:1001(1000) ack 1
      !! data 1000
      .. 40
      >> . 1:1(0) ack 1001 win 0
      << . 1001:1002(1) ack 1
      >> . 1:1(0) ack 1001 win 0
    `)
  })

  test('a FIN needs no room', () => {
    const it = established({ receiveBuffer: 1000, consume: false })
    it.play(`
      << . 1:1001(1000) ack 1
      !! data 1000
      << F. 1001:1001(0) ack 1
      !! ended
      >> . 1:1(0) ack 1002 win 0
    `)
  })
})
