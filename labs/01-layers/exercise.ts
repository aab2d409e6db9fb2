// Lab 01: Layers. The wire is the judge: this program runs as it is, but it says nothing.
import net from 'node:net'

const host = process.env.WIRELAB_HOST ?? '127.0.0.1'
const port = Number(process.env.WIRELAB_TCP_PORT ?? 4001)

const socket = net.connect(port, host)

socket.on('connect', () => {
  console.log('connected')
  // TODO: send the line 'hello' and a newline with socket.write(…),
  // and end the connection only after the echo has come.
  socket.end()
})

socket.on('data', (bytes) => {
  console.log('the server says:', bytes.toString())
})

socket.on('close', () => console.log('closed'))
