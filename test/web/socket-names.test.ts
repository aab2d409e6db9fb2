import assert from 'node:assert/strict'
import { test } from 'node:test'
import { socketName } from '../../web/lib/socket-names.ts'
import { host } from './network.ts'

const HOSTS = [
  host('10.0.0.100', 'client', { remote: '127.0.0.1' }),
  host('10.0.0.101', 'client', { remote: '192.168.1.7', name: 'desk 7' }),
  host('10.0.0.102', 'client', { door: 'joined', name: 'Ann' }),
  host('10.0.0.103', 'client', { door: 'demo' }),
]
const SENT = [{ address: '10.0.0.103', port: 50_001 }]
const from = (remoteAddress: string | null, remotePort = 50_000) =>
  socketName({ remoteAddress, remotePort }, HOSTS, SENT)

test('a socket is called by whose program it is', () => {
  assert.equal(from('10.0.0.100'), 'your program')
  assert.equal(from('::ffff:127.0.0.1'), 'your program', 'on the kernel’s network')
  assert.equal(from('10.0.0.101'), 'desk 7')
  assert.equal(from('10.0.0.102'), 'Ann', 'as the program called its host')
  assert.equal(from('10.0.0.103'), 'lab’s client')
  assert.equal(from('10.0.0.103', 50_001), 'this page', 'what its own Send made')
})

test('of whom nothing is known, nothing is said', () => {
  assert.equal(from(null), '')
  assert.equal(from('192.0.2.1'), '')
})
