import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { NetworkPatch } from '../../server/dashboard/api-network.ts'
import { datagrams, lab, refused } from './small-lab.ts'

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
