// Lab 11: Events and a Socket.IO server, solved.
import { EventEmitter } from 'node:events'
import http from 'node:http'
import { Server } from 'socket.io'

// Step 1: events that stay at home. The lab calls this and looks at the wire meanwhile.
export function withoutNetwork(say = console.log) {
  const bus = new EventEmitter()
  bus.on('speak', (text) => say(text))
  bus.emit('speak', 'hello')
  bus.emit('speak', 'is anybody there?')
  return say
}

// For step 12: what a line of code comes to, the type of its value or its error.
function outcome(line) {
  try {
    return typeof line()
  } catch (error) {
    return String(error)
  }
}

// From step 2 on: the server. The lab sets the port when it wants one.
if (process.env.WIRELAB_LISTEN_PORT) {
  const web = http.createServer((request, response) => {
    const id = request.url.match(/^\/tell\/([\w-]+)$/)?.[1]
    if (id) io.to(id).emit('told', 'this is for you alone')
    response.end(`You asked for ${request.url}\n`)
  })

  const io = new Server(web)

  io.on('connection', (socket) => {
    console.log('connected:', socket.id)
    socket.emit('welcome', socket.id)
    socket.on('speak', (text) => {
      socket.emit('spoken', text)
      socket.broadcast.emit('incoming-message', text)
    })
    socket.on('shout', (text) => io.emit('shouted', text))
    socket.on('old-notes', (id) => {
      const called = outcome(() => socket.broadcast('incoming-message', 'an old note'))
      const indexed = outcome(() => io.sockets.sockets[id])
      const got = outcome(() => io.sockets.sockets.get(id))
      socket.emit('tried', called, indexed, got)
    })
    socket.on('disconnect', () => socket.broadcast.emit('left', socket.id))
  })

  web.listen(Number(process.env.WIRELAB_LISTEN_PORT), process.env.WIRELAB_HOST ?? '127.0.0.1')
}
