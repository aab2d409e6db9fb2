// Emits what a pack returns that does not know objects yet: a Buffer with nothing in it.
import { io } from 'socket.io-client'

const hub = io(`http://${process.env.WIRELAB_HOST}:${process.env.WIRELAB_HUB_PORT}`, {
  transports: ['websocket'],
})
await hub.emitWithAck('echo', Buffer.alloc(0))
hub.disconnect()
