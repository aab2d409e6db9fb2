/** The receiver of lab 07: takes whatever comes, and when the sender has ended says what it got. */
import { createHash } from 'node:crypto'
import net from 'node:net'
import { HOST, port, ready } from '../kit/cast.ts'

const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  const hash = createHash('sha256')
  let received = 0
  socket.on('error', () => socket.destroy())
  socket.on('data', (bytes) => {
    hash.update(bytes)
    received += bytes.length
  })
  socket.on('end', () => socket.end(`got ${received} bytes, sha256 ${hash.digest('hex').slice(0, 8)}\n`))
})
server.listen(port('LISTEN'), HOST, ready)
