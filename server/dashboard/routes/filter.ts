/** What may be typed next in the filter bar. */
import { Type } from 'typebox'
import { complete } from '../../trace/filter-complete.ts'
import type { CompletionList } from '../api.ts'
import type { App } from '../app.ts'
import { MAX_FILTER_LENGTH } from '../selection.ts'

export function filterRoutes(api: App): void {
  const Query = Type.Object(
    {
      text: Type.String({ maxLength: MAX_FILTER_LENGTH }),
      at: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_FILTER_LENGTH })),
    },
    { additionalProperties: false },
  )
  api.get('/filter/complete', { schema: { querystring: Query } }, (request): CompletionList => {
    const { text, at = text.length } = request.query
    return complete(text, Math.min(at, text.length))
  })
}
