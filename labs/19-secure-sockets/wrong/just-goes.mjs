// The WebSocket is open, and nobody says goodbye.
import WebSocket from 'ws'

const { WIRELAB_HOST: host, WIRELAB_TLS_PORT: port } = process.env
const url = `wss://${host}:${port}/socket.io/?EIO=4&transport=websocket`
const socket = new WebSocket(url, { servername: 'localhost', rejectUnauthorized: false })
socket.on('message', (bytes) => {
  const text = bytes.toString()
  if (text.startsWith('0')) socket.send('40')
  if (text.startsWith('40')) setTimeout(() => process.kill(process.pid, 'SIGKILL'), 100)
})
