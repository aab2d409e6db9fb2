// Listens once where it should go on, shouts to the one who shouted, and calls what is no function.
import http from 'node:http'
import { Server } from 'socket.io'

const web = http.createServer((_request, response) => response.end('a page\n'))
const io = new Server(web)

io.on('connection', (socket) => {
  socket.once('speak', (text) => {
    socket.emit('spoken', text)
    socket.broadcast.emit('incoming-message', text)
  })
  socket.on('shout', (text) => socket.emit('shouted', text))
  socket.on('old-notes', () => socket.broadcast('incoming-message', 'an old note'))
})

web.listen(Number(process.env.WIRELAB_LISTEN_PORT), '127.0.0.1')
