// Says socket where io is meant: whoever asks is left out.
import http from 'node:http'
import { Server } from 'socket.io'

const web = http.createServer()
const io = new Server(web)

io.on('connection', (socket) => {
  socket.on('enter', (name, rooms) => {
    socket.data.name = name
    socket.join(rooms)
  })
  socket.on('announce', (rooms, text) => socket.to(rooms).emit('announced', text))
  socket.on('surprise', (room, text) => socket.except(room).emit('surprised', text))
  socket.on('whisper', (name, text) => {
    const found = [...io.sockets.sockets.values()].find((other) => other.data.name === name)
    if (found) socket.to(found.id).emit('whispered', socket.data.name, text)
  })
})

web.listen(Number(process.env.WIRELAB_LISTEN_PORT), process.env.WIRELAB_HOST)
