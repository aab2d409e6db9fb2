import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { concat, hex, type Ipv4Options, ipv4Bytes } from '../frames.ts'
import { icmpOf } from '../protocols/sample-frames.ts'
import { Hub, ip, settled } from './hub.ts'

const A_MAC = '02:00:0a:00:00:01'
const B_MAC = '02:00:0a:00:00:02'
const everyone = 'ff:ff:ff:ff:ff:ff'
const TO_NOBODY = hex('1388 0009 000c 0000 01020304')

function pair() {
  const hub = new Hub()
  const a = hub.host('10.0.0.1')
  const b = hub.host('10.0.0.2')
  a.ping(b.address)
  hub.pass(10)
  hub.forget()
  /** A packet to A, as if from B; returns what A sends in answer. */
  const ask = (packet: Partial<Ipv4Options>, payload: Uint8Array, destination: string = A_MAC): string[] => {
    hub.forget()
    hub.inject(
      { destination, source: B_MAC, type: 0x0800 },
      ipv4Bytes({ source: '10.0.0.2', destination: '10.0.0.1', protocol: 17, ...packet }, payload),
    )
    hub.pass(10)
    return hub
      .dissected()
      .slice(1)
      .map((frame) => frame.info)
  }
  return { hub, a, b, ask }
}

describe('ping', () => {
  it('says who answered, with which TTL, how many bytes, and how long it took', async () => {
    const { hub, a, b } = pair()
    const ping = a.ping(b.address)
    hub.pass(10)
    assert.deepEqual(await settled(ping), { kind: 'reply', from: b.address, ttl: 64, ms: 2, bytes: 56 })
    assert.equal(hub.clock.pending, 0)
  })

  it('carries what it is told to, nothing or 65,507 bytes, in fragments if need be', async () => {
    const { hub, a, b } = pair()
    for (const size of [0, 1, 1472, 1473, 65_507]) {
      const ping = a.ping(b.address, { size })
      hub.pass(10)
      const result = await settled(ping)
      assert.equal(result?.kind === 'reply' && result.bytes, size)
    }
  })

  it('times out when nothing comes back, and not before', async () => {
    const { hub, a, b } = pair()
    hub.loses = () => true
    const ping = a.ping(b.address, { timeoutMs: 700 })
    hub.pass(699)
    assert.equal(await settled(ping), undefined)
    hub.pass(1)
    assert.deepEqual(await settled(ping), { kind: 'timeout' })
  })

  it('of a host that isn’t there: unreachable, by our own word; of another subnet without a gateway too', async () => {
    const { hub, a } = pair()
    const absent = a.ping(ip('10.0.0.9'))
    const elsewhere = a.ping(ip('10.9.9.9'))
    hub.pass(4000)
    assert.deepEqual(await settled(absent), { kind: 'unreachable', from: a.address, code: 1 })
    assert.deepEqual(await settled(elsewhere), { kind: 'unreachable', from: a.address, code: 0 })
  })

  it('several at once don’t take each other’s answers', async () => {
    const { hub, a, b } = pair()
    const pings = [10, 20, 30].map((size) => a.ping(b.address, { size }))
    const absent = a.ping(ip('10.0.0.9'), { timeoutMs: 100 })
    hub.pass(200)
    const results = await Promise.all(pings)
    assert.deepEqual(
      results.map((result) => result.kind === 'reply' && result.bytes),
      [10, 20, 30],
    )
    assert.deepEqual(await settled(absent), { kind: 'timeout' })
  })

  it('is not satisfied by an answer with other data', async () => {
    const { hub, a, b } = pair()
    b.close()
    const ping = a.ping(b.address, { size: 4, timeoutMs: 50 })
    const request = hub.dissected().at(-1)!
    const ident = Number(request.one('icmp.ident')).toString(16).padStart(4, '0')
    const seq = Number(request.one('icmp.seq')).toString(16).padStart(4, '0')
    hub.inject(
      { destination: A_MAC, source: B_MAC, type: 0x0800 },
      ipv4Bytes(
        { source: '10.0.0.2', destination: '10.0.0.1', protocol: 1 },
        icmpOf(`0000 0000 ${ident} ${seq} 00010204`),
      ),
    )
    hub.pass(100)
    assert.deepEqual(await settled(ping), { kind: 'timeout' })
  })

  it('under way when the host closes times out at once', async () => {
    const { hub, a, b } = pair()
    hub.loses = () => true
    const ping = a.ping(b.address)
    a.close()
    assert.deepEqual(await settled(ping), { kind: 'timeout' })
    assert.deepEqual(await settled(a.ping(b.address)), { kind: 'timeout' })
    hub.pass(5)
    assert.equal(hub.clock.pending, 0)
  })
})

describe('an echo request', () => {
  it('is answered with the same identifier, number and data', () => {
    const { hub, ask } = pair()
    ask({ protocol: 1 }, icmpOf('0800 0000 1234 0007', hex('c0ffee')))
    const reply = hub.dissected()[1]!
    assert.equal(reply.one('icmp.type'), 0)
    assert.equal(reply.one('icmp.ident'), 0x1234)
    assert.equal(reply.one('icmp.seq'), 7)
    assert.equal(reply.one('icmp.checksum.status'), 1)
    assert.equal(reply.one('data.data'), 'c0ffee')
  })

  it('with a wrong checksum, or to everyone, is not answered', () => {
    const { ask } = pair()
    const wrong = icmpOf('0800 0000 1234 0007', hex('c0ffee'))
    wrong[8] = 0xc1
    assert.deepEqual(ask({ protocol: 1 }, wrong), [])
    const good = icmpOf('0800 0000 1234 0007')
    assert.deepEqual(ask({ protocol: 1, destination: '10.0.0.255' }, good, everyone), [])
    assert.deepEqual(ask({ protocol: 1 }, good.slice(0, 7)), [])
  })
})

