import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ACK, encodeHeader, putChecksum, TcpSegment } from '../../../server/protocols/tcp-segment.ts'
import { established, HERE, PEER, Transcript } from './transcript.ts'

describe('segments for nobody, RFC 9293 §3.5.2', () => {
  test('a SYN to a closed port is refused: <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>', () => {
    const it = new Transcript({ irs: 0 })
    it.port = 81
    it.play(`
      << S 1000:1000(0)
      >> R. 0:0(0) ack 1001
      << P 1000:1010(10)
      >> R. 0:0(0) ack 1010
    `)
  })

  test('one with an ACK is refused at that: <SEQ=SEG.ACK><CTL=RST>', () => {
    const it = new Transcript()
    it.port = 81
    it.play(`
      << . 1000:1000(0) ack 500
      >> R 500:500(0)
    `)
  })

  test('a RST is never answered', () => {
    const it = new Transcript()
    it.port = 81
    it.play(`
      << R 0:0(0)
      << R. 0:0(0) ack 7
    `)
  })

  test('LISTEN: an ACK is refused, other segments are dropped', () => {
    const it = new Transcript()
    it.listen()
    it.play(`
      << . 0:0(0) ack 500
      >> R 500:500(0)
      << P 0:10(10)
      << R 0:0(0)
    `)
  })

  test('RFC 9293 §3.5.1, figure 9: a peer that has crashed and comes back is told by its own RST', () => {
    const it = established()
    it.play(`
      << S 400:400(0)
      >> . 1:1(0) ack 1
      << R 1:1(0)
      !! closed ECONNRESET
    `)
  })
})

describe('RST', () => {
  test('SYN-SENT: refused, if it acknowledges the SYN', () => {
    const it = new Transcript()
    it.connect()
    it.play(`
      >> S 0:0(0)
      << R. 0:0(0) ack 1
      !! closed ECONNREFUSED
    `)
    assert.equal(it.clock.pending, 0)
  })

  test('SYN-SENT: one that does not know our SYN is dropped', () => {
    const it = new Transcript()
    it.connect()
    it.play(`
      >> S 0:0(0)
      << R 0:0(0)
      << R. 0:0(0) ack 99
    `)
    assert.equal(it.connection.state, 'SYN-SENT')
  })

  test('RFC 5961 §3.2: one whose number is exact resets', () => {
    const it = established()
    it.play(`
      << R 1:1(0)
      !! closed ECONNRESET
    `)
    assert.equal(it.clock.pending, 0)
  })

  test('RFC 5961 §3.2: one in the window but not exact gets a challenge ACK', () => {
    const it = established()
    it.play(`
      << R 500:500(0)
      >> . 1:1(0) ack 1
    `)
    assert.equal(it.connection.state, 'ESTABLISHED')
  })

  test('RFC 5961 §3.2: one outside the window is dropped', () => {
    const it = established()
    it.play(`
      << R 5000000:5000000(0)
      << R 0:0(0)
    `)
    assert.equal(it.connection.state, 'ESTABLISHED')
  })

  test('SHLD-2: one with data is as good', () => {
    const it = established()
    it.play(`
      << R 1:11(10)
      !! closed ECONNRESET
    `)
  })

  test('in CLOSING and LAST-ACK it ends the connection without an error, unless data was lost', () => {
    const it = established()
    it.play(`
      << F. 1:1(0) ack 1
      !! ended
      >> . 1:1(0) ack 2
    `)
    it.connection.end()
    it.play(`
      >> F. 1:1(0) ack 2
      << R 2:2(0)
      !! closed
    `)
    const lossy = established()
    lossy.play(`
      << F. 1:1(0) ack 1
      !! ended
      >> . 1:1(0) ack 2
    `)
    lossy.connection.write(new Uint8Array(10))
    lossy.connection.end()
    lossy.play(`
      >> P. 1:11(10) ack 2
      >> F. 11:11(0) ack 2
      << R 2:2(0)
      !! closed ECONNRESET
    `)
  })
})

describe('blind attacks, RFC 5961', () => {
  test('§4.2: a SYN on an open connection gets a challenge ACK, wherever it stands', () => {
    const it = established()
    it.play(`
      << S 1:1(0)
      >> . 1:1(0) ack 1
      << S 9000000:9000000(0)
      >> . 1:1(0) ack 1
    `)
    assert.equal(it.connection.state, 'ESTABLISHED')
  })

  test('§5.2, MAY-12: an ACK of what was never sent gets an ACK and changes nothing', () => {
    const it = established()
    it.play(`
      << P. 1:101(100) ack 5000
      >> . 1:1(0) ack 1
    `)
    assert.equal(it.connection.sample().rcvNxt, 1)
  })

  test('§5.2, MAY-12: so does an ACK from further back than the largest window', () => {
    const it = established()
    it.play(`
      << P. 1:101(100) ack -70000
      >> . 1:1(0) ack 1
    `)
    assert.equal(it.connection.sample().rcvNxt, 1)
  })

  test('§7: no more than ten challenge ACKs in five seconds', () => {
    const it = established()
    for (let i = 0; i < 50; i++) it.inject('S 500:500(0)')
    assert.equal(it.log.splice(0).length, 10)
    it.play('.. 5000')
    for (let i = 0; i < 50; i++) it.inject('S 500:500(0)')
    assert.equal(it.log.length, 10)
  })
})

describe('addresses', () => {
  const syn = (source: number, destination: number) => {
    const segment = new TcpSegment()
    segment.sourcePort = 7
    segment.destinationPort = 80
    segment.flags = ACK
    const bytes = new Uint8Array(20)
    encodeHeader(segment, bytes, 0)
    putChecksum(bytes, 0, 20, source, destination)
    return bytes
  }

  test('MUST-57, MUST-63: nothing to or from a group or everyone is answered', () => {
    const it = new Transcript()
    for (const [source, destination] of [
      [PEER, 0xffff_ffff],
      [PEER, 0xe000_0001],
      [0xe000_0001, HERE],
      [0xffff_ffff, HERE],
      [0, HERE],
    ] as const) {
      it.tcp.receive(source, destination, syn(source, destination), 0, 20)
    }
    it.quiet('the end')
    it.tcp.receive(PEER, HERE, syn(PEER, HERE), 0, 20)
    it.port = 80
    assert.equal(it.log.length, 1)
  })

  test('MUST-46: a group can’t be connected to', () => {
    const it = new Transcript()
    for (const address of [0xffff_ffff, 0xe000_0001, 0]) {
      assert.throws(() => it.tcp.connect(address, 80, it.handler), { code: 'EADDRNOTAVAIL' })
    }
  })
})
