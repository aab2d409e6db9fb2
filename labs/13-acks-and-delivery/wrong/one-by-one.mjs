// Waits for each answer before it asks the next, and for as long as it takes.
import { io } from 'socket.io-client'

const socket = io(`http://127.0.0.1:${process.env.WIRELAB_DOOR_PORT}`, { transports: ['websocket'] })
await socket.emitWithAck('slow', 300)
await socket.emitWithAck('hello')
await socket.timeout(5000).emitWithAck('slow', 500)
socket.close()
