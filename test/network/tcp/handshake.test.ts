import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { established, Transcript } from './transcript.ts'

const plain = { timestamps: false, windowScale: false, sack: false }

describe('opening a connection', () => {
  test('RFC 9293 §3.5, figure 6: the three-way handshake from the active side', () => {
    const it = new Transcript()
    it.connect()
    it.play(`
      >> S 0:0(0) win 65535 <mss 1460,sackOK,TS,ws 6>
      << S. 0:0(0) ack 1 win 1000 <mss 1460>
      >> . 1:1(0) ack 1
      !! connected
    `)
    assert.equal(it.connection.state, 'ESTABLISHED')
  })

  test('RFC 9293 §3.5, figure 6: the three-way handshake from the passive side', () => {
    const it = new Transcript()
    it.listen()
    it.play(`
      << S 0:0(0) win 1000 <mss 1460,sackOK,ws 7>
      >> S. 0:0(0) ack 1 win 65535 <mss 1460,sackOK,ws 6>
      << . 1:1(0) ack 1
      !! accepted
    `)
    assert.equal(it.connection.state, 'ESTABLISHED')
    assert.deepEqual(it.connection.remote, { address: '10.0.0.100', port: it.peerPort })
    assert.deepEqual(it.connection.local, { address: '10.0.0.1', port: 80 })
  })

  test('data in the ACK that completes the handshake goes to the handler that accept has set', () => {
    const it = new Transcript()
    it.listen()
    it.play(`
      << S 0:0(0)
      >> S. 0:0(0) ack 1
      << P. 1:101(100) ack 1
      !! accepted
      !! data 100
      .. 40
      >> . 1:1(0) ack 101
    `)
  })

  test('MUST-10: simultaneous open, RFC 9293 figure 7', () => {
    const it = new Transcript(plain)
    it.connect()
    it.play(`
      >> S 0:0(0)
      << S 0:0(0)
      >> S. 0:0(0) ack 1
      << S. 0:0(0) ack 1
      !! connected
    `)
    assert.equal(it.connection.state, 'ESTABLISHED')
    it.play(`
      << P. 1:11(10) ack 1
      !! data 10
      .. 40
      >> . 1:1(0) ack 11
    `)
  })

  test('RFC 6298 §3: a simultaneous open measures no round trip, for either SYN may have been answered', () => {
    const it = new Transcript(plain)
    it.connect()
    it.play(`
      >> S 0:0(0)
      .. 50
      << S 0:0(0)
      >> S. 0:0(0) ack 1
      << S. 0:0(0) ack 1
      !! connected
    `)
    assert.equal(it.connection.sample().srtt, undefined)
  })

  test('RFC 9293 §3.5, figure 8: an old SYN-ACK is answered by RST and the handshake goes on', () => {
    const it = new Transcript(plain)
    it.connect()
    it.play(`
      >> S 0:0(0)
      << S. 500:500(0) ack 999
      >> R 999:999(0)
      << S. 0:0(0) ack 1
      >> . 1:1(0) ack 1
      !! connected
    `)
  })

  test('MUST-11: SYN-RECEIVED after a passive open goes back to LISTEN at a RST, and nobody is told', () => {
    const it = new Transcript(plain)
    it.listen()
    it.play(`
      << S 0:0(0)
      >> S. 0:0(0) ack 1
      << R 1:1(0)
      << S 0:0(0)
      >> S. 0:0(0) ack 1
      << . 1:1(0) ack 1
      !! accepted
    `)
  })

  test('MUST-11: SYN-RECEIVED after an active open is refused by a RST', () => {
    const it = new Transcript(plain)
    it.connect()
    it.play(`
      >> S 0:0(0)
      << S 0:0(0)
      >> S. 0:0(0) ack 1
      << R 1:1(0)
      !! closed ECONNREFUSED
    `)
  })

  test('a SYN again is answered by SYN-ACK again', () => {
    const it = new Transcript(plain)
    it.listen()
    it.play(`
      << S 0:0(0)
      >> S. 0:0(0) ack 1
      .. 500
      << S 0:0(0)
      >> S. 0:0(0) ack 1
      << . 1:1(0) ack 1
      !! accepted
    `)
  })

  test('RFC 9293 §3.10.7.4: a wrong ACK in SYN-RECEIVED is answered by RST, and the right one still counts', () => {
    const it = new Transcript(plain)
    it.listen()
    it.play(`
      << S 0:0(0)
      >> S. 0:0(0) ack 1
      << . 1:1(0) ack 77
      >> R 77:77(0)
      << . 1:1(0) ack 1
      !! accepted
    `)
  })

  test('data on a SYN-ACK is taken (RFC 9293 §3.4: kept until the connection is there)', () => {
    const it = new Transcript(plain)
    it.connect()
    it.play(`
      >> S 0:0(0)
      << S. 0:10(10) ack 1
      >> . 1:1(0) ack 1
      !! connected
      !! data 10
      >> . 1:1(0) ack 11
    `)
  })

  test('what was written and ended before the handshake goes out behind it', () => {
    const it = new Transcript(plain)
    const connection = it.connect()
    assert.equal(connection.write(new Uint8Array(100)), 100)
    connection.end()
    assert.equal(connection.write(new Uint8Array(100)), 0)
    it.play(`
      >> S 0:0(0)
      << S. 0:0(0) ack 1
      >> . 1:1(0) ack 1
      !! connected
      >> FP. 1:101(100) ack 1
    `)
    assert.equal(connection.state, 'FIN-WAIT-1')
  })
})

