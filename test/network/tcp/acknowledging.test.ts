import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { established, pattern } from './transcript.ts'

describe('delayed acknowledgments', () => {
  test('SHLD-18, MUST-40: a lone segment is acknowledged after 40 ms', () => {
    const it = established()
    it.play(`
      << P. 1:101(100) ack 1
      !! data 100
      .. 39
      .. 1
      >> . 1:1(0) ack 101
    `)
  })

  test('SHLD-19: at least every second full segment is acknowledged at once', () => {
    const it = established()
    it.play(`
      << . 1:1001(1000) ack 1
      !! data 1000
      << . 1001:2001(1000) ack 1
      !! data 1000
      >> . 1:1(0) ack 2001
      << . 2001:3001(1000) ack 1
      !! data 1000
      << . 3001:4001(1000) ack 1
      !! data 1000
      >> . 1:1(0) ack 4001
    `)
  })

  test('two small segments are not two full ones', () => {
    const it = established()
    it.play(`
      << . 1:1001(1000) ack 1
      !! data 1000
      << . 1001:2001(1000) ack 1
      !! data 1000
      >> . 1:1(0) ack 2001
      << P. 2001:2101(100) ack 1
      !! data 100
      << P. 2101:2201(100) ack 1
      !! data 100
      .. 40
      >> . 1:1(0) ack 2201
    `)
  })

  test('data that goes back carries the acknowledgment (MUST-58: acknowledgments are aggregated)', () => {
    const it = established()
    it.on.data = (bytes) => void it.connection.write(bytes)
    it.play(
      `
      << P. 1:101(100) ack 1
      !! data 100
      >> P. 1:101(100) ack 101
      .. 100
    `.replace('.. 100\n', ''),
    )
  })

  test('a FIN is acknowledged at once', () => {
    const it = established()
    it.play(`
      << FP. 1:101(100) ack 1
      !! data 100
      !! ended
      >> . 1:1(0) ack 102
    `)
  })

  test('delayedAckMs 0 acknowledges each segment', () => {
    const it = established({ delayedAckMs: 0 })
    it.play(`
      << P. 1:2(1) ack 1
      !! data 1
      >> . 1:1(0) ack 2
    `)
  })
})

describe('out of order', () => {
  test('SHLD-31, MAY-13, RFC 5681 §4.2: a segment behind a gap is kept, and acknowledged at once, as is the one that fills it', () => {
    const it = established()
    it.play(`
      << . 1001:2001(1000) ack 1
      >> . 1:1(0) ack 1 <sack 1001:2001>
      << . 2001:3001(1000) ack 1
      >> . 1:1(0) ack 1 <sack 1001:3001>
      << . 1:1001(1000) ack 1
      !! data 1000
      !! data 1000
      !! data 1000
      >> . 1:1(0) ack 3001
    `)
    assert.deepEqual(it.received, [...pattern(1, 3000)])
  })

  test('filling part of the gap is acknowledged at once', () => {
    const it = established()
    it.play(`
      << . 2001:3001(1000) ack 1
      >> . 1:1(0) ack 1 <sack 2001:3001>
      << . 1:1001(1000) ack 1
      !! data 1000
      >> . 1:1(0) ack 1001 <sack 2001:3001>
    `)
  })

  test('a FIN behind a gap waits for what is before it', () => {
    const it = established()
    it.play(`
      << FP. 101:201(100) ack 1
      >> . 1:1(0) ack 1 <sack 101:202>
      << . 1:101(100) ack 1
      !! data 100
      !! data 100
      !! ended
      >> . 1:1(0) ack 202
    `)
  })

  test('of a segment that is partly known only the new part is given to the user', () => {
    const it = established()
    it.play(`
      << . 1:101(100) ack 1
      !! data 100
      << . 51:151(100) ack 1
      !! data 50
      >> . 1:1(0) ack 151 <sack 51:101>
    `)
    assert.deepEqual(it.received, [...pattern(1, 150)])
  })

  test('without SACK the acknowledgment is a mere duplicate', () => {
    const it = established({ peer: 'mss 1000' })
    it.play(`
      << . 1001:2001(1000) ack 1
      >> . 1:1(0) ack 1 <>
      << . 2001:3001(1000) ack 1
      >> . 1:1(0) ack 1 <>
    `)
  })
})

