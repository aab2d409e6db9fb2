/** What the learner asked of lab 09's server, and which news came of it. */
import type { RunView, Sighting } from '../kit/lab.ts'

const ASKED = 'tcp.dstport==$LISTEN && http.request'
const ANSWERED = 'tcp.srcport==$LISTEN && http.response'

const NEWS = `${ASKED} && http.request.uri contains "/news"`
/** Questions that are answered at once. */
export const NAGS = `${NEWS} && !(http.request.uri contains "wait=") && !(http.request.uri contains "tab=")`
/** Those of the tabs, and of the one that asks again. */
export const TABS = `${ASKED} && http.request.uri contains "tab="`
/** Questions that the server may hold. */
export const HELD = `${NEWS} && http.request.uri contains "wait="`
export const QUIET = `${ASKED} && http.request.uri contains "/quiet" && http.request.uri contains "wait="`

export interface News {
  readonly id: number
  /** Epoch milliseconds. */
  readonly at: number
}

export interface Exchange {
  readonly request: Sighting
  readonly response: Sighting
  readonly code: number
  readonly news: readonly News[]
}

/** Requests that match a filter, each with its answer; those that have none are left out. */
export function exchanges(run: RunView, filter: string): readonly Exchange[] {
  const answers = new Map<unknown, Sighting>()
  for (const answer of run.find(ANSWERED)) answers.set(answer.values('http.request_in')[0], answer)
  return run.find(filter).flatMap((request) => {
    const response = answers.get(request.number)
    if (response === undefined) return []
    const code = Number(response.values('http.response.code')[0])
    return [{ request, response, code, news: code === 200 ? newsIn(response) : [] }]
  })
}

function newsIn(response: Sighting): readonly News[] {
  try {
    const found: unknown = JSON.parse(String(response.values('http.file_data')[0]))
    return Array.isArray(found) ? found.filter(isNews) : []
  } catch {
    return []
  }
}

function isNews(value: unknown): value is News {
  const { id, at }: Partial<Record<keyof News, unknown>> = value ?? {}
  return typeof id === 'number' && typeof at === 'number'
}

/** Different pieces of news in these answers. */
export const newsOf = (all: readonly Exchange[]) =>
  new Set(all.flatMap(({ news }) => news.map(({ id }) => id)))

/** Bytes of HTTP, question and answer together. */
export function bytesOf({ request, response }: Exchange): number {
  return bytesIn(request) + bytesIn(response)
}

/** Bytes of the message that ends in this packet. */
export function bytesIn(packet: Sighting): number {
  return Number(packet.values('tcp.reassembled.length')[0] ?? packet.values('tcp.len')[0])
}

/**
 * How old news were when they arrived, milliseconds, the middle one; of those only that were made while somebody asked.
 * Undefined where there are none.
 */
export function ageOf(all: readonly Exchange[]): number | undefined {
  const begin = all[0]?.request.time ?? 0
  const ages = all
    .flatMap(({ response, news }) => news.map(({ at }) => ({ at, age: response.time * 1000 - at })))
    .filter(({ at }) => at / 1000 > begin)
    .map(({ age }) => age)
    .sort((a, b) => a - b)
  return ages[Math.floor(ages.length / 2)]
}

/** Which tab asks. */
export function tabOf(request: Sighting): string | undefined {
  return /[?&]tab=([^&]*)/.exec(String(request.values('http.request.uri')[0]))?.[1]
}