describe('what the SYNs agree on', () => {
  test('MUST-14: the MSS is stated, and the peer’s obeyed', () => {
    const it = established({ peer: 'mss 300', ...plain })
    it.connection.write(new Uint8Array(700))
    it.play(`
      >> . 1:301(300) ack 1
      >> . 301:601(300) ack 1
      >> P. 601:701(100) ack 1
    `)
  })

  test('MUST-15: a peer that states no MSS gets 536 bytes', () => {
    const it = established({ peer: '', ...plain })
    it.connection.write(new Uint8Array(600))
    it.play(`
      >> . 1:537(536) ack 1
      >> P. 537:601(64) ack 1
    `)
  })

  test('MUST-16: what options take is taken from the MSS', () => {
    const it = new Transcript()
    it.connect()
    it.play('>> S 0:0(0)')
    it.inject('S. 0:0(0) ack 1 <mss 1000>', { ts: [7, 0] })
    it.play(`
      >> . 1:1(0) ack 1 <TS>
      !! connected
    `)
    it.connection.write(new Uint8Array(1000))
    it.play(`
      >> . 1:989(988) ack 1 <TS>
      >> P. 989:1001(12) ack 1 <TS>
    `)
  })

  test('MUST-16, MUST-67: our own link limits both what we state and what we send', () => {
    const it = new Transcript({ mtu: 576, ...plain })
    it.connect()
    it.play(`
      >> S 0:0(0) <mss 536>
      << S. 0:0(0) ack 1 <mss 9000>
      >> . 1:1(0) ack 1
      !! connected
    `)
    it.connection.write(new Uint8Array(537))
    it.play(`
      >> . 1:537(536) ack 1
      >> P. 537:538(1) ack 1
    `)
  })

  test('MUST-65: the MSS is stated in SYNs only', () => {
    const it = established()
    it.connection.write(new Uint8Array(10))
    it.play('>> P. 1:11(10) ack 1 <>')
  })

  test('RFC 7323 §1.3: a SYN-ACK offers only what the SYN has offered', () => {
    const it = new Transcript()
    it.listen()
    it.play(`
      << S 0:0(0) <mss 1000>
      >> S. 0:0(0) ack 1 <mss 1460>
    `)
  })

  test('RFC 7323 §2.2: windows are scaled if both ends said so, but never those of SYNs', () => {
    const it = established({ peer: 'mss 1000,sackOK,ws 4', win: 1000, receiveBuffer: 1 << 20 })
    assert.equal(it.connection.sample().sndWnd, 1000)
    it.connection.write(new Uint8Array(100))
    it.play(`
      >> P. 1:101(100) ack 1 win 32768
      << . 1:1(0) ack 101 win 1000
    `)
    assert.equal(it.connection.sample().sndWnd, 16_000)
  })

  test('RFC 7323 §2.2: without the option from the peer, neither window is scaled', () => {
    const it = established({ receiveBuffer: 1 << 20 })
    it.connection.write(new Uint8Array(100))
    it.play(`
      >> P. 1:101(100) ack 1 win 65535
      << . 1:1(0) ack 101 win 1000
    `)
    assert.equal(it.connection.sample().sndWnd, 1000)
  })

  test('RFC 7323 §2.3: a shift above 14 counts as 14', () => {
    const it = established({ peer: 'mss 1000,ws 99' })
    it.connection.write(new Uint8Array(10))
    it.play(`
      >> P. 1:11(10) ack 1
      << . 1:1(0) ack 11 win 1
    `)
    assert.equal(it.connection.sample().sndWnd, 2 ** 14)
  })

  test('the shift is chosen so that 16 bits can state the whole buffer', () => {
    for (const [receiveBuffer, shift] of [
      [65_535, 0],
      [65_536, 1],
      [1 << 20, 5],
      [1 << 30, 14],
    ] as const) {
      const it = new Transcript({ receiveBuffer })
      it.connect()
      it.play(`>> S 0:0(0) <mss 1460,sackOK,TS,ws ${shift}>`)
    }
  })
})

