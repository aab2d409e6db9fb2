/**
 * A load of fixed rate, whatever the answers do: acked `echo`es at their due times, spread over some clients. A latency
 * counts from when the echo was due, so that a stall counts for all that had to wait behind it.
 * Arguments: port, seconds, echoes a second, clients. Prints `{sent, acked, medianMs, p95Ms}`.
 */
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { io } from 'socket.io-client'

const [port = '0', seconds = '4', rate = '1000', clients = '8'] = process.argv.slice(2)
/** What the connections and the compilers need to settle is not counted. */
const WARM_SECONDS = 1

const sockets = Array.from({ length: Number(clients) }, () =>
  io(`http://127.0.0.1:${port}`, { transports: ['websocket'], forceNew: true }),
)
await Promise.all(sockets.map((socket) => once(socket as unknown as EventTarget & typeof socket, 'connect')))

const everyMs = 1000 / Number(rate)
const began = performance.now()
const counted = began + WARM_SECONDS * 1000
const until = counted + Number(seconds) * 1000
const times: number[] = []
let sent = 0
let wanted = 0
let due = began
while (due < until) {
  const now = performance.now()
  for (; due <= now && due < until; due += everyMs) {
    const at = due
    if (at >= counted) wanted++
    sockets[sent++ % sockets.length]?.emit('echo', `message ${sent}`, () => {
      if (at >= counted) times.push(performance.now() - at)
    })
  }
  await pause(1)
}
await pause(200)
for (const socket of sockets) socket.disconnect()
times.sort((a, b) => a - b)
const at = (part: number) => times[Math.floor(times.length * part)] ?? null
process.stdout.write(
  `${JSON.stringify({ sent: wanted, acked: times.length, medianMs: at(0.5), p95Ms: at(0.95) })}\n`,
)
