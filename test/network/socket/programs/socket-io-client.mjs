import http from 'node:http'
import net from 'node:net'
import { io } from 'socket.io-client'

const agent = new http.Agent()
agent.createConnection = net.createConnection

const socket = io(`http://localhost:${process.argv[2]}`, { agent })
// The upgrade may be through before Socket.IO's own CONNECT is answered.
socket.io.on('open', () => {
  const { engine } = socket.io
  console.log('opened', engine.transport.name)
  engine.on('upgrade', async ({ name }) => {
    const answer = await socket.emitWithAck('echo', 'hello', new Uint8Array([1, 2, 3]))
    console.log('upgraded', name, answer)
    socket.close()
  })
})
socket.on('connect_error', (error) => console.log('error', error.message))
socket.on('disconnect', (reason) => console.log('disconnected', reason))
