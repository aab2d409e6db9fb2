/** Programs written for `node:net` and `node:dgram`, as processes of their own, on the lab network. */
import assert from 'node:assert/strict'
import http from 'node:http'
import test from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { Server } from 'socket.io'
import { listenLab } from '../../../server/network/socket/lab-server.ts'
import type { Departure } from '../../../server/network/tap.ts'
import type { TcpHandle } from '../../../server/network/tcp/connection-api.ts'
import { closed, within } from '../../services/waiting.ts'
import { type Lab, startLab } from './lab.ts'

test('an echo server and a client talk as two hosts, and the client’s process ends by itself', async (t) => {
  const lab = await startLab(t)
  const server = lab.run('echo-server', 5000)
  await server.says('listening 5000')
  const client = lab.run('echo-client', 5000, 3_000_000)
  assert.deepEqual(await client.lines(), [
    'connected 10.0.0.100 10.0.0.20 5000 IPv4',
    'closed false 3000000 true 3000000 3000000',
  ])
  await server.says('connection from 10.0.0.100')
  await server.says('closed false')
  assert.deepEqual(
    lab.door.programs.map(({ name, role, address }) => [name, role, address]),
    [['echo-server.mjs', 'server', '10.0.0.20']],
  )
})

test('a service of the lab is reached by localhost and the port of its door', async (t) => {
  const lab = await startLab(t, { ports: { tcp: { 14001: { address: '10.0.0.1', port: 4001 } }, udp: {} } })
  const peers: (string | undefined)[] = []
  listenLab(
    lab.network.server,
    4001,
    (socket) => {
      peers.push(socket.remoteAddress)
      socket.pipe(socket)
    },
    { allowHalfOpen: true },
  )
  const client = lab.run('echo-client', 14001)
  assert.deepEqual(await client.lines(), [
    'connected 10.0.0.100 10.0.0.1 4001 IPv4',
    'closed false 5 true 5 5',
  ])
  assert.deepEqual(peers, ['10.0.0.100'])
})

test('a program reaches itself where it listens itself', async (t) => {
  const lab = await startLab(t)
  assert.deepEqual(await lab.run('self').lines(), ['hello 10.0.0.20 from 10.0.0.20', 'closed'])
})

test('where nobody listens the program hears ECONNREFUSED in Node’s words', async (t) => {
  const lab = await startLab(t)
  const [error = '', close] = await lab.run('refused', 4009).lines()
  assert.deepEqual(JSON.parse(error), {
    message: 'connect ECONNREFUSED 10.0.0.1:4009',
    code: 'ECONNREFUSED',
    syscall: 'connect',
    address: '10.0.0.1',
    port: 4009,
    pending: true,
  })
  assert.equal(close, 'closed true')
})

test('a name is ENOTFOUND, with a sentence', async (t) => {
  const lab = await startLab(t)
  const [error = ''] = await lab.run('refused', 80, 'example.com').lines()
  assert.equal(JSON.parse(error).code, 'ENOTFOUND')
  assert.match(JSON.parse(error).message, /the lab network has no names/)
})

test('a WebSocket server and client made with ws talk over the lab network', async (t) => {
  const lab = await startLab(t)
  const server = lab.run('ws-server', 5001)
  await server.says('listening')
  assert.deepEqual(await lab.run('ws-client', 5001).lines(), [
    'welcome 10.0.0.100 false',
    'hello false',
    'big false',
    'closed 1000 done',
  ])
})

test('HTTP goes over the lab network, with an agent that keeps connections too', async (t) => {
  const lab = await startLab(t)
  const server = lab.run('http-server', 5002)
  await server.says('listening')
  assert.deepEqual(await lab.run('http-client', 5002).lines(), [
    '200 10.0.0.100 POST /own 3',
    '200 10.0.0.100 POST /kept/1 100000',
    '200 10.0.0.100 POST /kept/2 0',
  ])
})

test('Socket.IO’s client polls, upgrades and gets its ack', async (t) => {
  const lab = await startLab(t)
  const web = http.createServer()
  const io = new Server(web)
  t.after(() => io.close())
  const addresses = new Set<string>()
  io.on('connection', (socket) => {
    addresses.add(socket.handshake.address)
    socket.on('echo', (...args) => args.pop()(args.length))
  })
  listenLab(lab.network.server, 4000, (socket) => web.emit('connection', socket), { allowHalfOpen: true })
  assert.deepEqual(await lab.run('socket-io-client', 4000).lines(), [
    'opened polling',
    'upgraded websocket 2',
    'disconnected io client disconnect',
  ])
  assert.deepEqual([...addresses], ['10.0.0.100'])
})

