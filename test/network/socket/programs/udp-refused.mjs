import dgram from 'node:dgram'

const socket = dgram.createSocket('udp4')
socket.on('error', ({ message, code, syscall }) => {
  console.log(message, code, syscall)
  socket.close()
})
socket.connect(Number(process.argv[2]), 'localhost', () => {
  const { address, port } = socket.remoteAddress()
  console.log('connected', address, port)
  socket.send('anybody?')
})
