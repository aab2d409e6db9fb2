/** Requirements of RFC 9293 that no other test here shows: how connections open, and what takes their place. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { seeded } from '../../../server/network/random.ts'
import { Isn } from '../../../server/network/tcp/isn.ts'
import { encodeHeader, headerLength, TcpSegment } from '../../../server/protocols/tcp-segment.ts'
import { established, HERE, PEER, Transcript } from './transcript.ts'

const plain = { timestamps: false, windowScale: false, sack: false }
const from = (it: Transcript, port: number) => Object.assign(it, { peerPort: port })

describe('three segments open a connection, RFC 9293 §3.10.7.3', () => {
  test('the third is an ACK by itself and sent at once, before the user hears and whatever is queued', () => {
    const it = new Transcript(plain)
    it.connect()
    it.connection.write(new Uint8Array(100))
    it.on.connected = () => void it.connection.write(new Uint8Array(50))
    it.play(`
      >> S 0:0(0)
      << S. 0:0(0) ack 1 <mss 1000>
      >> . 1:1(0) ack 1
      !! connected
      >> P. 1:151(150) ack 1
    `)
  })

  test('a user that aborts as soon as it hears: three segments, then RST', () => {
    const it = new Transcript(plain)
    it.connect()
    it.on.connected = () => it.connection.abort()
    it.play(`
      >> S 0:0(0)
      << S. 0:10(10) ack 1
      >> . 1:1(0) ack 1
      !! connected
      >> R. 1:1(0) ack 1
      !! closed
    `)
    assert.equal(it.clock.pending, 0)
  })

  test('data, urgent data and a FIN may come with the SYN-ACK', () => {
    const it = new Transcript(plain)
    it.connect()
    it.play(`
      >> S 0:0(0)
      << FS.U 0:10(10) ack 1 urg 6
      >> . 1:1(0) ack 1
      !! connected
      !! urgent 5
      !! data 10
      !! ended
      >> . 1:1(0) ack 12
    `)
    assert.equal(it.connection.state, 'CLOSE-WAIT')
  })

  test('data that comes with a SYN to a listener is not kept: only the SYN is acknowledged, and it is taken when sent again', () => {
    const it = new Transcript(plain)
    it.listen()
    it.play(`
      << S 0:10(10)
      >> S. 0:0(0) ack 1
      << P. 1:11(10) ack 1
      !! accepted
      !! data 10
      .. 40
      >> . 1:1(0) ack 11
    `)
  })
})

describe('several OPENs, RFC 9293 §3.9.1.1', () => {
  test('MUST-42: a port can be listened on while a connection from it is in SYN-SENT, and in SYN-RECEIVED', () => {
    for (const crossing of [false, true]) {
      const it = new Transcript(plain)
      const own = it.connect({ localPort: 80 })
      it.play('>> S 0:0(0)')
      const ownIss = it.iss
      if (crossing) {
        it.play(`
          << S 0:0(0)
          >> S. 0:0(0) ack 1
        `)
      }
      it.listen()
      from(it, 1000).play(`
        << S 0:0(0)
        >> S. 0:0(0) ack 1
        << . 1:1(0) ack 1
        !! accepted
      `)
      assert.equal(it.connection.state, 'ESTABLISHED')
      assert.equal(own.state, crossing ? 'SYN-RECEIVED' : 'SYN-SENT')
      it.iss = ownIss
      from(it, 7).inject(crossing ? '. 1:1(0) ack 1' : 'S. 0:0(0) ack 1')
      assert.equal(own.state, 'ESTABLISHED')
    }
  })

  test('MUST-41: to listen, to fail to listen and to stop listening leave connections as they are', () => {
    const it = new Transcript(plain)
    const listening = it.listen()
    it.play(`
      << S 0:0(0)
      >> S. 0:0(0) ack 1
      << . 1:1(0) ack 1
      !! accepted
    `)
    assert.throws(() => it.listen(), { code: 'EADDRINUSE' })
    listening.close()
    it.listen().close()
    it.tcp.listen(81, () => assert.fail('nobody came')).close()
    it.play(`
      << P. 1:11(10) ack 1
      !! data 10
      .. 40
      >> . 1:1(0) ack 11
    `)
  })

  test('MUST-43: the local address may be said, and must be the host’s', () => {
    const it = new Transcript(plain)
    it.tcp.connect(PEER, 7, it.handler, { localAddress: HERE, localPort: 5000 })
    it.play('>> S 0:0(0)')
    it.tcp.listen(80, () => undefined, { localAddress: HERE })
    for (const open of [
      () => it.tcp.connect(PEER, 7, it.handler, { localAddress: HERE + 1 }),
      () => it.tcp.listen(81, () => undefined, { localAddress: HERE + 1 }),
    ]) {
      assert.throws(open, {
        name: 'NetworkError',
        code: 'EADDRNOTAVAIL',
        message: /10\.0\.0\.2.*10\.0\.0\.1/,
      })
    }
    it.quiet('an OPEN that fails sends nothing')
    it.tcp.listen(81, () => undefined)
  })
})

describe('a SYN in TIME-WAIT, RFC 9293 §3.6.1', () => {
  const waiting = () => {
    const it = new Transcript(plain)
    it.listen()
    it.play(`
      << S 0:0(0)
      >> S. 0:0(0) ack 1
      << . 1:1(0) ack 1
      !! accepted
    `)
    it.connection.end()
    it.play(`
      >> F. 1:1(0) ack 1
      << F. 1:1(0) ack 2
      !! ended
      >> . 2:2(0) ack 2
      !! closed
    `)
    return it
  }
  const stillAnswersFin = (it: Transcript) => {
    it.play(`
      << F. 1:1(0) ack 2
      >> . 2:2(0) ack 2
    `)
  }

  test('MAY-2 (1): the new numbers are beyond all that the old connection used', () => {
    const it = waiting()
    const old = it.iss
    it.inject('S 5000:5000(0)')
    assert.ok(((it.iss - old) | 0) > 2)
  })

  test('MAY-2 (2): that turns out to be an old one, by a RST or by silence, leads back to TIME-WAIT', () => {
    for (const silence of [false, true]) {
      const it = waiting()
      const { iss } = it
      it.inject('S 5000:5000(0)')
      assert.equal([...it.tcp.connections()].length, 1)
      if (silence) it.clock.run(it.clock.now() + 180_000)
      else it.inject('R 5001:5001(0)')
      assert.deepEqual([...it.tcp.connections()], [])
      it.log.length = 0
      it.iss = iss
      stillAnswersFin(it)
      it.play('.. 60000')
      assert.equal(it.clock.pending, 0)
    }
  })

  test('MAY-2: once the new connection is there the old one is gone', () => {
    const it = waiting()
    it.inject('S 5000:5000(0)')
    it.log.length = 0
    it.inject('. 5001:5001(0) ack 1')
    it.play('!! accepted')
    const { connection, iss } = it
    // Another one in between, so that the new one has to be looked for.
    from(it, 1000).inject('S 0:0(0)')
    it.inject('. 1:1(0) ack 1')
    from(it, 7).iss = iss
    it.log.length = 0
    it.play(`
      << P. 5001:5011(10) ack 1
      !! data 10
    `)
    connection.abort()
    from(it, 1000).inject('R 1:1(0)')
    from(it, 7)
    it.log.length = 0
    it.inject('F. 1:1(0) ack 2')
    const [reset] = it.log
    assert.ok(typeof reset === 'object')
    assert.equal(reset.sent.flags, 4)
    assert.equal(it.clock.pending, 0)
  })

  test('MAY-2: when the layer closes in between, no timer is left', () => {
    const it = waiting()
    it.inject('S 5000:5000(0)')
    it.tcp.close()
    assert.equal(it.clock.pending, 0)
  })
})

describe('what a SYN states', () => {
  test('SHLD-5, MAY-3: the MSS is stated always, also where it is 536', () => {
    for (const [mtu, mss] of [
      [1500, 1460],
      [576, 536],
      [9000, 8960],
    ]) {
      const it = new Transcript({ mtu: mtu!, ...plain })
      it.connect()
      it.play(`>> S 0:0(0) <mss ${mss}>`)
      it.listen()
      from(it, 1000).play(`
        << S 0:0(0)
        >> S. 0:0(0) ack 1 <mss ${mss}>
      `)
    }
  })

  test('MUST-69: whatever options there are, the last ends where the header does: nothing is left to pad', () => {
    let seen = 0
    for (let n = 0; n < 32; n++) {
      const segment = new TcpSegment()
      if (n & 1) segment.mss = 1460
      segment.sackPermitted = (n & 2) !== 0
      segment.timestamps = (n & 4) !== 0
      if (n & 8) segment.windowShift = 7
      if (n & 16) segment.sackBlocks = 1
      const header = new Uint8Array(headerLength(segment)).fill(0xee)
      assert.equal(encodeHeader(segment, header, 0), header.length)
      let at = 20
      while (at < header.length) {
        assert.notEqual(header[at], 0, 'no end-of-options option')
        at += header[at] === 1 ? 1 : header[at + 1]!
        seen++
      }
      assert.equal(at, header.length)
    }
    assert.ok(seen > 100)
  })
})

describe('initial sequence numbers, RFC 9293 §3.4.1', () => {
  const ends = [HERE, 5000, PEER, 80] as const

  test('SHLD-1, MUST-9: F depends on each of the four and on a secret: who has another computes other numbers', () => {
    const isn = new Isn(seeded(1))
    const same = new Isn(seeded(1))
    assert.equal(isn.hash(...ends), same.hash(...ends))
    const others = [
      new Isn(seeded(2)).hash(...ends),
      isn.hash(HERE + 1, 5000, PEER, 80),
      isn.hash(HERE, 5001, PEER, 80),
      isn.hash(HERE, 5000, PEER + 1, 80),
      isn.hash(HERE, 5000, PEER, 81),
    ]
    assert.equal(new Set([isn.hash(...ends), ...others]).size, 6)
  })

  test('SHLD-1: F spreads: of a thousand neighbouring ports each bit is set about half the time', () => {
    const isn = new Isn(seeded(3))
    const counts = new Array<number>(32).fill(0)
    for (let port = 5000; port < 6000; port++) {
      const hash = isn.hash(HERE, port, PEER, 80)
      for (let bit = 0; bit < 32; bit++) counts[bit]! += (hash >>> bit) & 1
    }
    for (const count of counts) assert.ok(count > 420 && count < 580, `${counts}`)
  })

  test('MUST-8: the same ends get a number that has moved on with the clock, 250 a millisecond', () => {
    const isn = new Isn(seeded(4))
    const first = isn.number(...ends, 1000)
    assert.equal((isn.number(...ends, 1001) - first) >>> 0, 250)
    assert.equal((isn.number(...ends, 3_601_000) - first) >>> 0, 900_000_000)
  })
})

describe('the program’s interface', () => {
  test('MUST-48, SHLD-21, MUST-49: Diffserv codepoint and TTL go with each segment as they were set', () => {
    const it = new Transcript({ ...plain, ttl: 7 })
    const seen: [number, number][] = []
    const transmit = it.ip.transmit
    Object.assign(it.ip, {
      transmit: (...args: Parameters<typeof transmit>) => {
        seen.push([args[4], args[5]])
        transmit(...args)
      },
    })
    const connection = it.tcp.connect(PEER, 7, it.handler, { diffserv: 46 })
    it.inject('S. 0:0(0) ack 1')
    connection.write(new Uint8Array(10))
    connection.setDiffserv(10)
    connection.end()
    connection.abort()
    assert.deepEqual(seen, [
      [7, 46 << 2],
      [7, 46 << 2],
      [7, 46 << 2],
      [7, 10 << 2],
      [7, 10 << 2],
    ])
    seen.length = 0
    it.tcp.listen(80, () => undefined, { diffserv: 8 })
    it.port = 80
    it.inject('S 0:0(0)')
    it.port = 81
    it.inject('S 0:0(0)')
    assert.deepEqual(seen, [
      [7, 8 << 2],
      [7, 0],
    ])
  })

  test('MUST-48: what is no codepoint is refused', () => {
    const it = established()
    for (const codepoint of [-1, 64, 1.5, Number.NaN]) {
      const expected = { name: 'NetworkError', code: 'bad-diffserv', field: 'diffserv' }
      assert.throws(() => it.connection.setDiffserv(codepoint), expected)
      assert.throws(() => it.tcp.connect(PEER, 8, it.handler, { diffserv: codepoint }), expected)
      assert.throws(() => it.tcp.listen(80, () => undefined, { diffserv: codepoint }), expected)
    }
    it.quiet('nothing was sent')
    assert.equal([...it.tcp.connections()].length, 1)
  })

  test('MUST-49: a TTL that the field can’t hold is brought into it', () => {
    for (const [ttl, used] of [
      [0, 1],
      [300, 255],
    ] as const) {
      assert.equal(new Transcript({ ttl }).tcp.settings.ttl, used)
    }
  })
})
