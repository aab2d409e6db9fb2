import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { bytes, tenOut } from './ten-out.ts'
import { established } from './transcript.ts'

describe('fast retransmit and recovery with SACK, RFC 6675 and RFC 8985', () => {
  test('RFC 8985 §6.2: the third segment sacked beyond a gap says that it is lost', () => {
    const it = tenOut()
    it.play(`
      << . 1:1(0) ack 1 <sack 1001:2001>
      << . 1:1(0) ack 1 <sack 1001:3001>
      << . 1:1(0) ack 1 <sack 1001:4001>
      >> . 1:1001(1000) ack 1
    `)
    const { cwnd, ssthresh, recovery, inFlight } = it.connection.sample()
    assert.deepEqual([cwnd, ssthresh, recovery, inFlight], [5000, 5000, 'fast recovery', 7000])
  })

  test('RFC 8985 §6.2: fewer, and a quarter of the round trip says it', () => {
    const it = tenOut()
    it.play(`
      << . 1:1(0) ack 1 <sack 1001:2001>
      .. 24
      .. 1
      >> . 1:1001(1000) ack 1
    `)
  })

  test('RFC 6675 §5: only what is missing is sent, and Pipe decides when', () => {
    const it = tenOut()
    it.play(`
      << . 1:1(0) ack 1 <sack 1001:2001>
      << . 1:1(0) ack 1 <sack 3001:4001 1001:2001>
      << . 1:1(0) ack 1 <sack 3001:5001 1001:2001>
      >> . 1:1001(1000) ack 1
      << . 1:1(0) ack 1 <sack 3001:6001 1001:2001>
      << . 1:1(0) ack 1 <sack 3001:7001 1001:2001>
      >> . 2001:3001(1000) ack 1
      << . 1:1(0) ack 1 <sack 3001:10001 1001:2001>
      << . 1:1(0) ack 10001
    `)
    assert.equal(it.connection.sample().retransmissions, 2)
    assert.equal(it.connection.sample().recovery, 'open')
    assert.equal(it.connection.sample().cwnd, 5000)
  })

  test('RFC 5681 §3.2: what was sent beyond cwnd while waiting does not make ssthresh larger', () => {
    const it = tenOut({}, 20_000)
    it.inject('. 1:1(0) ack 1 <sack 1001:2001>')
    it.inject('. 1:1(0) ack 1 <sack 1001:3001>')
    it.inject('. 1:1(0) ack 1 <sack 1001:4001>')
    assert.equal(it.connection.sample().sndNxt, 12_001)
    assert.equal(it.connection.sample().ssthresh, 5000)
  })

  test('RFC 6675 §5 (C): new data goes out when nothing is missing and Pipe leaves room', () => {
    const it = tenOut({}, 20_000)
    it.play(`
      << . 1:1(0) ack 1 <sack 1001:4001>
      >> . 1:1001(1000) ack 1
      << . 1:1(0) ack 1 <sack 1001:7001>
      >> . 10001:11001(1000) ack 1
    `)
  })

  test('RFC 8985: a retransmission that is lost is noticed by what was sent after it', () => {
    const it = tenOut({}, 20_000)
    it.play(`
      << . 1:1(0) ack 1 <sack 1001:4001>
      >> . 1:1001(1000) ack 1
      .. 1
      << . 1:1(0) ack 1 <sack 1001:8001>
      >> . 10001:11001(1000) ack 1
      >> . 11001:12001(1000) ack 1
      .. 110
      << . 1:1(0) ack 1 <sack 10001:12001 1001:8001>
      >> . 1:1001(1000) ack 1
      >> . 8001:9001(1000) ack 1
      >> . 9001:10001(1000) ack 1
      >> . 12001:13001(1000) ack 1
      >> . 13001:14001(1000) ack 1
    `)
  })

  test('a SACK for what was never sent is not believed', () => {
    const it = tenOut()
    it.play(`
      << . 1:1(0) ack 1 <sack 50001:60001>
      << . 1:1(0) ack 1 <sack 2001:1001>
    `)
    assert.equal(it.connection.sample().inFlight, 10_000)
  })
})

