// An ordinary program: it comes to the lab network by the door, and is no host there.
import net from 'node:net'

const { WIRELAB_HOST: host, WIRELAB_TCP_PORT: port } = process.env

const socket = net.connect(Number(port), host, () => socket.write('ping\n'))
socket.on('data', () => socket.end())
