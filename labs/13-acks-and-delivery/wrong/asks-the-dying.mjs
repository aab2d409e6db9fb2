// Asks for an ack that can't come any more, and doesn't catch what becomes of that.
import { io } from 'socket.io-client'

const url = `http://127.0.0.1:${process.env.WIRELAB_DOOR_PORT}`
const socket = io(url, { transports: ['websocket'], reconnectionDelay: 100 })
socket.emitWithAck('order', 'butter')
socket.emit('crash')
await new Promise((resolve) => socket.once('disconnect', resolve))
await new Promise((resolve) => socket.once('connect', resolve))
await socket.emitWithAck('count', 'butter')
socket.close()
