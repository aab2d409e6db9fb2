// Writes 2.5 MB as it should, and reads the echo as it comes: the window never stays closed.
import { once } from 'node:events'
import net from 'node:net'

const { WIRELAB_HOST: host, WIRELAB_TCP_PORT: port } = process.env

const socket = net.connect(Number(port), host)
const chunk = Buffer.alloc(64 * 1024, 'x')
socket.resume()
for (let written = 0; written < 2_500_000; written += chunk.length) {
  if (!socket.write(chunk)) await once(socket, 'drain')
}
socket.end()
