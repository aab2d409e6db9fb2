/** An Engine.IO session as it stood just behind a packet. */
import type { Beat, EngineIoSession } from '../protocols/engine-session.ts'

/** Undefined when the server had not confirmed it by then. */
export function sessionAsOf(session: EngineIoSession, number: number): EngineIoSession | undefined {
  const { since, closed } = session
  if (session.state === 'unknown' || since.confirmed > number) return undefined
  const over = closed !== null && closed.frame <= number
  const beats = session.beats.filter((beat) => beat.ping <= number).map((beat) => beatAsOf(beat, number))
  return {
    ...session,
    transport: since.upgraded > number ? 'polling' : session.transport,
    flows: new Set([...session.flows].filter((flow) => (since.flows.get(flow) ?? 0) <= number)),
    sockets: socketsAsOf(session, number),
    state: over ? 'closed' : 'open',
    closed: over ? closed : null,
    beats,
    lastPing: beats.at(-1)?.pingTime ?? null,
  }
}

function beatAsOf(beat: Beat, number: number): Beat {
  return beat.pong === null || beat.pong <= number ? beat : { ...beat, pong: null, pongTime: null }
}

/** The id that each namespace had given it last. */
function socketsAsOf({ since }: EngineIoSession, number: number): { nsp: string; sid: string }[] {
  const latest = new Map<string, string>()
  for (const [key, frame] of since.sockets) {
    const space = key.lastIndexOf(' ')
    if (frame <= number) latest.set(key.slice(0, space), key.slice(space + 1))
  }
  return [...latest].map(([nsp, sid]) => ({ nsp, sid }))
}
