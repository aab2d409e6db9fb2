/** The dashboard's REST API as functions. A refusal comes as an `ApiError`, a dead server as one of code `unreachable`. */
import type {
  ApiError,
  CaptureStatus,
  CompletionList,
  EventList,
  FlowList,
  FlowNode,
  PacketDetail,
  PacketPage,
  SendRequest,
  SendResult,
  SessionList,
} from '../server/dashboard/api.ts'
import type { BeatList } from '../server/dashboard/api-beats.ts'
import type {
  CaptureList,
  CaptureNode,
  RecordingNode,
  RecordingRequest,
  SecretsTaken,
} from '../server/dashboard/api-captures.ts'
import type { CompareRequest, CompareResult, TransportId } from '../server/dashboard/api-compare.ts'
import type { SocketList } from '../server/dashboard/api-events.ts'
import type {
  AnswerRequest,
  LabDetail,
  LabList,
  RunRequest,
  StartProgramRequest,
} from '../server/dashboard/api-labs.ts'
import type { FlowSamples, NetworkNode, NetworkPatch } from '../server/dashboard/api-network.ts'
import type { FlowSeries } from '../server/dashboard/api-series.ts'
import type {
  FlowStates,
  SegmentPage,
  StreamContent,
  StreamMatches,
  StreamPage,
  StreamSide,
} from '../server/dashboard/api-stream.ts'
import type { PacketAt, Timeline } from '../server/dashboard/api-time.ts'
import { ByteBudget } from './lib/byte-budget.ts'
import { middleCut } from './lib/format.ts'
import { saveFile } from './lib/save-file.ts'

export type Answer<T> = { ok: true; value: T; bytes?: number } | { ok: false; error: ApiError }

/** Bytes a second: with the live feed's 70,000 (`server/dashboard/live-shares.ts`) less than 100,000. */
const budget = new ByteBudget(22_000)
/** What stands before an answer, about. */
const HEAD_BYTES = 250
/** Whoever asks goes on asking, now and then, however much others asked for. */
const MOST_REST_MS = 3000
const SCARCE_MS = 1000

/** Milliseconds to rest before the page asks again by itself: at least so many, and until what such answers brought is paid for. */
export function restAfter(leastMs: number, ...came: readonly (Answer<unknown> | undefined)[]): number {
  for (const answer of came) payFor(answer)
  return Math.max(leastMs, Math.min(MOST_REST_MS, budget.owedMs(performance.now())))
}

/** What the page asked for by itself is taken off what it may ask for. */
export function payFor(answer: Answer<unknown> | undefined): void {
  if (answer?.ok) budget.pay((answer.bytes ?? 0) + HEAD_BYTES, performance.now())
}

/** So much came lately that it is better to ask for little. */
export const isScarce = () => budget.owedMs(performance.now()) > SCARCE_MS

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

/** Resolves when the lab is there again; null while it is. */
let away: { back: Promise<void>; came: () => void } | null = null

/** The lab can't be reached: what is asked for from now on waits until it can. */
export function labWent(): void {
  if (away !== null) return
  let came = () => {}
  const back = new Promise<void>((resolve) => {
    came = resolve
  })
  away = { back, came }
}

export function labCame(): void {
  away?.came()
  away = null
}

/** The live feed may learn of a broken link a little later than a request. */
const LEARNT_MS = 300

async function labIsBack(signal: AbortSignal | null | undefined): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, LEARNT_MS))
  const given = new Promise((resolve) => signal?.addEventListener('abort', resolve, { once: true }))
  await Promise.race([away?.back, ...(signal == null ? [] : [given])])
}

/** What was only asked for is asked for once more when a broken link is whole again. */
async function request<T>(path: string, init: RequestInit = {}): Promise<Answer<T>> {
  const answer = await requestOnce<T>(path, init)
  if (answer.ok || answer.error.code !== 'unreachable' || init.method !== undefined) return answer
  await labIsBack(init.signal)
  return requestOnce<T>(path, init)
}

