// Lab 12: Engine.IO, the session, solved.
import { io } from 'socket.io-client'
import WebSocket from 'ws'

const server = `${process.env.WIRELAB_HOST ?? '127.0.0.1'}:${process.env.WIRELAB_DOOR_PORT ?? 4000}`
const polling = `http://${server}/socket.io/?EIO=4&transport=polling`

// A poll: the answer comes when the server has something to say, and may hold several packets.
async function get(url) {
  const response = await fetch(url)
  return (await response.text()).split('\x1e')
}

async function post(url, packet) {
  const response = await fetch(url, { method: 'POST', body: packet })
  return response.text()
}

// Step 2: the server opens the session.
const [open] = await get(polling)
console.log('open:', open)
const { sid } = JSON.parse(open.slice(1))
const session = `${polling}&sid=${sid}`

// Polls until that packet has come, and answers pings meanwhile.
async function pollFor(wanted) {
  for (let polls = 0; polls < 5; polls++) {
    const packets = await get(session)
    console.log('polled:', packets)
    if (packets.includes('2')) await post(session, '3')
    if (packets.includes(wanted)) return
  }
}

// Step 3: CONNECT is a packet of Socket.IO (0) in a message of Engine.IO (4).
await post(session, '40')
console.log('connected:', await get(session))

// Step 4: the server pings, and wants a pong.
await pollFor('2')

// Step 5: the session moves to a WebSocket. A poll must wait meanwhile, for the server to end it.
const socket = new WebSocket(`ws://${server}/socket.io/?EIO=4&transport=websocket&sid=${sid}`)
const closed = new Promise((resolve) => socket.on('close', resolve))
const lastPoll = pollFor('6')
socket.on('open', () => socket.send('2probe'))
socket.on('message', async (data) => {
  console.log('over the WebSocket:', String(data))
  if (String(data) !== '3probe') return
  await lastPoll
  socket.send('5')
})

// Step 6: no ping is answered any more. The server waits for its pong, and then no longer.
await closed
console.log('the server has closed the session')

// Step 8: who was forgotten is not known again.
console.log('the old sid:', await get(session))

// Step 10: where no WebSocket gets through, who has begun by polling goes on so.
const patient = io(`http://${server}`, { path: '/blocked/', reconnection: false })
patient.io.on('open', () => {
  patient.io.engine.on('upgradeError', async () => {
    console.log('no WebSocket, and yet:', await patient.emitWithAck('hello'))
    patient.close()
  })
})
const stubborn = io(`http://${server}`, {
  path: '/blocked/',
  transports: ['websocket', 'polling'],
  query: { first: 'websocket' },
  reconnection: false,
})
stubborn.on('connect_error', (error) => console.log('no way in:', error.message))

// Step 12: a WebSocket client that knows neither Engine.IO nor Socket.IO.
const plain = new WebSocket(`ws://${server}/socket.io/?EIO=4&transport=websocket`)
plain.on('message', (data) => console.log('to the plain client:', String(data)))
plain.on('close', () => console.log('the plain client was closed'))
