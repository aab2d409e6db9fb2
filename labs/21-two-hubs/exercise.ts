// Lab 21: Two hubs. Runs as it is; the wire shows what is missing.
import { randomUUID } from 'node:crypto'
import http from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { Server } from 'socket.io'
import { io } from 'socket.io-client'
import { startBalancer } from 'wirelab/kit/balancer'

// TODO (step 10): import { createAdapter } from '@socket.io/redis-streams-adapter', and { Redis } from 'ioredis'.

const host = process.env.WIRELAB_HOST ?? '127.0.0.1'
const portOf = (name) => Number(process.env[`WIRELAB_${name}_PORT`])

// Each node listens at one port, and is called at another: on the lab network the cable is between the two.
const NODES = [
  { name: 'a', listen: portOf('LISTEN2'), door: portOf('DOOR2') },
  { name: 'b', listen: portOf('LISTEN3'), door: portOf('DOOR3') },
]
const REDIS = { host, port: portOf('DOOR4') }

// Given: a node, which is an ordinary Socket.IO server. The session ids that it gives begin with its name: a-…
async function openNode({ name, listen }, adapter) {
  const web = http.createServer()
  const server = new Server(web, adapter ? { adapter } : {})
  server.engine.generateId = () => `${name}-${randomUUID()}`
  server.on('connection', (socket) => {
    socket.on('where', (answer) => answer(name))
    socket.on('say', (text, answer) => {
      server.emit('said', text)
      answer()
    })
    // Everybody who is here, at whatever node.
    socket.on('who', async (answer) => answer((await server.fetchSockets()).length))
  })
  await new Promise((resolve) => web.listen(listen, host, resolve))
  return server
}

// Given: by turns, whoever asks.
let turn = 0
const byTurns = () => turn++ % NODES.length

// TODO (step 5): bySession(request): a session goes on where it began. Its sid stands in the query of request.url, and
// begins with the name of its node; a request without one belongs to no session yet, and is given out by turns.

// Given: two nodes, and a balancer in front of them at the address that clients know.
async function openSite(choose, adapters = []) {
  const nodes = await Promise.all(NODES.map((node, at) => openNode(node, adapters[at])))
  const doors = NODES.map(({ door }) => door)
  const balancer = await startBalancer({ host, port: portOf('LISTEN'), nodes: doors, choose })
  return {
    async close() {
      await balancer.close()
      for (const node of nodes) await node.close()
    },
  }
}

// Given: a client that comes to the site; undefined if it is not in at the third try, or within five seconds.
async function visitor(name, options = {}) {
  const url = `http://${host}:${portOf('DOOR')}`
  const socket = io(url, { forceNew: true, reconnectionDelay: 100, ...options })
  const isIn = await new Promise((resolve) => {
    let tries = 0
    socket.once('connect', () => resolve(true))
    socket.on('connect_error', (error) => {
      console.log(`${name}: ${error.message} ${error.description ?? ''}`)
      if (++tries === 3) resolve(false)
    })
    setTimeout(resolve, 5000, false).unref()
  })
  console.log(isIn ? `${name} is in` : `${name} did not get in`)
  if (isIn) return socket
  socket.close()
  return undefined
}

// Given: ann says something; who has heard it? When both have been asked where they are, what was on its way has come.
async function speak(ann, bob, text) {
  const heard = []
  ann.once('said', () => heard.push('ann'))
  bob.once('said', () => heard.push('bob'))
  await ann.emitWithAck('say', text)
  for (let waited = 0; waited < 300 && heard.length < 2; waited += 20) await pause(20)
  const places = [await ann.emitWithAck('where'), await bob.emitWithAck('where')]
  console.log(
    `ann is at ${places[0]}, bob at ${places[1]}; heard "${text}": ${heard.join(' and ') || 'nobody'}`,
  )
}

// Given: until both nodes wait for news at Redis, which counts the clients that do; three seconds at most.
async function bothWait(redis) {
  for (let tries = 0; tries < 150; tries++) {
    const told = await redis.info('clients')
    if (Number(/blocked_clients:(\d+)/.exec(told)?.[1]) >= NODES.length) return
    await pause(20)
  }
}

const given = [visitor, speak, bothWait].map(({ name }) => name)
console.log(`given, and yours to call: ${given.join(', ')}; Redis is at port ${REDIS.port}`)

// Two nodes, by turns.
const site = await openSite(byTurns)
// TODO (step 2): await visitor('cem').
await site.close()

// TODO (step 4): the same site anew, since cem's last tries may still take turns. Two visitors or three with
// { transports: ['websocket'] }; ask each where it is, close() it, and then the site.

// TODO (steps 5 and 7): the site anew, by session. Two visitors, ann and bob, with no options; await speak(ann, bob,
// 'good morning'); close both, and the site.

// TODO (steps 10 and 11): for each node a client of Redis, new Redis(REDIS), of which you await the ping(). Then the site
// by session, with createAdapter(redis) of each client as its second argument; await bothWait(one of the clients).
// Visitors, speak with other words, and: await ann.emitWithAck('who').

// The reading connections of the adapter wait for news up to five seconds.
process.exit()