describe('SACK blocks', () => {
  test('RFC 2018 §4: the block that changed last comes first, then the latest before it', () => {
    const it = established()
    it.play(`
      << . 1001:1101(100) ack 1
      >> . 1:1(0) ack 1 <sack 1001:1101>
      << . 3001:3101(100) ack 1
      >> . 1:1(0) ack 1 <sack 3001:3101 1001:1101>
      << . 5001:5101(100) ack 1
      >> . 1:1(0) ack 1 <sack 5001:5101 3001:3101 1001:1101>
      << . 1101:1201(100) ack 1
      >> . 1:1(0) ack 1 <sack 1001:1201 5001:5101 3001:3101>
    `)
  })

  test('RFC 2018 §3: no more than four fit, three beside timestamps', () => {
    const it = established()
    for (let i = 0; i < 5; i++) it.inject(`. ${1001 + 200 * i}:${1101 + 200 * i}(100) ack 1`)
    const blocks = it.log.map((entry) => (typeof entry === 'string' ? 0 : entry.sent.sackBlocks))
    assert.deepEqual(blocks, [1, 2, 3, 4, 4])

    const stamped = established({ peer: 'mss 1000,sackOK,TS' })
    for (let i = 0; i < 5; i++) stamped.inject(`. ${1001 + 200 * i}:${1101 + 200 * i}(100) ack 1 <TS 1>`)
    assert.deepEqual(
      stamped.log.map((entry) => (typeof entry === 'string' ? 0 : entry.sent.sackBlocks)),
      [1, 2, 3, 3, 3],
    )
  })

  test('RFC 2018 §4: data segments carry blocks too, where there is room', () => {
    const it = established()
    it.play(`
      << . 1001:2001(1000) ack 1
      >> . 1:1(0) ack 1 <sack 1001:2001>
    `)
    it.connection.write(new Uint8Array(100))
    it.play('>> P. 1:101(100) ack 1 <sack 1001:2001>')
  })

  test('RFC 2883 §4.1: a segment that came twice is reported first, once', () => {
    const it = established()
    it.play(`
      << . 1:1001(1000) ack 1
      !! data 1000
      << . 1:1001(1000) ack 1
      >> . 1:1(0) ack 1001 <sack 1:1001>
      << . 2001:3001(1000) ack 1
      >> . 1:1(0) ack 1001 <sack 2001:3001>
      << . 1:1001(1000) ack 1
      >> . 1:1(0) ack 1001 <sack 1:1001 2001:3001>
    `)
  })

  test('RFC 2883 §4.2.1: what came twice behind a gap is reported with the block that holds it', () => {
    const it = established()
    it.play(`
      << . 1001:2001(1000) ack 1
      >> . 1:1(0) ack 1 <sack 1001:2001>
      << . 2001:3001(1000) ack 1
      >> . 1:1(0) ack 1 <sack 1001:3001>
      << . 1001:2001(1000) ack 1
      >> . 1:1(0) ack 1 <sack 1001:2001 1001:3001>
    `)
  })
})

describe('the acceptability of segments, RFC 9293 §3.4', () => {
  test('MUST-3: a segment with a wrong checksum is as if it had never come', () => {
    const it = established()
    it.inject('P. 1:101(100) ack 1', { tamper: (bytes) => (bytes[30]! ^= 1) })
    it.play('.. 1000')
    assert.equal(it.connection.sample().rcvNxt, 1)
  })

  test('a segment from before the window is acknowledged and dropped', () => {
    const it = established()
    it.play(`
      << . 1:1001(1000) ack 1
      !! data 1000
      << . 1:501(500) ack 1
      >> . 1:1(0) ack 1001 <sack 1:501>
    `)
  })

  test('a segment from behind the window is acknowledged and dropped', () => {
    const it = established()
    it.play(`
      << . 2000000:2000100(100) ack 1
      >> . 1:1(0) ack 1
    `)
  })

  test('what reaches beyond the window is cut off', () => {
    const it = established({ receiveBuffer: 1500, consume: false })
    it.play(`
      << . 1:1001(1000) ack 1
      !! data 1000
      << . 1001:2001(1000) ack 1
      !! data 500
      >> . 1:1(0) ack 1501 win 0
    `)
  })

  test('a segment without ACK is dropped', () => {
    const it = established()
    it.play('<< P 1:101(100)')
  })

  test('sequence numbers go over 2^32', () => {
    const it = established({ irs: 0xffff_ff00 })
    it.play(`
      << . 1:1001(1000) ack 1
      !! data 1000
      << . 1001:2001(1000) ack 1
      !! data 1000
      >> . 1:1(0) ack 2001
    `)
  })

  test('MUST-5, MUST-65: options may come in any segment, but an MSS or a shift counts in a SYN only', () => {
    const it = established()
    it.play(`
      << P. 1:101(100) ack 1 <mss 5,ws 3>
      !! data 100
      .. 40
      >> . 1:1(0) ack 101
    `)
    it.connection.write(new Uint8Array(1000))
    it.play('>> P. 1:1001(1000) ack 101')
  })
})

describe('urgent data, RFC 9293 §3.8.5', () => {
  test('MUST-31, MUST-32, MUST-33: the user hears of it once, and how much; the data comes in line', () => {
    const it = established()
    it.play(`
      << P.U 1:101(100) ack 1 urg 150
      !! urgent 150
      !! data 100
      << P.U 101:151(50) ack 1 urg 50
      !! data 50
      .. 40
      >> . 1:1(0) ack 151
      << P.U 151:161(10) ack 1 urg 10
      !! urgent 10
      !! data 10
      .. 40
      >> . 1:1(0) ack 161
    `)
  })

  test('MUST-66: a closed window does not keep URG and RST out', () => {
    const it = established({ receiveBuffer: 1000, consume: false })
    it.play(`
      << . 1:1001(1000) ack 1
      !! data 1000
      .. 40
      >> . 1:1(0) ack 1001 win 0
      << .U 1001:1001(0) ack 1 urg 5
      !! urgent 5
      << R. 1001:1001(0) ack 1
      !! closed ECONNRESET
    `)
  })
})
