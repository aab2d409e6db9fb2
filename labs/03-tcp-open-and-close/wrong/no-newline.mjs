// Sends the five letters without the newline, and closes nothing until it gives up.
import net from 'node:net'

const { WIRELAB_HOST: host, WIRELAB_TCP_PORT: port } = process.env

const socket = net.connect(Number(port), host, () => socket.write('hello'))
socket.on('data', (bytes) => console.log('echo:', bytes.toString()))
setTimeout(() => socket.destroy(), 1000)
