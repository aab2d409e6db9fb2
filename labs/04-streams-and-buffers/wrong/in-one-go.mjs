// Writes head and body one right behind the other, before it is connected: they leave together.
import { once } from 'node:events'
import cable from 'wirelab/net'

const { WIRELAB_HOST: host, WIRELAB_DOOR3_PORT: port } = process.env

const socket = cable.connect(Number(port), host)
socket.write(Buffer.from([0, 0, 0, 5]))
socket.write('hello')
await once(socket, 'data')
socket.end()
