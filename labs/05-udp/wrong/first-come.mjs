// Its server keeps the first caller's port, as if there were a connection, and answers that one alone.
import dgram from 'node:dgram'

const { WIRELAB_HOST: host, WIRELAB_LISTEN_PORT: port, WIRELAB_DOOR_PORT: door } = process.env

const server = dgram.createSocket('udp4')
let peer
server.on('message', (bytes, from) => {
  peer ??= from
  server.send(`heard: ${bytes}`, peer.port, peer.address)
})
const sockets = [server]
server.bind(Number(port), host, () => {
  for (const name of ['A', 'B', 'C']) {
    const caller = dgram.createSocket('udp4')
    sockets.push(caller)
    caller.on('message', (bytes) => console.log(`${name} hears: ${bytes}`))
    caller.send(`hello from ${name}`, Number(door), host)
  }
})
setTimeout(() => {
  for (const socket of sockets) socket.close()
}, 1000)
