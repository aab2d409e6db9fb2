// Sends all of the file, once: the lab gets no second transfer in which it could lose something.
import net from 'wirelab/net'

const { WIRELAB_HOST: host, WIRELAB_DOOR_PORT: port } = process.env

const socket = net.connect(Number(port), host)
socket.end('x'.repeat(100_000))
socket.on('data', (bytes) => console.log('the receiver:', bytes.toString().trim()))
