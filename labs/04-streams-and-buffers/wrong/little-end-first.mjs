// Frames well, but writes its lengths with the least significant byte first.
import net from 'node:net'

const { WIRELAB_HOST: host, WIRELAB_DOOR2_PORT: port } = process.env

const socket = net.connect(Number(port), host)
let rest = Buffer.alloc(0)
socket.on('data', (chunk) => {
  rest = Buffer.concat([rest, chunk])
  while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE()) {
    const end = 4 + rest.readUInt32BE()
    const length = Buffer.alloc(4)
    length.writeUInt32LE(end - 4)
    socket.write(Buffer.concat([length, Buffer.from(rest.subarray(4, end)).reverse()]))
    rest = rest.subarray(end)
  }
})
