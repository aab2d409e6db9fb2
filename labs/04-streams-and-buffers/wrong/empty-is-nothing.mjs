// Reads by length, and passes over the message that has nothing in it.
import net from 'node:net'

const { WIRELAB_HOST: host, WIRELAB_DOOR2_PORT: port } = process.env

const socket = net.connect(Number(port), host)
let rest = Buffer.alloc(0)
socket.on('data', (chunk) => {
  rest = Buffer.concat([rest, chunk])
  while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE()) {
    const end = 4 + rest.readUInt32BE()
    if (end > 4)
      socket.write(Buffer.concat([rest.subarray(0, 4), Buffer.from(rest.subarray(4, end)).reverse()]))
    rest = rest.subarray(end)
  }
})
