import dgram from 'node:dgram'

const socket = dgram.createSocket('udp4')
socket.on('message', (message, { address, port, family, size }) => {
  console.log('heard', String(message), address, family, size)
  socket.send([Buffer.from('I heard '), message], port, address)
})
socket.bind(Number(process.argv[2]), () => console.log('listening', socket.address().address))
