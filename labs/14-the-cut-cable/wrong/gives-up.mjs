// Two busy clients that take the first disconnect for the last.
import { io } from 'socket.io-client'

const url = `http://127.0.0.1:${process.env.WIRELAB_DOOR_PORT}`
const options = { transports: ['websocket'], reconnection: false }
const clients = [io(url, options), io(url, { ...options, path: '/plain/' })]
let number = 0
const noting = setInterval(() => {
  number++
  for (const client of clients) client.emit('note', number, client.connected)
}, 200)
await Promise.all(clients.map((client) => new Promise((resolve) => client.once('disconnect', resolve))))
clearInterval(noting)
