// Serves both pages, and lets neither read.
import http from 'node:http'
import { Server } from 'socket.io'

const web = http.createServer((_request, response) => response.end('You are welcome.\n'))

new Server(web, { path: '/open/' })

web.listen(Number(process.env.WIRELAB_LISTEN_PORT), process.env.WIRELAB_HOST)
