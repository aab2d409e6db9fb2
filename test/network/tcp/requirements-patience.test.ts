/** Excessive retransmissions, RFC 9293 §3.8.3: what R1 and R2 count, who hears of them, and who sets them. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { established, PEER, Transcript } from './transcript.ts'

const PEERS = { peer: 'mss 1000' }
const bytes = (length: number) => new Uint8Array(length)

/** The destinations that IP was told to doubt. */
function doubts(it: Transcript): number[] {
  const told: number[] = []
  Object.assign(it.ip, { doubt: (destination: number) => told.push(destination) })
  return told
}

const troubles = (it: Transcript) =>
  it.log.filter((entry) => typeof entry === 'string' && entry.startsWith('trouble')).length

describe('R1', () => {
  test('MUST-20: from the third retransmission on IP gets negative advice, with each that follows', () => {
    const it = established(PEERS)
    const told = doubts(it)
    it.connection.write(bytes(10))
    // 200, 600 and 1400 ms; then 3000 and 6200.
    it.clock.run(1399)
    assert.deepEqual(told, [])
    it.clock.run(1400)
    assert.deepEqual(told, [PEER])
    it.clock.run(6200)
    assert.deepEqual(told, [PEER, PEER, PEER])
  })

  test('MUST-22: a SYN’s retransmissions are counted and told in the same way', () => {
    const it = new Transcript()
    const told = doubts(it)
    it.connect()
    it.clock.run(6999)
    assert.deepEqual([told.length, troubles(it)], [0, 0])
    it.clock.run(7000)
    assert.deepEqual([told.length, troubles(it)], [1, 1])
  })

  test('SHLD-9, SHLD-10: the count is of one segment: an acknowledgment of something new begins it anew', () => {
    const it = established(PEERS)
    it.connection.write(bytes(10))
    it.clock.run(600)
    it.inject('. 1:1(0) ack 11')
    it.connection.write(bytes(10))
    const { rto } = it.connection.sample()
    assert.equal(rto, 800, 'RFC 6298 §5.7: backed off still')
    it.clock.run(600 + 800 + 1600)
    assert.equal(troubles(it), 0, 'two retransmissions of the second segment')
    it.clock.run(600 + 800 + 1600 + 3200)
    assert.equal(troubles(it), 1)
  })

  test('an error that was told before all was well again is not blamed for a later silence', () => {
    const it = established(PEERS)
    const [here, peer] = [
      { address: it.ip.address, port: it.port },
      { address: PEER, port: it.peerPort },
    ]
    it.connection.write(bytes(10))
    it.tcp.unreachable(here, peer, 1, false)
    it.inject('. 1:1(0) ack 11')
    it.connection.write(bytes(10))
    it.clock.run(400_000)
    assert.equal(it.log.at(-1), 'closed ETIMEDOUT')
  })

  test('RFC 5681 §3.1: a new segment’s first timeout halves ssthresh, though the RTO is backed off still', () => {
    const it = established({ ...PEERS, initialWindow: 8 })
    it.connection.write(bytes(8000))
    it.clock.run(200)
    assert.equal(it.connection.sample().ssthresh, 4000)
    it.inject('. 1:1(0) ack 8001')
    it.connection.write(bytes(3000))
    const { cwnd, inFlight } = it.connection.sample()
    assert.deepEqual([cwnd, inFlight], [3000, 3000])
    it.clock.run(10_000)
    assert.equal(it.connection.sample().ssthresh, 2000)
  })
})

describe('R2', () => {
  test('MUST-21: the program sets it for one connection as that opens; others keep theirs', () => {
    const it = new Transcript()
    const failures: string[] = []
    for (const [port, userTimeoutMs] of [
      [1001, 5000],
      [1002, undefined],
    ] as const) {
      const handler = { ...it.handler, closed: (failure: unknown) => failures.push(`${port} ${failure}`) }
      const options = userTimeoutMs === undefined ? {} : { userTimeoutMs }
      const connection = it.tcp.connect(PEER, port, handler, options)
      Object.assign(it, { peerPort: port })
      it.inject('S. 0:0(0) ack 1 <mss 1000>')
      connection.write(bytes(10))
    }
    it.clock.run(4999)
    assert.deepEqual(failures, [])
    it.clock.run(5000)
    assert.deepEqual(failures, ['1001 ETIMEDOUT'])
    it.clock.run(300_000)
    assert.deepEqual(failures, ['1001 ETIMEDOUT', '1002 ETIMEDOUT'])
  })

  test('MUST-21: and changes it while the connection waits: shorter is due at once if it is over already', () => {
    const it = established(PEERS)
    it.connection.write(bytes(10))
    it.clock.run(20_000)
    it.connection.setUserTimeout(30_000)
    it.clock.run(29_999)
    assert.equal(it.connection.state, 'ESTABLISHED')
    it.clock.run(30_000)
    assert.equal(it.log.at(-1), 'closed ETIMEDOUT')

    const late = established(PEERS)
    late.connection.write(bytes(10))
    late.clock.run(20_000)
    late.connection.setUserTimeout(10_000)
    late.clock.run(20_000)
    assert.equal(late.log.at(-1), 'closed ETIMEDOUT')
    assert.equal(late.clock.pending, 0)
  })

  test('MUST-21: without end, it never gives up', () => {
    const it = established(PEERS)
    it.connection.setUserTimeout(Number.POSITIVE_INFINITY)
    it.connection.write(bytes(10))
    it.clock.run(24 * 3_600_000)
    assert.equal(it.connection.state, 'ESTABLISHED')
    it.log.length = 0
    it.inject('. 1:1(0) ack 11')
    assert.equal(it.connection.unacknowledged, 0)
  })

  test('MUST-21: behind a closed window it counts from the peer’s last word', () => {
    const it = established({ ...PEERS, win: 0 })
    it.connection.setUserTimeout(50_000)
    it.connection.write(bytes(10))
    it.clock.run(30_000)
    it.inject('. 1:1(0) ack 1 win 0')
    it.clock.run(79_000)
    assert.equal(it.connection.state, 'ESTABLISHED')
    it.clock.run(200_000)
    assert.equal(it.log.at(-1), 'closed ETIMEDOUT')
  })

  test('MUST-23: a SYN is patient for three minutes, whatever R2 is for data', () => {
    const it = new Transcript({ userTimeoutMs: 1000 })
    it.connect()
    it.clock.run(179_999)
    assert.equal(it.connection.state, 'SYN-SENT')
    it.clock.run(180_000)
    assert.equal(it.log.at(-1), 'closed ETIMEDOUT')
  })
})
