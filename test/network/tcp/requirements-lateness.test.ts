/** Where the lab network's RACK waits longer than RFC 8985 §6.2 would let it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { established } from './transcript.ts'

describe('a path on which segments overtake each other', () => {
  test('RFC 8985 §6.2: as late as a segment was once, so late the next may be, beyond a quarter of the round trip', () => {
    const it = established({ peer: 'mss 1012,sackOK,TS 1 0', rtt: 100 })
    it.connection.write(new Uint8Array(10_000))
    const [first] = it.log.splice(0)
    assert.ok(typeof first === 'object')
    const original = first.sent.tsVal
    it.clock.run(200)
    it.inject('. 1:1(0) ack 1 <sack 1001:10001>', { ts: [2, original] })
    assert.equal(it.connection.sample().retransmissions, 1)
    // The original comes 60 ms after those that overtook it: what was sent again was sent for nothing.
    it.clock.run(260)
    it.inject('. 1:1(0) ack 10001', { ts: [3, original] })
    assert.equal(it.connection.sample().recovery, 'open')
    it.log.length = 0
    it.connection.write(new Uint8Array(4000))
    it.clock.run(360)
    it.inject('. 1:1(0) ack 10001 <sack 11001:14001>', { ts: [4, original + 160] })
    it.log.length = 0
    it.clock.run(419)
    it.quiet('it may only be late')
    it.clock.run(420)
    assert.equal(it.connection.sample().retransmissions, 2)
  })
})
