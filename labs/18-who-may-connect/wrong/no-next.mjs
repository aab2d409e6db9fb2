// Refuses in the middleware whoever brings no good token, and calls next for nobody else: those who may come wait.
import http from 'node:http'
import { Server } from 'socket.io'

const web = http.createServer((_request, response) => response.end())
new Server(web, { path: '/open/' })
const guarded = new Server(web, { path: '/guarded/' })
guarded.use((socket, next) => {
  if (socket.handshake.auth.token !== 'open-sesame') next(new Error('not authorized'))
})
web.listen(Number(process.env.WIRELAB_LISTEN_PORT), process.env.WIRELAB_HOST)
