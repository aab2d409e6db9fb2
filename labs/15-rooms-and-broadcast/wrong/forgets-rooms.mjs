// Knows the names of its clients, puts nobody into a room, and gives nobody time to vote.
import http from 'node:http'
import { Server } from 'socket.io'

const web = http.createServer()
const io = new Server(web)

io.on('connection', (socket) => {
  socket.on('enter', (name) => {
    socket.data.name = name
  })
  socket.on('roll', async (room, answer) => {
    const sockets = await io.in(room).fetchSockets()
    answer(sockets.map((other) => other.data.name))
  })
  socket.on('say-in', (room, text) => socket.to(room).emit('said-in', socket.data.name, text))
  socket.on('surprise', (room, text) => io.except(room).emit('surprised', text))
  socket.on('vote', (question, answer) => {
    io.emit('asked', question, (_late, answers) => answer(answers))
  })
})

web.listen(Number(process.env.WIRELAB_LISTEN_PORT), process.env.WIRELAB_HOST)
