/** Who came to the learner's two doors, from which page, and how it was answered. */
import { eventsIn, type SeenEvent } from '../kit/events.ts'
import type { RunView, Sighting } from '../kit/lab.ts'

export const OWN_PAGE = 'http://shop.example'
export const FOREIGN_PAGE = 'http://evil.example'

/** A first request to one of the doors: without the id of a session. */
export interface Visit {
  readonly packet: Sighting
  readonly door: 'open' | 'guarded'
  readonly page: string
  readonly transport: 'polling' | 'websocket'
  readonly cookie: string | undefined
  readonly isBrowser: boolean
}

export function visits(run: RunView, wanted: Partial<Omit<Visit, 'packet'>>): readonly Visit[] {
  const filter =
    'tcp.dstport==$LISTEN && http.request.uri contains "transport=" && !(http.request.uri contains "sid=")'
  const entries = Object.entries(wanted)
  return run
    .find(filter)
    .map(visitOf)
    .filter((visit) => entries.every(([key, value]) => visit[key as keyof Visit] === value))
}

function visitOf(packet: Sighting): Visit {
  const uri = String(packet.values('http.request.uri')[0])
  return {
    packet,
    door: uri.startsWith('/guarded/') ? 'guarded' : 'open',
    page: String(packet.values('http.header.origin')[0] ?? ''),
    transport: uri.includes('transport=websocket') ? 'websocket' : 'polling',
    cookie: packet.values('http.cookie')[0]?.toString(),
    isBrowser: String(packet.values('http.user_agent')[0]).startsWith('Mozilla/'),
  }
}

export interface Answer {
  readonly packet: Sighting
  readonly status: number
  /** Which pages may read it, as the header says. */
  readonly readableBy: string | undefined
}

export function answerOf(run: RunView, { packet }: Pick<Visit, 'packet'>): Answer | undefined {
  const answer = run
    .find('tcp.srcport==$LISTEN && http.response.code')
    .find((p) => p.values('http.request_in').includes(packet.number))
  return (
    answer && {
      packet: answer,
      status: Number(answer.values('http.response.code')[0]),
      readableBy: answer.values('http.header.access-control-allow-origin')[0]?.toString(),
    }
  )
}

/** The news that a visitor by WebSocket was told. */
export function newsFor(run: RunView, { packet }: Visit): SeenEvent | undefined {
  return eventsIn(run, 'tcp.srcport==$LISTEN', 'news').find((event) => event.packet.flow === packet.flow)
}

/** The CONNECT of a visitor by WebSocket. */
export function connectOf(run: RunView, { packet }: Visit): Sighting | undefined {
  return run.find('tcp.dstport==$LISTEN && socketio.type==0').find((p) => p.flow === packet.flow)
}

/** The token that a visitor by WebSocket brought with its CONNECT; `none` where it brought none. */
export function tokenOf(run: RunView, visit: Visit): string | undefined {
  const connect = connectOf(run, visit)
  if (connect === undefined) return undefined
  const payload =
    connect
      .values('engineio.payload')
      .map(String)
      .find((text) => text.startsWith('0')) ?? ''
  return /"token":"([^"]*)"/.exec(payload)?.[1] ?? 'none'
}

/** How CONNECT was answered: let in with an id, or refused with CONNECT_ERROR. */
export function connected(run: RunView, { packet }: Visit): { packet: Sighting; letIn: boolean } | undefined {
  const answer = run
    .find('tcp.srcport==$LISTEN && (socketio.error.message || socketio.sid)')
    .find((p) => p.flow === packet.flow)
  return answer && { packet: answer, letIn: answer.values('socketio.error.message').length === 0 }
}
