// Counts its sessions, so that the next id is no secret, and does not look at the cookie that comes back.
import http from 'node:http'
import { Server } from 'socket.io'

let sessions = 0
const web = http.createServer((_request, response) => {
  response.setHeader('Set-Cookie', `session=${++sessions}; Path=/; HttpOnly; SameSite=Strict`)
  response.end()
})
const open = new Server(web, { path: '/open/', cors: { origin: 'http://shop.example' } })
open.on('connection', (socket) => socket.emit('news', 'stranger', 'the price of tea is down'))
web.listen(Number(process.env.WIRELAB_LISTEN_PORT), process.env.WIRELAB_HOST)
