// Lab 12: Engine.IO, the session. Runs as it is; the wire shows what is missing.
const server = `${process.env.WIRELAB_HOST ?? '127.0.0.1'}:${process.env.WIRELAB_DOOR_PORT ?? 4000}`
const polling = `http://${server}/socket.io/?EIO=4&transport=polling`

// A poll: the answer comes when the server has something to say, and may hold several packets.
async function get(url) {
  const response = await fetch(url)
  return (await response.text()).split('\x1e')
}

export async function post(url, packet) {
  const response = await fetch(url, { method: 'POST', body: packet })
  return response.text()
}

// Step 2: the server opens the session.
const [open] = await get(polling)
console.log('open:', open)
const { sid } = JSON.parse(open.slice(1))
const session = `${polling}&sid=${sid}`

// Step 3: CONNECT is a packet of Socket.IO (0) in a message of Engine.IO (4).
console.log('to be continued at', session)
// TODO (step 3): await post(…) it to the session, and get(…) what is answered.

// TODO (step 4): poll until the packet '2' comes, and post '3'.

// TODO (step 5): import WebSocket from 'ws'. Begin a poll, which waits; beside it a new WebSocket(…) with
// transport=websocket and the same sid. When it is open send '2probe'; when '3probe' has come, and the poll has ended
// with '6', send '5'.

// TODO (step 6): answer no ping any more, close nothing, and wait until the WebSocket's 'close' comes.

// TODO (step 8): poll once more with the old sid.

// TODO (step 10): import { io } from 'socket.io-client'. Two of them at `http://${server}`, with path: '/blocked/', as
// the text says.

// TODO (step 12): new WebSocket(…) without a sid, and only listen.
