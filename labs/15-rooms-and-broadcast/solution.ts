// Lab 15: Rooms and broadcast, solved.
import http from 'node:http'
import { Server } from 'socket.io'

const web = http.createServer()
const io = new Server(web)

/** The names of those in a room, or in several. */
async function namesIn(rooms) {
  const sockets = await io.in(rooms).fetchSockets()
  return sockets.map((socket) => socket.data.name)
}

io.on('connection', (socket) => {
  // Given: a client says its name and the rooms that it would like to be in.
  socket.on('enter', (name, rooms) => {
    socket.data.name = name
    console.log(`${name} would like to be in:`, rooms.join(', ') || 'no room')
    socket.join(rooms)
  })

  socket.on('roll', async (room, answer) => answer(await namesIn(room)))

  socket.on('say', (text) => socket.broadcast.emit('said', socket.data.name, text))

  socket.on('say-in', (room, text) => socket.to(room).emit('said-in', socket.data.name, text))

  socket.on('announce', (rooms, text) => io.to(rooms).emit('announced', text))

  socket.on('surprise', (room, text) => io.except(room).emit('surprised', text))

  socket.on('whisper', (name, text) => {
    const found = [...io.sockets.sockets.values()].find((other) => other.data.name === name)
    if (found) io.to(found.id).emit('whispered', socket.data.name, text)
  })

  socket.on('alarm', (text) => io.of('/staff').emit('alarmed', text))

  socket.on('vote', (question, answer) => {
    io.timeout(1000).emit('asked', question, (_late, answers) => answer(answers))
  })
})

io.of('/staff')

web.listen(Number(process.env.WIRELAB_LISTEN_PORT ?? 4000), process.env.WIRELAB_HOST ?? '127.0.0.1')
