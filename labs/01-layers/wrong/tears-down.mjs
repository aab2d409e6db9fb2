// Has the echo, and tears the connection down instead of closing it.
import net from 'node:net'

const { WIRELAB_HOST: host, WIRELAB_TCP_PORT: port } = process.env

const socket = net.connect(Number(port), host, () => socket.write('hello\n'))
socket.on('data', () => socket.resetAndDestroy())
