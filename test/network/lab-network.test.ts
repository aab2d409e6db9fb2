import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { NetworkPatch } from '../../server/dashboard/api-network.ts'
import { NetworkError } from '../../server/errors.ts'
import { ipv4Text } from '../../server/network/address.ts'
import { SimulatedClock } from '../../server/network/clock.ts'
import type { Host } from '../../server/network/host.ts'
import { LabNetwork, type LabNetworkOptions } from '../../server/network/lab-network.ts'
import type { Departure } from '../../server/network/tap.ts'
import { arpRequest, mac, segment } from './lab-frames.ts'

function lab(options: Partial<LabNetworkOptions> = {}) {
  const clock = new SimulatedClock()
  const departures: Departure[] = []
  let changes = 0
  const network = new LabNetwork({
    clock,
    seed: 7,
    tap: {
      departed: (departure) => departures.push({ ...departure, bytes: departure.bytes.slice() }),
      arrived: () => undefined,
    },
    onChange: () => changes++,
    ...options,
  })
  return { clock, network, departures, changes: () => changes }
}

/** A host outside, that keeps what it gets. */
function joined(network: LabNetwork, name: string, role: 'client' | 'server' = 'client') {
  const got: Uint8Array[] = []
  const host = network.join({ name, role, send: (frame) => got.push(frame) })
  return { ...host, got }
}

/** Sends UDP from one host to a port of another and counts what arrives. */
function datagrams(clock: SimulatedClock, from: Host, to: Host, count: number): number {
  let arrived = 0
  const server = to.udp.bind(0, { message: () => arrived++ })
  const client = from.udp.bind(0, { message: () => undefined })
  for (let n = 0; n < count; n++) {
    client.send(new Uint8Array([n & 255]), to.address, server.port)
    clock.run(clock.now() + 1)
  }
  clock.run(clock.now() + 5000)
  client.close()
  server.close()
  return arrived
}

const refused = (patch: NetworkPatch, field: string, network: LabNetwork = lab().network) =>
  assert.throws(
    () => network.patch(patch),
    (error) => error instanceof NetworkError && error.field === field,
    JSON.stringify(patch),
  )

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

