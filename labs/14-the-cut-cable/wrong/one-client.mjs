// One client, at the usual path.
import { io } from 'socket.io-client'

const socket = io(`http://127.0.0.1:${process.env.WIRELAB_DOOR_PORT}`, { transports: ['websocket'] })
await new Promise((resolve) => socket.once('news', resolve))
socket.close()
