/** Common answers to requests that can't be met. */
import { RequestError } from '../errors.ts'

export function notFound(message: string): RequestError {
  return new RequestError(404, { code: 'not-found', message })
}

export function badRequest(field: string, message: string, expected?: string): RequestError {
  const hint = expected === undefined ? {} : { expected }
  return new RequestError(400, { code: 'bad-request', message, field, ...hint })
}
