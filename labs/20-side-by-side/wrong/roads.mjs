// The roads and the workload as in the solution, for programs that go wrong in one thing.
import dgram from 'node:dgram'
import { once } from 'node:events'
import net from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { io } from 'socket.io-client'
import { WebSocket } from 'ws'

export const host = process.env.WIRELAB_HOST ?? '127.0.0.1'
export const portOf = (name) => Number(process.env[`WIRELAB_${name}_PORT`])

// The workload: twenty messages, one each 10 ms, whether or not the ones before have come back.
export const COUNT = 20
export const text = (n) => `message ${String(n).padStart(2, '0')} of ${COUNT}\n`

export async function workload(name, open) {
  const left = new Map()
  const took = new Map()
  const road = await open((line) => {
    if (left.has(line) && !took.has(line)) took.set(line, performance.now() - left.get(line))
  })
  for (let n = 1; n <= COUNT; n++) {
    left.set(text(n), performance.now())
    road.send(text(n))
    await pause(10)
  }
  for (let waited = 0; waited < 1500 && took.size < COUNT; waited += 50) await pause(50)
  road.close()
  const times = [...took.values()].map(Math.round).sort((a, b) => a - b)
  const middle = times[Math.floor(times.length / 2)]
  console.log(
    `${name.padEnd(9)} ${took.size} of ${COUNT} back; quickest ${times[0]} ms, middle ${middle}, slowest ${times.at(-1)}`,
  )
}

// A stream has no messages: each ends with a newline here, and what comes is cut there again.
export async function overTcp(arrived) {
  const socket = net.connect(portOf('TCP'), host)
  socket.setNoDelay(true)
  let rest = ''
  socket.on('data', (bytes) => {
    const lines = (rest + bytes).split('\n')
    rest = lines.pop()
    for (const line of lines) arrived(`${line}\n`)
  })
  await once(socket, 'connect')
  return { send: (message) => socket.write(message), close: () => socket.end() }
}

export async function overWebSocket(arrived) {
  const socket = new WebSocket(`ws://${host}:${portOf('WS')}`)
  socket.on('message', (bytes) => arrived(String(bytes)))
  await once(socket, 'open')
  return { send: (message) => socket.send(message), close: () => socket.close() }
}

export async function overSocketIo(arrived) {
  const socket = io(`http://${host}:${portOf('HUB')}`, { transports: ['websocket'] })
  await new Promise((resolve) => socket.once('connect', resolve))
  return { send: (message) => socket.emit('echo', message, arrived), close: () => socket.close() }
}

export async function overUdp(arrived) {
  const socket = dgram.createSocket('udp4')
  socket.on('message', (bytes) => arrived(String(bytes)))
  return { send: (message) => socket.send(message, portOf('UDP'), host), close: () => socket.close() }
}

export async function round() {
  await workload('TCP', overTcp)
  await workload('WebSocket', overWebSocket)
  await workload('Socket.IO', overSocketIo)
  await workload('UDP', overUdp)
}

// Given: until the lab has made the cable worse, which it does when the calm round is on the wire; eight seconds at most.
// The calm cable loses nothing: on the worse one a number that is sent here is missing when a later one is back.
export async function worseCable() {
  const socket = dgram.createSocket('udp4')
  let latest = 0
  let isMissing = false
  socket.on('message', (bytes) => {
    isMissing ||= Number(bytes) > latest + 1
    latest = Number(bytes)
  })
  for (let n = 1; n <= 160 && !isMissing; n++) {
    socket.send(`${n}`, portOf('UDP'), host)
    await pause(50)
  }
  socket.close()
}
