// Tells everybody everything, and of those who leave only the polite.
import http from 'node:http'
import { Server } from 'socket.io'

const web = http.createServer((request, response) => {
  if (request.url?.startsWith('/tell/')) io.emit('told', 'this is for one of you')
  response.end('a page\n')
})
const io = new Server(web)

io.on('connection', (socket) => {
  socket.emit('welcome', socket.id)
  socket.on('speak', (text) => io.emit('incoming-message', text))
  socket.on('whisper', (text) => io.emit('incoming-message', text))
  socket.on('shout', (text) => io.emit('shouted', text))
  socket.on('old-notes', () => socket.emit('tried', 'nothing'))
  socket.on('disconnect', (reason) => {
    if (reason === 'client namespace disconnect') io.emit('left', socket.id)
  })
})

web.listen(Number(process.env.WIRELAB_LISTEN_PORT), '127.0.0.1')
