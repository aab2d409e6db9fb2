// Sends all its blocks at once, the last one first, and waits for nobody.
import dgram from 'node:dgram'

const { WIRELAB_HOST: host, WIRELAB_DOOR_PORT: port } = process.env

const socket = dgram.createSocket('udp4')
for (let block = 5; block >= 1; block--) {
  socket.send(
    Buffer.concat([Buffer.from([0, 3, 0, block]), Buffer.alloc(block < 5 ? 512 : 0, 'x')]),
    port,
    host,
  )
}
setTimeout(() => socket.close(), 500)
