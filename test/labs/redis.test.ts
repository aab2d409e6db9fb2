/** Redis as lab 21 has it: the stand-in does what the real one does, as far as the adapter and the lab ask for it. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import net from 'node:net'
import os from 'node:os'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { createAdapter } from '@socket.io/redis-streams-adapter'
import { Redis } from 'ioredis'
import { Server } from 'socket.io'
import { io, type Socket } from 'socket.io-client'
import { startStandIn } from '../../labs/21-two-hubs/redis-stand-in.ts'

const HOST = '127.0.0.1'
const LIMIT_MS = 20_000

const isInstalled = spawnSync('redis-server', ['--version']).status === 0
const NOT_RUN = 'NOT RUN: redis-server is not installed here'
if (!isInstalled) console.error(NOT_RUN)

/** Its port. */
type Start = (t: TestContext) => Promise<number>

const standIn: Start = async (t) => {
  const server = await startStandIn(0, HOST)
  t.after(() => server.close())
  return portOf(server)
}

const real: Start = async (t) => {
  const free = net.createServer().listen(0, HOST)
  await once(free, 'listening')
  const port = portOf(free)
  free.close()
  await once(free, 'close')
  const options = [
    '--port',
    `${port}`,
    '--bind',
    HOST,
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    os.tmpdir(),
  ]
  const redis = spawn('redis-server', options, { stdio: 'ignore' })
  t.after(() => redis.kill())
  return port
}

const portOf = (server: net.Server) => (server.address() as net.AddressInfo).port

for (const [name, start, skip] of [
  ['the stand-in', standIn, false],
  ['redis-server', real, isInstalled ? false : NOT_RUN],
] as const) {
  test(`${name} joins two nodes: broadcasts, who is here, and a state that is recovered at the other`, {
    skip,
    timeout: LIMIT_MS,
  }, async (t) => {
    const port = await start(t)
    const nodes = [await openNode(t, port), await openNode(t, port)] as const
    await bothWait(nodes[0].redis)
    const ann = await client(t, nodes[0].port)
    const bob = await client(t, nodes[1].port)

    const heard = [said(ann), said(bob)]
    nodes[0].io.emit('said', 'good morning')
    assert.deepEqual(await Promise.all(heard), ['good morning', 'good morning'])

    assert.equal((await nodes[0].io.fetchSockets()).length, 2)

    const left = new Promise((resolve) =>
      nodes[0].io.sockets.sockets.get(ann.id ?? '')?.once('disconnect', resolve),
    )
    ann.io.engine.close()
    await left
    const bobHears = said(bob)
    nodes[1].io.emit('said', 'who is missing?')
    await bobHears
    const missed = said(ann)
    Object.assign(ann.io, { uri: `http://${HOST}:${nodes[1].port}` })
    ann.connect()
    assert.equal(await missed, 'who is missing?')
    assert.equal(ann.recovered, true)
  })
}

async function openNode(t: TestContext, redisPort: number) {
  const redis = new Redis({ host: HOST, port: redisPort })
  redis.on('error', () => undefined)
  await redis.ping()
  const io = new Server({
    adapter: createAdapter(redis, { blockTimeInMs: 1000 }),
    connectionStateRecovery: {},
  })
  io.listen(0)
  const { httpServer } = io as unknown as { httpServer: net.Server }
  if (!httpServer.listening) await once(httpServer, 'listening')
  t.after(async () => {
    await io.close()
    redis.disconnect()
  })
  return { io, redis, port: portOf(httpServer) }
}

async function client(t: TestContext, port: number): Promise<Socket> {
  const socket = io(`http://${HOST}:${port}`, {
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
  })
  t.after(() => socket.close())
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()))
  return socket
}

const said = (socket: Socket) => new Promise<unknown>((resolve) => socket.once('said', resolve))

/** Redis counts who waits for news. */
async function bothWait(redis: Redis): Promise<void> {
  while (Number(/blocked_clients:(\d+)/.exec(await redis.info('clients'))?.[1]) < 2) await pause(20)
}
