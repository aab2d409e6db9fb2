/** Asks a running Wirelab about its labs, over its API. */
import type { Status } from '../dashboard/api.ts'
import type { LabDetail, LabSummary, RunRequest } from '../dashboard/api-labs.ts'
import { LabError, messageOf, systemCode } from '../errors.ts'

export class LabClient {
  readonly #url: string
  readonly #token: string | undefined

  constructor(url: string, token?: string) {
    this.#url = url.replace(/\/$/, '')
    this.#token = token
  }

  status = (): Promise<Status> => this.#ask('GET', '/api/status')
  list = async (): Promise<LabSummary[]> => (await this.#ask<{ labs: LabSummary[] }>('GET', '/api/labs')).labs
  detail = (id: string): Promise<LabDetail> => this.#ask('GET', `/api/labs/${encodeURIComponent(id)}`)
  start = (id: string, request: RunRequest = {}): Promise<LabDetail> =>
    this.#ask('POST', `/api/labs/${encodeURIComponent(id)}/runs`, request)
  /** Says which processes are the learner's: theirs, and those that they start. */
  programs = (id: string, pids: readonly number[]): Promise<unknown> =>
    this.#ask('PUT', `/api/labs/${encodeURIComponent(id)}/programs`, { pids })
  /** Forgets what was done and answered in a lab. */
  reset = (id: string): Promise<LabDetail> =>
    this.#ask('DELETE', `/api/labs/${encodeURIComponent(id)}/progress`)
  /** The run that is going on, as a pcapng file to hand in; it must have been started with the learner's name. */
  submission = async (id: string): Promise<Uint8Array> => {
    const response = await this.#fetch('GET', `/api/labs/${encodeURIComponent(id)}/submission`)
    return new Uint8Array(await response.arrayBuffer())
  }
  /** Ends the lab's run; where one is named, that one alone, and no other that has begun since. */
  stop = (id: string, run?: string): Promise<unknown> => {
    const one = run === undefined ? '' : `/${encodeURIComponent(run)}`
    return this.#ask('DELETE', `/api/labs/${encodeURIComponent(id)}/runs${one}`)
  }
  answer = (id: string, step: string, answer: string): Promise<LabDetail> =>
    this.#ask('POST', `/api/labs/${encodeURIComponent(id)}/answers`, { step, answer })

  async #ask<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await this.#fetch(method, path, body)
    return (response.status === 204 ? undefined : await response.json()) as T
  }

  async #fetch(method: string, path: string, body?: object): Promise<Response> {
    // One that is kept may have been closed when it is asked next: a lab takes its time between two questions.
    const headers: Record<string, string> = { connection: 'close' }
    if (this.#token !== undefined) headers.authorization = `Bearer ${this.#token}`
    if (body !== undefined) headers['content-type'] = 'application/json'
    const response = await fetch(this.#url + path, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }).catch((cause: unknown) => {
      const why = systemCode(cause instanceof Error ? cause.cause : undefined)
      throw new LabError(`${this.#url} does not answer (${why ?? messageOf(cause)}); is it still running?`, {
        cause,
      })
    })
    if (response.ok) return response
    const said = (await response.json().catch(() => undefined)) as { message?: string } | undefined
    throw new LabError(said?.message ?? `${path}: answered ${response.status}`)
  }
}
