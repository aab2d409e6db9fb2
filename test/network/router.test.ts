import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ipv4Text } from '../../server/network/address.ts'
import { SimulatedClock } from '../../server/network/clock.ts'
import { seeded } from '../../server/network/random.ts'
import { Router, type RouterOptions } from '../../server/network/router.ts'
import { hex, type Ipv4Options, ipv4Bytes } from '../frames.ts'
import { Hub, ip, settled } from './hub.ts'
import { ends, trace, triangle, ttlOf } from './triangle.ts'

describe('a packet through routers', () => {
  it('arrives in the other subnet with a TTL that is less by one for each of them', async () => {
    const lab = triangle()
    const { client, server, ping } = lab
    assert.equal(ttlOf(await ping(client, server.address)), 62)
    assert.equal(ttlOf(await ping(server, client.address)), 62)
    assert.deepEqual(
      lab.servers
        .transcript()
        .slice(-2)
        .map((info) => info.replace(/ id=.*/, '')),
      ['Echo (ping) request', 'Echo (ping) reply'],
    )
  })

  it('has new MAC addresses on each link, and the same IP addresses on all; the header checksum stays right', async () => {
    const { client, server, ping, clients, hubs, servers } = triangle()
    await ping(client, server.address)
    const request = (hub: Hub) => hub.dissected().find((frame) => frame.one('icmp.type') === 8)!
    const seen = [clients, hubs.get('r1-r2')!, servers].map(request)
    assert.deepEqual(
      seen.map((frame) => `${frame.one('eth.src')} ${frame.one('eth.dst')} ${frame.one('ip.ttl')}`),
      [
        '02:00:0a:00:01:64 02:00:0a:00:01:fe 64',
        '02:00:0a:00:02:01 02:00:0a:00:02:02 63',
        '02:00:0a:00:00:fe 02:00:0a:00:00:01 62',
      ],
    )
    for (const frame of seen) {
      assert.equal(frame.one('ip.src'), '10.0.1.100')
      assert.equal(frame.one('ip.dst'), '10.0.0.1')
      assert.equal(frame.one('ip.checksum.status'), 1)
    }
  })

  it('whose time is up is answered by the router that it got to: traceroute sees them one by one', async () => {
    const lab = triangle()
    assert.deepEqual(await trace(lab, lab.client, lab.server.address), ['10.0.1.254', '10.0.2.2', '10.0.0.1'])
    assert.deepEqual(await trace(lab, lab.server, lab.client.address), [
      '10.0.0.254',
      '10.0.2.1',
      '10.0.1.100',
    ])
  })

  it('to a subnet that no router knows, or to a host that isn’t there, is answered so', async () => {
    const { client, ping } = triangle()
    assert.deepEqual(await ping(client, ip('10.9.9.9')), {
      kind: 'unreachable',
      from: ip('10.0.1.254'),
      code: 0,
    })
    const absent = await ping(client, ip('10.0.0.77'), { timeoutMs: 4000 })
    assert.deepEqual(absent, { kind: 'unreachable', from: ip('10.0.2.2'), code: 1 })
  })

  it('in fragments goes through as it is, and large pings to a router are answered by it', async () => {
    const { client, server, ping } = triangle()
    const large = await ping(client, server.address, { size: 9000 })
    assert.equal(large?.kind === 'reply' && large.bytes, 9000)
    const router = await ping(client, ip('10.0.4.3'), { size: 9000 })
    assert.deepEqual(router?.kind === 'reply' && [router.bytes, ipv4Text(router.from), router.ttl], [
      9000,
      '10.0.4.3',
      63,
    ])
  })

  it('of TCP too: a connection over two subnets carries its bytes', () => {
    const { client, server, pass } = triangle()
    let heard = 0
    const quiet = { connected() {}, data() {}, ended() {}, writable() {}, closed() {} }
    server.tcp.listen(80, (handle) => {
      handle.handler = {
        ...quiet,
        data(bytes) {
          heard += bytes.length
          handle.consumed(bytes.length)
        },
      }
    })
    const handle = client.tcp.connect(server.address, 80, {
      ...quiet,
      connected: () => void handle.write(new Uint8Array(50_000)),
    })
    pass(1000)
    assert.equal(heard, 50_000)
  })
})

