import net from 'node:net'

const socket = net.connect(process.argv[2], () => console.log('connected'))
socket.on('data', (data) => console.log('data', String(data)))
socket.on('error', ({ code, message }) => console.log('error', code, message))
socket.on('close', () => console.log('closed'))
socket.write('hello')
