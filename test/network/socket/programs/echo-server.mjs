import net from 'node:net'

const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  console.log('connection from', socket.remoteAddress)
  socket.on('error', (error) => console.log('error', error.code))
  socket.on('close', (hadError) => console.log('closed', hadError))
  socket.pipe(socket)
})
server.listen(Number(process.argv[2]), () => console.log('listening', server.address().port))
