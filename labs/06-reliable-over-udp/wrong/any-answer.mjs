// Sends again in time, but takes each acknowledgement for that of the latest block: to two of one block it sends two more.
import dgram from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'

const { WIRELAB_HOST: host, WIRELAB_DOOR_PORT: port } = process.env

const CLOCK_MS = 250
// For the acknowledgements of all that was sent: whatever the machine is doing, the wire has both before it goes on.
const REST_MS = 600

async function transfer() {
  const socket = dgram.createSocket('udp4')
  let answers = 0
  socket.on('message', () => answers++)
  const send = (block) => {
    const head = Buffer.from([0, 3, 0, block])
    socket.send(Buffer.concat([head, Buffer.alloc(block < 5 ? 512 : 0, 'x')]), port, host)
  }
  const answered = async (wanted, limitMs) => {
    const signal = AbortSignal.timeout(limitMs)
    while (answers < wanted && !signal.aborted)
      await once(socket, 'message', { signal }).catch(() => undefined)
  }

  let block = 1
  send(block)
  for (;;) {
    let copies = 1
    await answered(1, CLOCK_MS)
    while (answers === 0) {
      send(block)
      copies++
      await answered(1, CLOCK_MS)
    }
    if (copies > 1) await answered(copies, REST_MS)
    if (block === 5) break
    for (; answers > 0 && block < 5; answers--) send(++block)
  }
  socket.close()
}

for (let count = 0; count < 20; count++) {
  await transfer()
  await pause(300)
}
