// Writes 2.5 MB, and reads the echo of each piece before the next: so little fits into any window, which never closes.
import { once } from 'node:events'
import net from 'node:net'

const { WIRELAB_HOST: host, WIRELAB_TCP_PORT: port } = process.env

const socket = net.connect(Number(port), host)
const chunk = Buffer.alloc(32 * 1024, 'x')
let back = 0
socket.on('data', (bytes) => {
  back += bytes.length
})
for (let written = 0; written < 2_500_000; ) {
  socket.write(chunk)
  written += chunk.length
  while (back < written) await once(socket, 'data')
}
socket.end()
