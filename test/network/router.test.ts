import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ipv4Text } from '../../server/network/address.ts'
import { SimulatedClock } from '../../server/network/clock.ts'
import type { Host } from '../../server/network/host.ts'
import type { PingResult } from '../../server/network/icmp.ts'
import { seeded } from '../../server/network/random.ts'
import { Router, type RouterOptions } from '../../server/network/router.ts'
import { CONVERGENCE_MS, RoutingArea, RoutingTable } from '../../server/network/routes.ts'
import { hex, type Ipv4Options, ipv4Bytes } from '../frames.ts'
import { Hub, ip, settled } from './hub.ts'

const INTERFACES = {
  r1: { lan: '10.0.1.254', 'r1-r2': '10.0.2.1', 'r1-r3': '10.0.3.1' },
  r2: { lan: '10.0.0.254', 'r1-r2': '10.0.2.2', 'r3-r2': '10.0.4.2' },
  r3: { 'r1-r3': '10.0.3.3', 'r3-r2': '10.0.4.3' },
} as const
type Name = keyof typeof INTERFACES

const ends = (interfaces: Readonly<Record<string, string>>) =>
  Object.entries(interfaces).map(([name, address]) => ({ name, address: ip(address), prefix: 24 }))

/** Clients' subnet, R1, R2 and the long way round by R3, servers' subnet. */
function triangle() {
  const clock = new SimulatedClock()
  const area = new RoutingArea(clock)
  const make = (name: Name) =>
    new Router({ name, clock, random: seeded(1), interfaces: ends(INTERFACES[name]), area })
  const routers = { r1: make('r1'), r2: make('r2'), r3: make('r3') }
  const hubs = new Map<string, Hub>()
  const plug = (router: Name, port: string, hub: Hub) =>
    routers[router].attach(
      port,
      hub.plug((frame) => routers[router].receive(port, frame)),
    )
  const clients = new Hub(clock)
  const servers = new Hub(clock)
  plug('r1', 'lan', clients)
  plug('r2', 'lan', servers)
  for (const cable of ['r1-r2', 'r1-r3', 'r3-r2']) {
    const hub = new Hub(clock)
    hubs.set(cable, hub)
    const [near, far] = cable.split('-') as [Name, Name]
    plug(near, cable, hub)
    plug(far, cable, hub)
  }
  const client = clients.host('10.0.1.100', { gateway: ip('10.0.1.254') })
  const server = servers.host('10.0.0.1', { gateway: ip('10.0.0.254') })
  clock.run(20)
  const setCable = (cable: string, up: boolean) => {
    hubs.get(cable)!.loses = () => !up
    for (const name of cable.split('-') as Name[]) routers[name].linkState(cable, up)
  }
  const pass = (ms: number) => clock.run(clock.now() + ms)
  const ping = async (
    from: Host,
    to: number,
    options: Parameters<Host['ping']>[1] = {},
  ): Promise<PingResult | undefined> => {
    const result = from.ping(to, options)
    pass(options.timeoutMs ?? 100)
    return settled(result)
  }
  return { clock, area, routers, hubs, clients, servers, client, server, setCable, pass, ping }
}

const ttlOf = (result: PingResult | undefined) => (result?.kind === 'reply' ? result.ttl : result?.kind)

/** The routers on the way, as traceroute finds them. */
async function trace(lab: ReturnType<typeof triangle>, from: Host, to: number): Promise<string[]> {
  const found: string[] = []
  for (let ttl = 1; ttl < 10; ttl++) {
    const result = await lab.ping(from, to, { ttl })
    found.push(result === undefined ? '*' : 'from' in result ? ipv4Text(result.from) : result.kind)
    if (result?.kind !== 'time exceeded') break
  }
  return found
}

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

