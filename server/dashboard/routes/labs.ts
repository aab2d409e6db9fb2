/** The labs, their runs and answers. */
import { Readable } from 'node:stream'
import { Type } from 'typebox'
import { submissionName } from '../../labs/submission.ts'
import type { LabDetail, LabList } from '../api-labs.ts'
import type { App, Dependencies } from '../app.ts'
import { notFound } from '../refusals.ts'
import { submissionExport } from '../submission-export.ts'

export function labRoutes(api: App, deps: Dependencies): void {
  const { labs } = deps
  const Params = Type.Object({ id: Type.String({ maxLength: 60 }) }, { additionalProperties: false })

  const known = (id: string): LabDetail => {
    const detail = labs.detail(id)
    if (detail !== undefined) return detail
    const ids = labs.list().map((lab) => lab.id)
    throw notFound(`there is no lab ${JSON.stringify(id)}; there are ${ids.join(', ')}`)
  }

  api.get('/labs', (): LabList => ({ labs: labs.list() }))

  api.get('/labs/:id', { schema: { params: Params } }, (request): LabDetail => known(request.params.id))

  const Run = Type.Object(
    {
      fresh: Type.Optional(Type.Boolean()),
      learner: Type.Optional(Type.String({ minLength: 1, maxLength: 80, pattern: '^[^\\p{Cc}]+$' })),
    },
    { additionalProperties: false },
  )
  // Without a body as well: that is how one begins by hand.
  const RunBody = Type.Optional(Type.Union([Run, Type.Null()]))
  api.post('/labs/:id/runs', { schema: { params: Params, body: RunBody } }, async (request, reply) => {
    const { id } = known(request.params.id)
    return reply.code(201).send(await labs.start(id, request.body ?? {}))
  })

  const Programs = Type.Object(
    { pids: Type.Array(Type.Integer({ minimum: 1 }), { maxItems: 20 }) },
    { additionalProperties: false },
  )
  const programs = { schema: { params: Params, body: Programs } }
  api.put('/labs/:id/programs', programs, (request): LabDetail => {
    return labs.programs(known(request.params.id).id, request.body.pids)
  })

  const Program = Type.Object({ program: Type.String({ maxLength: 100 }) }, { additionalProperties: false })
  api.post('/labs/:id/programs', { schema: { params: Params, body: Program } }, async (request, reply) => {
    const { id } = known(request.params.id)
    return reply.code(201).send(await labs.runProgram(id, request.body.program))
  })

  api.delete('/labs/:id/progress', { schema: { params: Params } }, (request): Promise<LabDetail> => {
    return labs.reset(known(request.params.id).id)
  })

  api.get('/labs/:id/submission', { schema: { params: Params } }, async (request, reply) => {
    const submission = await labs.submission(known(request.params.id).id)
    const blocks = await submissionExport(submission, deps)
    const name = encodeURIComponent(submissionName(submission.lab, submission.learner))
    return reply
      .type('application/x-pcapng')
      .header('content-disposition', `attachment; filename*=UTF-8''${name}`)
      .send(Readable.from(blocks, { objectMode: false }))
  })

  api.delete('/labs/:id/runs', { schema: { params: Params } }, async (request): Promise<LabDetail> => {
    return labs.stop(known(request.params.id).id)
  })

  const OneRun = Type.Object(
    { ...Params.properties, run: Type.String({ maxLength: 80 }) },
    { additionalProperties: false },
  )
  api.delete('/labs/:id/runs/:run', { schema: { params: OneRun } }, async (request): Promise<LabDetail> => {
    return labs.stop(known(request.params.id).id, request.params.run)
  })

  const Answer = Type.Object(
    { step: Type.String({ maxLength: 60 }), answer: Type.String({ maxLength: 200 }) },
    { additionalProperties: false },
  )
  api.post('/labs/:id/answers', { schema: { params: Params, body: Answer } }, (request): LabDetail => {
    const { id } = known(request.params.id)
    return labs.answer(id, request.body.step, request.body.answer)
  })
}
