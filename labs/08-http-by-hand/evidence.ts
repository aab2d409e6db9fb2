/** What the learner asked of lab 08's server, and what came back. */
import type { RunView, Sighting } from '../kit/lab.ts'

export const ASKED = 'tcp.dstport==$LISTEN && http.request'
export const ANSWERED = 'tcp.srcport==$LISTEN && http.response'

export interface Exchange {
  readonly request: Sighting
  readonly response: Sighting
  readonly code: number
}

export const first = (packet: Sighting, field: string): string => String(packet.values(field)[0] ?? '')

/** Requests that match a filter, each with its answer; those that have none are left out. */
export function exchanges(run: RunView, filter: string): readonly Exchange[] {
  const answers = run.find(ANSWERED)
  return run.find(`${ASKED} && ${filter}`).flatMap((request) => {
    const response = answers.find((answer) => answer.values('http.request_in').includes(request.number))
    return response ? [{ request, response, code: Number(response.values('http.response.code')[0]) }] : []
  })
}

export const etagOf = ({ response }: Exchange): string => first(response, 'http.header.etag')

/** What a short page of text says. */
export const textOf = ({ response }: Exchange): string => first(response, 'data-text-lines.line')

/** 1 for an answer that one segment carried. */
export const segmentsOf = ({ response }: Exchange) => Number(response.values('tcp.segment.count')[0] ?? 1)

/** The cookie that an answer gives, name and value; empty where it gives none. */
export const sidOf = (response: Sighting) => /^sid=[^;]+/.exec(first(response, 'http.set_cookie'))?.[0] ?? ''
