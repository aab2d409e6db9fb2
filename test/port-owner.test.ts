import assert from 'node:assert/strict'
import dgram from 'node:dgram'
import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import os from 'node:os'
import { test } from 'node:test'
import { inodesOf, portOwner } from '../server/port-owner.ts'

const onLinux = { skip: os.platform() !== 'linux' && 'needs Linux' }

test('the process that listens on a TCP port', onLinux, async (t) => {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const owner = await portOwner((server.address() as AddressInfo).port, 'tcp')
  assert.equal(owner?.pid, process.pid)
  assert.match(owner?.command ?? '', /node/)
  assert.ok((owner?.command.length ?? 0) <= 80)
})

test('the process that has bound a UDP port over IPv6', onLinux, async (t) => {
  const socket = dgram.createSocket('udp6').bind(0, '::1')
  await once(socket, 'listening')
  t.after(() => socket.close())
  assert.equal((await portOwner(socket.address().port, 'udp'))?.pid, process.pid)
})

test('a port that nobody has, and one that is only connected from', onLinux, async (t) => {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = net.connect((server.address() as AddressInfo).port, '127.0.0.1')
  await once(client, 'connect')
  t.after(() => {
    client.destroy()
    server.close()
  })
  assert.equal(await portOwner(client.localPort ?? 0, 'tcp'), undefined)
  assert.equal(await portOwner((server.address() as AddressInfo).port, 'udp'), undefined)
})

test('a table of /proc/net, as the kernel prints it', () => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0FA1 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 83421 1 0000000000000000
   1: 0100007F:0FA1 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 83999 1 0000000000000000
   2: 0100007F:1FA1 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 90000 1 0000000000000000
`
  assert.deepEqual(inodesOf(table, 4001, 'tcp'), ['83421'])
  assert.deepEqual(inodesOf(table, 4001, 'udp'), [])
  assert.deepEqual(inodesOf('', 4001, 'tcp'), [])
})
