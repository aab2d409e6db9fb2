/** Urgent data, RFC 9293 §3.8.5: no new program should use it (SHLD-13), yet it must be there (MUST-30). */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { established, type Transcript } from './transcript.ts'

const URG = 0x20
const PEERS = 'mss 1000'

/** What was sent, with its urgent pointer; all of it is taken off the log. */
const sent = (it: Transcript) =>
  it.log.splice(0).flatMap((entry) =>
    typeof entry === 'string'
      ? []
      : [
          {
            seq: (entry.sent.seq - it.iss) | 0,
            length: entry.length,
            urgent: entry.sent.flags & URG ? entry.sent.urgentPointer : undefined,
          },
        ],
  )

describe('urgent data that we send', () => {
  test('MUST-30, MUST-62: the pointer is the first byte behind it, from every segment before that', () => {
    const it = established({ peer: PEERS })
    it.connection.write(new Uint8Array(1500))
    it.connection.write(new Uint8Array(1000), true)
    it.connection.write(new Uint8Array(1500))
    assert.deepEqual(sent(it), [
      { seq: 1, length: 1000, urgent: undefined },
      { seq: 1001, length: 500, urgent: undefined },
      { seq: 1501, length: 1000, urgent: 1000 },
      { seq: 2501, length: 1000, urgent: undefined },
    ])
  })

  test('MUST-30: also when it is sent again, and no longer when it is acknowledged', () => {
    const it = established({ peer: PEERS })
    it.connection.write(new Uint8Array(1300), true)
    assert.deepEqual(sent(it), [
      { seq: 1, length: 1000, urgent: 1300 },
      { seq: 1001, length: 300, urgent: 300 },
    ])
    it.play('.. 199')
    it.clock.run(200)
    assert.deepEqual(sent(it), [{ seq: 1, length: 1000, urgent: 1300 }])
    it.inject('. 1:1(0) ack 1301')
    it.inject('P. 1:2(1) ack 1301')
    it.clock.run(500)
    assert.deepEqual(sent(it), [{ seq: 1301, length: 0, urgent: undefined }])
  })

  test('MUST-31: of any length: farther than 16 bits the pointer says as much as it can, and the end at last', () => {
    const it = established({ peer: 'mss 1000,ws 7', initialWindow: 1000 })
    it.inject('. 1:1(0) ack 1 win 60000')
    it.connection.write(new Uint8Array(200_000), true)
    const segments = sent(it)
    assert.equal(segments.length, 200)
    for (const { seq, urgent } of segments) assert.equal(urgent, Math.min(65_535, 200_001 - seq))
  })

  test('it does not wait for Nagle’s algorithm', () => {
    const it = established({ peer: PEERS })
    it.connection.write(new Uint8Array(10))
    it.connection.write(new Uint8Array(10))
    it.connection.write(new Uint8Array(1), true)
    assert.deepEqual(sent(it), [
      { seq: 1, length: 10, urgent: undefined },
      { seq: 11, length: 11, urgent: 11 },
    ])
  })

  test('a closed window does not keep the news back: the probe and every acknowledgment bring it', () => {
    const it = established({ peer: PEERS, win: 0 })
    it.connection.write(new Uint8Array(500), true)
    it.inject('. 1:1001(1000) ack 1 win 0')
    it.inject('. 1001:2001(1000) ack 1 win 0')
    assert.deepEqual(sent(it), [{ seq: 1, length: 0, urgent: 500 }])
    it.clock.run(it.clock.now() + 1000)
    assert.deepEqual(sent(it)[0], { seq: 1, length: 1, urgent: 500 })
  })
})

describe('urgent data that comes', () => {
  test('MUST-32: the user hears of it whenever the pointer advances, at once and before the data', () => {
    const it = established()
    it.play(`
      << P.U 1:101(100) ack 1 urg 150
      !! urgent 150
      !! data 100
      << P.U 101:111(10) ack 1 urg 50
      !! data 10
      << P.U 111:121(10) ack 1 urg 300
      !! urgent 300
      !! data 10
    `)
  })

  test('MUST-33: how much of it is still to come can be asked at any time', () => {
    const it = established()
    assert.equal(it.connection.urgentAhead, 0)
    it.inject('P.U 1:101(100) ack 1 urg 150')
    assert.equal(it.connection.urgentAhead, 50)
    it.inject('P. 101:141(40) ack 1')
    assert.equal(it.connection.urgentAhead, 10)
    it.inject('P. 141:241(100) ack 1')
    assert.equal(it.connection.urgentAhead, 0)
  })

  test('MUST-62: its last byte is the one before the pointer', () => {
    const it = established()
    it.inject('P.U 1:2(1) ack 1 urg 2')
    assert.equal(it.connection.urgentAhead, 1)
    it.inject('P.U 2:3(1) ack 1 urg 1')
    assert.equal(it.connection.urgentAhead, 0)
    assert.deepEqual(
      it.log.filter((entry) => typeof entry === 'string'),
      ['urgent 2', 'data 1', 'data 1'],
    )
  })

  test('behind a gap it is told of all the same, and an older pointer changes nothing', () => {
    const it = established()
    it.play(`
      << P.U 1001:1101(100) ack 1 urg 100
      !! urgent 1100
      >> . 1:1(0) ack 1 <sack 1001:1101>
      << P.U 1:1001(1000) ack 1 urg 10
      !! data 1000
      !! data 100
      >> . 1:1(0) ack 1101
    `)
  })

  test('SHLD-20: a program that wants no reports leaves the handlers out', () => {
    const it = established({ peer: PEERS })
    const { connected, data, ended, writable, closed } = it.handler
    it.connection.handler = { connected, data, ended, writable, closed }
    it.play(`
      << P.U 1:11(10) ack 1 urg 10
      !! data 10
      .. 40
      >> . 1:1(0) ack 11
    `)
    it.connection.write(new Uint8Array(1))
    it.clock.run(it.clock.now() + 10_000)
    assert.ok(it.log.every((entry) => typeof entry === 'object'))
    assert.ok(it.log.length > 4)
  })
})
