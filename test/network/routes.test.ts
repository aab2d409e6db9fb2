import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ipv4Text } from '../../server/network/address.ts'
import { SimulatedClock } from '../../server/network/clock.ts'
import { seeded } from '../../server/network/random.ts'
import { Router } from '../../server/network/router.ts'
import { CONVERGENCE_MS, RoutingArea, RoutingTable } from '../../server/network/routes.ts'
import { ip } from './hub.ts'
import { ends, trace, triangle, ttlOf } from './triangle.ts'

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
