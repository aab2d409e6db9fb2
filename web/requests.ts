/** The dashboard's REST API as functions. A refusal comes as an `ApiError`, a dead server as one of code `unreachable`. */
import type {
  ApiError,
  CaptureStatus,
  CompareResult,
  CompletionList,
  LabDetail,
  LabList,
  PacketDetail,
  PacketPage,
  SendRequest,
  SendResult,
  TransportId,
} from '../server/dashboard/api.ts'
import type { FlowSamples, NetworkNode, NetworkPatch } from '../server/dashboard/api-network.ts'

export type Answer<T> = { ok: true; value: T } | { ok: false; error: ApiError }

let token: string | null = null

/** The end of the cable at which the capture is that one looks at. */
export type Vantage = 'client' | 'server'
let vantage: Vantage = 'client'

/** From now on packets are those that a capture at this end holds. */
export function lookFrom(at: Vantage): void {
  vantage = at
}

/** Left out at the client's end, which is what every capture without two ends is taken for. */
const at = () => (vantage === 'client' ? undefined : vantage)

/** With `--host` the server wants the token of its URL's fragment with every request. */
export function bearToken(given: string | null): void {
  token = given
}

async function request<T>(path: string, init: RequestInit = {}): Promise<Answer<T>> {
  const headers = new Headers(init.headers)
  if (token !== null) headers.set('authorization', `Bearer ${token}`)
  if (init.body !== undefined) headers.set('content-type', 'application/json')
  try {
    const response = await fetch(`/api/${path}`, { ...init, headers })
    const body: unknown = response.status === 204 ? null : await response.json()
    if (response.ok) return { ok: true, value: body as T }
    return { ok: false, error: asError(body, response.status) }
  } catch (problem) {
    if (problem instanceof DOMException && problem.name === 'AbortError') {
      return { ok: false, error: { code: 'aborted', message: 'No longer wanted.' } }
    }
    return {
      ok: false,
      error: { code: 'unreachable', message: 'The lab does not answer. Is it still running?' },
    }
  }
}

function asError(body: unknown, status: number): ApiError {
  if (typeof body === 'object' && body !== null && 'message' in body && typeof body.message === 'string') {
    return body as ApiError
  }
  return { code: `http-${status}`, message: `The lab answered ${status}.` }
}

function query(parameters: Record<string, string | number | undefined>): string {
  const text = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== '') text.set(name, String(value))
  }
  const encoded = text.toString()
  return encoded === '' ? '' : `?${encoded}`
}

export const getPackets = (
  parameters: { filter?: string; after?: number; before?: number; limit?: number },
  signal?: AbortSignal,
) => request<PacketPage>(`packets${query({ ...parameters, at: at() })}`, signal ? { signal } : {})

export const getPacket = (number: number, signal?: AbortSignal) =>
  request<PacketDetail>(`packets/${number}${query({ at: at() })}`, signal ? { signal } : {})

export const completeFilter = (text: string, at: number, signal?: AbortSignal) =>
  request<CompletionList>(`filter/complete${query({ text, at })}`, signal ? { signal } : {})

export const send = (body: SendRequest) =>
  request<SendResult>('send', { method: 'POST', body: JSON.stringify(body) })

export const compare = (message: string, transports?: TransportId[]) =>
  request<CompareResult>('compare', {
    method: 'POST',
    body: JSON.stringify(transports === undefined ? { message } : { message, transports }),
  })

export const getNetwork = () => request<NetworkNode>('network')
export const patchNetwork = (patch: NetworkPatch) =>
  request<NetworkNode>('network', { method: 'PATCH', body: JSON.stringify(patch) })

/** Conversations are numbered as the capture at one end has them. */
export const getSamples = (flow: string, signal?: AbortSignal) =>
  request<FlowSamples>(
    `flows/${encodeURIComponent(flow)}/samples${query({ at: at() })}`,
    signal ? { signal } : {},
  )

/** Saves the frames that a filter lets through, as a capture at one end holds them. */
export async function saveCapture(filter: string, from: Vantage): Promise<ApiError | null> {
  const path = `/api/capture.pcapng${query({ filter, at: from === 'client' ? undefined : from })}`
  const link = document.createElement('a')
  link.download = 'wirelab.pcapng'
  link.href = path
  // A link can't bear a token: then the file comes through the page.
  if (token !== null) {
    const answer = await fetch(path, { headers: { authorization: `Bearer ${token}` } })
    if (!answer.ok) return asError(await answer.json(), answer.status)
    link.href = URL.createObjectURL(await answer.blob())
  }
  link.click()
  if (token !== null) URL.revokeObjectURL(link.href)
  return null
}

export const retryCapture = () => request<CaptureStatus>('capture/retry', { method: 'POST' })

export const getLabs = () => request<LabList>('labs')
export const getLab = (id: string) => request<LabDetail>(`labs/${encodeURIComponent(id)}`)
export const startLab = (id: string) =>
  request<LabDetail>(`labs/${encodeURIComponent(id)}/runs`, { method: 'POST' })
export const stopLab = (id: string) =>
  request<LabDetail>(`labs/${encodeURIComponent(id)}/runs`, { method: 'DELETE' })
export const answerStep = (id: string, step: string, answer: string) =>
  request<LabDetail>(`labs/${encodeURIComponent(id)}/answers`, {
    method: 'POST',
    body: JSON.stringify({ step, answer }),
  })
