// Writes all of the file, and waits for an answer that comes only when it has ended.
import net from 'wirelab/net'

const { WIRELAB_HOST: host, WIRELAB_DOOR_PORT: port } = process.env

const socket = net.connect(Number(port), host)
socket.on('connect', () => {
  socket.write('x'.repeat(100_000))
  setTimeout(() => socket.resetAndDestroy(), 1000)
})
