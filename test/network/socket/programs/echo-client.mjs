import { createHash, randomBytes } from 'node:crypto'
import net from 'node:net'

const [, , port, bytes = '5'] = process.argv
const data = randomBytes(Number(bytes))
const back = createHash('sha256')
let received = 0

const socket = net.connect({ port, host: 'localhost' }, () => {
  const { localAddress, remoteAddress, remotePort, remoteFamily } = socket
  console.log('connected', localAddress, remoteAddress, remotePort, remoteFamily)
  socket.end(data)
})
socket.on('data', (chunk) => {
  received += chunk.length
  back.update(chunk)
})
socket.on('close', (hadError) => {
  const same = back.digest('hex') === createHash('sha256').update(data).digest('hex')
  console.log('closed', hadError, received, same, socket.bytesRead, socket.bytesWritten)
})
