import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { NetworkError } from '../../server/errors.ts'
import { ipv4Text } from '../../server/network/address.ts'
import { arpRequest, mac, segment } from './lab-frames.ts'
import { datagrams, joined, lab } from './small-lab.ts'

describe('who is on the lab network', () => {
  it('the server at 10.0.0.1, further ones from 10.0.0.20, clients from 10.0.0.100', () => {
    const { network } = lab()
    const hosts = [
      network.server,
      network.addServer('web', 'exit', '127.0.0.1:8080'),
      network.addServer('db', 'exit'),
      network.addClient('laptop', 'gateway', '127.0.0.1'),
      network.addClient('phone', 'demo'),
    ]
    assert.deepEqual(
      hosts.map(({ address }) => ipv4Text(address)),
      ['10.0.0.1', '10.0.0.20', '10.0.0.21', '10.0.0.100', '10.0.0.101'],
    )
    const { hosts: nodes, cables } = network.describe()
    assert.deepEqual(nodes[3], {
      name: 'laptop',
      mac: '02:00:0a:00:00:64',
      address: '10.0.0.100',
      kind: 'client',
      door: 'gateway',
      remote: '127.0.0.1',
      connections: 0,
    })
    assert.deepEqual(
      cables.map(({ name, between }) => [name, ...between]),
      [
        ['server', 'switch', 'server'],
        ['web', 'switch', 'web'],
        ['db', 'switch', 'db'],
      ],
    )
  })

  it('an address is given again when it has rested', () => {
    const { clock, network } = lab()
    const first = network.addClient('a', 'demo')
    network.remove(first)
    assert.equal(ipv4Text(network.addClient('b', 'demo').address), '10.0.0.101')
    clock.run(60_000)
    assert.equal(network.addClient('c', 'demo').address, first.address)
  })

  it('a full subnet says so; who leaves makes room', () => {
    const { network } = lab()
    const guests = Array.from({ length: 154 }, (_, n) => joined(network, `guest ${n}`))
    assert.throws(
      () => network.addClient('late', 'demo'),
      (error) => error instanceof NetworkError && error.code === 'subnet-full',
    )
    const [first] = guests
    first!.leave()
    first!.leave()
    assert.equal(network.addClient('late', 'demo').address, first!.address)
    assert.equal(network.describe().hosts.length, 155)
  })

  it('two servers of one name have cables of two names', () => {
    const { network } = lab()
    network.addServer('server', 'exit')
    network.addServer('server', 'exit')
    network.addServer('clients', 'exit')
    assert.deepEqual(
      network.describe().cables.map(({ name }) => name),
      ['server', 'server-2', 'server-3', 'clients-2'],
    )
  })

  it('the first server stays, whoever wants it gone', () => {
    const { network } = lab()
    network.remove(network.server)
    assert.equal(network.describe().hosts.length, 1)
  })

  it('tells of every change, and when it is closed no timer is left', async () => {
    const { clock, network, changes } = lab()
    const before = changes()
    const client = network.addClient('a', 'demo')
    network.patch({ up: { delay: '50ms' } })
    assert.equal(changes(), before + 2)
    datagrams(clock, client, network.server, 3)
    network.remove(client)
    network.close()
    assert.equal(clock.pending, 0)
  })
})

