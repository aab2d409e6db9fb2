import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { allocateFrame } from '../../server/network/frame-buffers.ts'
import { Host } from '../../server/network/host.ts'
import { seeded } from '../../server/network/random.ts'
import { hex, ipv4Bytes } from '../frames.ts'
import { Hub, ip, settled } from './hub.ts'

const A_MAC = '02:00:0a:00:00:01'
const B_MAC = '02:00:0a:00:00:02'
const ECHO = ipv4Bytes(
  { source: '10.0.0.2', destination: '10.0.0.1', protocol: 1 },
  hex('0800 f7fd 0001 0001'),
)

describe('a host', () => {
  it('has a MAC address made of its IPv4 address', () => {
    const host = new Hub().host('10.0.0.100')
    assert.equal(host.mac, 0x0200_0a00_0064)
    assert.equal(host.address, 0x0a000064)
    assert.equal(host.prefix, 24)
  })

  it('takes frames for its MAC address and for everyone, of IPv4 and ARP; no others', () => {
    const hub = new Hub()
    hub.host('10.0.0.1')
    hub.pass(5)
    hub.forget()
    const quiet = (destination: string, type: number) => {
      hub.inject({ destination, source: B_MAC, type }, ECHO)
      hub.pass(5)
      assert.equal(hub.sent.length, 1)
      hub.forget()
    }
    quiet('02:00:0a:00:00:03', 0x0800)
    quiet(A_MAC, 0x86dd)
    quiet(A_MAC, 46)
    hub.inject({ destination: A_MAC, source: B_MAC, type: 0x0800 }, ECHO)
    hub.pass(5)
    assert.equal(hub.transcript()[1], 'Who has 10.0.0.2? Tell 10.0.0.1')
  })

  it('sends nothing before it is plugged in, and says who it is when it is', async () => {
    const hub = new Hub()
    const { clock } = hub
    const host = new Host({ name: 'a', address: ip('10.0.0.1'), prefix: 24, clock, random: seeded(1) })
    const early = host.ping(ip('10.0.0.2'), { timeoutMs: 100 })
    hub.pass(200)
    assert.deepEqual(await settled(early), { kind: 'timeout' })
    host.attach(hub.plug((frame) => host.receive(frame)))
    assert.equal(hub.sent.length, 0)
    hub.pass(0)
    assert.deepEqual(hub.transcript(), ['ARP Announcement for 10.0.0.1'])
  })

  it('never changes a frame that it has sent, nor one that it was given', () => {
    const hub = new Hub()
    const a = hub.host('10.0.0.1')
    const b = hub.host('10.0.0.2')
    void a.ping(b.address)
    hub.pass(10)
    const kept: { frame: Uint8Array; was: Uint8Array }[] = []
    hub.loses = (frame) => {
      kept.push({ frame, was: frame.slice() })
      return false
    }
    const echo = b.udp.bind(7, { message: (bytes, { address, port }) => echo.send(bytes, address, port) })
    const socket = a.udp.bind(0, { message() {} })
    for (let n = 0; n < 500; n++) socket.send(new Uint8Array(1000).fill(n), b.address, 7)
    void a.ping(b.address, { size: 5000 })
    hub.pass(100)
    assert.ok(kept.length > 1000)
    for (const { frame, was } of kept) assert.deepEqual(frame, was)
  })

  it('that is closed resets its connections, and then is silent', async () => {
    const hub = new Hub()
    const a = hub.host('10.0.0.1')
    const b = hub.host('10.0.0.2')
    const quiet = { connected() {}, data() {}, ended() {}, writable() {} }
    const ends: unknown[] = []
    a.tcp.listen(80, (handle) => {
      handle.handler = { ...quiet, closed: (failure) => ends.push(failure) }
    })
    b.tcp.connect(a.address, 80, { ...quiet, closed: () => undefined })
    hub.pass(100)
    b.close()
    b.close()
    hub.pass(100)
    assert.deepEqual(ends, ['ECONNRESET'])
    hub.forget()
    const ping = a.ping(b.address, { timeoutMs: 10 })
    hub.pass(100)
    assert.deepEqual(await settled(ping), { kind: 'timeout' })
    assert.equal(hub.sent.length, 1)
    assert.equal(hub.clock.pending, 0)
  })

  it('draws the same numbers from the same seed', () => {
    const run = () => {
      const hub = new Hub()
      const a = hub.host('10.0.0.1')
      const b = hub.host('10.0.0.2')
      a.udp.bind(0, { message() {} }).send(new Uint8Array(3000), b.address, 9)
      void b.ping(a.address)
      hub.pass(100)
      return hub.sent.map(({ time, bytes }) => `${time} ${Buffer.from(bytes).toString('hex')}`)
    }
    assert.deepEqual(run(), run())
  })
})

describe('memory for frames', () => {
  it('puts each IP header at a multiple of 4, and gives no two frames the same bytes', () => {
    const frames = Array.from({ length: 2000 }, (_, n) => allocateFrame(14 + ((n * 37) % 1500)).fill(n))
    for (const [n, frame] of frames.entries()) {
      assert.equal((frame.byteOffset + 14) % 4, 0)
      assert.equal(frame.length, 14 + ((n * 37) % 1500))
      assert.ok(frame.every((byte) => byte === (n & 255)))
    }
  })

  it('gives what is too long for a slab bytes of its own, and zeros always', () => {
    const long = allocateFrame(65_549)
    assert.equal(long.length, 65_549)
    assert.equal((long.byteOffset + 14) % 4, 0)
    assert.ok(long.every((byte) => byte === 0))
    assert.ok(allocateFrame(1514).every((byte) => byte === 0))
  })
})
