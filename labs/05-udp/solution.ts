// Lab 05: UDP, solved.
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

client.send('hello\n', udpPort, host)
client.send('', udpPort, host)
client.send('good bye\n', udpPort, host)

// Step 6: one socket for all who call.
const server = nodeDgram.createSocket('udp4')
server.on('message', (bytes, from) => {
  server.send(`port ${from.port} said: ${bytes}`, from.port, from.address)
})
server.bind(listenPort, host, () => {
  for (const name of ['A', 'B', 'C']) call(name)
})

let waiting = 3

function call(name) {
  const caller = nodeDgram.createSocket('udp4')
  caller.on('message', (bytes) => {
    console.log(`${name} hears: ${bytes}`)
    caller.close()
    waiting--
    if (waiting === 0) server.close()
  })
  caller.send(`hello from ${name}`, doorPort, host)
}

// Step 11: only a connected socket is told what ICMP says.
const knocker = dgram.createSocket('udp4')
knocker.on('error', (error) => {
  console.log('told:', error.message)
  knocker.close()
})
knocker.connect(closedPort, host, () => knocker.send('anybody?\n'))

if (onCable) {
  // Step 8: more than one frame holds.
  client.send('x'.repeat(4000), udpPort, host)

  // Step 10: count, until a number does not come back.
  for (let number = 1; number <= 40 && missing === 0; number++) {
    client.send(String(number), udpPort, host, (error) => console.log(number, error ?? 'was sent'))
    await pause(250)
  }

  // Step 12: to everybody at once.
  client.setBroadcast(true)
  client.send('who is there?\n', udpPort, '255.255.255.255')
}

await pause(500)
if (missing > 0) console.log(`number ${missing} was lost, and nobody said so`)
client.close()
