// Lab 17: Shapes of data, solved.
import { randomBytes } from 'node:crypto'
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
  tcp.write('café\n')
  tcp.write('café\0')
  tcp.write(withLength('👍 café'))
  tcp.end()
  tcp.on('data', (bytes) => console.log('echo:', bytes))
  await once(tcp, 'close')
}

/** Two bytes that say how many follow, then the text in UTF-8. */
function withLength(text) {
  const bytes = Buffer.from(text)
  const length = Buffer.alloc(2)
  length.writeUInt16BE(bytes.length)
  return Buffer.concat([length, bytes])
}

// Steps 6, 8 and 9: the same reading in three shapes, as events to the hub, which answers with what it got.
async function readings() {
  const samples = Uint8Array.from({ length: 64 }, (_, i) => 128 + i)
  const reading = { sensor: 'north', at: 1_767_225_600, celsius: 21.5, samples: Buffer.from(samples) }

  const hub = io(`http://${host}:${port('HUB')}`, { transports: ['websocket'] })
  const ask = (what) => hub.timeout(5000).emitWithAck('echo', what)
  await ask({ ...reading, samples: [...samples] })
  await ask(reading)
  await ask(pack(reading))
  hub.disconnect()
}

/** MessagePack: a byte that says what comes and how long it is, then the thing itself. */
function pack(value) {
  if (Buffer.isBuffer(value)) return Buffer.concat([Buffer.from([0xc4, value.length]), value])
  if (typeof value === 'string') {
    const bytes = Buffer.from(value)
    return Buffer.concat([Buffer.from([0xa0 | bytes.length]), bytes])
  }
  if (Number.isInteger(value)) {
    const bytes = Buffer.from([0xce, 0, 0, 0, 0])
    bytes.writeUInt32BE(value, 1)
    return bytes
  }
  if (typeof value === 'number') {
    const bytes = Buffer.from([0xcb, 0, 0, 0, 0, 0, 0, 0, 0])
    bytes.writeDoubleBE(value, 1)
    return bytes
  }
  const entries = Object.entries(value)
  return Buffer.concat([Buffer.from([0x80 | entries.length]), ...entries.flat().map(pack)])
}

// Step 11: the same text compressed and as it is; and noise, compressed.
async function compression() {
  const server = new WebSocketServer({ host, port: port('LISTEN'), perMessageDeflate: true })
  server.on('connection', (client) => client.on('message', (data) => client.send(`${data.length} bytes`)))
  await once(server, 'listening')

  const list = Array.from({ length: 100 }, (_, i) => ({ sensor: 'north', second: i, celsius: 21.5 }))
  const text = JSON.stringify(list)
  await send([text, randomBytes(1000)], { perMessageDeflate: true })
  await send([text], { perMessageDeflate: false })
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
