// Takes each chunk for a message, as if one write over there were one `data` event here.
import net from 'node:net'

const { WIRELAB_HOST: host, WIRELAB_DOOR_PORT: port } = process.env

const socket = net.connect(Number(port), host)
socket.on('data', (chunk) => {
  const message = chunk.toString('latin1').replace('\0', '')
  socket.write(`${[...message].reverse().join('')}\0`)
})
