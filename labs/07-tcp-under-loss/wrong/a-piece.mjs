// Sends the first 2000 bytes of the file, and ends.
import net from 'wirelab/net'

const { WIRELAB_HOST: host, WIRELAB_DOOR_PORT: port } = process.env

const socket = net.connect(Number(port), host)
socket.end('x'.repeat(2000))
socket.on('data', (bytes) => console.log('the receiver:', bytes.toString().trim()))
