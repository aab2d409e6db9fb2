// Has a namespace and speaks in the other; waits for votes without an end.
import http from 'node:http'
import { Server } from 'socket.io'

const web = http.createServer()
const io = new Server(web)

io.on('connection', (socket) => {
  socket.on('alarm', (text) => io.emit('alarmed', text))
  socket.on('vote', async (question, answer) => {
    const sockets = [...io.sockets.sockets.values()]
    answer(await Promise.all(sockets.map((each) => each.emitWithAck('asked', question))))
  })
})

io.of('/staff')
web.listen(Number(process.env.WIRELAB_LISTEN_PORT), process.env.WIRELAB_HOST)
