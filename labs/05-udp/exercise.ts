// Lab 05: UDP. Runs as it is; the wire shows what is missing.
import nodeDgram from 'node:dgram'
import { setTimeout as pause } from 'node:timers/promises'
import cableDgram from 'wirelab/dgram'

const host = process.env.WIRELAB_HOST ?? '127.0.0.1'
const udpPort = Number(process.env.WIRELAB_UDP_PORT ?? 4002)
const closedPort = Number(process.env.WIRELAB_CLOSED_PORT ?? 4009)
const listenPort = Number(process.env.WIRELAB_LISTEN_PORT ?? 4010)
const doorPort = Number(process.env.WIRELAB_DOOR_PORT ?? 4010)

// On the lab network this program is a host of its own on the cable; on the kernel's it uses Node's own sockets.
const onCable = process.env.WIRELAB_JOIN !== undefined
const dgram = onCable ? cableDgram : nodeDgram

// Step 2: three messages. The last number that came back is remembered for step 10.
const client = dgram.createSocket('udp4')
let heard = 0
let missing = 0

client.on('message', (bytes, from) => {
  console.log(`${bytes.length} bytes from ${from.address}:${from.port}`)
  const number = Number(bytes)
  if (number > heard + 1) missing = heard + 1
  heard = Math.max(heard, number || 0)
})

// TODO (step 2): send 'hello\n', then '' (nothing at all), then 'good bye\n', each with a client.send of its own.
client.send('hello', udpPort, host)

// Step 6: a server, and three who call it. They give up after a second.
const server = nodeDgram.createSocket('udp4')
server.on('message', (bytes, from) => {
  console.log(`port ${from.port} said: ${bytes}`)
  // TODO (step 6): answer whoever it was: server.send(text, port, address)
})
server.bind(listenPort, host, () => {
  for (const name of ['A', 'B', 'C']) call(name)
})

function call(name) {
  const caller = nodeDgram.createSocket('udp4')
  caller.on('message', (bytes) => console.log(`${name} hears: ${bytes}`))
  caller.send(`hello from ${name}`, doorPort, host)
  setTimeout(() => caller.close(), 1000)
}

// TODO (step 11): connect a socket to closedPort, send something, and print what its 'error' event says.
console.log('nobody is at port', closedPort)

if (onCable) {
  // TODO (step 8): send 4000 bytes in one datagram: 'x'.repeat(4000)
  // TODO (step 10): count: send '1', '2', '3' and so on, one each quarter of a second, while missing === 0,
  // and 40 at most: when the step is ticked nothing is lost any more. Give send a callback that prints what it is told.
  // TODO (step 12): client.setBroadcast(true), and send a line to '255.255.255.255'.
}

await pause(1200)
if (missing > 0) console.log(`number ${missing} was lost, and nobody said so`)
client.close()
server.close()
