/** What is wrong with a request, in the API's shape. */
import type { ApiError } from './api.ts'

/** Thrown in a route, answered as `{code, message, …}` with its status. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  readonly status: number
  readonly answer: ApiError

  constructor(status: number, answer: ApiError) {
    super(answer.message)
    this.status = status
    this.answer = answer
  }
}

export function notFound(message: string): RequestError {
  return new RequestError(404, { code: 'not-found', message })
}

export function badRequest(field: string, message: string, expected?: string): RequestError {
  return new RequestError(400, {
    code: 'bad-request',
    message,
    field,
    ...(expected !== undefined && { expected }),
  })
}
