/**
 * The hub alone in a process of its own, as the bench's bare path: `plain`, or with Socket.IO's admin UI (`admin-ui`).
 * A second argument: milliseconds between its pings.
 */
import { instrument } from '@socket.io/admin-ui'
import { startHub } from '../../server/services/hub.ts'
import { kernelGround } from '../../server/services/kernel-ground.ts'

const [mode = 'plain', pingInterval] = process.argv.slice(2)

const hub = await startHub({
  ground: kernelGround(['127.0.0.1']),
  port: 0,
  ...(pingInterval !== undefined && { pingInterval: Number(pingInterval), pingTimeout: 8000 }),
  ...(mode === 'admin-ui' && { attach: (io) => void instrument(io, { auth: false, mode: 'development' }) }),
})
process.stdout.write(`${JSON.stringify({ hub: hub.port })}\n`)
process.once('SIGTERM', () => void hub.close().then(() => process.exit(0)))