test('a broadcast reaches every program on the cable, and each answers for itself', async (t) => {
  const lab = await startLab(t)
  const answerers = [lab.run('udp-answerer', 5003), lab.run('udp-answerer', 5003)]
  for (const answerer of answerers) await answerer.says('listening 10.0.0.2')
  const lines = await lab.run('udp-caller', 5003, 2).lines()
  assert.deepEqual(lines, ['sent null 8', 'I heard anybody? 10.0.0.20, I heard anybody? 10.0.0.21', 'closed'])
  for (const answerer of answerers) await answerer.says('heard anybody? 10.0.0.100 IPv4 8')
})

test('a connected datagram socket hears that nobody is at the port', async (t) => {
  const lab = await startLab(t)
  assert.deepEqual(await lab.run('udp-refused', 4009).lines(), [
    'connected 10.0.0.1 4009',
    'recvmsg ECONNREFUSED ECONNREFUSED recvmsg',
  ])
})

test('without Nagle every write is a segment; with it those that wait for an ACK share one', async (t) => {
  const segments: number[] = []
  const tap = {
    departed({ direction, bytes }: Departure) {
      // IPv4 without options, TCP: bytes behind its header.
      const view = Buffer.from(bytes)
      if (direction !== 'up' || view.readUInt16BE(12) !== 0x0800 || view[23] !== 6) return
      const length = view.readUInt16BE(16) - 20 - ((view[46] ?? 0) >> 4) * 4
      if (length > 0) segments.push(length)
    },
    arrived: () => undefined,
  }
  const lab = await startLab(t, { tap })
  lab.network.patch({ up: { delay: '50ms' } })
  const heard: string[] = []
  listenLab(lab.network.server, 5004, (socket) => socket.on('data', (data) => heard.push(String(data))))
  await lab.run('typist', 5004, 'true', 'abcdefgh').lines()
  assert.deepEqual(segments.splice(0), [1, 1, 1, 1, 1, 1, 1, 1])
  await lab.run('typist', 5004, 'false', 'abcdefgh').lines()
  assert.deepEqual(segments, [1, 7])
  assert.equal(heard.join(''), 'abcdefghabcdefgh')
})

async function unplugged({ door }: Lab): Promise<void> {
  while (door.programs.length > 0) await turn()
}

test('a program that is killed leaves the network, and its peers hear a reset', async (t) => {
  const lab = await startLab(t)
  const ends: string[] = []
  listenLab(lab.network.server, 5005, (socket) => {
    socket.on('data', () => socket.write('welcome'))
    socket.on('error', (error: NodeJS.ErrnoException) => ends.push(String(error.code)))
    void closed(socket as never).then(() => ends.push('closed'))
    socket.on('close', () => gone())
  })
  let gone = (): void => undefined
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const ended = new Promise<void>((resolve) => {
      gone = resolve
    })
    const talker = lab.run('talker', 5005)
    await talker.says('data welcome')
    assert.equal(lab.door.programs.length, 1)
    await talker.kill(signal)
    await within(ended, `the end after ${signal}`)
    await within(unplugged(lab), 'leaving')
  }
  assert.deepEqual(ends, ['ECONNRESET', 'closed', 'ECONNRESET', 'closed'])
})

test('when the lab goes, sockets end with ENETDOWN and a sentence, and the program ends', async (t) => {
  const lab = await startLab(t)
  listenLab(lab.network.server, 5006, (socket) => socket.on('data', () => socket.write('welcome')))
  const talker = lab.run('talker', 5006)
  await talker.says('data welcome')
  await lab.door.close()
  assert.deepEqual(await talker.lines(), [
    'connected',
    'data welcome',
    'error ENETDOWN join ENETDOWN: the lab has ended, and with it its network; start it again with "npm start"',
    'closed',
  ])
})

test('a program tells the lab what its TCP knows of itself', async (t) => {
  const told: { address: string; state: TcpHandle['state']; cwnd: number; time: number }[] = []
  const lab = await startLab(t, {
    onSample: ({ address }, { sample: { state, cwnd, time } }) => told.push({ address, state, cwnd, time }),
  })
  listenLab(lab.network.server, 5007, (socket) => socket.pipe(socket), { allowHalfOpen: true })
  await lab.run('echo-client', 5007, 100_000).lines()
  assert.ok(told.some(({ state }) => state === 'ESTABLISHED'))
  assert.ok(told.every(({ address, cwnd }) => address === '10.0.0.100' && cwnd > 0))
  assert.ok(told.every(({ time }) => Math.abs(time - Date.now()) < 60_000))
})

test('a program whose lab does not run is told so', async (t) => {
  const lab = await startLab(t)
  await lab.door.close()
  const [error = ''] = await lab.run('refused', 4001).lines()
  const { message, code } = JSON.parse(error)
  assert.equal(code, 'ENETDOWN')
  assert.match(message, /there is no lab at .*: start it with "npm start"$/)
})
