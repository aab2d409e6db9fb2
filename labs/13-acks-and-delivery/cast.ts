/**
 * The server of lab 13: it answers, answers late, counts what it is told, and crashes when it is asked to. A new one
 * begins with each run, so that its counts are the run's.
 */
import http from 'node:http'
import { Server, type Socket } from 'socket.io'
import { HOST, port, ready } from '../kit/cast.ts'

/** From the arrival of an order until it is counted, long enough for a crash right behind it to be sent twice: what is on the pile then is gone. */
const PILE_MS = 500
/** The first answer to a payment is that late; a client that is less patient has sent it again by then. */
const LATE_MS = 900
const LONGEST_MS = 5000

const counts = new Map<string, number>()
/** Payments that have come before, and ids that were counted. */
const payments = new Set<string>()
const ids = new Set<string>()

const count = (what: unknown) => counts.set(String(what), (counts.get(String(what)) ?? 0) + 1)
/** Clients need not ask for an ack. */
const answer = (ack: unknown, ...words: unknown[]) => typeof ack === 'function' && ack(...words)

const web = http.createServer((_request, response) => response.end('The server of lab 13.\n'))
new Server(web, { pingInterval: 5000, pingTimeout: 2000 }).on('connection', (socket) => {
  const pile = new Set<NodeJS.Timeout>()
  socket.on('hello', (...args) => answer(args.at(-1), 'hello'))
  socket.on('slow', (ms, ack) => {
    setTimeout(() => answer(ack, `after ${ms} ms`), Math.min(Number(ms) || 0, LONGEST_MS))
  })
  socket.on('order', (what, ack) => {
    const counting = setTimeout(() => {
      pile.delete(counting)
      count(what)
      answer(ack, 'counted')
    }, PILE_MS)
    pile.add(counting)
  })
  socket.on('crash', () => {
    for (const counting of pile) clearTimeout(counting)
    crash(socket)
  })
  socket.on('pay', (what, ...rest) => {
    const ack = rest.pop()
    const id = rest.length > 0 ? String(rest[0]) : undefined
    if (id === undefined || !ids.has(id)) count(what)
    if (id !== undefined) ids.add(id)
    const again = payments.has(String(what))
    payments.add(String(what))
    if (again) answer(ack, 'paid')
    else setTimeout(() => answer(ack, 'paid'), LATE_MS)
  })
  socket.on('count', (what, ack) => answer(ack, counts.get(String(what)) ?? 0))
})

/** The client's TCP connection is closed, and nobody says why. */
function crash(socket: Socket): void {
  const transport: { socket?: { terminate?(): void } } = socket.conn.transport as object
  if (transport.socket?.terminate) transport.socket.terminate()
  else socket.conn.close(true)
}

web.listen(port('LISTEN'), HOST, ready)
