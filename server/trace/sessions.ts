/** Engine.IO sessions, and what else keeps connections alive, in the shape of the API. */
import type { Beat as BeatNode, SessionNode } from '../dashboard/api.ts'
import type { BeatsNode } from '../dashboard/api-beats.ts'
import { type Beat, type EngineIoSession, nextPingDue } from '../protocols/engine-session.ts'
import type { TcpFlow } from './tcp-flow.ts'
import { formatTime, secondsBetween } from './time.ts'

/** Those that a server has confirmed, oldest first: a client may name any session id it likes. */
export function sessionNodes(sessions: readonly EngineIoSession[]): SessionNode[] {
  return sessions
    .filter((session) => session.state !== 'unknown')
    .sort((a, b) => Number(a.opened - b.opened))
    .map(sessionNode)
}

function sessionNode(session: EngineIoSession): SessionNode {
  const due = nextPingDue(session)
  const { closed } = session
  return {
    sid: session.sid,
    transport: session.transport,
    pingInterval: session.pingInterval,
    pingTimeout: session.pingTimeout,
    flows: [...session.flows],
    sockets: session.sockets.map((socket) => ({ ...socket })),
    state: session.state === 'closed' ? 'closed' : 'open',
    opened: formatTime(session.opened),
    beats: session.beats.map(beatNode),
    nextDue: due === null ? null : formatTime(due),
    ...(session.beatsDropped && session.beats.length === 0 && { beatsForgotten: true }),
    ...(closed !== null && {
      closed: { packet: closed.frame, time: formatTime(closed.time), reason: closed.reason },
    }),
  }
}

export function beatsNodes(flows: readonly TcpFlow[]): BeatsNode[] {
  return flows.flatMap(({ id, beats }) =>
    (beats?.lines ?? []).map(({ kind, fromClient, count, beats: told }) => ({
      flow: id,
      kind,
      fromClient,
      count,
      beats: told.map(beatNode),
    })),
  )
}

function beatNode(beat: Beat): BeatNode {
  return {
    ping: beat.ping,
    pingTime: formatTime(beat.pingTime),
    pong: beat.pong,
    pongTime: beat.pongTime === null ? null : formatTime(beat.pongTime),
    rtt: beat.pongTime === null ? null : secondsBetween(beat.pingTime, beat.pongTime),
  }
}
