// Takes the port where nobody listens for the echo server's.
import net from 'node:net'

const { WIRELAB_HOST: host, WIRELAB_CLOSED_PORT: port } = process.env

const socket = net.connect(Number(port), host, () => socket.write('hello\n'))
socket.on('error', (error) => console.log(error.message))
