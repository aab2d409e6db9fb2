import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadLabs } from '../../server/labs/load.ts'
import { portWords } from '../../web/lib/lab-ports.ts'

const command = (name: string, door: Parameters<typeof portWords>[1]) =>
  portWords(name, door).command?.('127.0.0.1', 5000)

test('the way to a lab’s server is tried with what it speaks, and with nothing where there is none', () => {
  assert.equal(command('DOOR', 'http'), 'curl http://127.0.0.1:5000/')
  assert.equal(command('DOOR2', 'tcp'), 'nc 127.0.0.1 5000')
  assert.equal(command('DOOR', 'udp'), 'nc -u 127.0.0.1 5000')
  assert.equal(command('DOOR', null), undefined)
  assert.equal(command('LISTEN', 'http'), undefined)
})

test('where all of a lab is datagrams the closed port is knocked at by one', () => {
  assert.equal(command('CLOSED', 'udp'), 'nc -u 127.0.0.1 5000')
  assert.equal(command('CLOSED', null), 'nc -v 127.0.0.1 5000')
})

test('labs over UDP say so, and those that have a server say what it speaks', async () => {
  const labs = await loadLabs()
  const doors = new Map(labs.map(({ definition: { number, door } }) => [number, door]))
  assert.deepEqual(
    [...doors].filter(([, door]) => door === 'udp').map(([number]) => number),
    [5, 6],
  )
  for (const { id, cast, definition } of labs) if (cast) assert.ok(definition.door, id)
})
