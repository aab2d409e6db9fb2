/**
 * Who asks whether the other end is still there: Engine.IO sessions, WebSockets and TCP connections as lines of one
 * strip, each with a teacher's words; and what was known of them at an earlier moment.
 */
import type { Beat, EventNode, FlowNode, SessionNode, Time } from '../../server/dashboard/api.ts'
import type { BeatKind, BeatsNode } from '../../server/dashboard/api-beats.ts'
import { between, formatInterval } from '../lib/format.ts'

export interface Subject {
  readonly key: string
  readonly kind: 'engine.io' | BeatKind
  /** What is sent, by its exact name: `Engine.IO ping`. */
  readonly name: string
  /** OSI layer of the protocol that asks. */
  readonly layer: 4 | 5 | 7
  /** What tells it from others of its kind: the session's first characters, or the conversation. */
  readonly short: string
  readonly id: string
  readonly fromClient: boolean
  /** Who asks, who must answer, and what happens otherwise. */
  readonly teaches: string
  readonly beats: readonly Beat[]
  readonly opened: Time
  readonly closed: { readonly time: Time; readonly reason: string; readonly packet: number | null } | null
  /** Seconds; null where nothing was agreed. */
  readonly interval: number | null
  readonly timeout: number | null
  readonly nextDue: Time | null
  /** It had beats by then, and none of them is held any more. */
  readonly forgotten: boolean
  /** What the server’s program said when it ended the session, such as `ping timeout`; null where it said nothing. */
  readonly verdict: string | null
}

/** All that ask, the newest first; those that are over come last. `verdicts` are by session id. */
export function subjectsOf(
  sessions: readonly SessionNode[],
  beats: readonly BeatsNode[],
  flows: readonly FlowNode[],
  verdicts: ReadonlyMap<string, string> = new Map(),
): Subject[] {
  const flowById = new Map(flows.map((flow) => [flow.id, flow]))
  const all = [
    ...sessions.map((session) => ofSession(session, verdicts.get(session.sid) ?? null)),
    ...beats.flatMap((node) => {
      const flow = flowById.get(node.flow)
      return flow === undefined ? [] : [ofFlow(node, flow)]
    }),
  ]
  return all.sort(
    (a, b) => Number(a.closed !== null) - Number(b.closed !== null) || between(a.opened, b.opened),
  )
}

function ofSession(session: SessionNode, verdict: string | null): Subject {
  const { sid, closed } = session
  const [interval, timeout] = [session.pingInterval / 1000, session.pingTimeout / 1000]
  const [every, within] = [formatInterval(interval), formatInterval(timeout)]
  const patience = formatInterval(interval + timeout)
  return {
    key: `engine.io ${sid}`,
    kind: 'engine.io',
    name: 'Engine.IO ping',
    layer: 5,
    short: sid.slice(0, 4),
    id: `session ${sid} over ${session.transport}`,
    fromClient: false,
    teaches: `Every ${every} the server’s program asks: are you still there? The client’s program must answer within ${within}, or the server ends the session. A client that has heard no ping for ${patience} concludes that the server is gone.`,
    beats: session.beats,
    opened: session.opened,
    closed:
      closed ?? (session.state === 'closed' ? { time: lastTime(session), reason: '', packet: null } : null),
    interval: interval > 0 ? interval : null,
    timeout: interval > 0 ? timeout : null,
    nextDue: session.nextDue,
    forgotten: session.beatsForgotten === true,
    verdict,
  }
}

function lastTime({ beats, opened }: SessionNode): Time {
  const last = beats.at(-1)
  return last?.pongTime ?? last?.pingTime ?? opened
}

const WORDS: Readonly<Record<BeatKind, Pick<Subject, 'name' | 'layer'> & { over: string }>> = {
  'engine.io-3': { name: 'Engine.IO 3 ping', layer: 5, over: 'Engine.IO 3' },
  websocket: { name: 'WebSocket ping', layer: 7, over: 'the WebSocket' },
  tcp: { name: 'TCP keep-alive', layer: 4, over: 'TCP' },
}

const OVER: ReadonlySet<FlowNode['state']> = new Set(['closed', 'reset', 'refused'])

function ofFlow({ flow: id, kind, fromClient, beats }: BeatsNode, flow: FlowNode): Subject {
  const [asks, answers] = fromClient ? ['client', 'server'] : ['server', 'client']
  const { name, layer } = WORDS[kind]
  return {
    key: `${kind} ${id} ${asks}`,
    kind,
    name,
    layer,
    short: id,
    id: `conversation ${id}`,
    fromClient,
    teaches: TEACHES[kind](asks, answers),
    beats,
    opened: beats[0]?.pingTime ?? flow.firstTime,
    closed: OVER.has(flow.state)
      ? { time: flow.lastTime, reason: `the connection is ${flow.state}`, packet: flow.last }
      : null,
    interval: null,
    timeout: null,
    nextDue: null,
    forgotten: false,
    verdict: null,
  }
}

type Words = Readonly<Record<BeatKind, (asks: string, answers: string) => string>>

const TEACHES: Words = {
  'engine.io-3': () =>
    'In version 3 the client asks and the server answers, the other way round than in version 4. A server that hears nothing for pingInterval and pingTimeout together ends the session; so does a client whose pong is late.',
  websocket: (asks, answers) =>
    `The ${asks} sends a ping frame, and the ${answers}’s WebSocket library must send its bytes back in a pong; the program never sees it. What a missing pong means is the ${asks}’s own matter: the protocol sets no deadline.`,
  tcp: (asks, answers) =>
    `After a silence the ${asks}’s TCP repeats its last sequence number: a segment with nothing new. The ${answers}’s TCP must acknowledge it, even while its program hangs. After several without an answer the connection is given up.`,
}

/** Why the services ended sessions, in their own words, by session id. */
export function verdictsOf(events: readonly EventNode[]): Map<string, string> {
  const verdicts = new Map<string, string>()
  for (const { kind, nsp, eioSid, reason } of events) {
    if (kind === 'disconnect' && nsp === null && eioSid !== null && reason !== null)
      verdicts.set(eioSid, reason)
  }
  return verdicts
}

/** What was known of it at that moment, in epoch seconds; null where it had not begun. */
export function asOf(subject: Subject, until: number): Subject | null {
  const after = (time: Time) => Number(time) > until
  if (after(subject.opened)) return null
  const beats = subject.beats
    .filter((beat) => !after(beat.pingTime))
    .map((beat) =>
      beat.pongTime !== null && after(beat.pongTime)
        ? { ...beat, pong: null, pongTime: null, rtt: null }
        : beat,
    )
  const closed = subject.closed !== null && after(subject.closed.time) ? null : subject.closed
  const verdict = closed === null ? null : subject.verdict
  return { ...subject, beats, closed, verdict, nextDue: closed === null ? dueAfter(subject, beats) : null }
}

/** `pingInterval` after the last pong, or after the handshake; not known while a pong is awaited. */
function dueAfter({ kind, interval, opened }: Subject, beats: readonly Beat[]): Time | null {
  const last = beats.at(-1)
  const since = last === undefined ? opened : last.pongTime
  if (kind !== 'engine.io' || interval === null || since === null) return null
  return (Number(since) + interval).toFixed(9)
}