describe('changing the network', () => {
  it('takes text with units and numbers, each direction on its own', () => {
    const { network } = lab()
    network.patch({ up: { loss: '5%', delay: 0.02 }, down: { rate: '1mbit' } })
    const { up, down } = network.describe()
    assert.equal(up.loss, 0.05)
    assert.equal(up.delay, 0.02)
    assert.equal(up.rate, 0)
    assert.equal(down.rate, 1e6)
    assert.equal(network.impairments('up').loss, 0.05)
  })

  it('refuses what cannot be, names the field, and changes nothing', () => {
    const { network } = lab()
    const before = network.describe()
    const cases: [NetworkPatch, string][] = [
      [{ preset: 'wormhole' }, 'preset'],
      [{ up: { loss: '5%', delay: '20' } }, 'up.delay'],
      [{ down: { reorder: 2 } }, 'down.reorder'],
      [{ down: { lag: 1 } as NetworkPatch['down'] & object }, 'down'],
      [{ up: { loss: '5%' }, cut: ['power'] }, 'cut'],
      [{ plugIn: ['clients'] }, 'plugIn'],
      [{ seed: -1 }, 'seed'],
      [{ seed: 1.5 }, 'seed'],
      [{ choose: [{}, { nth: 0 }] }, 'choose.1.nth'],
      [{ choose: [{ count: 0 }] }, 'choose.0.count'],
      [{ choose: [{ match: 'everything' as 'any' }] }, 'choose.0.match'],
      [{ choose: [{ fate: 'delayed', delay: -1 }] }, 'choose.0.delay'],
      [{ choose: [{ flow: { address: 'localhost', port: 1 } }] }, 'choose.0.flow'],
      [{ undo: true }, 'undo'],
    ]
    for (const [patch, field] of cases) refused(patch, field, network)
    assert.deepEqual(network.describe(), before)
  })

  it('a preset sets both directions and the cut, and is known by its values', () => {
    const { network } = lab()
    assert.equal(network.describe().preset, 'perfect')
    network.patch({ preset: 'geo-satellite' })
    assert.equal(network.describe().preset, 'geo-satellite')
    network.patch({ up: { loss: '3%' } })
    assert.equal(network.describe().preset, null)
    network.patch({ preset: 'cut-cable' })
    assert.deepEqual(
      network.describe().cables.map(({ cut }) => cut),
      [true],
    )
    network.patch({ preset: 'fibre' })
    assert.equal(network.describe().cables[0]!.cut, false)
  })

  it('cut, and plugged in', () => {
    const { clock, network, departures } = lab()
    const client = network.addClient('a', 'demo')
    network.patch({ cut: ['server'] })
    assert.equal(datagrams(clock, client, network.server, 2), 0)
    assert.ok(departures.every(({ fates }) => fates[0] === 'cut'))
    network.patch({ plugIn: ['server'] })
    assert.equal(datagrams(clock, client, network.server, 2), 2)
  })

  it('settings hold for servers that come later', () => {
    const { clock, network } = lab()
    network.patch({ up: { loss: 1 } })
    const web = network.addServer('web', 'exit')
    assert.equal(datagrams(clock, network.addClient('a', 'demo'), web, 5), 0)
  })

  it('undoes step by step, and says in words what that does', () => {
    const { clock, network } = lab()
    const wait = () => clock.run(clock.now() + 2000)
    network.patch({ up: { loss: '5%' } })
    wait()
    network.patch({ cut: ['server'] })
    wait()
    network.patch({ choose: [{ nth: 40 }] })
    wait()
    network.patch({ seed: 9 })
    assert.equal(network.describe().undo, 'back to seed 7')
    network.patch({ undo: true })
    assert.equal(network.seed, 7)
    assert.equal(network.describe().undo, 'take the chosen fate away')
    network.patch({ undo: true })
    assert.deepEqual(network.describe().chosen, [])
    assert.equal(network.describe().undo, 'plug the cable in again')
    network.patch({ undo: true })
    assert.equal(network.describe().cables[0]!.cut, false)
    assert.equal(network.describe().undo, 'back to Perfect cable')
    network.patch({ undo: true })
    assert.equal(network.describe().up.loss, 0)
    assert.equal(network.describe().undo, null)
  })

  it('a slider that is dragged is one step', () => {
    const { clock, network } = lab()
    for (let percent = 1; percent <= 20; percent++) {
      network.patch({ up: { loss: `${percent}%` } })
      clock.run(clock.now() + 50)
    }
    network.patch({ undo: true })
    assert.equal(network.describe().up.loss, 0)
  })

  it('undoing takes back what was taken away, as far as it was', () => {
    const { clock, network } = lab()
    const client = network.addClient('a', 'demo')
    network.patch({ choose: [{ match: 'udp', nth: 3, flow: 'any' }] })
    datagrams(clock, client, network.server, 2)
    network.patch({ unchoose: 'all' })
    network.patch({ undo: true })
    assert.equal(network.describe().chosen[0]!.matched, 2)
    assert.equal(datagrams(clock, client, network.server, 2), 1)
    assert.equal(network.describe().chosen[0]!.met, 1)
  })

  it('chosen fates count over all servers, and are bounded', () => {
    const { clock, network } = lab()
    const web = network.addServer('web', 'exit')
    const client = network.addClient('a', 'demo')
    network.patch({ choose: [{ match: 'udp', nth: 2, flow: 'any' }] })
    assert.equal(datagrams(clock, client, network.server, 1), 1)
    assert.equal(datagrams(clock, client, web, 1), 0)
    assert.deepEqual(
      network
        .describe()
        .chosen.map(({ id, direction, match, met, matched }) => ({ id, direction, match, met, matched })),
      [{ id: 1, direction: 'up', match: 'udp', met: 1, matched: 2 }],
    )
    network.patch({ choose: Array.from({ length: 99 }, () => ({ nth: 5 })) })
    // The one that is done makes room; then there is none.
    network.patch({ choose: [{ nth: 6 }] })
    assert.equal(network.describe().chosen.length, 100)
    refused({ choose: [{ nth: 7 }] }, 'choose', network)
  })

  it('a choice to delay waits 200 ms unless told otherwise', () => {
    const { network } = lab()
    network.patch({ choose: [{ fate: 'delayed' }, { fate: 'delayed', delay: 1.5 }, {}] })
    assert.deepEqual(
      network.describe().chosen.map(({ delay, flow }) => [delay, flow]),
      [
        [0.2, null],
        [1.5, null],
        [null, null],
      ],
    )
  })

  it('the seed given again begins chance anew', () => {
    const { clock, network, departures } = lab()
    network.patch({ up: { loss: '30%' } })
    const client = network.addClient('a', 'demo')
    const run = () => {
      network.patch({ seed: 5 })
      departures.length = 0
      datagrams(clock, client, network.server, 50)
      return departures.filter(({ direction }) => direction === 'up').map(({ fates }) => fates[0])
    }
    run()
    assert.deepEqual(run(), run())
  })

  it('counts frames and fates of the servers’ cables', () => {
    const { clock, network } = lab()
    network.patch({ up: { loss: 1 } })
    datagrams(clock, network.addClient('a', 'demo'), network.server, 4)
    const { frames, lost } = network.tally('up')
    assert.ok(frames > 0)
    assert.equal(lost, frames)
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
