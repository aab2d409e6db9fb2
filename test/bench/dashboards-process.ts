/** So many dashboards' live feeds, each watching the newest rows. Arguments: the lab's URL, how many. Prints `{"open": N}`. */
import { once } from 'node:events'
import { io } from 'socket.io-client'
import type { LiveAuth, WatchRequest } from '../../server/dashboard/api-live.ts'

const [url = '', many = '10'] = process.argv.slice(2)
await Promise.all(
  Array.from({ length: Number(many) }, async () => {
    const auth: LiveAuth = { changes: true }
    const socket = io(`${url}/live`, { auth, transports: ['websocket'], forceNew: true })
    socket.on('pushed', (taken: () => void) => taken())
    await once(socket as unknown as EventTarget & typeof socket, 'connect')
    await socket.emitWithAck('watch', { follow: true, limit: 40 } satisfies WatchRequest)
  }),
)
process.stdout.write(`${JSON.stringify({ open: Number(many) })}\n`)
