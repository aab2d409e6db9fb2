/** The dashboard's REST API as functions. A refusal comes as an `ApiError`, a dead server as one of code `unreachable`. */
import type {
  ApiError,
  CaptureStatus,
  CompletionList,
  EventList,
  FlowList,
  PacketDetail,
  PacketPage,
  SendRequest,
  SendResult,
  SessionList,
} from '../server/dashboard/api.ts'
import type {
  CaptureList,
  CaptureNode,
  RecordingNode,
  RecordingRequest,
  SecretsTaken,
} from '../server/dashboard/api-captures.ts'
import type { CompareRequest, CompareResult, TransportId } from '../server/dashboard/api-compare.ts'
import type { AnswerRequest, LabDetail, LabList } from '../server/dashboard/api-labs.ts'
import type { FlowSamples, NetworkNode, NetworkPatch } from '../server/dashboard/api-network.ts'
import { middleCut } from './lib/format.ts'

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

let capture: string | null = null

/** From now on packets are those of a file that was opened; with null those that are live. */
export function lookInto(id: string | null): void {
  capture = id
}

/** What every request about packets takes. */
const from = () => ({ at: at(), capture: capture ?? undefined })

/** With `--host` the server wants the token of its URL's fragment with every request. */
export function bearToken(given: string | null): void {
  token = given
}

function bearing(given?: HeadersInit): Headers {
  const headers = new Headers(given)
  if (token !== null) headers.set('authorization', `Bearer ${token}`)
  return headers
}

const UNREACHABLE = {
  ok: false,
  error: { code: 'unreachable', message: 'The lab does not answer. Is it still running?' },
} as const

async function request<T>(path: string, init: RequestInit = {}): Promise<Answer<T>> {
  const headers = bearing(init.headers)
  if (init.body !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json')
  try {
    const response = await fetch(`/api/${path}`, { ...init, headers })
    const body: unknown = response.status === 204 ? null : await response.json()
    if (response.ok) return { ok: true, value: body as T }
    return { ok: false, error: asError(body, response.status) }
  } catch (problem) {
    if (problem instanceof DOMException && problem.name === 'AbortError') {
      return { ok: false, error: { code: 'aborted', message: 'No longer wanted.' } }
    }
    return UNREACHABLE
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
) => request<PacketPage>(`packets${query({ ...parameters, ...from() })}`, signal ? { signal } : {})

export const getPacket = (number: number, signal?: AbortSignal) =>
  request<PacketDetail>(`packets/${number}${query(from())}`, signal ? { signal } : {})

export const completeFilter = (text: string, at: number, signal?: AbortSignal) =>
  request<CompletionList>(`filter/complete${query({ text, at })}`, signal ? { signal } : {})

export const send = (body: SendRequest) =>
  request<SendResult>('send', { method: 'POST', body: JSON.stringify(body) })

export const compare = (message: string, transports?: TransportId[]) =>
  request<CompareResult>('compare', {
    method: 'POST',
    body: JSON.stringify(
      (transports === undefined ? { message } : { message, transports }) satisfies CompareRequest,
    ),
  })

export const getNetwork = () => request<NetworkNode>(`network${query({ capture: capture ?? undefined })}`)
export const patchNetwork = (patch: NetworkPatch) =>
  request<NetworkNode>('network', { method: 'PATCH', body: JSON.stringify(patch) })

/** Conversations are numbered as the capture at one end has them. */
export const getSamples = (flow: string, signal?: AbortSignal) =>
  request<FlowSamples>(`flows/${encodeURIComponent(flow)}/samples${query(from())}`, signal ? { signal } : {})

/** Saves the frames that a filter lets through, as a capture at one end holds them. */
export async function saveCapture(
  filter: string,
  from: Vantage,
  name = 'wirelab.pcapng',
): Promise<ApiError | null> {
  const end = from === 'client' ? undefined : from
  const path = `/api/capture.pcapng${query({ filter, at: end, capture: capture ?? undefined })}`
  const link = document.createElement('a')
  link.download = name
  link.href = path
  // A link can't bear a token: then the file comes through the page.
  if (token !== null) {
    const answer = await fetch(path, { headers: bearing() })
    if (!answer.ok) return asError(await answer.json(), answer.status)
    link.href = URL.createObjectURL(await answer.blob())
  }
  link.click()
  if (token !== null) URL.revokeObjectURL(link.href)
  return null
}

export const getFlows = () => request<FlowList>(`flows${query(from())}`)
export const getSessions = () => request<SessionList>(`sessions${query(from())}`)
export const getEvents = (limit: number) =>
  request<EventList>(`events${query({ limit, capture: capture ?? undefined })}`)

export const getCaptures = () => request<CaptureList>('captures')
/** The newest recorded file as far as it is written. */
export async function getRecordedFile(name: string): Promise<Answer<File>> {
  try {
    const response = await fetch('/api/recording/file', { headers: bearing() })
    if (!response.ok) return { ok: false, error: asError(await response.json(), response.status) }
    return { ok: true, value: new File([await response.blob()], name) }
  } catch {
    return UNREACHABLE
  }
}

/** Sends a file's bytes. `onSent` is told the share that is there, 0 to 1. */
export function openCapture(
  file: File,
  onSent: (share: number) => void,
  signal: AbortSignal,
): Promise<Answer<CaptureNode>> {
  // Of what can be asked with, only this tells how much was sent.
  const asked = new XMLHttpRequest()
  asked.open('POST', `/api/captures${query({ name: middleCut(file.name, 200) })}`)
  asked.setRequestHeader('content-type', 'application/octet-stream')
  for (const [name, value] of bearing()) asked.setRequestHeader(name, value)
  asked.responseType = 'json'
  asked.upload.onprogress = ({ loaded, total }) => onSent(total === 0 ? 1 : loaded / total)
  signal.addEventListener('abort', () => asked.abort())
  return new Promise((resolve) => {
    asked.onload = () => {
      if (asked.status === 201) resolve({ ok: true, value: asked.response as CaptureNode })
      else resolve({ ok: false, error: asError(asked.response, asked.status) })
    }
    asked.onabort = () => resolve({ ok: false, error: { code: 'aborted', message: 'No longer wanted.' } })
    asked.onerror = () => resolve(UNREACHABLE)
    asked.send(file)
  })
}

/** Gives the secrets of a key log to a capture. */
export const giveSecrets = (id: string, keyLog: string) =>
  request<SecretsTaken>(`captures/${encodeURIComponent(id)}/secrets`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: keyLog,
  })

/** Also of a page that is just being left. */
export const closeCapture = (id: string) =>
  request<null>(`captures/${encodeURIComponent(id)}`, { method: 'DELETE', keepalive: true })

export const beginRecording = (wanted: RecordingRequest) =>
  request<RecordingNode>('recording', { method: 'POST', body: JSON.stringify(wanted) })
export const endRecording = () => request<RecordingNode>('recording', { method: 'DELETE' })

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
    body: JSON.stringify({ step, answer } satisfies AnswerRequest),
  })
