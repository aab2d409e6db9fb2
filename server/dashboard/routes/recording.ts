/** Writing what is seen to files on the lab's machine. Where they go was said when the lab was started, never here. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { Type } from 'typebox'
import { RequestError } from '../../errors.ts'
import type { RecordingNode } from '../api-captures.ts'
import type { App, Dependencies } from '../app.ts'
import { notFound } from '../refusals.ts'
import { At, FilterText } from '../selection.ts'

const Request = Type.Object(
  {
    at: At,
    filter: FilterText,
    rotate: Type.Optional(Type.Integer({ minimum: 1_000_000, maximum: 100_000_000_000 })),
    keep: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
  },
  { additionalProperties: false },
)

export function recordingRoutes(api: App, deps: Dependencies): void {
  const recorder = () => {
    if (deps.recorder !== undefined) return deps.recorder
    throw new RequestError(409, { code: 'conflict', message: 'nothing can be recorded here' })
  }

  api.get('/recording', (): RecordingNode => recorder().node())

  api.post('/recording', { schema: { body: Type.Union([Request, Type.Null()]) } }, async (request, reply) => {
    const node: RecordingNode = await recorder().start(request.body ?? {}, deps)
    return reply.code(201).send(node)
  })

  // The newest file as far as it is written: whole blocks only, so that it opens at any time.
  api.get('/recording/file', async (_request, reply) => {
    const path = recorder().path
    if (path === undefined) throw notFound('nothing has been recorded yet')
    const found = await stat(path).catch(() => undefined)
    if (found?.isFile() !== true) throw notFound(`${path} is no longer there`)
    return reply
      .type('application/x-pcapng')
      .header('content-disposition', `attachment; filename="${basename(path)}"`)
      .send(createReadStream(path))
  })

  api.delete('/recording', (): Promise<RecordingNode> => recorder().stop())
}
