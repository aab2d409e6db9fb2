import assert from 'node:assert/strict'
import type dgram from 'node:dgram'
import { once } from 'node:events'
import test, { type TestContext } from 'node:test'
import { WallClock } from '../../../server/network/clock.ts'
import { LabNetwork } from '../../../server/network/lab-network.ts'
import { type LabDatagramSocket, labDatagram } from '../../../server/network/socket/lab-datagram.ts'
import type { Departure } from '../../../server/network/tap.ts'
import { within } from '../../services/waiting.ts'

/** Code for node:dgram takes it as it is. */
const _asNode = (socket: LabDatagramSocket): dgram.Socket => socket

async function lab(t: TestContext) {
  const network = new LabNetwork({ clock: new WallClock(), seed: 1 })
  t.after(() => network.close())
  const server = labDatagram(network.server)
  const client = labDatagram(network.addClient('client', 'demo'))
  server.bind(7)
  await within(once(server, 'listening'))
  return { network, server, client }
}

const message = async (socket: LabDatagramSocket) => {
  const [bytes, from] = (await within(once(socket, 'message'))) as [Buffer, dgram.RemoteInfo]
  return { text: String(bytes), from }
}

test('a datagram arrives with who sent it, and the answer finds its way back', async (t) => {
  const { server, client } = await lab(t)
  client.send(['hel', Buffer.from('lo')], 7, '10.0.0.1')
  const { text, from } = await message(server)
  assert.deepEqual([text, from.address, from.family, from.size], ['hello', '10.0.0.100', 'IPv4', 5])
  assert.equal(from.port, client.address().port)
  server.send('back', from.port, from.address)
  assert.equal((await message(client)).text, 'back')
})

test('send calls back with the length, in order, and before the socket is bound too', async (t) => {
  const { server, client } = await lab(t)
  const told: unknown[] = []
  for (const text of ['a', 'bb', 'ccc'])
    client.send(text, 7, '10.0.0.1', (error: unknown, bytes: unknown) => told.push(error, bytes))
  const heard: string[] = []
  server.on('message', (bytes) => heard.push(String(bytes)))
  while (heard.length < 3) await within(once(server, 'message'))
  assert.deepEqual(heard, ['a', 'bb', 'ccc'])
  assert.deepEqual(told, [null, 1, null, 2, null, 3])
})

test('a datagram longer than a frame is fragmented, one longer than UDP allows is EMSGSIZE', async (t) => {
  const { server, client } = await lab(t)
  const heard = once(server, 'message') as Promise<[Buffer]>
  client.send(Buffer.alloc(20_000, 'x'), 7, '10.0.0.1')
  const [bytes] = await within(heard)
  assert.equal(bytes.length, 20_000)
  const error = await new Promise<NodeJS.ErrnoException | null>((resolve) =>
    client.send(Buffer.alloc(65_508), 7, '10.0.0.1', resolve),
  )
  assert.equal(error?.message, 'send EMSGSIZE 10.0.0.1:7')
})

test('a connected socket sends without an address, and hears its peer alone', async (t) => {
  const { network, server, client } = await lab(t)
  assert.throws(() => client.remoteAddress(), { code: 'ERR_SOCKET_DGRAM_NOT_CONNECTED' })
  client.connect(7, '10.0.0.1')
  await within(once(client, 'connect'))
  assert.deepEqual(client.remoteAddress(), { address: '10.0.0.1', family: 'IPv4', port: 7 })
  assert.throws(() => client.send('x', 7), { code: 'ERR_SOCKET_DGRAM_IS_CONNECTED' })
  client.send('question')
  const { from } = await message(server)
  const stranger = labDatagram(network.addClient('stranger', 'demo'))
  const heard: string[] = []
  client.on('message', (bytes) => heard.push(String(bytes)))
  await new Promise((resolve) => stranger.send('from a stranger', from.port, from.address, resolve))
  server.send('answer', from.port, from.address)
  await within(once(client, 'message'))
  assert.deepEqual(heard, ['answer'])
  client.disconnect()
  client.send('again', 7, '10.0.0.1')
  assert.equal((await message(server)).text, 'again')
})

test('a connected socket hears by ICMP that the port is closed; another one does not', async (t) => {
  const { client } = await lab(t)
  client.connect(4009, '10.0.0.1', () => client.send('anybody?'))
  const [error] = (await within(once(client, 'error'))) as [NodeJS.ErrnoException]
  assert.deepEqual([error.message, error.code], ['recvmsg ECONNREFUSED', 'ECONNREFUSED'])
})

test('a broadcast needs leave, and then reaches everybody but its sender', async (t) => {
  const { network, server, client } = await lab(t)
  const refused = await new Promise<NodeJS.ErrnoException | null>((resolve) =>
    client.send('all', 7, '255.255.255.255', resolve),
  )
  assert.equal(refused?.code, 'EACCES')
  const other = labDatagram(network.addClient('other', 'demo')).bind(7)
  await within(once(other, 'listening'))
  client.setBroadcast(true)
  const heard = Promise.all([message(server), message(other)])
  client.send('all', 7, '10.0.0.255')
  assert.deepEqual(
    (await heard).map(({ text }) => text),
    ['all', 'all'],
  )
})

test('a socket that is closed says so, and its port is free again', async (t) => {
  const { network, server } = await lab(t)
  const taken = labDatagram(network.server)
  taken.bind(7)
  const [error] = (await within(once(taken, 'error'))) as [NodeJS.ErrnoException]
  assert.equal(error.code, 'EADDRINUSE')
  server.close()
  await within(once(server, 'close'))
  assert.throws(() => server.send('x', 7), { code: 'ERR_SOCKET_DGRAM_NOT_RUNNING' })
  assert.throws(() => server.close(), { code: 'ERR_SOCKET_DGRAM_NOT_RUNNING' })
  const again = labDatagram(network.server).bind(7)
  await within(once(again, 'listening'))
  assert.throws(() => again.bind(8), { code: 'ERR_SOCKET_ALREADY_BOUND' })
})

test('setTTL is the hops that the frame says', async (t) => {
  const hops: (number | undefined)[] = []
  const tap = {
    departed: ({ bytes }: Departure) => {
      if (bytes[23] === 17) hops.push(bytes[22])
    },
    arrived: () => undefined,
  }
  const network = new LabNetwork({ clock: new WallClock(), seed: 1, tap })
  t.after(() => network.close())
  const client = labDatagram(network.addClient('client', 'demo'))
  assert.throws(() => client.setTTL(0), { code: 'EINVAL' })
  const server = labDatagram(network.server).bind(7)
  client.setTTL(3)
  client.send('x', 7, '10.0.0.1')
  await message(server)
  client.setTTL(4)
  client.send('x', 7, '10.0.0.1')
  await message(server)
  assert.deepEqual(hops, [3, 4])
})

test('what the lab network has not is an error with a reason', async (t) => {
  const { client } = await lab(t)
  assert.throws(() => client.addMembership('224.0.0.1'), {
    code: 'ENOPROTOOPT',
    message: /no multicast/,
  })
  assert.throws(() => client.setRecvBufferSize(1), { code: 'ENOPROTOOPT' })
})
