import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { established, Transcript } from './transcript.ts'

describe('closing a connection', () => {
  test('RFC 9293 §3.6, figure 12: we close first, and wait for two MSL (MUST-13)', () => {
    const it = established()
    it.connection.end()
    it.play('>> F. 1:1(0) ack 1')
    assert.equal(it.connection.state, 'FIN-WAIT-1')
    it.play('<< . 1:1(0) ack 2')
    assert.equal(it.connection.state, 'FIN-WAIT-2')
    it.play(`
      << F. 1:1(0) ack 2
      !! ended
      >> . 2:2(0) ack 2
      !! closed
      .. 59999
    `)
    assert.equal(it.connection.state, 'TIME-WAIT')
    it.play('.. 1')
    assert.equal(it.connection.state, 'CLOSED')
    assert.equal(it.clock.pending, 0)
  })

  test('RFC 9293 §3.6, figure 12: the peer closes first', () => {
    const it = established()
    it.play(`
      << F. 1:1(0) ack 1
      !! ended
      >> . 1:1(0) ack 2
    `)
    assert.equal(it.connection.state, 'CLOSE-WAIT')
    it.connection.end()
    it.play('>> F. 1:1(0) ack 2')
    assert.equal(it.connection.state, 'LAST-ACK')
    it.play(`
      << . 2:2(0) ack 2
      !! closed
    `)
    assert.equal(it.connection.state, 'CLOSED')
    assert.equal(it.clock.pending, 0)
  })

  test('RFC 9293 §3.6, figure 13: both close at once', () => {
    const it = established()
    it.connection.end()
    it.play(`
      >> F. 1:1(0) ack 1
      << F. 1:1(0) ack 1
      !! ended
      >> . 2:2(0) ack 2
    `)
    assert.equal(it.connection.state, 'CLOSING')
    it.play(`
      << . 2:2(0) ack 2
      !! closed
    `)
    assert.equal(it.connection.state, 'TIME-WAIT')
  })

  test('FIN-WAIT-1: a FIN that acknowledges ours too leads to TIME-WAIT', () => {
    const it = established()
    it.connection.end()
    it.play(`
      >> F. 1:1(0) ack 1
      << F. 1:1(0) ack 2
      !! ended
      >> . 2:2(0) ack 2
      !! closed
    `)
    assert.equal(it.connection.state, 'TIME-WAIT')
  })

  test('a half-closed connection still receives (RFC 9293 §3.6)', () => {
    const it = established()
    it.connection.end()
    it.play(`
      >> F. 1:1(0) ack 1
      << . 1:1(0) ack 2
      << P. 1:101(100) ack 2
      !! data 100
      .. 40
      >> . 2:2(0) ack 101
      << FP. 101:201(100) ack 2
      !! data 100
      !! ended
      >> . 2:2(0) ack 202
      !! closed
    `)
  })

  test('a half-closed connection still sends', () => {
    const it = established()
    it.play(`
      << F. 1:1(0) ack 1
      !! ended
      >> . 1:1(0) ack 2
    `)
    it.connection.write(new Uint8Array(100))
    it.play(`
      >> P. 1:101(100) ack 2
      << . 2:2(0) ack 101
    `)
    it.connection.end()
    it.play(`
      >> F. 101:101(0) ack 2
      << . 2:2(0) ack 102
      !! closed
    `)
  })

  test('the FIN follows everything that was written', () => {
    const it = established({ win: 1500 })
    it.connection.write(new Uint8Array(2500))
    it.connection.end()
    it.play(`
      >> . 1:1001(1000) ack 1
      << . 1:1(0) ack 1001 win 1500
      >> . 1001:2001(1000) ack 1
      >> FP. 2001:2501(500) ack 1
    `)
  })

  test('a FIN that is lost is sent again', () => {
    const it = established({ peer: 'mss 1000' })
    it.connection.end()
    it.play(`
      >> F. 1:1(0) ack 1
      .. 200
      >> F. 1:1(0) ack 1
      << . 1:1(0) ack 2
    `)
    assert.equal(it.connection.state, 'FIN-WAIT-2')
  })

  test('after CLOSE nothing can be written (RFC 9293 §3.10.2)', () => {
    const it = established()
    it.connection.end()
    it.play('>> F. 1:1(0) ack 1')
    assert.equal(it.connection.write(new Uint8Array(1)), 0)
    assert.equal(it.connection.room, 0)
  })

  test('a second CLOSE sends no second FIN', () => {
    const it = established()
    it.connection.end()
    it.connection.end()
    it.play('>> F. 1:1(0) ack 1')
  })

  test('MUST-12: the user is told whether the peer closed or reset', () => {
    const closed = established()
    closed.play(`
      << F. 1:1(0) ack 1
      !! ended
      >> . 1:1(0) ack 2
    `)
    const reset = established()
    reset.play(`
      << R 1:1(0)
      !! closed ECONNRESET
    `)
  })

  test('ABORT: RST, and everything is gone at once (RFC 9293 §3.10.5)', () => {
    const it = established()
    it.connection.write(new Uint8Array(100))
    it.play('>> P. 1:101(100) ack 1')
    it.connection.abort()
    it.play(`
      >> R. 101:101(0) ack 1
      !! closed
    `)
    assert.equal(it.connection.unacknowledged, 0)
    assert.equal(it.clock.pending, 0)
  })

  test('ABORT in SYN-SENT says nothing', () => {
    const it = new Transcript()
    it.connect()
    it.connection.abort()
    it.play(`
      >> S 0:0(0)
      !! closed
    `)
    assert.equal(it.clock.pending, 0)
  })

  test('the user may abort from within data', () => {
    const it = established()
    it.on.data = () => it.connection.abort()
    it.play(`
      << P. 1:101(100) ack 1
      !! data 100
      >> R. 1:1(0) ack 101
      !! closed
    `)
    assert.equal(it.clock.pending, 0)
  })

  test('a user that throws does not leave the connection half way', () => {
    const it = established()
    it.on.data = () => {
      throw new Error('not today')
    }
    assert.throws(() => it.inject('P. 1:101(100) ack 1'), /not today/)
    it.on.data = () => undefined
    it.play(`
      !! data 100
      << P. 101:2101(2000) ack 1
      !! data 2000
      .. 40
      >> . 1:1(0) ack 2101
    `)
  })

  test('the user may close from within ended', () => {
    const it = established()
    it.on.ended = () => it.connection.end()
    it.play(`
      << F. 1:1(0) ack 1
      !! ended
      >> F. 1:1(0) ack 2
      << . 2:2(0) ack 2
      !! closed
    `)
  })
})