describe('routes', () => {
  const text = (table: RoutingTable) =>
    table
      .list()
      .map(
        ({ destination, prefix, interface: by, via, metric }) =>
          `${ipv4Text(destination)}/${prefix} ${by} ${via === undefined ? 'direct' : ipv4Text(via)} ${metric}`,
      )

  it('are worked out from who is linked to whom; the longer ways wait behind the shorter', () => {
    assert.deepEqual(text(triangle().routers.r1.routes), [
      '10.0.0.0/24 r1-r2 10.0.2.2 2',
      '10.0.0.0/24 r1-r3 10.0.3.3 3',
      '10.0.1.0/24 lan direct 0',
      '10.0.2.0/24 r1-r2 direct 0',
      '10.0.3.0/24 r1-r3 direct 0',
      '10.0.4.0/24 r1-r2 10.0.2.2 2',
      '10.0.4.0/24 r1-r3 10.0.3.3 2',
    ])
  })

  it('a link that goes down takes its routes along after a moment, and the long way is taken', async () => {
    const lab = triangle()
    const { client, server, ping, pass, setCable } = lab
    assert.equal(ttlOf(await ping(client, server.address)), 62)
    setCable('r1-r2', false)
    assert.equal(await ping(client, server.address), undefined)
    pass(CONVERGENCE_MS)
    assert.equal(ttlOf(await ping(client, server.address)), 61)
    assert.deepEqual(await trace(lab, client, server.address), [
      '10.0.1.254',
      '10.0.3.3',
      '10.0.4.2',
      '10.0.0.1',
    ])
    assert.equal(text(lab.routers.r1.routes)[0], '10.0.0.0/24 r1-r3 10.0.3.3 3')
  })

  it('when it is plugged in again the short way comes back', async () => {
    const { client, server, ping, pass, setCable } = triangle()
    setCable('r1-r2', false)
    pass(CONVERGENCE_MS + 1)
    setCable('r1-r2', true)
    assert.equal(ttlOf(await ping(client, server.address)), 61)
    pass(CONVERGENCE_MS)
    assert.equal(ttlOf(await ping(client, server.address)), 62)
  })

  it('a link far away counts too: with both ways cut the subnet is unknown', async () => {
    const { client, server, ping, pass, setCable, routers, clock } = triangle()
    setCable('r1-r2', false)
    setCable('r3-r2', false)
    pass(CONVERGENCE_MS + 1)
    assert.deepEqual(await ping(client, server.address), {
      kind: 'unreachable',
      from: ip('10.0.1.254'),
      code: 0,
    })
    assert.deepEqual(text(routers.r1.routes), ['10.0.1.0/24 lan direct 0', '10.0.3.0/24 r1-r3 direct 0'])
    for (const router of Object.values(routers)) router.close()
    pass(10_000)
    assert.equal(clock.pending, 0)
  })

  it('a connection outlives the change of ways', () => {
    const { client, server, pass, setCable } = triangle()
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
    const handle = client.tcp.connect(server.address, 80, quiet)
    pass(100)
    setCable('r1-r2', false)
    handle.write(new Uint8Array(30_000))
    pass(CONVERGENCE_MS / 2)
    assert.equal(heard, 0)
    pass(10_000)
    assert.equal(heard, 30_000)
  })

  it('the longest prefix wins, then the lowest metric', () => {
    const table = new RoutingTable()
    const route = (destination: string, prefix: number, name: string, metric: number) =>
      table.add({ destination: ip(destination), prefix, interface: name, via: undefined, metric })
    route('0.0.0.0', 0, 'default', 1)
    route('10.0.0.0', 8, 'worse', 5)
    route('10.0.0.0', 8, 'better', 2)
    route('10.1.0.0', 16, 'near', 9)
    route('192.0.2.128', 25, 'high', 1)
    assert.equal(table.lookup(ip('10.1.2.3'))?.interface, 'near')
    assert.equal(table.lookup(ip('10.2.2.3'))?.interface, 'better')
    assert.equal(table.lookup(ip('192.0.2.200'))?.interface, 'high')
    assert.equal(table.lookup(ip('192.0.2.1'))?.interface, 'default')
    assert.equal(new RoutingTable().lookup(1), undefined)
  })

  it('two routers of one name in one area are a mistake', () => {
    const clock = new SimulatedClock()
    const area = new RoutingArea(clock)
    const options = { name: 'r1', clock, random: seeded(1), interfaces: ends({ lan: '10.0.1.254' }), area }
    new Router(options)
    assert.throws(() => new Router(options), /two routers called r1/)
  })
})
