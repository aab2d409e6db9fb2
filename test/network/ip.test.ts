import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Host } from '../../server/network/host.ts'
import { concat, hex, type Ipv4Options, ipv4Bytes } from '../frames.ts'
import { Hub, ip, settled } from './hub.ts'

const A_MAC = '02:00:0a:00:00:01'
const B_MAC = '02:00:0a:00:00:02'
const everyone = 'ff:ff:ff:ff:ff:ff'
/** Source and destination port, length, no checksum, four bytes. */
const DATAGRAM = hex('1388 0007 000c 0000 01020304')

/** A listens on UDP port 7. B is there, so that A can answer it. */
function pair() {
  const hub = new Hub()
  const a = hub.host('10.0.0.1')
  const b = hub.host('10.0.0.2')
  const heard: string[] = []
  const socket = a.udp.bind(7, {
    message: (bytes, { address }, to) => {
      heard.push(
        `${Buffer.from(bytes).toString('hex')} ${address === b.address ? 'B' : address} ${to === a.address ? 'A' : to}`,
      )
    },
  })
  a.ping(b.address)
  hub.pass(10)
  hub.forget()
  const inject = (
    packet: Partial<Ipv4Options>,
    payload: Uint8Array = DATAGRAM,
    change: (bytes: Uint8Array) => Uint8Array | undefined = () => undefined,
    destination: string = A_MAC,
  ) => {
    const bytes = ipv4Bytes({ source: '10.0.0.2', destination: '10.0.0.1', protocol: 17, ...packet }, payload)
    hub.inject({ destination, source: B_MAC, type: 0x0800 }, change(bytes) ?? bytes)
    hub.pass(10)
  }
  return { hub, a, b, heard, inject, socket }
}

/** The header's checksum made right again. */
function mended(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  view.setUint16(10, 0)
  let sum = 0
  for (let at = 0; at < (bytes[0]! & 15) * 4; at += 2) sum += view.getUint16(at)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16)
  view.setUint16(10, ~sum & 0xffff)
  return bytes
}

describe('an IPv4 packet that arrives', () => {
  it('is taken when it is for us', () => {
    const { heard, inject } = pair()
    inject({})
    assert.deepEqual(heard, ['01020304 B A'])
  })

  it('is dropped without a word when its header checksum is wrong', () => {
    const { hub, heard, inject } = pair()
    inject({}, DATAGRAM, (bytes) => void bytes.fill(63, 8, 9))
    assert.deepEqual(heard, [])
    assert.equal(hub.sent.length, 1)
  })

  it('is dropped when it is of another version, or its lengths can’t be', () => {
    const { hub, heard, inject } = pair()
    inject({}, DATAGRAM, (bytes) => void mended(bytes.fill(0x65, 0, 1)))
    inject({}, DATAGRAM, (bytes) => void mended(bytes.fill(0x44, 0, 1)))
    inject({}, DATAGRAM, (bytes) => void mended(bytes.fill(200, 3, 4)))
    inject({}, DATAGRAM, (bytes) => void mended(bytes.fill(19, 3, 4)))
    inject({}, DATAGRAM, (bytes) => bytes.slice(0, 19))
    assert.deepEqual(heard, [])
    assert.equal(hub.sent.length, 5)
  })

  it('ends where its total length says: what the link put behind it is no data', () => {
    const { heard, inject } = pair()
    inject({}, DATAGRAM, (bytes) => concat(bytes, new Uint8Array(14)))
    assert.deepEqual(heard, ['01020304 B A'])
  })

  it('with options is taken, the options skipped (RFC 1122 §3.2.1.8)', () => {
    const { heard, inject } = pair()
    inject({}, DATAGRAM, (bytes) => {
      const packet = concat(bytes.slice(0, 20), hex('94040000'), bytes.slice(20))
      packet[0] = 0x46
      packet[3]! += 4
      return mended(packet)
    })
    assert.deepEqual(heard, ['01020304 B A'])
  })

  it('is dropped when it is for another host, whatever frame it came in: a host is no router', () => {
    const { hub, heard, inject } = pair()
    inject({ destination: '10.0.0.3' })
    inject({ destination: '192.168.1.1' })
    inject({ destination: '224.0.0.1' })
    assert.deepEqual(heard, [])
    assert.equal(hub.sent.length, 3)
  })

  it('is dropped when its source can be no host: everyone, a group, loopback, nobody, ourselves', () => {
    const { hub, heard, inject } = pair()
    for (const source of ['255.255.255.255', '10.0.0.255', '224.0.0.1', '127.0.0.1', '0.0.0.0', '10.0.0.1'])
      inject({ source })
    assert.deepEqual(heard, [])
    assert.equal(hub.sent.length, 6)
  })

  it('for everyone is taken, in either spelling; for us alone but in everyone’s frame it isn’t (RFC 1122 §3.3.6)', () => {
    const { heard, inject } = pair()
    inject({ destination: '255.255.255.255' }, DATAGRAM, undefined, everyone)
    inject({ destination: '10.0.0.255' }, DATAGRAM, undefined, everyone)
    inject({}, DATAGRAM, undefined, everyone)
    assert.deepEqual(heard, [`01020304 B ${0xffff_ffff}`, `01020304 B ${0x0a0000ff}`])
  })

  it('of a protocol that nobody here speaks is answered so', () => {
    const { hub, inject } = pair()
    inject({ protocol: 132 })
    assert.deepEqual(hub.transcript()[1], 'Destination unreachable (Protocol unreachable)')
  })
})

