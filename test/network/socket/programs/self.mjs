import net from 'node:net'

const server = net.createServer((socket) => socket.end(`hello ${socket.remoteAddress}`))
server.listen(() => {
  const socket = net.connect(server.address().port, '127.0.0.1')
  socket.on('data', (data) => console.log(String(data), 'from', socket.remoteAddress))
  socket.on('close', () => server.close(() => console.log('closed')))
})
