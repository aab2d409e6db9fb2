// Vendors alone are let in, and hear each other; the dispatcher calls at the wrong namespace.
import http from 'node:http'
import { Server } from 'socket.io'
import { io as connect } from 'socket.io-client'

const { WIRELAB_HOST: host, WIRELAB_LISTEN_PORT: port, WIRELAB_DOOR_PORT: door } = process.env
const web = http.createServer()
const vendors = new Server(web).of('/vendor')
vendors.on('connection', (vendor) => vendor.on('pickup', (order) => vendors.emit('pickup', order)))
web.listen(Number(port), host, () => connect(`http://${host}:${door}`, { transports: ['websocket'] }))
http
  .createServer((_request, response) => response.end('{}'))
  .listen(Number(process.env.WIRELAB_LISTEN2_PORT), host)
