/**
 * The load: a process with some Socket.IO clients, each sending its next `echo` when the last was acked.
 * Arguments: port, seconds (0: until `count`), count, clients. Prints `{acked, seconds, medianMs}`.
 */
import { once } from 'node:events'
import { io } from 'socket.io-client'

const [port = '0', seconds = '0', count = '0', clients = '4'] = process.argv.slice(2)
const sockets = Array.from({ length: Number(clients) }, () =>
  io(`http://127.0.0.1:${port}`, { transports: ['websocket'], forceNew: true }),
)
await Promise.all(sockets.map((socket) => once(socket as unknown as EventTarget & typeof socket, 'connect')))

const until = Number(seconds) > 0 ? performance.now() + Number(seconds) * 1000 : Number.POSITIVE_INFINITY
const most = Number(count) > 0 ? Number(count) : Number.POSITIVE_INFINITY
const times: number[] = []
const began = performance.now()
await Promise.all(
  sockets.map(async (socket, client) => {
    for (let n = 0; performance.now() < until && times.length < most; n++) {
      const sent = performance.now()
      await socket.timeout(5000).emitWithAck('echo', `message ${n} of client ${client}`)
      times.push(performance.now() - sent)
    }
  }),
)
const took = (performance.now() - began) / 1000
for (const socket of sockets) socket.disconnect()
times.sort((a, b) => a - b)
process.stdout.write(
  `${JSON.stringify({ acked: times.length, seconds: took, medianMs: times[times.length >> 1] ?? null })}\n`,
)
