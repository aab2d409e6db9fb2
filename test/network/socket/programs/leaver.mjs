import net from 'node:net'

const [, , port, bytes] = process.argv
const socket = net.connect(port, () => {
  socket.write(Buffer.alloc(Number(bytes), 'x'))
  socket.destroySoon()
})
socket.on('close', () => console.log('closed'))
