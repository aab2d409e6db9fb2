// Leaves UDP out.
import { overSocketIo, overTcp, overWebSocket, workload } from './roads.mjs'

await workload('TCP', overTcp)
await workload('WebSocket', overWebSocket)
await workload('Socket.IO', overSocketIo)