describe('the way of a frame', () => {
  it('a client and the server reach each other; each frame is recorded once, on the cable `server`', () => {
    const { clock, network, departures } = lab()
    const client = network.addClient('a', 'demo')
    assert.equal(datagrams(clock, client, network.server, 5), 5)
    assert.deepEqual(new Set(departures.map(({ cable }) => cable)), new Set(['server']))
    const udp = departures.filter(({ bytes }) => bytes[23] === 17)
    assert.deepEqual(
      udp.map(({ direction }) => direction),
      Array(5).fill('up'),
    )
    assert.deepEqual(
      departures.map(({ id }) => id),
      departures.map((_, id) => id),
    )
  })

  it('between two clients it meets no impaired cable, and is recorded on `clients`', () => {
    const { clock, network, departures } = lab()
    network.patch({ up: { loss: 1 }, down: { loss: 1 } })
    const [a, b] = [network.addClient('a', 'demo'), network.addClient('b', 'demo')]
    assert.equal(datagrams(clock, a, b, 3), 3)
    const udp = departures.filter(({ bytes }) => bytes[23] === 17)
    assert.deepEqual(
      udp.map(({ cable, direction }) => [cable, direction]),
      Array(3).fill(['clients', 'up']),
    )
  })

  it('between two servers it meets the cable of the one that sends, and that alone', () => {
    const { clock, network, departures } = lab()
    const web = network.addServer('web', 'exit')
    network.patch({ up: { loss: 1 } })
    assert.equal(datagrams(clock, web, network.server, 3), 3)
    const udp = departures.filter(({ bytes }) => bytes[23] === 17)
    assert.deepEqual(
      udp.map(({ cable, direction }) => [cable, direction]),
      Array(3).fill(['web', 'down']),
    )
  })

  it('what is for everyone reaches everyone and is recorded once', () => {
    const { clock, network, departures } = lab()
    const guests = ['a', 'b', 'c'].map((name) => joined(network, name))
    const web = joined(network, 'web', 'server')
    clock.run()
    departures.length = 0
    for (const guest of [...guests, web]) guest.got.length = 0
    const [a, ...others] = guests
    a!.receive(arpRequest(a!.address, others[0]!.address))
    clock.run()
    for (const other of [...others, web]) assert.equal(other.got.length, 1)
    assert.equal(a!.got.length, 0)
    assert.equal(departures.length, 1)
    assert.equal(departures[0]!.cable, 'clients')
  })

  it('a host outside sends and gets frames; too short and too long ones are dropped', () => {
    const { clock, network, departures } = lab()
    const a = joined(network, 'a')
    const web = joined(network, 'web', 'server')
    assert.equal(web.mac, mac(web.address))
    clock.run()
    web.got.length = 0
    const frame = segment({ source: a.address, destination: web.address, payload: 4 })
    a.receive(frame)
    clock.run()
    assert.deepEqual(web.got, [frame])
    const before = departures.length
    a.receive(new Uint8Array(13))
    a.receive(new Uint8Array(1515))
    clock.run()
    assert.equal(departures.length, before)
  })

  it("what is on a server's cable when it leaves still arrives", () => {
    const { clock, network } = lab()
    network.patch({ down: { delay: '100ms' } })
    const a = joined(network, 'a')
    const web = joined(network, 'web', 'server')
    clock.run()
    a.got.length = 0
    web.receive(segment({ source: web.address, destination: a.address }))
    web.leave()
    clock.run()
    assert.equal(a.got.length, 1)
    network.close()
  })

  it('the same seed and the same traffic meet the same fates; another seed others', () => {
    const fates = (seed: number) => {
      const { clock, network, departures } = lab({ seed })
      network.patch({ up: { loss: '20%', jitter: '5ms', delay: '20ms' }, down: { loss: '20%' } })
      const client = network.addClient('a', 'demo')
      datagrams(clock, client, network.server, 100)
      return departures.map(({ fates, delay }) => [fates.join(), delay])
    }
    assert.deepEqual(fates(1), fates(1))
    assert.notDeepEqual(fates(1), fates(2))
  })
})

describe('with routers between', () => {
  /** Once the routers know the ways. */
  const routed = () => {
    const made = lab({ topology: 'router' })
    made.clock.run(5000)
    return made
  }

  it('clients live in 10.0.1.0/24, and reach the server over the direct way', () => {
    const { clock, network, departures } = routed()
    const client = network.addClient('a', 'demo')
    assert.equal(ipv4Text(client.address), '10.0.1.100')
    assert.equal(ipv4Text(network.server.address), '10.0.0.1')
    assert.equal(datagrams(clock, client, network.server, 5), 5)
    const udp = departures.filter(({ bytes }) => bytes[23] === 17)
    assert.deepEqual(
      udp.slice(-3).map(({ cable, direction }) => [cable, direction]),
      [
        ['clients', 'up'],
        ['r1-r2', 'up'],
        ['server', 'up'],
      ],
    )
  })

  it('when the direct way is cut, what comes next goes round by R3', () => {
    const { clock, network, departures } = routed()
    const client = network.addClient('a', 'demo')
    datagrams(clock, client, network.server, 1)
    network.patch({ cut: ['r1-r2'] })
    clock.run(clock.now() + 2000)
    departures.length = 0
    datagrams(clock, client, network.server, 5)
    const cables = departures.filter(({ bytes }) => bytes[23] === 17).map(({ cable }) => cable)
    assert.deepEqual(cables.slice(-4), ['clients', 'r1-r3', 'r3-r2', 'server'])
    network.patch({ plugIn: ['r1-r2'] })
    clock.run(clock.now() + 2000)
    departures.length = 0
    datagrams(clock, client, network.server, 5)
    assert.ok(departures.some(({ cable, bytes }) => cable === 'r1-r2' && bytes[23] === 17))
  })

  it('shows the routers and their cables', () => {
    const { network } = routed()
    const { hosts, cables, topology } = network.describe()
    assert.equal(topology, 'router')
    assert.deepEqual(
      hosts.filter(({ kind }) => kind === 'router').map(({ name, address }) => [name, address]),
      [
        ['r1', '10.0.1.254'],
        ['r2', '10.0.0.254'],
        ['r3', '10.0.3.3'],
      ],
    )
    assert.deepEqual(
      cables.map(({ name }) => name),
      ['server', 'r1-r2', 'r1-r3', 'r3-r2'],
    )
  })
})