async function requestOnce<T>(path: string, init: RequestInit): Promise<Answer<T>> {
  const headers = bearing(init.headers)
  if (init.body !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json')
  try {
    const response = await fetch(`/api/${path}`, { ...init, headers })
    const body: unknown = response.status === 204 ? null : await response.json()
    const bytes = Number(response.headers.get('content-length'))
    if (response.ok) return { ok: true, value: body as T, bytes }
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
  parameters: { filter?: string; after?: number; before?: number; index?: number; limit?: number },
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
/** With `since`, epoch milliseconds, those that were told later. */
export const getSamples = (flow: string, parameters: { since?: number | undefined; limit?: number } = {}) =>
  request<FlowSamples>(`flows/${encodeURIComponent(flow)}/samples${query({ ...parameters, ...from() })}`)

/** The packets from behind `after` up to `until` as points; `bin` as an earlier answer had it. */
export const getSeries = (flow: string, parameters: { after?: number; until?: number; bin?: number }) =>
  request<FlowSeries>(`flows/${encodeURIComponent(flow)}/series${query({ ...parameters, ...from() })}`)

export interface StreamQuery {
  content?: StreamContent
  direction?: StreamSide
  view?: 'text' | 'hex'
}

export const getStream = (
  flow: string,
  parameters: StreamQuery & { line?: number; limit?: number },
  signal?: AbortSignal,
) =>
  request<StreamPage>(`flows/${flow}/stream${query({ ...parameters, ...from() })}`, signal ? { signal } : {})

export const findInStream = (
  flow: string,
  parameters: StreamQuery & { text?: string; hex?: string },
  signal?: AbortSignal,
) =>
  request<StreamMatches>(
    `flows/${flow}/stream/find${query({ ...parameters, ...from() })}`,
    signal ? { signal } : {},
  )

export const getSegments = (flow: string, parameters: { after?: number; before?: number; limit?: number }) =>
  request<SegmentPage>(`flows/${flow}/segments${query({ ...parameters, ...from() })}`)

export const getStates = (flow: string) => request<FlowStates>(`flows/${flow}/states${query(from())}`)

/** Saves what one side or both said, as it was. */
export const saveStream = (
  flow: string,
  parameters: Pick<StreamQuery, 'content' | 'direction'>,
  name: string,
) => save(`/api/flows/${flow}/stream.raw${query({ ...parameters, ...from() })}`, name)

/** Saves the frames that a filter lets through, as a capture at one end holds them. */
export async function saveCapture(
  filter: string,
  from: Vantage,
  name = 'wirelab.pcapng',
): Promise<ApiError | null> {
  const end = from === 'client' ? undefined : from
  const path = `/api/capture.pcapng${query({ filter, at: end, capture: capture ?? undefined })}`
  return save(path, name)
}

/** The newest of the packets that a filter lets through, with all their fields. */
export const saveJson = (filter: string) =>
  save(`/api/packets.json${query({ filter, ...from() })}`, 'wirelab.json')

async function save(path: string, name: string): Promise<ApiError | null> {
  // A link can't bear a token: then the file comes through the page.
  if (token !== null) return saveThroughPage(path, name)
  const link = document.createElement('a')
  link.download = name
  link.href = path
  link.click()
  return null
}

async function saveThroughPage(path: string, name: string): Promise<ApiError | null> {
  try {
    const answer = await fetch(path, { headers: bearing() })
    if (!answer.ok) return asError(await answer.json(), answer.status)
    saveFile(await answer.blob(), name)
    return null
  } catch {
    return UNREACHABLE.error
  }
}

export const getFlow = (id: string) => request<FlowNode>(`flows/${encodeURIComponent(id)}${query(from())}`)
export const getFlows = () => request<FlowList>(`flows${query(from())}`)
export const getBeats = () => request<BeatList>(`beats${query(from())}`)
export const getSessions = () => request<SessionList>(`sessions${query(from())}`)
/** The newest, of those with an id between the two. */
export const getEvents = (limit: number, after?: number, before?: number) =>
  request<EventList>(`events${query({ limit, after, before, capture: capture ?? undefined })}`)
/** What the services emitted last. */
export const getEmits = (limit: number) =>
  request<EventList>(`events${query({ kind: 'emit', limit, capture: capture ?? undefined })}`)
/** Who came, went or changed rooms after an event. */
export const getSockets = (after: number) =>
  request<SocketList>(`sockets${query({ after, capture: capture ?? undefined })}`)
/** The three of them as they were just behind a packet. */
export const getFlowsUntil = (until: number, limit?: number) =>
  request<FlowList>(`flows${query({ until, limit, ...from() })}`)
export const getSessionsUntil = (until: number) =>
  request<SessionList>(`sessions${query({ until, ...from() })}`)
export const getEventsUntil = (until: number, limit: number) =>
  request<EventList>(`events${query({ until, limit, ...from() })}`)

/** The network at a time. */
export const getNetworkAt = (time: string) =>
  request<NetworkNode>(`network${query({ time, capture: capture ?? undefined })}`)

/** All that is held, over time. */
export const getTimeline = (filter: string, buckets: number) =>
  request<Timeline>(`timeline${query({ filter, buckets, ...from() })}`)

/** The match nearest to a time, or the newest up to a number. */
export const getPacketAt = (at: { time?: string; number?: number; filter?: string }) =>
  request<PacketAt>(`packets/at${query({ ...at, ...from() })}`)

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
export const startLab = (id: string, wanted?: RunRequest) =>
  request<LabDetail>(`labs/${encodeURIComponent(id)}/runs`, {
    method: 'POST',
    ...(wanted !== undefined && { body: JSON.stringify(wanted) }),
  })
/** The run that is going on, as it is handed in; why not, where it can't be. */
export const saveSubmission = (id: string, name: string) =>
  saveThroughPage(`/api/labs/${encodeURIComponent(id)}/submission`, name)
/** Ends one run, and none that somebody has begun since. */
export const stopLab = (id: string, run: string) =>
  request<LabDetail>(`labs/${encodeURIComponent(id)}/runs/${encodeURIComponent(run)}`, { method: 'DELETE' })
export const runLabProgram = (id: string, program: string) =>
  request<LabDetail>(`labs/${encodeURIComponent(id)}/programs`, {
    method: 'POST',
    body: JSON.stringify({ program } satisfies StartProgramRequest),
  })
export const forgetLab = (id: string) =>
  request<LabDetail>(`labs/${encodeURIComponent(id)}/progress`, { method: 'DELETE' })
export const answerStep = (id: string, step: string, answer: string) =>
  request<LabDetail>(`labs/${encodeURIComponent(id)}/answers`, {
    method: 'POST',
    body: JSON.stringify({ step, answer } satisfies AnswerRequest),
  })