describe('a SYN without an answer', () => {
  test('RFC 6298 §2.1: it is sent again after one second, then two, then four', () => {
    const it = new Transcript(plain)
    it.connect()
    it.play(`
      >> S 0:0(0)
      .. 999
      .. 1
      >> S 0:0(0)
      .. 1999
      .. 1
      >> S 0:0(0)
      .. 4000
      !! trouble retransmissions 3
      >> S 0:0(0)
    `)
  })

  test('MUST-22, MUST-23: it gives up after three minutes', () => {
    const it = new Transcript(plain)
    it.connect()
    it.clock.run(179_000)
    assert.equal(it.connection.state, 'SYN-SENT')
    it.clock.run(181_000)
    assert.equal(it.log.at(-1), 'closed ETIMEDOUT')
    assert.equal(it.log.length, 10)
    assert.equal(it.clock.pending, 0)
  })

  test('RFC 5681 §3.1: having been sent again, the first window is one segment', () => {
    const it = new Transcript(plain)
    it.connect()
    it.play(`
      >> S 0:0(0)
      .. 1000
      >> S 0:0(0)
      << S. 0:0(0) ack 1 <mss 1000>
      >> . 1:1(0) ack 1
      !! connected
    `)
    it.connection.write(new Uint8Array(5000))
    it.play('>> . 1:1001(1000) ack 1')
    // RFC 6298 §5.7: what the round trip is nobody knows, so three seconds.
    assert.equal(it.connection.sample().rto, 3000)
  })

  test('a SYN-ACK that nobody acknowledges is repeated, and given up', () => {
    const it = new Transcript(plain)
    it.listen()
    it.play(`
      << S 0:0(0)
      >> S. 0:0(0) ack 1
      .. 1000
      >> S. 0:0(0) ack 1
      .. 2000
      >> S. 0:0(0) ack 1
    `)
    it.clock.run(200_000)
    assert.deepEqual([...it.tcp.connections()], [])
    assert.equal(it.clock.pending, 0)
  })
})

describe('initial sequence numbers', () => {
  test('MUST-8: they advance with a clock of 4 µs', () => {
    const it = new Transcript(plain)
    it.connect({ localPort: 5000 })
    const first = it.iss
    it.connection.abort()
    it.clock.run(1000)
    it.connect({ localPort: 5000 })
    assert.equal((it.iss - first) >>> 0, 250_000)
  })

  test('MUST-9, SHLD-1: between other ends they differ by what nobody can compute', () => {
    const it = new Transcript(plain)
    const seen = new Set<number>()
    for (let port = 5000; port < 5100; port++) {
      it.connect({ localPort: port })
      seen.add(it.iss >>> 12)
    }
    assert.ok(seen.size > 95)
  })
})
