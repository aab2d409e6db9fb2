// Sends one of the three messages and waits for the echo of all of them.
import net from 'node:net'

const { WIRELAB_HOST: host, WIRELAB_TCP_PORT: port } = process.env

const socket = net.connect(Number(port), host)
socket.write('one')
setTimeout(() => socket.destroy(), 700)
