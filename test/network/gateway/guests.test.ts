import assert from 'node:assert/strict'
import os from 'node:os'
import { test } from 'node:test'
import { SimulatedClock } from '../../../server/network/clock.ts'
import { Guests } from '../../../server/network/gateway/guests.ts'
import { IdleTable } from '../../../server/network/gateway/idle-table.ts'
import { LabNetwork } from '../../../server/network/lab-network.ts'

function guestsOn(clock: SimulatedClock) {
  const network = new LabNetwork({ clock, seed: 1 })
  const names = () =>
    network
      .describe()
      .hosts.filter(({ kind }) => kind === 'client')
      .map(({ name }) => name)
  return { network, guests: new Guests({ network, clock }), names }
}

test('every address of this machine is one machine; each other address is another', () => {
  const { guests, names } = guestsOn(new SimulatedClock())
  const own = Object.values(os.networkInterfaces()).flatMap(
    (list) => list?.map(({ address }) => address) ?? [],
  )
  for (const address of ['127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1', ...own]) guests.from(address)
  // Addresses for documentation (RFC 5737).
  guests.from('198.51.100.1')
  guests.from('::ffff:198.51.100.1')
  guests.from('198.51.100.2')
  // Who is called from the address that was called is here.
  guests.from('198.51.100.3', '198.51.100.3')
  assert.deepEqual(names(), ['your computer', '198.51.100.1', '198.51.100.2'])
})

test('a host goes when it has been without connections for ninety seconds, and not before', () => {
  const clock = new SimulatedClock()
  const { guests, names } = guestsOn(clock)
  const [one, two] = [guests.from('198.51.100.1'), guests.from('198.51.100.1')]
  assert.equal(one.host, two.host)
  one.leave()
  one.leave()
  clock.run(clock.now() + 200_000)
  assert.deepEqual(names(), ['198.51.100.1'])
  two.leave()
  clock.run(clock.now() + 89_000)
  assert.deepEqual(names(), ['198.51.100.1'])
  guests.from('198.51.100.1').leave()
  clock.run(clock.now() + 89_000)
  assert.deepEqual(names(), ['198.51.100.1'])
  clock.run(clock.now() + 2_000)
  assert.deepEqual(names(), [])
})

test('where every address is taken, whoever has been idle for longest gives way', () => {
  const clock = new SimulatedClock()
  const { guests, names } = guestsOn(clock)
  const stays = Array.from({ length: 154 }, (_, i) => guests.from(`198.51.100.${i}`))
  assert.throws(() => guests.from('203.0.113.1'), { code: 'subnet-full' })
  stays[7]?.leave()
  stays[3]?.leave()
  guests.from('203.0.113.1')
  assert.ok(names().includes('198.51.100.3') && !names().includes('198.51.100.7'))
})

test('a table of idle things keeps what is used, and drops the rest in time', () => {
  const clock = new SimulatedClock()
  const gone: string[] = []
  const table = new IdleTable<string>({ clock, idleMs: 100, limit: 3, gone: (value) => gone.push(value) })
  for (const name of ['a', 'b', 'c']) table.add(name, name)
  clock.run(60)
  assert.equal(table.get('a'), 'a')
  clock.run(120)
  assert.deepEqual([gone, table.size], [['b', 'c'], 1])
  clock.run(159)
  assert.equal(table.size, 1)
  clock.run(200)
  assert.deepEqual([gone, table.size, clock.pending], [['b', 'c', 'a'], 0, 0])
  for (const name of ['a', 'b', 'c', 'd']) table.add(name, name)
  assert.deepEqual(gone.slice(3), ['a'])
})
