// Two writes for a message, and Nagle's algorithm is never switched off.
import { once } from 'node:events'
import cable from 'wirelab/net'

const { WIRELAB_HOST: host, WIRELAB_DOOR3_PORT: port } = process.env

const socket = cable.connect(Number(port), host)
socket.write(Buffer.from('\0\0\0\x05hello'))
await once(socket, 'data')
await new Promise((taken) => socket.write(Buffer.from([0, 0, 0, 5]), taken))
socket.write('hello')
await once(socket, 'data')
socket.end()
