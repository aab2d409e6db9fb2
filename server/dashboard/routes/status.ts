/** What runs, whether packets are being seen, and the two settings that may be changed while it does. */
import { Type } from 'typebox'
import type { HeartbeatNode } from '../api.ts'
import type { App, Dependencies } from '../app.ts'

/** Below this the heartbeat itself would be the load; above, nobody waits for it. Milliseconds. */
const Interval = Type.Integer({ minimum: 100, maximum: 600_000 })

export function statusRoutes(api: App, deps: Dependencies): void {
  api.get('/status', () => deps.status())

  api.get('/heartbeat', (): HeartbeatNode => deps.status().heartbeat)

  const Heartbeat = Type.Object(
    { pingInterval: Type.Optional(Interval), pingTimeout: Type.Optional(Interval) },
    { additionalProperties: false, minProperties: 1 },
  )
  api.patch('/heartbeat', { schema: { body: Heartbeat } }, async (request): Promise<HeartbeatNode> => {
    const wanted = { ...deps.status().heartbeat, ...request.body }
    await deps.bench.setHeartbeat(wanted)
    return wanted
  })

  api.post('/capture/retry', async (_request, reply) => {
    await deps.bench.retryCapture({})
    return reply.code(202).send(deps.status().capture)
  })
}
