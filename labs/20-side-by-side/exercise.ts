// Lab 20: Side by side. Runs as it is; the wire shows what is missing.
import dgram from 'node:dgram'
import { once } from 'node:events'
import net from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

// TODO (step 3): import { io } from 'socket.io-client', and { WebSocket } from 'ws'.

const host = process.env.WIRELAB_HOST ?? '127.0.0.1'
const portOf = (name) => Number(process.env[`WIRELAB_${name}_PORT`])

// The workload: twenty messages, one each 10 ms, whether or not the ones before have come back.
const COUNT = 20
const text = (n) => `message ${String(n).padStart(2, '0')} of ${COUNT}\n`

async function workload(name, open) {
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
async function overTcp(arrived) {
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

// TODO (step 3): overWebSocket, overSocketIo and overUdp, like overTcp: each opens its road, calls arrived(line) with each
// echo, and answers with what sends a message and what closes. No newline has to be looked for there: messages come whole.
//   new WebSocket(`ws://${host}:${portOf('WS')}`)       its echoes come as 'message'
//   io(`http://${host}:${portOf('HUB')}`, { transports: ['websocket'] })
//                                                       emit 'echo', the message, and arrived: the hub acks with the echo
//   dgram.createSocket('udp4')                          send(message, portOf('UDP'), host)

async function round() {
  console.log(`The cable takes ${await cableTakes()} ms there and back:`)
  await workload('TCP', overTcp)
  // TODO (step 3): the same over the other three.
}

// Given: the time there and back of one datagram.
async function ping() {
  const socket = dgram.createSocket('udp4')
  const from = performance.now()
  socket.send('ping', portOf('UDP'), host)
  await Promise.race([once(socket, 'message'), pause(250)])
  socket.close()
  return performance.now() - from
}

// Given: how long the cable is just now, there and back: as two in a row agree, for one may be on its way when it changes.
async function cableTakes() {
  let [before, now] = [await ping(), await ping()]
  for (let tries = 0; tries < 8 && Math.abs(now - before) > 15; tries++) [before, now] = [now, await ping()]
  return Math.round(Math.min(before, now))
}

// Given: until the lab has made the cable worse, which it does when the calm round is on the wire; eight seconds at most.
// The calm cable loses nothing: on the worse one a number that is sent here is missing when a later one is back.
async function worseCable() {
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

await round()

await worseCable()
// TODO (steps 7, 8 and 10): the round once more.
