// Says goodbye where it should abort, and where it should wait; and knocks at no other door.
import net from 'node:net'

const { WIRELAB_HOST: host, WIRELAB_TCP_PORT: port } = process.env

for (const line of ['hello\n', 'bye\n']) {
  const socket = net.connect(Number(port), host, () => socket.write(line))
  socket.on('data', () => socket.end())
}
