import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { bytes, tenOut } from './ten-out.ts'
import { established } from './transcript.ts'

describe('the retransmission timeout, RFC 6298', () => {
  test('MUST-18: SRTT and RTTVAR of the first measurement and the next (§2.2, §2.3)', () => {
    const it = established({ rtt: 100 })
    const first = it.connection.sample()
    assert.deepEqual([first.srtt, first.rttvar, first.rto], [100, 50, 300])
    it.connection.write(bytes(10))
    it.play(`
      >> P. 1:11(10) ack 1
      .. 180
      << . 1:1(0) ack 11
    `)
    const { srtt, rttvar, rto } = it.connection.sample()
    assert.deepEqual([srtt, rttvar, rto], [110, 57.5, 340])
  })

  test('Linux’s floor: what is added to SRTT is at least 200 ms', () => {
    assert.equal(established({ rtt: 10 }).connection.sample().rto, 210)
  })

  test('§5.1 to §5.5: it is sent again after the RTO, then after twice as long, up to a minute', () => {
    const it = established({ peer: 'mss 1000', rtt: 100 })
    it.connection.write(bytes(10))
    it.play(`
      >> P. 1:11(10) ack 1
      .. 299
      .. 1
      >> P. 1:11(10) ack 1
      .. 599
      .. 1
      >> P. 1:11(10) ack 1
      .. 1199
      .. 1
      !! trouble retransmissions 3
      >> P. 1:11(10) ack 1
    `)
    it.clock.run(it.clock.now() + 100_000)
    assert.equal(it.connection.sample().rto, 60_000)
  })

  test('§5.3: an acknowledgment of something new starts it anew', () => {
    const it = established({ peer: 'mss 1000', rtt: 100 })
    it.connection.write(bytes(2000))
    it.play(`
      >> . 1:1001(1000) ack 1
      >> P. 1001:2001(1000) ack 1
      .. 100
      << . 1:1(0) ack 1001
    `)
    const { rto } = it.connection.sample()
    it.play(`
      .. ${rto - 1}
      .. 1
      >> P. 1001:2001(1000) ack 1
    `)
  })

  test('§3, Karn: without timestamps a segment sent twice measures nothing, and the backing off stays (§5.7)', () => {
    const it = established({ peer: 'mss 1000', rtt: 100 })
    it.connection.write(bytes(10))
    it.play(`
      >> P. 1:11(10) ack 1
      .. 300
      >> P. 1:11(10) ack 1
      .. 50
      << . 1:1(0) ack 11
    `)
    assert.equal(it.connection.sample().srtt, 100)
    assert.equal(it.connection.sample().rto, 600)
  })

  test('RFC 7323 §4: with timestamps it measures, for they tell which of the two was answered', () => {
    const it = established({ peer: 'mss 1012,TS 1 0', rtt: 100 })
    it.connection.write(bytes(10))
    it.play('>> P. 1:11(10) ack 1')
    it.clock.run(it.clock.now() + 400)
    const again = it.log.filter((entry) => typeof entry === 'object').at(-1)
    assert.ok(typeof again === 'object')
    it.log.length = 0
    it.clock.run(it.clock.now() + 50)
    it.inject('. 1:1(0) ack 11', { ts: [2, again.sent.tsVal] })
    assert.ok((it.connection.sample().srtt ?? 0) !== 100)
    assert.ok(it.connection.sample().rto < 600)
  })

  test('RFC 7323 §4: but not by an echo that a late copy has left as it was', () => {
    const it = established({ peer: 'mss 1012,sackOK,TS 1 0', rtt: 100 })
    it.connection.write(bytes(10))
    const [first] = it.log
    assert.ok(typeof first === 'object')
    it.clock.run(it.clock.now() + 2000)
    // It came at once and its acknowledgment was lost: this answers a copy, and echoes the first.
    it.inject('. 1:1(0) ack 11 <sack 1:11>', { ts: [2, first.sent.tsVal] })
    assert.equal(it.connection.sample().srtt, 100)
  })

  test('a segment that was only acknowledged when a gap before it was filled does not measure the repair', () => {
    const it = established({ peer: 'mss 1000', rtt: 100 })
    it.connection.write(bytes(2000))
    it.play(`
      >> . 1:1001(1000) ack 1
      >> P. 1001:2001(1000) ack 1
      .. 300
      >> . 1:1001(1000) ack 1
      .. 100
      << . 1:1(0) ack 2001
    `)
    assert.equal(it.connection.sample().srtt, 100)
  })

  test('RFC 5681 §3.1: cwnd is one segment then, ssthresh half of what was on the way, and slow start repairs', () => {
    const it = tenOut({ peer: 'mss 1000' })
    it.play(`
      .. 200
      >> . 1:1001(1000) ack 1
    `)
    const after = it.connection.sample()
    assert.deepEqual([after.cwnd, after.ssthresh, after.recovery], [1000, 5000, 'rto recovery'])
    it.play(`
      << . 1:1(0) ack 1001
      >> . 1001:2001(1000) ack 1
      >> . 2001:3001(1000) ack 1
      << . 1:1(0) ack 3001
      >> . 3001:4001(1000) ack 1
      >> . 4001:5001(1000) ack 1
      >> . 5001:6001(1000) ack 1
      >> . 6001:7001(1000) ack 1
      << . 1:1(0) ack 10001
    `)
    assert.equal(it.connection.sample().recovery, 'open')
    assert.equal(it.connection.sample().retransmissions, 7)
  })

  test('RFC 5681 §3.1: a second timeout of the same segment leaves ssthresh alone', () => {
    const it = tenOut({ peer: 'mss 1000' })
    it.play(`
      .. 200
      >> . 1:1001(1000) ack 1
      .. 600
      >> . 1:1001(1000) ack 1
    `)
    assert.equal(it.connection.sample().ssthresh, 5000)
  })

  test('RFC 2018 §8: a peer that throws away what it has reported gets it again after the timeout', () => {
    const it = established({ rtt: 100 })
    it.connection.write(bytes(3000))
    it.play(`
      >> . 1:1001(1000) ack 1
      >> . 1001:2001(1000) ack 1
      >> P. 2001:3001(1000) ack 1
      .. 100
      << . 1:1(0) ack 1 <sack 1001:3001>
      .. 25
      >> . 1:1001(1000) ack 1
      << . 1:1(0) ack 1001
      .. 300
      >> . 1001:2001(1000) ack 1
      << . 1:1(0) ack 2001
      >> P. 2001:3001(1000) ack 1
    `)
  })
})
