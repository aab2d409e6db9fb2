// Sends again in time, but takes any acknowledgement for that of the block that it has just sent.
import dgram from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'

const { WIRELAB_HOST: host, WIRELAB_DOOR_PORT: port } = process.env

for (let count = 0; count < 12; count++) {
  const socket = dgram.createSocket('udp4')
  const answers = []
  socket.on('message', (answer) => answers.push(answer))
  for (let block = 1; block <= 5; ) {
    socket.send(
      Buffer.concat([Buffer.from([0, 3, 0, block]), Buffer.alloc(block < 5 ? 512 : 0, 'x')]),
      port,
      host,
    )
    const signal = AbortSignal.timeout(250)
    if (answers.length === 0) await once(socket, 'message', { signal }).catch(() => undefined)
    if (answers.shift()) block++
  }
  socket.close()
  await pause(300)
}
