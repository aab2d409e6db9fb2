/** What keeps connections alive, and who was at the hub. */
import { Type } from 'typebox'
import type { BeatList } from '../api-beats.ts'
import type { SocketList } from '../api-events.ts'
import type { App, Dependencies } from '../app.ts'
import { At, CaptureId, traceAt, traceOf } from '../selection.ts'

const MAX_LINES = 200

export function beatRoutes(api: App, deps: Dependencies): void {
  const CaptureQuery = Type.Object({ capture: CaptureId, at: At }, { additionalProperties: false })
  api.get('/beats', { schema: { querystring: CaptureQuery } }, async (request): Promise<BeatList> => {
    const { capture, at } = request.query
    return { beats: (await traceAt(deps.captures, capture, at)).beats(MAX_LINES) }
  })

  const After = Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }))
  // Events have no vantage: they are what the services say. `at` is taken as everywhere, and changes nothing.
  const SocketQuery = Type.Object(
    { capture: CaptureId, at: At, after: After },
    { additionalProperties: false },
  )
  api.get('/sockets', { schema: { querystring: SocketQuery } }, (request): SocketList => {
    const { capture, after = 0 } = request.query
    const { attendance } = traceOf(deps.captures, capture).events
    const { upTo, forgotten } = attendance
    return { sockets: attendance.changedAfter(after), upTo, forgotten }
  })
}
