/** Asks a running Wirelab about its labs, over its API. */
import type { Status } from '../dashboard/api.ts'
import type { LabDetail, LabSummary } from '../dashboard/api-labs.ts'
import { LabError } from '../errors.ts'

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
  start = (id: string): Promise<LabDetail> => this.#ask('POST', `/api/labs/${encodeURIComponent(id)}/runs`)
  stop = (id: string): Promise<unknown> => this.#ask('DELETE', `/api/labs/${encodeURIComponent(id)}/runs`)
  answer = (id: string, step: string, answer: string): Promise<LabDetail> =>
    this.#ask('POST', `/api/labs/${encodeURIComponent(id)}/answers`, { step, answer })

  async #ask<T>(method: string, path: string, body?: object): Promise<T> {
    const headers: Record<string, string> = {}
    if (this.#token !== undefined) headers.authorization = `Bearer ${this.#token}`
    if (body !== undefined) headers['content-type'] = 'application/json'
    const response = await fetch(this.#url + path, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }).catch((cause: unknown) => {
      throw new LabError(`${this.#url} does not answer; is the lab still running?`, { cause })
    })
    const answer: unknown = response.status === 204 ? undefined : await response.json()
    if (response.ok) return answer as T
    throw new LabError((answer as { message?: string })?.message ?? `${path}: answered ${response.status}`)
  }
}
