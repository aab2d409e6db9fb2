import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { bytes, tenOut } from './ten-out.ts'
import { established, type Transcript } from './transcript.ts'

describe('what was not lost after all', () => {
  const stamp = (it: Transcript, index: number) => {
    const sent = it.log.filter((entry) => typeof entry === 'object')[index]
    assert.ok(typeof sent === 'object')
    return sent.sent.tsVal
  }

  test('Eifel (RFC 3522): an echo from before the retransmission undoes a timeout', () => {
    const it = established({ peer: 'mss 1012,sackOK,TS 1 0', rtt: 100 })
    it.connection.write(bytes(10_000))
    const original = stamp(it, 0)
    assert.equal(it.log.splice(0).length, 10)
    const { cwnd } = it.connection.sample()
    it.clock.run(it.clock.now() + 900)
    assert.equal(it.connection.sample().recovery, 'rto recovery')
    it.log.length = 0
    it.inject('. 1:1(0) ack 5001', { ts: [2, original] })
    const { recovery, ssthresh, cwnd: now } = it.connection.sample()
    assert.equal(recovery, 'open')
    assert.equal(ssthresh, Number.POSITIVE_INFINITY)
    assert.ok(now >= cwnd)
    assert.equal(it.log.length, 0, 'and nothing more is sent again')
  })

  test('Eifel: a segment that was overtaken undoes a fast retransmit', () => {
    const it = established({ peer: 'mss 1012,sackOK,TS 1 0', rtt: 100 })
    it.connection.write(bytes(10_000))
    const original = stamp(it, 0)
    it.log.length = 0
    it.clock.run(it.clock.now() + 100)
    it.inject('. 1:1(0) ack 1 <sack 1001:4001>', { ts: [2, original] })
    assert.equal(it.log.splice(0).length, 1)
    assert.equal(it.connection.sample().recovery, 'fast recovery')
    it.inject('. 1:1(0) ack 4001', { ts: [2, original] })
    assert.equal(it.connection.sample().recovery, 'open')
    assert.equal(it.connection.sample().ssthresh, Number.POSITIVE_INFINITY)
  })

  test('RFC 3708: D-SACKs for all that was sent again undo it, without timestamps', () => {
    const it = tenOut()
    it.play(`
      << . 1:1(0) ack 1 <sack 1001:4001>
      >> . 1:1001(1000) ack 1
      << . 1:1(0) ack 4001
      .. 1
      << . 1:1(0) ack 4001 <sack 1:1001>
    `)
    const { recovery, ssthresh, cwnd } = it.connection.sample()
    assert.deepEqual([recovery, ssthresh], ['open', Number.POSITIVE_INFINITY])
    assert.ok(cwnd >= 10_000)
  })

  test('RFC 8985 §6.2: where segments overtake each other, three are not enough any more', () => {
    const it = tenOut({}, 20_000)
    it.play(`
      << . 1:1(0) ack 1 <sack 1001:2001>
      >> . 10001:11001(1000) ack 1
      << . 1:1(0) ack 2001
      >> . 11001:12001(1000) ack 1
      >> . 12001:13001(1000) ack 1
      >> . 13001:14001(1000) ack 1
      << . 1:1(0) ack 2001 <sack 3001:7001>
      >> . 14001:15001(1000) ack 1
      >> . 15001:16001(1000) ack 1
      >> . 16001:17001(1000) ack 1
      >> . 17001:18001(1000) ack 1
      .. 24
      << . 1:1(0) ack 7001
      >> . 18001:19001(1000) ack 1
      >> P. 19001:20001(1000) ack 1
    `)
    assert.equal(it.connection.sample().retransmissions, 0)
  })
})
