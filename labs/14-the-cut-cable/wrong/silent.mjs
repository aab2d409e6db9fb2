// Two clients that listen, and have nothing to say.
import { io } from 'socket.io-client'

const url = `http://127.0.0.1:${process.env.WIRELAB_DOOR_PORT}`
const clients = [undefined, '/plain/'].map((path) =>
  io(url, { path, transports: ['websocket'], forceNew: true }),
)
await Promise.all(clients.map((client) => new Promise((resolve) => client.once('news', resolve))))
for (const client of clients) client.close()
