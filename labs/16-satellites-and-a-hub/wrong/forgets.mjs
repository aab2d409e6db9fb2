// A hub without a memory: it passes on, and keeps nothing.
import http from 'node:http'
import { Server } from 'socket.io'

const web = http.createServer()
const hub = new Server(web)
const drivers = hub.of('/driver')
hub.of('/vendor').on('connection', (vendor) => vendor.on('pickup', (order) => drivers.emit('pickup', order)))
web.listen(Number(process.env.WIRELAB_LISTEN_PORT), process.env.WIRELAB_HOST)
http
  .createServer((_request, response) => response.end('{}'))
  .listen(Number(process.env.WIRELAB_LISTEN2_PORT), process.env.WIRELAB_HOST)
