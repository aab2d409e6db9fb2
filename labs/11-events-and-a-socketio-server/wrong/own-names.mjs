// Names of its own in the place of ids, and the answer to the speaker goes to everybody else.
import http from 'node:http'
import { Server } from 'socket.io'

const web = http.createServer((_request, response) => response.end('a page\n'))
const io = new Server(web)
let guests = 0

io.on('connection', (socket) => {
  socket.emit('welcome', `guest ${++guests}`)
  socket.on('speak', (text) => {
    socket.broadcast.emit('spoken', text)
    socket.broadcast.emit('incoming-message', text)
  })
})

web.listen(Number(process.env.WIRELAB_LISTEN_PORT), '127.0.0.1')
