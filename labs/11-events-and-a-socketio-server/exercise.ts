// Lab 11: Events and a Socket.IO server. Runs as it is; the wire shows what is missing.
import { EventEmitter } from 'node:events'
import http from 'node:http'
import { Server } from 'socket.io'

// Step 1: events that stay at home. The lab calls this and looks at the wire meanwhile.
export function withoutNetwork(say = console.log) {
  const bus = new EventEmitter()
  // TODO (step 1): listen for 'speak': bus.on('speak', …) and call say(text) with what was spoken.
  bus.emit('speak', 'hello')
  bus.emit('speak', 'is anybody there?')
  return say
}

// For step 12: what a line of code comes to, the type of its value or its error. Give it a function: outcome(() => …).
export function outcome(line) {
  try {
    return typeof line()
  } catch (error) {
    return String(error)
  }
}

// From step 2 on: the server. The lab sets the port when it wants one.
if (process.env.WIRELAB_LISTEN_PORT) {
  const web = http.createServer((request, response) => {
    // TODO (step 9): for a url of '/tell/' and an id, emit 'told' to that client alone: io.to(id).emit(…)
    response.end(`You asked for ${request.url}\n`)
  })

  const io = new Server(web)

  io.on('connection', (socket) => {
    console.log('connected:', socket.id)
    // TODO (step 3): greet the newcomer with 'welcome' and its id.
    // TODO (step 5): on 'speak', tell the speaker ('spoken'), and tell everybody else ('incoming-message').
    // TODO (step 7): on 'shout', tell everybody ('shouted').
    // TODO (step 12): on 'old-notes' with B's id, try three lines, and emit 'tried' with what each comes to.
    // TODO (step 13): on 'disconnect', tell the others ('left').
  })

  web.listen(Number(process.env.WIRELAB_LISTEN_PORT), process.env.WIRELAB_HOST ?? '127.0.0.1')
}
