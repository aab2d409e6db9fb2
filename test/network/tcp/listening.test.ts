import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { PendingConnection } from '../../../server/network/tcp/layer.ts'
import { established, PEER, Transcript } from './transcript.ts'

describe('listening', () => {
  test('a port is listened on once', () => {
    const it = new Transcript()
    const listening = it.listen()
    assert.throws(() => it.listen(), { name: 'NetworkError', code: 'EADDRINUSE' })
    listening.close()
    it.listen()
  })

  test('port 0 is any that is free', () => {
    const it = new Transcript()
    const ports = new Set<number>()
    for (let i = 0; i < 100; i++) ports.add(it.tcp.listen(0, () => undefined).port)
    assert.equal(ports.size, 100)
    for (const port of ports) assert.ok(port >= 49_152 && port <= 65_535)
  })

  test('MUST-41, MUST-42: many connections to one port, and a listener beside them', () => {
    const it = new Transcript()
    it.listen()
    const segments = (port: number, text: string) => {
      Object.assign(it, { peerPort: port })
      it.inject(text)
    }
    for (let port = 1000; port < 1100; port++) {
      segments(port, 'S 0:0(0)')
      segments(port, '. 1:1(0) ack 1')
    }
    assert.equal([...it.tcp.connections()].length, 100)
    for (const connection of it.tcp.connections()) assert.equal(connection.state, 'ESTABLISHED')
  })

  test('a SYN beyond the backlog is not answered', () => {
    const it = new Transcript()
    it.listen({ backlog: 2 })
    for (const port of [1000, 1001, 1002]) {
      Object.assign(it, { peerPort: port })
      it.inject('S 0:0(0)')
    }
    assert.equal(it.log.length, 2)
  })

  test('who has been half open for ten seconds gives way in a full backlog', () => {
    const it = new Transcript()
    it.listen({ backlog: 2 })
    const syn = (port: number) => {
      Object.assign(it, { peerPort: port })
      const before = it.log.length
      it.inject('S 0:0(0)')
      return it.log.length > before
    }
    assert.deepEqual([syn(1000), syn(1001), syn(1002)], [true, true, false])
    it.clock.run(9_900)
    assert.equal(syn(1003), false)
    it.clock.run(10_100)
    assert.deepEqual([syn(1004), syn(1005), syn(1006)], [true, true, false])
  })

  test('an established connection is no longer in the backlog', () => {
    const it = new Transcript()
    it.listen({ backlog: 1 })
    for (const port of [1000, 1001, 1002]) {
      Object.assign(it, { peerPort: port })
      it.inject('S 0:0(0)')
      it.inject('. 1:1(0) ack 1')
    }
    assert.equal(it.log.filter((entry) => entry === 'accepted').length, 3)
  })

  test('when the listener closes, half-open connections are reset and others go on', () => {
    const it = new Transcript({ timestamps: false })
    const listening = it.listen()
    it.play(`
      << S 0:0(0)
      >> S. 0:0(0) ack 1
    `)
    listening.close()
    it.play('>> R. 1:1(0) ack 1')
    assert.equal(it.clock.pending, 0)
    it.play(`
      << S 0:0(0)
      >> R. ${-it.iss | 0}:${-it.iss | 0}(0) ack 1
    `)
  })
})

describe('a held SYN', () => {
  const holding = () => {
    const it = new Transcript({ timestamps: false })
    const held: PendingConnection[] = []
    it.listen({ hold: (incoming) => held.push(incoming) })
    it.play('<< S 0:0(0)')
    const [incoming] = held
    assert.ok(incoming)
    return { it, incoming, held }
  }

  test('is answered when it is accepted', () => {
    const { it, incoming } = holding()
    assert.deepEqual(incoming.remote, { address: '10.0.0.100', port: 7 })
    assert.deepEqual(incoming.local, { address: '10.0.0.1', port: 80 })
    it.play('.. 5000')
    incoming.accept()
    it.play(`
      >> S. 0:0(0) ack 1
      << . 1:1(0) ack 1
      !! accepted
    `)
  })

  test('accepted with a handler, tells it that it is connected', () => {
    const { it, incoming } = holding()
    incoming.accept(it.handler)
    it.play(`
      >> S. 0:0(0) ack 1
      << . 1:1(0) ack 1
      !! accepted
      !! connected
    `)
  })

  test('is refused by RST', () => {
    const { it, incoming } = holding()
    incoming.refuse()
    it.log.length = 1
    const [reset] = it.log.splice(0)
    assert.ok(typeof reset === 'object')
    assert.equal(reset.sent.flags, 0x14)
    assert.equal(reset.sent.ack, (it.irs + 1) >>> 0)
    assert.equal(it.clock.pending, 0)
    assert.deepEqual([...it.tcp.connections()], [])
  })

  test('is asked about once, however often it comes', () => {
    const { it, held } = holding()
    it.play(`
      << S 0:0(0)
      << S 0:0(0)
    `)
    assert.equal(held.length, 1)
  })

  test('goes if the peer gives up', () => {
    const { it, incoming } = holding()
    let gone = 0
    incoming.onGone = () => gone++
    it.play('<< R 1:1(0)')
    assert.equal(gone, 1)
    incoming.accept()
    incoming.refuse()
    it.quiet('the end')
    assert.equal(it.clock.pending, 0)
  })

  test('is forgotten if nobody decides', () => {
    const { it, incoming } = holding()
    let gone = 0
    incoming.onGone = () => gone++
    it.play('.. 200000')
    assert.equal(gone, 1)
    assert.equal(it.clock.pending, 0)
  })
})

describe('connecting', () => {
  test('the same ends twice at a time are refused', () => {
    const it = new Transcript()
    it.connect({ localPort: 5000 })
    assert.throws(() => it.connect({ localPort: 5000 }), { code: 'EADDRINUSE' })
  })

  test('the chosen local port is kept', () => {
    const it = new Transcript()
    assert.equal(it.connect({ localPort: 5000 }).local.port, 5000)
  })

  test('MUST-45, MUST-44: every segment comes from the host’s address and the port chosen', () => {
    const it = established()
    assert.equal(it.connection.local.address, '10.0.0.1')
    assert.equal(it.connection.local.port, it.port)
    assert.ok(it.port >= 49_152)
  })

  test('when the layer closes, everything is reset and no timer is left', () => {
    const it = established()
    it.listen()
    it.tcp.close()
    it.play(`
      >> R. 1:1(0) ack 1
      !! closed ECONNABORTED
    `)
    assert.equal(it.clock.pending, 0)
    it.inject('S 0:0(0)')
    it.quiet('a closed layer is silent')
  })

  test('a host that answers before transmit returns does not confuse it', () => {
    const it = new Transcript({ timestamps: false })
    const transmit = it.ip.transmit
    let answered = false
    Object.assign(it.ip, {
      transmit: (...args: Parameters<typeof transmit>) => {
        transmit(...args)
        if (answered) return
        answered = true
        it.inject('S. 0:0(0) ack 1 <mss 1000>')
      },
    })
    it.tcp.connect(PEER, 7, it.handler)
    it.play(`
      >> S 0:0(0)
      .. 0
      >> . 1:1(0) ack 1
      !! connected
    `)
  })
})
