import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { established, HERE, PEER, Transcript } from './transcript.ts'

const here = (it: Transcript) => ({ address: HERE, port: it.port })
const peer = (it: Transcript) => ({ address: PEER, port: it.peerPort })

describe('giving up, RFC 9293 §3.8.3', () => {
  test('MUST-20, SHLD-11: unacknowledged data ends the connection at R2, five minutes', () => {
    const it = established({ peer: 'mss 1000' })
    it.connection.write(new Uint8Array(10))
    it.clock.run(299_999)
    assert.equal(it.connection.state, 'ESTABLISHED')
    it.clock.run(300_000)
    assert.equal(it.log.at(-1), 'closed ETIMEDOUT')
    assert.equal(it.clock.pending, 0)
  })

  test('MUST-21: R2 is an option', () => {
    const it = established({ peer: 'mss 1000', userTimeoutMs: 5000 })
    it.connection.write(new Uint8Array(10))
    it.clock.run(5000)
    assert.equal(it.log.at(-1), 'closed ETIMEDOUT')
  })

  test('SHLD-9, SHLD-10, MUST-47: the user hears of trouble at R1, three retransmissions', () => {
    const it = established({ peer: 'mss 1000' })
    it.connection.write(new Uint8Array(10))
    it.clock.run(1400)
    assert.deepEqual(
      it.log.map((entry) => (typeof entry === 'string' ? entry : 'segment')),
      ['segment', 'segment', 'segment', 'trouble retransmissions 3', 'segment'],
    )
  })

  test('an acknowledgment of something new starts the patience anew', () => {
    const it = established({ peer: 'mss 1000', userTimeoutMs: 10_000 })
    it.connection.write(new Uint8Array(3000))
    it.clock.run(9000)
    it.inject('. 1:1(0) ack 1001')
    it.clock.run(15_000)
    assert.equal(it.connection.state, 'ESTABLISHED')
  })
})

describe('keepalive, RFC 9293 §3.8.4 (MAY-5)', () => {
  test('MUST-25: it is off unless asked for', () => {
    const it = established()
    it.play('.. 100000000')
    assert.equal(it.clock.pending, 0)
  })

  test('MUST-24, MUST-27, SHLD-12: asked for, an old number and no data after the idle time', () => {
    const it = established()
    it.connection.setKeepAlive(true, 10_000)
    it.play(`
      .. 9999
      .. 1
      >> . 0:0(0) ack 1
      << . 1:1(0) ack 1
      .. 10000
      >> . 0:0(0) ack 1
    `)
  })

  test('MUST-28: two hours unless said otherwise', () => {
    const it = established()
    it.connection.setKeepAlive(true)
    it.play(`
      .. 7199999
      .. 1
      >> . 0:0(0) ack 1
    `)
  })

  test('MUST-29: one answer missing is no proof; nine are', () => {
    const it = established()
    it.connection.setKeepAlive(true, 10_000)
    it.clock.run(10_000 + 8 * 10_000)
    assert.equal(it.log.splice(0).length, 9)
    it.play(`
      .. 9999
      .. 1
      >> R. 1:1(0) ack 1
      !! closed ETIMEDOUT
    `)
    assert.equal(it.clock.pending, 0)
  })

  test('MUST-26: not while something is on the way, nor soon after something came', () => {
    const it = established({ peer: 'mss 1000' })
    it.connection.setKeepAlive(true, 100)
    it.connection.write(new Uint8Array(10))
    it.play(`
      >> P. 1:11(10) ack 1
      .. 100
      .. 50
      << . 1:1(0) ack 11
      .. 99
      .. 1
      >> . 10:10(0) ack 1
    `)
  })

  test('it can be switched off again', () => {
    const it = established()
    it.connection.setKeepAlive(true, 100)
    it.connection.setKeepAlive(false)
    it.play('.. 1000')
    assert.equal(it.clock.pending, 0)
  })

  test('our own answer to a probe: an ACK at once', () => {
    const it = established()
    it.play(`
      << . 0:0(0) ack 1
      >> . 1:1(0) ack 1
    `)
  })
})

describe('ICMP, RFC 9293 §3.9.2.2 (MUST-54)', () => {
  test('SHLD-26: a hard error while connecting is a refusal', () => {
    const it = new Transcript()
    it.connect()
    it.tcp.unreachable(here(it), peer(it), 3, true)
    it.play(`
      >> S 0:0(0)
      !! closed ECONNREFUSED
    `)
    assert.equal(it.clock.pending, 0)
  })

  test('MUST-56, SHLD-25: a soft one is told, and ends nothing', () => {
    const it = new Transcript()
    it.connect()
    it.tcp.unreachable(here(it), peer(it), 1, false)
    it.play(`
      >> S 0:0(0)
      !! trouble unreachable 1
    `)
    assert.equal(it.connection.state, 'SYN-SENT')
  })

  test('but if nobody ever answers, it is what the user is told', () => {
    for (const [code, failure] of [
      [0, 'ENETUNREACH'],
      [1, 'EHOSTUNREACH'],
    ] as const) {
      const it = new Transcript()
      it.connect()
      it.tcp.unreachable(here(it), peer(it), code, false)
      it.clock.run(200_000)
      assert.equal(it.log.at(-1), `closed ${failure}`)
    }
  })

  test('RFC 5927 §5.2: an established connection takes hard errors as soft', () => {
    const it = established()
    it.tcp.unreachable(here(it), peer(it), 3, true)
    it.play('!! trouble unreachable 3')
    assert.equal(it.connection.state, 'ESTABLISHED')
  })

  test('RFC 5927 §4.1: an error that quotes nothing that is on the way is not believed', () => {
    const it = new Transcript()
    it.connect()
    it.tcp.unreachable(here(it), peer(it), 3, true, (it.iss + 5000) >>> 0)
    it.play('>> S 0:0(0)')
    it.tcp.unreachable(here(it), peer(it), 3, true, it.iss)
    it.play('!! closed ECONNREFUSED')
  })

  test('an error about somebody else’s segment is nobody’s', () => {
    const it = established()
    it.tcp.unreachable({ address: HERE, port: 1 }, peer(it), 3, true)
    it.play('')
  })
})
