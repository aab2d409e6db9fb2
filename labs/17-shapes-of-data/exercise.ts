// Lab 17: Shapes of data. Runs as it is; the wire shows what is missing.
import { once } from 'node:events'
import net from 'node:net'
import { io } from 'socket.io-client'
import WebSocket, { WebSocketServer } from 'ws'

const host = process.env.WIRELAB_HOST ?? '127.0.0.1'
const port = (name) => Number(process.env[`WIRELAB_${name}_PORT`])

await characters()
await readings()
await compression()

// Steps 2 and 4: text as bytes, over TCP.
async function characters() {
  const tcp = net.connect(port('TCP'), host)
  await once(tcp, 'connect')
  tcp.write('cafe\n')
  // TODO (step 2): the word as it is written in French.
  // TODO (step 4): the word with a NUL behind it; then withLength('👍 café').
  tcp.end()
  tcp.on('data', (bytes) => console.log('echo:', bytes))
  await once(tcp, 'close')
}

/** Two bytes that say how many follow, then the text in UTF-8. */
function withLength(text) {
  // TODO (step 4): Buffer.from(text) are the bytes; put their number in front, with writeUInt16BE.
  return Buffer.from(text)
}

// Steps 6, 8 and 9: the same reading in three shapes, as events to the hub, which answers with what it got.
async function readings() {
  const samples = Uint8Array.from({ length: 64 }, (_, i) => 128 + i)
  const reading = { sensor: 'north', at: 1_767_225_600, celsius: 21.5, samples: Buffer.from(samples) }

  const hub = io(`http://${host}:${port('HUB')}`, { transports: ['websocket'] })
  const ask = (what) => hub.timeout(5000).emitWithAck('echo', what)
  await ask('is anybody there?')
  // TODO (step 6): ask for the reading with its samples as a list of numbers: [...samples].
  // TODO (step 8): ask for the reading as it is, with its samples in a Buffer.
  // TODO (step 9): ask for pack(reading).
  console.log('not sent yet:', reading.sensor, pack('north'), withLength('café'))
  hub.disconnect()
}

/** MessagePack: a byte that says what comes and how long it is, then the thing itself. */
function pack(value) {
  // TODO (step 9): bytes: 0xc4, their number in one byte, and the bytes.
  if (typeof value === 'string') {
    const bytes = Buffer.from(value)
    return Buffer.concat([Buffer.from([0xa0 | bytes.length]), bytes])
  }
  if (Number.isInteger(value)) {
    const bytes = Buffer.from([0xce, 0, 0, 0, 0])
    bytes.writeUInt32BE(value, 1)
    return bytes
  }
  // TODO (step 9): another number: 0xcb and a double of eight bytes, with writeDoubleBE.
  // TODO (step 9): an object: 0x80 + the number of its entries; then for each its name, packed, and its value, packed.
  return Buffer.alloc(0)
}

// Step 11: the same text compressed and as it is; and noise, compressed.
async function compression() {
  // TODO (step 11): let the server take permessage-deflate: perMessageDeflate: true.
  const server = new WebSocketServer({ host, port: port('LISTEN') })
  server.on('connection', (client) => client.on('message', (data) => client.send(`${data.length} bytes`)))
  await once(server, 'listening')

  const list = Array.from({ length: 100 }, (_, i) => ({ sensor: 'north', second: i, celsius: 21.5 }))
  const text = JSON.stringify(list)
  await send([text], {})
  // TODO (step 11): the text and 1000 random bytes over one connection, the text alone over another without compression.
  server.close()
}

/** One connection: each message, and what the server says of it. */
async function send(messages, options) {
  const client = new WebSocket(`ws://${host}:${port('DOOR')}`, options)
  await once(client, 'open')
  for (const message of messages) {
    client.send(message)
    const [answer] = await once(client, 'message')
    console.log(String(answer))
  }
  client.close()
  await once(client, 'close')
}
