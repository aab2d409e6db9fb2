// Sends the head as the first bytes of its connection: these are acknowledged at once.
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import cable from 'wirelab/net'

const { WIRELAB_HOST: host, WIRELAB_DOOR3_PORT: port } = process.env

const socket = cable.connect(Number(port), host)
await once(socket, 'connect')
socket.write(Buffer.from([0, 0, 0, 5]))
await pause(50)
socket.write('hello')
await once(socket, 'data')
socket.end()