describe('close, when nobody will read any more (MAY-1)', () => {
  test('SHLD-3: with data unread it is a RST', () => {
    const it = established({ consume: false })
    it.play(`
      << P. 1:101(100) ack 1
      !! data 100
    `)
    it.connection.close()
    it.play(`
      >> R. 1:1(0) ack 101
      !! closed
    `)
  })

  test('SHLD-3: data that comes later is answered by RST', () => {
    const it = established()
    it.connection.close()
    it.play(`
      >> F. 1:1(0) ack 1
      << . 1:1(0) ack 2
      << P. 1:101(100) ack 2
      >> R. 2:2(0) ack 1
      !! closed
    `)
  })

  test('what was written is still sent, and closing goes on as ever', () => {
    const it = established()
    it.connection.write(new Uint8Array(10))
    it.connection.close()
    it.play(`
      >> P. 1:11(10) ack 1
      >> F. 11:11(0) ack 1
      << F. 1:1(0) ack 12
      !! ended
      >> . 12:12(0) ack 2
      !! closed
    `)
  })

  test('a peer that never closes does not keep it in FIN-WAIT-2 (as Linux’s tcp_fin_timeout)', () => {
    const it = established()
    it.connection.close()
    it.play(`
      >> F. 1:1(0) ack 1
      << . 1:1(0) ack 2
      .. 59999
      .. 1
      !! closed
    `)
    assert.equal(it.clock.pending, 0)
  })
})

describe('TIME-WAIT', () => {
  const waiting = (peer = 'mss 1000,sackOK') => {
    const it = established({ peer })
    it.connection.end()
    it.play('>> F. 1:1(0) ack 1')
    it.inject('F. 1:1(0) ack 2', peer.includes('TS') ? { ts: [100, 0] } : {})
    it.play(`
      !! ended
      >> . 2:2(0) ack 2
      !! closed
    `)
    return it
  }

  test('a FIN again is acknowledged again, and the time starts anew', () => {
    const it = waiting()
    it.play(`
      .. 50000
      << F. 1:1(0) ack 2
      >> . 2:2(0) ack 2
      .. 59999
    `)
    assert.equal(it.connection.state, 'TIME-WAIT')
    it.play('.. 1')
    assert.equal(it.connection.state, 'CLOSED')
  })

  test('MAY-2: a SYN with a greater number begins a new connection, whose numbers are beyond the old ones', () => {
    const it = waiting()
    const { iss, port } = it
    it.tcp.listen(port, (connection) => {
      it.connection = connection
      connection.handler = it.handler
      it.log.push('accepted')
    })
    it.inject('S 5000:5000(0)')
    const [answer] = it.log.splice(0)
    assert.ok(typeof answer === 'object')
    assert.equal(answer.sent.flags, 0x12)
    assert.ok(((answer.sent.seq - iss) | 0) > 65_535)
  })

  test('an old SYN is answered by an ACK', () => {
    const it = waiting()
    it.play(`
      << S -5:-5(0)
      >> . 2:2(0) ack 2
    `)
  })

  test('SHLD-4, RFC 6191: with a later timestamp even a smaller number may begin anew', () => {
    const it = waiting('mss 1000,sackOK,TS')
    it.tcp.listen(it.port, () => undefined)
    it.inject('S -500:-500(0)', { ts: [50, 0] })
    it.play('>> . 2:2(0) ack 2')
    it.inject('S -500:-500(0)', { ts: [101, 0] })
    const [answer] = it.log.splice(0)
    assert.ok(typeof answer === 'object')
    assert.equal(answer.sent.flags, 0x12)
  })

  test('an exact RST ends it, any other does not', () => {
    const it = waiting()
    it.play('<< R 900:900(0)')
    assert.equal(it.connection.state, 'TIME-WAIT')
    it.play('<< R 2:2(0)')
    assert.equal(it.connection.state, 'CLOSED')
    assert.equal(it.clock.pending, 0)
  })

  test('it is not among the connections any more', () => {
    const it = waiting()
    assert.deepEqual([...it.tcp.connections()], [])
  })

  test('the same ends may be connected anew by us', () => {
    const it = waiting()
    const { port, iss } = it
    it.connect({ localPort: port })
    it.play('>> S 0:0(0)')
    assert.ok(((it.iss - iss) | 0) > 65_535)
  })

  test('the MSL is an option', () => {
    const it = established({ maximumSegmentLifetimeMs: 500 })
    it.connection.end()
    it.play(`
      >> F. 1:1(0) ack 1
      << F. 1:1(0) ack 2
      !! ended
      >> . 2:2(0) ack 2
      !! closed
      .. 1000
    `)
    assert.equal(it.connection.state, 'CLOSED')
  })
})
