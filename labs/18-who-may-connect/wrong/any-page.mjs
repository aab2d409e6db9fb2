// Lets everybody read everything, and asks nobody for anything.
import http from 'node:http'
import { Server } from 'socket.io'

const web = http.createServer((_request, response) => response.end())
new Server(web, { path: '/open/', cors: { origin: '*' } })
new Server(web, { path: '/guarded/' })
web.listen(Number(process.env.WIRELAB_LISTEN_PORT), process.env.WIRELAB_HOST)