describe('what a router does not pass on', () => {
  const MAC = '02:00:0a:00:01:fe'
  const datagram = hex('1388 0009 0008 0000')
  const silent = (
    packet: Partial<Ipv4Options>,
    destination = MAC,
    change: (bytes: Uint8Array) => unknown = () => {},
  ) => {
    const lab = triangle()
    const bytes = ipv4Bytes(
      { source: '10.0.1.100', destination: '10.0.0.1', protocol: 17, ...packet },
      datagram,
    )
    change(bytes)
    const before = lab.clients.sent.length
    const passed = lab.hubs.get('r1-r2')!.sent.length
    lab.clients.inject({ destination, source: '02:00:0a:00:01:64', type: 0x0800 }, bytes)
    lab.pass(20)
    assert.equal(lab.clients.sent.length, before + 1, 'it answered')
    assert.equal(lab.hubs.get('r1-r2')!.sent.length, passed, 'it passed it on')
  }

  it('broadcasts, of this link or directed at another subnet (RFC 2644), and groups', () => {
    silent({ destination: '255.255.255.255' }, 'ff:ff:ff:ff:ff:ff')
    silent({ destination: '10.0.1.255' }, 'ff:ff:ff:ff:ff:ff')
    silent({ destination: '10.0.2.255' })
    silent({ destination: '224.0.0.5' })
    silent({}, 'ff:ff:ff:ff:ff:ff')
  })

  it('a packet with a wrong checksum, or with a source that can’t be', () => {
    silent({}, MAC, (bytes) => bytes.fill(0x55, 11, 12))
    silent({ source: '127.0.0.1' })
    silent({ source: '10.0.1.255' })
    silent({ source: '10.0.2.1' })
    silent({ source: '0.0.0.0' })
  })

  it('what is for itself: it says that nobody is at that port, or speaks that protocol', () => {
    const { clients, pass } = triangle()
    for (const protocol of [17, 6]) {
      const packet = { source: '10.0.1.100', destination: '10.0.1.254', protocol }
      clients.inject(
        { destination: MAC, source: '02:00:0a:00:01:64', type: 0x0800 },
        ipv4Bytes(packet, datagram),
      )
      pass(20)
    }
    assert.deepEqual(
      clients
        .dissected()
        .map((frame) => frame.info)
        .filter((info) => info.startsWith('Destination')),
      ['Destination unreachable (Port unreachable)', 'Destination unreachable (Protocol unreachable)'],
    )
  })
})

describe('a router with a smaller link behind it', () => {
  /** One router between two subnets, of which the second carries packets of 600 bytes at most. */
  function narrow() {
    const clock = new SimulatedClock()
    const [wide, small] = [new Hub(clock), new Hub(clock)]
    const near = new Router({
      name: 'near',
      clock,
      random: seeded(1),
      interfaces: ends({ wide: '10.0.1.254', middle: '10.0.5.1' }),
    })
    const options: RouterOptions = {
      name: 'far',
      clock,
      random: seeded(2),
      mtu: 600,
      interfaces: ends({ middle: '10.0.5.2', small: '10.0.6.254' }),
    }
    const far = new Router(options)
    const middle = new Hub(clock)
    near.attach(
      'wide',
      wide.plug((frame) => near.receive('wide', frame)),
    )
    near.attach(
      'middle',
      middle.plug((frame) => near.receive('middle', frame)),
    )
    far.attach(
      'middle',
      middle.plug((frame) => far.receive('middle', frame)),
    )
    far.attach(
      'small',
      small.plug((frame) => far.receive('small', frame)),
    )
    near.routes.add({
      destination: ip('10.0.6.0'),
      prefix: 24,
      interface: 'middle',
      via: ip('10.0.5.2'),
      metric: 2,
    })
    far.routes.add({ destination: 0, prefix: 0, interface: 'middle', via: ip('10.0.5.1'), metric: 9 })
    const client = wide.host('10.0.1.100', { gateway: ip('10.0.1.254') })
    const server = small.host('10.0.6.1', { gateway: ip('10.0.6.254'), mtu: 600 })
    clock.run(20)
    return { clock, wide, small, client, server }
  }

  it('cuts what may be cut', async () => {
    const { clock, client, server, small } = narrow()
    const ping = client.ping(server.address, { size: 1400 })
    clock.run(clock.now() + 100)
    assert.equal((await settled(ping))?.kind, 'reply')
    const requests = small.dissected().filter((frame) => frame.one('ip.src') === '10.0.1.100')
    assert.deepEqual(
      requests.map((frame) => frame.one('ip.len')),
      [596, 596, 276],
    )
  })

  it('says of TCP’s segments how much fits (RFC 1191); the connection goes on', () => {
    const { clock, wide, client, server } = narrow()
    let heard = 0
    const quiet = { connected() {}, data() {}, ended() {}, writable() {}, closed() {} }
    const handle = server.tcp.connect(client.address, 80, quiet)
    client.tcp.listen(80, (accepted) => {
      accepted.handler = { ...quiet, connected: () => undefined }
      accepted.write(new Uint8Array(20_000))
    })
    handle.handler = {
      ...quiet,
      data(bytes) {
        heard += bytes.length
        handle.consumed(bytes.length)
      },
    }
    clock.run(clock.now() + 20_000)
    assert.equal(heard, 20_000)
    assert.equal(
      wide.dissected().some((frame) => frame.problems.length > 0),
      false,
    )
  })
})
