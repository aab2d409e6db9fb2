/**
 * One message after the other to an echo, each when the last is back. Arguments: port, messages, bytes of each.
 * Prints `{medianUs, p95Us}`.
 */
import { once } from 'node:events'
import net from 'node:net'

const [port = '0', messages = '2000', size = '64'] = process.argv.slice(2)
const socket = net.connect({ port: Number(port), host: '127.0.0.1', noDelay: true })
await once(socket, 'connect')
const message = Buffer.alloc(Number(size), 'wirelab ')
const times: number[] = []
const WARM_UP = 200
for (let n = 0; n < Number(messages) + WARM_UP; n++) {
  const sent = performance.now()
  socket.write(message)
  for (let back = 0; back < message.length; ) {
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    back += chunk.length
  }
  if (n >= WARM_UP) times.push((performance.now() - sent) * 1000)
}
socket.destroy()
times.sort((a, b) => a - b)
const at = (share: number) => times[Math.floor(times.length * share)] ?? null
process.stdout.write(`${JSON.stringify({ medianUs: at(0.5), p95Us: at(0.95) })}\n`)
