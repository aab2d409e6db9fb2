import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { established, type Transcript } from './transcript.ts'

const bytes = (length: number) => new Uint8Array(length)
const sent = (it: Transcript) => it.log.splice(0).length
const cwnd = (it: Transcript) => it.connection.sample().cwnd

describe('the congestion window, RFC 5681 (MUST-19)', () => {
  test('RFC 6928: ten segments to begin with', () => {
    const it = established()
    it.connection.write(bytes(50_000))
    assert.equal(sent(it), 10)
  })

  test('§3.1, slow start: each acknowledgment opens it by what it acknowledges', () => {
    const it = established()
    it.connection.write(bytes(50_000))
    sent(it)
    it.inject('. 1:1(0) ack 2001')
    assert.equal(cwnd(it), 12_000)
    assert.equal(sent(it), 4)
    it.inject('. 1:1(0) ack 2501')
    assert.equal(cwnd(it), 12_500)
  })

  test('RFC 3465 §2.3: but by two segments at most, however many it acknowledges', () => {
    const it = established()
    it.connection.write(bytes(50_000))
    sent(it)
    it.inject('. 1:1(0) ack 8001')
    assert.equal(cwnd(it), 12_000)
  })

  test('§3.1, congestion avoidance: a segment for each window acknowledged, however many acknowledgments that takes', () => {
    const it = established({ rtt: 100 })
    it.connection.write(bytes(500_000))
    sent(it)
    it.clock.run(it.clock.now() + 100)
    it.inject('. 1:1(0) ack 1 <sack 1001:4001>')
    it.inject('. 1:1(0) ack 10001')
    assert.deepEqual([cwnd(it), it.connection.sample().recovery], [5000, 'open'])
    sent(it)
    // Everything that is out is acknowledged a little at a time.
    for (let ack = 10_501; ack < 15_001; ack += 500) it.inject(`. 1:1(0) ack ${ack}`)
    assert.equal(cwnd(it), 5000)
    it.inject('. 1:1(0) ack 15001')
    assert.equal(cwnd(it), 6000)
    it.inject('. 1:1(0) ack 18001')
    it.inject('. 1:1(0) ack 21001')
    assert.equal(cwnd(it), 7000)
  })

  test('RFC 2861: a window that the user doesn’t fill does not grow', () => {
    const it = established()
    for (let ack = 1001; ack < 50_000; ack += 1000) {
      it.connection.write(bytes(1000))
      it.inject(`. 1:1(0) ack ${ack}`)
    }
    assert.equal(cwnd(it), 10_000)
  })

  test('§4.1: after an idle time longer than the RTO it begins again', () => {
    const it = established()
    it.connection.write(bytes(50_000))
    for (let ack = 1001; ack <= 50_001; ack += 1000) it.inject(`. 1:1(0) ack ${ack}`)
    assert.ok(cwnd(it) > 20_000)
    sent(it)
    it.clock.run(it.clock.now() + 1000)
    it.connection.write(bytes(50_000))
    assert.equal(sent(it), 10)
  })

  test('no more than cwnd is on the way', () => {
    const it = established()
    it.connection.write(bytes(500_000))
    for (let ack = 2001; ack < 200_000; ack += 2000) {
      const { inFlight } = it.connection.sample()
      assert.ok(inFlight <= cwnd(it))
      it.inject(`. 1:1(0) ack ${ack}`)
    }
  })
})

describe('samples', () => {
  test('they are told on state changes, retransmissions and timeouts at once, on acknowledgments every 10 ms', () => {
    const seen: string[] = []
    const it = established({ peer: 'mss 1000' })
    it.tcp.onSample = (_connection, { because, state }) => seen.push(`${because} ${state}`)
    it.connection.write(bytes(10_000))
    sent(it)
    it.clock.run(20)
    it.inject('. 1:1(0) ack 1001')
    it.inject('. 1:1(0) ack 2001')
    it.clock.run(30)
    it.inject('. 1:1(0) ack 3001')
    assert.deepEqual(seen, ['ack ESTABLISHED', 'ack ESTABLISHED'])
    seen.length = 0
    it.clock.run(500)
    assert.deepEqual(seen, ['timeout ESTABLISHED', 'retransmission ESTABLISHED'])
    it.connection.abort()
    assert.equal(seen.at(-1), 'state CLOSED')
  })

  test('sequence numbers are counted from the first, whatever that is', () => {
    const it = established()
    it.connection.write(bytes(100))
    sent(it)
    const { sndUna, sndNxt, rcvNxt, rcvWnd } = it.connection.sample()
    assert.deepEqual([sndUna, sndNxt, rcvNxt, rcvWnd], [1, 101, 1, 65_535])
  })
})
