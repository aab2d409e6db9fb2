// Lab 11: Events and a Socket.IO server. Runs as it is; the wire shows what is missing.
import { EventEmitter } from 'node:events'
import http from 'node:http'
import { Server } from 'socket.io'

// Step 1: events that stay at home. The lab calls this and looks at the wire meanwhile.
export function withoutNetwork(say = console.log) {
  const bus = new EventEmitter()
  // TODO: listen for 'speak': bus.on('speak', …) and call say(text) with what was spoken.
  bus.emit('speak', 'hello')
  bus.emit('speak', 'is anybody there?')
  return say
}

// Steps 2 to 11: the server. The lab sets the port when it wants one.
if (process.env.WIRELAB_LISTEN_PORT) {
  const web = http.createServer((request, response) => {
    // TODO (step 10): for a url of '/tell/' and an id, emit 'told' to that client alone: io.to(id).emit(…)
    response.end(`You asked for ${request.url}\n`)
  })

  const io = new Server(web)

  io.on('connection', (socket) => {
    console.log('connected:', socket.id)
    // TODO (step 3): greet the newcomer.
    // TODO (step 5): on 'speak', tell the speaker, and tell everybody else.
    // TODO (step 8): on 'shout', tell everybody.
    // TODO (step 11): on 'disconnect', tell the others.
  })

  web.listen(Number(process.env.WIRELAB_LISTEN_PORT), process.env.WIRELAB_HOST ?? '127.0.0.1')
}
