// Lab 01: Layers, solved.
import net from 'node:net'

const host = process.env.WIRELAB_HOST ?? '127.0.0.1'
const port = Number(process.env.WIRELAB_TCP_PORT ?? 4001)

const socket = net.connect(port, host)

socket.on('connect', () => {
  console.log('connected')
  socket.write('hello\n')
})

socket.on('data', (bytes) => {
  console.log('the server says:', bytes.toString())
  socket.end()
})

socket.on('close', () => console.log('closed'))
