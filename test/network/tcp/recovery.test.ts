import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { established, type Transcript } from './transcript.ts'

const bytes = (length: number) => new Uint8Array(length)

/** Ten segments are out, and the round trip of 100 ms is over. */
function tenOut(setting: Parameters<typeof established>[0] = {}, written = 10_000): Transcript {
  const it = established({ rtt: 100, ...setting })
  it.connection.write(bytes(written))
  it.clock.run(it.clock.now() + 100)
  assert.equal(it.log.splice(0).length, 10)
  return it
}

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
