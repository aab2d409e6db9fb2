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

export type Answer<T> = { ok: true; value: T } | { ok: false; error: ApiError }

let token: string | null = null

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
) => request<PacketPage>(`packets${query(parameters)}`, signal ? { signal } : {})

export const getPacket = (number: number, signal?: AbortSignal) =>
  request<PacketDetail>(`packets/${number}`, signal ? { signal } : {})

export const completeFilter = (text: string, at: number, signal?: AbortSignal) =>
  request<CompletionList>(`filter/complete${query({ text, at })}`, signal ? { signal } : {})

export const send = (body: SendRequest) =>
  request<SendResult>('send', { method: 'POST', body: JSON.stringify(body) })

export const compare = (message: string, transports?: TransportId[]) =>
  request<CompareResult>('compare', {
    method: 'POST',
    body: JSON.stringify(transports === undefined ? { message } : { message, transports }),
  })

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
