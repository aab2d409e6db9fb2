// Leaves it to Socket.IO how to begin.
import { io } from 'socket.io-client'
import { host, overTcp, overWebSocket, portOf, workload } from './roads.mjs'

await workload('TCP', overTcp)
await workload('WebSocket', overWebSocket)
await workload('Socket.IO', async (arrived) => {
  const socket = io(`http://${host}:${portOf('HUB')}`)
  await new Promise((resolve) => socket.once('connect', resolve))
  return { send: (message) => socket.emit('echo', message, arrived), close: () => socket.close() }
})
