import http from 'node:http'
import net from 'node:net'
import { WebSocketServer } from 'ws'

const web = http.createServer()
const rooms = new WebSocketServer({ server: web })
rooms.on('connection', (socket, request) => {
  socket.send(`welcome ${request.socket.remoteAddress}`)
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
})
net
  .createServer({ allowHalfOpen: true }, (socket) => web.emit('connection', socket))
  .listen(Number(process.argv[2]), () => console.log('listening'))
