/** So many bytes into a sink, as fast as they go. Arguments: port, bytes. Prints `{bytes, seconds}`, the sink's count. */
import { once } from 'node:events'
import net from 'node:net'

const [port = '0', bytes = '0'] = process.argv.slice(2)
const socket = net.connect({ port: Number(port), host: '127.0.0.1', noDelay: true })
await once(socket, 'connect')
const chunk = Buffer.alloc(1 << 16, 'wirelab ')
const began = performance.now()
for (let left = Number(bytes); left > 0; left -= chunk.length) {
  if (!socket.write(chunk.subarray(0, Math.min(left, chunk.length)))) await once(socket, 'drain')
}
socket.end()
const [counted] = (await once(socket, 'data')) as [Buffer]
const seconds = (performance.now() - began) / 1000
socket.destroy()
process.stdout.write(`${JSON.stringify({ bytes: Number(counted.toString()), seconds })}\n`)
