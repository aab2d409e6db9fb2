import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { established, type Transcript } from './transcript.ts'

const stamped = () => established({ peer: 'mss 1012,sackOK,TS 1000 0', rtt: 50 })
const last = (it: Transcript) => {
  const entry = it.log.filter((each) => typeof each === 'object').at(-1)
  assert.ok(typeof entry === 'object')
  return entry.sent
}

describe('timestamps, RFC 7323', () => {
  test('§3.2: once agreed on they are in every segment, and a segment without them is dropped', () => {
    const it = stamped()
    it.play('<< P. 1:101(100) ack 1')
    assert.equal(it.connection.sample().rcvNxt, 1)
    it.inject('P. 1:101(100) ack 1', { ts: [1001, 0] })
    it.play(`
      !! data 100
      .. 40
      >> . 1:1(0) ack 101 <TS>
    `)
  })

  test('§3.2: but a RST without them counts', () => {
    const it = stamped()
    it.play(`
      << R 1:1(0)
      !! closed ECONNRESET
    `)
  })

  test('§4.3: what is echoed is that of the segment that the last acknowledgment was waiting for', () => {
    const it = stamped()
    it.inject('. 1:1001(1000) ack 1', { ts: [1001, 0] })
    it.inject('. 1001:2001(1000) ack 1', { ts: [1002, 0] })
    // The delay of the acknowledgment is to be measured too: so the earlier of the two.
    assert.equal(last(it).tsEcr, 1001)
  })

  test('§4.3: a segment behind a gap does not change the echo, the one that fills it does', () => {
    const it = stamped()
    it.inject('. 1:1001(1000) ack 1', { ts: [1001, 0] })
    it.inject('. 1001:2001(1000) ack 1', { ts: [1001, 0] })
    it.inject('. 3001:4001(1000) ack 1', { ts: [1003, 0] })
    assert.equal(last(it).tsEcr, 1001)
    it.inject('. 2001:3001(1000) ack 1', { ts: [1004, 0] })
    assert.equal(last(it).tsEcr, 1004)
  })

  test('§5.4: ours advance by one each millisecond, from a start that each pair of ends has its own of', () => {
    const it = stamped()
    it.connection.write(new Uint8Array(10))
    const first = last(it).tsVal
    it.log.length = 0
    it.clock.run(it.clock.now() + 1000)
    it.log.length = 0
    it.connection.setNoDelay(true)
    it.connection.write(new Uint8Array(10))
    assert.equal((last(it).tsVal - first) >>> 0, 1000)
    const other = stamped()
    other.connection.write(new Uint8Array(10))
    assert.notEqual(last(other).tsVal, last(it).tsVal)
  })

  test('§5.3, PAWS: a segment from an earlier round of the numbers is acknowledged and dropped', () => {
    const it = stamped()
    it.inject('P. 1:101(100) ack 1', { ts: [999, 0] })
    it.play('>> . 1:1(0) ack 1')
    it.inject('P. 1:101(100) ack 1', { ts: [1000, 0] })
    it.play(`
      !! data 100
      .. 40
      >> . 1:1(0) ack 101
    `)
  })

  test('§5.3, PAWS: the comparison goes over 2^32', () => {
    const it = established({ peer: 'mss 1012,TS 4294967290 0' })
    it.inject('P. 1:101(100) ack 1', { ts: [5, 0] })
    it.play(`
      !! data 100
      .. 40
      >> . 1:1(0) ack 101
    `)
  })

  test('§5.5: after 24 days of silence an old timestamp protects from nothing', () => {
    const it = stamped()
    it.clock.run(25 * 24 * 3600 * 1000)
    it.inject('P. 1:101(100) ack 1', { ts: [999, 0] })
    it.play(`
      !! data 100
      .. 40
      >> . 1:1(0) ack 101
    `)
  })

  test('options: they can be left out', () => {
    const it = established({ timestamps: false, peer: 'mss 1000,TS 1 0' })
    it.connection.write(new Uint8Array(10))
    it.play('>> P. 1:11(10) ack 1 <>')
  })
})
