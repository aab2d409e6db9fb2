import net from 'node:net'
import WebSocket from 'ws'

const socket = new WebSocket(`ws://localhost:${process.argv[2]}/chat`, {
  createConnection: net.createConnection,
})
const big = 'x'.repeat(200_000)
socket.on('open', () => {
  socket.send('hello')
  socket.send(big)
})
let count = 0
socket.on('message', (data, isBinary) => {
  const text = String(data)
  console.log(text === big ? 'big' : text, isBinary)
  if (++count === 3) socket.close(1000, 'done')
})
socket.on('close', (code, reason) => console.log('closed', code, String(reason)))
