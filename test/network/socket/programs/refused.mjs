import net from 'node:net'

const [, , port, host = 'localhost'] = process.argv
const socket = net.createConnection(port, host)
socket.on('error', ({ message, code, syscall, address, port }) => {
  console.log(JSON.stringify({ message, code, syscall, address, port, pending: socket.pending }))
})
socket.on('close', (hadError) => console.log('closed', hadError))
