/** The labs, their runs and answers. */
import { Type } from 'typebox'
import type { LabDetail, LabList } from '../api-labs.ts'
import type { App, Dependencies } from '../app.ts'
import { notFound } from '../refusals.ts'

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

  api.post('/labs/:id/runs', { schema: { params: Params } }, async (request, reply) => {
    const { id } = known(request.params.id)
    return reply.code(201).send(await labs.start(id))
  })

  api.delete('/labs/:id/runs', { schema: { params: Params } }, async (request): Promise<LabDetail> => {
    return labs.stop(known(request.params.id).id)
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
