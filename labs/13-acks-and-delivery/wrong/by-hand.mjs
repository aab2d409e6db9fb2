// Sends again by itself what it thinks was lost, and gives each try a new id.
import { io } from 'socket.io-client'

const url = `http://127.0.0.1:${process.env.WIRELAB_DOOR_PORT}`
const socket = io(url, { transports: ['websocket'], reconnectionDelay: 100 })
socket.emit('order', 'butter')
socket.emit('crash')
await new Promise((resolve) => socket.once('disconnect', resolve))
await new Promise((resolve) => socket.once('connect', resolve))
await socket.emitWithAck('order', 'butter')
await socket.emitWithAck('count', 'butter')

const pay = () => socket.timeout(400).emitWithAck('pay', 'tax', crypto.randomUUID())
await pay().catch(pay)
await socket.emitWithAck('count', 'tax')
socket.close()
