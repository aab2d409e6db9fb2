// An HTTP server with a page, and Socket.IO attached to another one that nobody calls.
import http from 'node:http'
import { Server } from 'socket.io'

const web = http.createServer((_request, response) => response.end('a page\n'))
web.listen(Number(process.env.WIRELAB_LISTEN_PORT), '127.0.0.1')
new Server(http.createServer())
