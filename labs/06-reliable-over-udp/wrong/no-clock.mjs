// Waits for each acknowledgement, however long: when something is lost, it waits for ever (here, for a second).
import dgram from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'

const { WIRELAB_HOST: host, WIRELAB_DOOR_PORT: port } = process.env

for (let count = 0; count < 6; count++) {
  const socket = dgram.createSocket('udp4')
  const patience = setTimeout(() => process.exit(), 1500)
  for (let block = 1; block <= 5; block++) {
    socket.send(
      Buffer.concat([Buffer.from([0, 3, 0, block]), Buffer.alloc(block < 5 ? 512 : 0, 'x')]),
      port,
      host,
    )
    await once(socket, 'message')
  }
  clearTimeout(patience)
  socket.close()
  await pause(300)
}