describe('any bytes at all', () => {
  it('in an IPv4 frame leave the host as it was', async () => {
    const { hub, a, b } = pair()
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 80 }),
        fc.constantFrom(1, 6, 17, 99),
        fc.boolean(),
        (bytes, protocol, wrapped) => {
          const payload = wrapped
            ? ipv4Bytes({ source: '10.0.0.2', destination: '10.0.0.1', protocol }, bytes)
            : bytes
          hub.inject({ destination: A_MAC, source: B_MAC, type: 0x0800 }, payload)
          hub.pass(2)
        },
      ),
      { numRuns: 500 },
    )
    a.receive(new Uint8Array(0))
    a.receive(new Uint8Array(13))
    a.receive(new Uint8Array(14))
    hub.pass(120_000)
    const ping = b.ping(a.address)
    hub.pass(10)
    assert.equal((await settled(ping))?.kind, 'reply')
  })
})

describe('what a host sends', () => {
  const lastOf = (hub: Hub) => hub.dissected().at(-1)!

  it('has a TTL of 64, its own address, and an identification that goes on by one', () => {
    const { hub, b, socket } = pair()
    socket.send(new Uint8Array(1), b.address, 9)
    const first = lastOf(hub)
    socket.send(new Uint8Array(1), b.address, 9)
    const second = lastOf(hub)
    assert.equal(first.one('ip.ttl'), 64)
    assert.equal(first.one('ip.src'), '10.0.0.1')
    assert.equal(first.one('ip.flags.df'), false)
    assert.equal(second.one('ip.id'), (Number(first.one('ip.id')) + 1) % 65_536)
  })

  it('of TCP is never to be cut on its way', () => {
    const { hub, a, b } = pair()
    connect(a, b)
    const syn = hub.dissected()[0]!
    assert.equal(syn.one('tcp.flags.syn'), true)
    assert.equal(syn.one('ip.flags.df'), true)
    assert.equal(syn.one('ip.checksum.status'), 1)
    assert.equal(syn.one('tcp.checksum.status'), 1)
  })

  it('for another subnet goes to the gateway’s MAC address, and to nobody when there is none', () => {
    const hub = new Hub()
    const router = hub.host('10.0.0.254')
    const a = hub.host('10.0.0.1', { gateway: ip('10.0.0.254') })
    hub.pass(5)
    const socket = a.udp.bind(0, { message: () => undefined })
    assert.equal(socket.send(new Uint8Array(1), ip('10.9.9.9'), 9), 'sent')
    hub.pass(5)
    assert.equal(lastOf(hub).one('eth.dst'), '02:00:0a:00:00:fe')
    assert.equal(lastOf(hub).one('ip.dst'), '10.9.9.9')
    hub.forget()
    const without = router.udp.bind(0, { message: () => undefined })
    assert.equal(without.send(new Uint8Array(1), ip('10.9.9.9'), 9), 'no route')
    assert.equal(hub.sent.length, 0)
  })

  it('of TCP without a route ends in ENETUNREACH, not in the middle of connect()', () => {
    const hub = new Hub()
    const a = hub.host('10.0.0.1')
    let closed: unknown = 'open'
    const handler = { connected() {}, data() {}, ended() {}, writable() {} }
    a.tcp.connect(ip('10.9.9.9'), 80, { ...handler, closed: (failure) => (closed = failure) })
    assert.equal(closed, 'open')
    hub.pass(400_000)
    assert.equal(closed, 'ENETUNREACH')
  })

  it('to its own address comes back by itself, in a turn of its own, and never meets the cable', async () => {
    const { hub, a } = pair()
    const heard: number[] = []
    const own = a.udp.bind(9, { message: (bytes) => heard.push(bytes.length) })
    own.send(new Uint8Array(65_507), a.address, 9)
    assert.deepEqual(heard, [])
    hub.pass(0)
    assert.deepEqual(heard, [65_507])
    const ping = a.ping(a.address)
    hub.pass(0)
    assert.deepEqual(await settled(ping), { kind: 'reply', from: a.address, ttl: 64, ms: 0, bytes: 56 })
    assert.equal(hub.sent.length, 0)
    assert.equal(hub.clock.pending, 0)
  })

  it('to its own address, more than fits: the rest is lost, and memory stays bounded', () => {
    const { hub, a } = pair()
    let heard = 0
    const own = a.udp.bind(9, { message: () => heard++ })
    for (let n = 0; n < 1000; n++) own.send(new Uint8Array(60_000), a.address, 9)
    hub.pass(1)
    assert.equal(heard, Math.floor(2 ** 22 / 60_042))
  })
})

function connect(from: Host, to: Host) {
  const nothing = () => undefined
  return from.tcp.connect(to.address, 80, {
    connected: nothing,
    data: nothing,
    ended: nothing,
    writable: nothing,
    closed: nothing,
  })
}
