/**
 * The server of lab 14, twice at one port: at `/socket.io/` it recovers who comes back, at `/plain/` it does not. To both
 * it emits the same news, with numbers; and it keeps which of a client's notes have reached its program.
 */
import http from 'node:http'
import { Server, type ServerOptions } from 'socket.io'
import { HOST, port, ready } from '../kit/cast.ts'

/** Short, so that a cut is noticed while it lasts: 1.4 s after the last pong. */
const HEARTBEAT: Partial<ServerOptions> = { pingInterval: 800, pingTimeout: 600 }
const RECOVERS_MS = 60_000
const NEWS_EVERY_MS = 200
const MOST_SINCE = 500

let news = 0
const web = http.createServer((_request, response) => response.end('The server of lab 14.\n'))
const servers = [
  new Server(web, { ...HEARTBEAT, path: '/plain/', serveClient: false }),
  new Server(web, { ...HEARTBEAT, connectionStateRecovery: { maxDisconnectionDuration: RECOVERS_MS } }),
]

for (const io of servers) {
  const notes: number[] = []
  io.on('connection', (socket) => {
    socket.on('note', (number) => {
      if (Number.isInteger(number)) notes.push(number)
    })
    socket.on('notes', (ack) => typeof ack === 'function' && ack(notes))
    socket.on('since', (number, ack) => {
      const first = Math.max(Number(number) || 0, news - MOST_SINCE)
      const missed = Array.from({ length: Math.max(0, news - first) }, (_, at) => first + at + 1)
      if (typeof ack === 'function') ack(missed)
    })
  })
}

setInterval(() => {
  news++
  for (const io of servers) io.emit('news', news)
}, NEWS_EVERY_MS)

web.listen(port('LISTEN'), HOST, ready)
