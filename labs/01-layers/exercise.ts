// Lab 01: Layers. The wire is the judge: this program runs as it is, but it says nothing.
import dgram from 'node:dgram'
import net from 'node:net'

const host = process.env.WIRELAB_HOST ?? '127.0.0.1'
const port = Number(process.env.WIRELAB_TCP_PORT ?? 4001)
const udpPort = Number(process.env.WIRELAB_UDP_PORT ?? 4002)

// Steps 2 and 3: a line over TCP.
const socket = net.connect(port, host)

socket.on('connect', () => {
  console.log('connected')
  // TODO (step 2): send the line 'hello' and a newline with socket.write(…).
  // TODO (step 3): end the connection only after the echo has come.
  socket.end()
})

socket.on('data', (bytes) => {
  console.log('the server says:', bytes.toString())
})

socket.on('close', () => console.log('closed'))

// Step 9: the same line over UDP. A datagram may be lost, and nobody says so: after two seconds this gives up.
const datagrams = dgram.createSocket('udp4')
const giveUp = setTimeout(() => datagrams.close(), 2000)

datagrams.on('message', (bytes) => {
  console.log('the server says by datagram:', bytes.toString())
  clearTimeout(giveUp)
  datagrams.close()
})

// TODO (step 9): send the line with datagrams.send(text, port, host).
console.log('UDP echo is at port', udpPort)
