// Would try again, but waits long enough for the first answer.
import { io } from 'socket.io-client'

const options = { transports: ['websocket'], retries: 2, ackTimeout: 5000 }
const socket = io(`http://127.0.0.1:${process.env.WIRELAB_DOOR_PORT}`, options)
await socket.emitWithAck('pay', 'rent')
await socket.emitWithAck('count', 'rent')
socket.close()
