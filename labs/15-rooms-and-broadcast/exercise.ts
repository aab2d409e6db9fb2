// Lab 15: Rooms and broadcast. Runs as it is; the wire shows what is missing.
import http from 'node:http'
import { Server } from 'socket.io'

const web = http.createServer()
const io = new Server(web)

io.on('connection', (socket) => {
  // Given: a client says its name and the rooms that it would like to be in.
  socket.on('enter', (name, rooms) => {
    socket.data.name = name
    console.log(`${name} would like to be in:`, rooms.join(', ') || 'no room')
    // TODO (step 2): put the client into its rooms.
  })

  // TODO (step 2): on 'roll' (room, answer), answer with the names of those in the room.
  // TODO (step 4): on 'say' (text), emit 'said' to everybody but the speaker.
  // TODO (step 5): on 'say-in' (room, text), emit 'said-in' to those in the room, the speaker left out.
  // TODO (step 7): on 'announce' (rooms, text), emit 'announced' to those in any of the rooms, the speaker too if there.
  // TODO (step 8): on 'surprise' (room, text), emit 'surprised' to all but those in the room.
  // TODO (step 9): on 'whisper' (name, text), emit 'whispered' to the one client of that name.
  // TODO (step 11): on 'alarm' (text), emit 'alarmed' to all who are in the namespace /staff.
  // TODO (step 12): on 'vote' (question, answer), ask all, and answer with what they said within a second.
})

// TODO (step 11): let clients into the namespace /staff: it is enough to mention it, io.of('/staff').

web.listen(Number(process.env.WIRELAB_LISTEN_PORT ?? 4000), process.env.WIRELAB_HOST ?? '127.0.0.1')
