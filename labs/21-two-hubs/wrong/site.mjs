// The site and its visitors as in the solution, for programs that go wrong in one thing.
import { randomUUID } from 'node:crypto'
import http from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { Server } from 'socket.io'
import { io } from 'socket.io-client'
import { startBalancer } from 'wirelab/kit/balancer'

export const host = process.env.WIRELAB_HOST ?? '127.0.0.1'
export const portOf = (name) => Number(process.env[`WIRELAB_${name}_PORT`])

// Each node listens at one port, and is called at another: on the lab network the cable is between the two.
export const NODES = [
  { name: 'a', listen: portOf('LISTEN2'), door: portOf('DOOR2') },
  { name: 'b', listen: portOf('LISTEN3'), door: portOf('DOOR3') },
]
export const REDIS = { host, port: portOf('DOOR4') }

// Given: a node, which is an ordinary Socket.IO server. The session ids that it gives begin with its name: a-…
export async function openNode({ name, listen }, adapter) {
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
export const byTurns = () => turn++ % NODES.length

// Step 5: a session goes on where it began; what belongs to none is given out by turns.
export function bySession(request) {
  const sid = new URL(request.url, 'http://site').searchParams.get('sid')
  if (sid === null) return byTurns()
  return NODES.findIndex(({ name }) => sid.startsWith(`${name}-`))
}

// Given: two nodes, and a balancer in front of them at the address that clients know.
export async function openSite(choose, adapters = []) {
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
export async function visitor(name, options = {}) {
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
export async function speak(ann, bob, text) {
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
export async function bothWait(redis) {
  for (let tries = 0; tries < 150; tries++) {
    const told = await redis.info('clients')
    if (Number(/blocked_clients:(\d+)/.exec(told)?.[1]) >= NODES.length) return
    await pause(20)
  }
}
