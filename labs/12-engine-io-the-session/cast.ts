/**
 * The server of lab 12: Socket.IO with deadlines that are short enough to wait for. At `/blocked/` is a second one, to
 * which no WebSocket gets through, as behind some proxies.
 */
import http from 'node:http'
import { Server, type ServerOptions } from 'socket.io'
import { HOST, port, ready } from '../kit/cast.ts'

/** A silent client is closed 3.7 s after its last pong, and one that never sends its CONNECT before it is pinged at all. */
const DEADLINES: Partial<ServerOptions> = { pingInterval: 1200, pingTimeout: 2500, connectTimeout: 1100 }
const BLOCKED = '/blocked/'

const web = http.createServer((_request, response) => response.end('The server of lab 12.\n'))
/** Never listens: requests are handed to it, and handshakes of WebSockets are not. */
const behindProxy = http.createServer()

for (const io of [
  new Server(web, DEADLINES),
  // With the usual deadlines: nothing is to be waited for there, and a lost segment must not end a session.
  new Server(behindProxy, { path: BLOCKED, serveClient: false }),
]) {
  io.on('connection', (socket) => socket.on('hello', (answer) => answer?.('hello')))
}

const takeRequest = web.listeners('request')
web.removeAllListeners('request').on('request', (request, response) => {
  if (request.url?.startsWith(BLOCKED)) behindProxy.emit('request', request, response)
  else for (const take of takeRequest) take.call(web, request, response)
})
web.on('upgrade', (request, socket) => {
  if (!request.url?.startsWith(BLOCKED)) return
  socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
})

web.listen(port('LISTEN'), HOST, ready)
