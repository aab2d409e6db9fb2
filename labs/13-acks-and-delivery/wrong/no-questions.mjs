// Asks for no answer, and keeps what should be dropped.
import { setTimeout as pause } from 'node:timers/promises'
import { io } from 'socket.io-client'

const socket = io(`http://127.0.0.1:${process.env.WIRELAB_DOOR_PORT}`, { transports: ['websocket'] })
for (let n = 1; n <= 5; n++) {
  socket.emit('tick', n)
  socket.emit('tock', n)
}
socket.emit('hello')
await new Promise((resolve) => socket.once('connect', resolve))
await pause(100)
socket.close()