describe('the tail loss probe, RFC 8985 §7', () => {
  test('§7.2, §7.3: two round trips after the last acknowledgment the last segment goes out again', () => {
    const it = established({ rtt: 100 })
    it.connection.write(bytes(3000))
    it.play(`
      >> . 1:1001(1000) ack 1
      >> . 1001:2001(1000) ack 1
      >> P. 2001:3001(1000) ack 1
      .. 100
      << . 1:1(0) ack 1001
      .. 209
      .. 1
      >> P. 2001:3001(1000) ack 1
      .. 100
      << . 1:1(0) ack 1001 <sack 2001:3001>
      >> . 1001:2001(1000) ack 1
      .. 100
      << . 1:1(0) ack 3001
    `)
    assert.equal(it.connection.sample().recovery, 'open')
  })

  test('§7.3: if there is new data, that is the probe', () => {
    const it = tenOut({}, 12_000)
    it.play(`
      .. 110
      >> . 10001:11001(1000) ack 1
    `)
  })

  test('§7.2: a single segment may be waiting for its delayed acknowledgment', () => {
    const it = established({ rtt: 20 })
    it.connection.write(bytes(10))
    it.play(`
      >> P. 1:11(10) ack 1
      .. 219
      .. 1
      >> P. 1:11(10) ack 1
    `)
    // At 220 ms it was the RTO, which comes before 2 SRTT and 200 ms.
    assert.equal(it.connection.sample().recovery, 'rto recovery')
  })

  test('§7.4: a probe that repairs the loss costs half the window', () => {
    const it = established({ rtt: 100 })
    it.connection.write(bytes(2000))
    it.play(`
      >> . 1:1001(1000) ack 1
      >> P. 1001:2001(1000) ack 1
      .. 210
      >> P. 1001:2001(1000) ack 1
      .. 80
      << . 1:1(0) ack 2001
    `)
    it.connection.write(bytes(1000))
    it.play(`
      >> P. 2001:3001(1000) ack 1
      .. 100
      << . 1:1(0) ack 3001
    `)
    assert.equal(it.connection.sample().ssthresh, 2000)
  })

  test('§7.4: a D-SACK says that both came, so nothing was lost', () => {
    const it = established({ rtt: 100 })
    it.connection.write(bytes(2000))
    it.play(`
      >> . 1:1001(1000) ack 1
      >> P. 1001:2001(1000) ack 1
      .. 210
      >> P. 1001:2001(1000) ack 1
      << . 1:1(0) ack 2001
      .. 80
      << . 1:1(0) ack 2001 <sack 1001:2001>
    `)
    it.connection.write(bytes(1000))
    it.play(`
      >> P. 2001:3001(1000) ack 1
      .. 100
      << . 1:1(0) ack 3001
    `)
    assert.equal(it.connection.sample().ssthresh, Number.POSITIVE_INFINITY)
  })
})

describe('fast retransmit and recovery without SACK, RFC 5681 §3.2 and RFC 6582', () => {
  const peer = 'mss 1000'

  test('the third duplicate acknowledgment, cwnd being half and inflated by three', () => {
    const it = tenOut({ peer })
    it.play(`
      << . 1:1(0) ack 1
      << . 1:1(0) ack 1
      << . 1:1(0) ack 1
      >> . 1:1001(1000) ack 1
    `)
    const { cwnd, ssthresh, recovery } = it.connection.sample()
    assert.deepEqual([cwnd, ssthresh, recovery], [8000, 5000, 'fast recovery'])
  })

  test('RFC 3042: the first two let a new segment out each', () => {
    const it = tenOut({ peer }, 20_000)
    it.play(`
      << . 1:1(0) ack 1
      >> . 10001:11001(1000) ack 1
      << . 1:1(0) ack 1
      >> . 11001:12001(1000) ack 1
    `)
  })

  test('RFC 5681 §2: an acknowledgment with data or another window is no duplicate', () => {
    const it = tenOut({ peer })
    it.play(`
      << . 1:1(0) ack 1 win 60000
      << . 1:1(0) ack 1 win 61000
      << . 1:1(0) ack 1 win 62000
      << P. 1:2(1) ack 1 win 62000
      !! data 1
      .. 40
      >> . 10001:10001(0) ack 2
    `)
    assert.equal(it.connection.sample().recovery, 'open')
  })

  test('RFC 6582 §3.2: a partial acknowledgment sends the next one that is missing', () => {
    const it = tenOut({ peer })
    for (let i = 0; i < 7; i++) it.inject('. 1:1(0) ack 1')
    it.play(`
      >> . 1:1001(1000) ack 1
      << . 1:1(0) ack 3001
      >> . 3001:4001(1000) ack 1
      << . 1:1(0) ack 10001
    `)
    const { cwnd, recovery } = it.connection.sample()
    assert.equal(recovery, 'open')
    // §3.2 (3) option 1: min (ssthresh, max(FlightSize, SMSS) + SMSS)
    assert.equal(cwnd, 2000)
  })

  test('RFC 6582 §4: duplicates after a timeout are no new loss', () => {
    const it = tenOut({ peer })
    it.play(`
      .. 200
      >> . 1:1001(1000) ack 1
      << . 1:1(0) ack 1
      << . 1:1(0) ack 1
      << . 1:1(0) ack 1
      << . 1:1(0) ack 1
    `)
    assert.equal(it.connection.sample().recovery, 'rto recovery')
  })
})
