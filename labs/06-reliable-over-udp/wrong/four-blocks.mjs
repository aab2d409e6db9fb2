// Sends the four blocks that carry bytes, each in its turn, and no fifth.
import dgram from 'node:dgram'
import { once } from 'node:events'

const { WIRELAB_HOST: host, WIRELAB_DOOR_PORT: port } = process.env

const socket = dgram.createSocket('udp4')
for (let block = 1; block <= 4; block++) {
  socket.send(Buffer.concat([Buffer.from([0, 3, 0, block]), Buffer.alloc(512, 'x')]), port, host)
  await once(socket, 'message')
}
socket.close()