describe('an ICMP error', () => {
  it('quotes the packet that it is about, up to 576 bytes in all (RFC 1812 §4.3.2.3)', () => {
    const { hub, ask } = pair()
    const datagram = concat(hex('1388 0009 03f0 0000'), new Uint8Array(1000))
    assert.deepEqual(ask({}, datagram), ['Destination unreachable (Port unreachable)'])
    const told = hub.dissected()[1]!
    assert.equal(told.packet.buffers[0]?.bytes.length, 14 + 576)
    assert.deepEqual(told.all('udp.dstport'), [9])
    assert.equal(told.all('ip.src')[1], '10.0.0.2')
  })

  it('is never sent about an ICMP error, a later fragment, what was sent to many, or by nobody', () => {
    const { ask } = pair()
    const error = icmpOf(
      '0303 0000 0000 0000',
      ipv4Bytes({ source: '10.0.0.1', destination: '10.0.0.2', protocol: 99 }, TO_NOBODY),
    )
    assert.deepEqual(ask({ protocol: 1 }, error), [])
    assert.deepEqual(ask({ destination: '10.0.0.255' }, TO_NOBODY, everyone), [])
    assert.deepEqual(ask({ destination: '255.255.255.255' }, TO_NOBODY, everyone), [])
    assert.deepEqual(ask({ protocol: 99, destination: '10.0.0.255' }, TO_NOBODY, everyone), [])
    assert.deepEqual(ask({ fragmentOffset: 8, dontFragment: false }, TO_NOBODY), [])
    assert.deepEqual(ask({ source: '0.0.0.0' }, TO_NOBODY), [])
  })

  it('is sent fifty times at once, then a hundred times a second', () => {
    const { hub, ask } = pair()
    let answers = 0
    for (let n = 0; n < 200; n++) answers += ask({}, TO_NOBODY).length
    assert.ok(hub.clock.now() > 2000)
    assert.equal(answers, 200)
    hub.pass(60_000)
    hub.forget()
    for (let n = 0; n < 200; n++) {
      hub.inject(
        { destination: A_MAC, source: B_MAC, type: 0x0800 },
        ipv4Bytes({ source: '10.0.0.2', destination: '10.0.0.1', protocol: 17, id: n }, TO_NOBODY),
      )
    }
    hub.pass(5)
    assert.equal(hub.dissected().filter((frame) => frame.stack.includes('icmp')).length, 50)
  })

  it('about TCP ends a connection that is being made, if it is final; else it is remembered', () => {
    const { hub, a, b } = pair()
    b.close()
    const ends: unknown[] = []
    const handler = { connected() {}, data() {}, ended() {}, writable() {} }
    for (const code of ['03', '01']) {
      hub.forget()
      a.tcp.connect(b.address, 80, { ...handler, closed: (failure) => ends.push(failure) })
      const syn = hub.sent[0]!.bytes.slice(14)
      hub.inject(
        { destination: A_MAC, source: B_MAC, type: 0x0800 },
        ipv4Bytes(
          { source: '10.0.0.2', destination: '10.0.0.1', protocol: 1 },
          icmpOf(`03${code} 0000 0000 0000`, syn.slice(0, 28)),
        ),
      )
      hub.pass(5)
    }
    assert.deepEqual(ends, ['ECONNREFUSED'])
    hub.pass(400_000)
    assert.deepEqual(ends, ['ECONNREFUSED', 'EHOSTUNREACH'])
  })

  it('that quotes somebody else’s packet, or too little, is ignored', () => {
    const { hub, a, b } = pair()
    const troubles: number[] = []
    const socket = a.udp.bind(5000, { message() {}, unreachable: (_, code) => troubles.push(code) })
    socket.send(new Uint8Array(20), b.address, 9)
    const ours = hub.sent[0]!.bytes.slice(14)
    hub.loses = (frame) => frame[23] === 1 && frame[29] === 2 && frame.length > 100
    const theirs = ours.slice()
    theirs[15] = 9
    const tell = (quoted: Uint8Array) => {
      hub.inject(
        { destination: A_MAC, source: B_MAC, type: 0x0800 },
        ipv4Bytes(
          { source: '10.0.0.2', destination: '10.0.0.1', protocol: 1 },
          icmpOf('0301 0000 0000 0000', quoted),
        ),
      )
      hub.pass(5)
    }
    for (const quoted of [theirs, ours.slice(0, 27), ours.slice(0, 19), new Uint8Array(0)]) tell(quoted)
    assert.deepEqual(
      troubles.filter((code) => code === 1),
      [],
    )
    tell(ours.slice(0, 28))
    assert.deepEqual(
      troubles.filter((code) => code === 1),
      [1],
    )
  })

  it('that says less fits through makes what follows shorter (RFC 1191)', () => {
    const { hub, a, b } = pair()
    const socket = a.udp.bind(5000, { message() {} })
    socket.send(new Uint8Array(1400), b.address, 5001)
    const ours = hub.sent[0]!.bytes.slice(14)
    for (const mtu of ['0258', '0014']) {
      hub.inject(
        { destination: A_MAC, source: B_MAC, type: 0x0800 },
        ipv4Bytes(
          { source: '10.0.0.2', destination: '10.0.0.1', protocol: 1 },
          icmpOf(`0304 0000 0000 ${mtu}`, ours.slice(0, 28)),
        ),
      )
    }
    hub.pass(5)
    hub.forget()
    socket.send(new Uint8Array(1400), b.address, 5001)
    assert.deepEqual(
      hub.dissected().map((frame) => frame.one('ip.len')),
      [596, 596, 256 + 20],
    )
  })
})
