/**
 * Socket.IO's events, one by one. A segment may carry several of them, and then a filter can't say which argument
 * belongs to which event: this can.
 */
import type { RunView, Sighting } from './lab.ts'

export interface SeenEvent {
  readonly packet: Sighting
  readonly nsp: string
  readonly name: string
  /** Without the name; binary arguments are their placeholders. */
  readonly args: readonly unknown[]
}

const EVENT = new Set([2, 5])
const ANSWER = new Set([3, 6])

/** The events of one name, or all, in the packets that match a filter, in order. */
export function eventsIn(run: RunView, filter: string, name?: string): readonly SeenEvent[] {
  const named = name === undefined ? 'socketio.event' : `socketio.event=="${name}"`
  const all = run.find(`(${filter}) && ${named}`).flatMap(eventsOf)
  return name === undefined ? all : all.filter((event) => event.name === name)
}

function eventsOf(packet: Sighting): SeenEvent[] {
  const names = packet.values('socketio.event').map(String)
  const nsps = packet.values('socketio.nsp').map(String)
  const all = packet.values('socketio.args')
  const events: SeenEvent[] = []
  let written = 0
  packet.values('socketio.type').forEach((type, index) => {
    const isEvent = EVENT.has(Number(type))
    if (!isEvent && !ANSWER.has(Number(type))) return
    const args = parseList(all[written++])
    const name = isEvent ? names[events.length] : undefined
    if (name !== undefined) events.push({ packet, nsp: nsps[index] ?? '/', name, args })
  })
  return events
}

/** What the other side's callback was given for an event; undefined while no answer to it has come. */
export function answerTo(
  run: RunView,
  event: SeenEvent,
): { packet: Sighting; args: readonly unknown[] } | undefined {
  const packet = run
    .find('socketio.ack_to')
    .find((p) => p.values('socketio.ack_to').includes(event.packet.number))
  if (packet === undefined) return undefined
  // In a packet with several answers they stand in the order of what they answer.
  const nth = packet.values('socketio.ack_to').indexOf(event.packet.number)
  const written = packet
    .values('socketio.type')
    .map(Number)
    .filter((type) => EVENT.has(type) || ANSWER.has(type))
  const places = written.flatMap((type, index) => (ANSWER.has(type) ? [index] : []))
  return { packet, args: parseList(packet.values('socketio.args')[places[nth] ?? 0]) }
}

/**
 * Whether a server has dealt with a client's packet, and all that it caused at once is out: it has answered both WebSocket
 * pings that clients of a cast send behind it. `from`: a filter for the server's packets.
 */
export function isSettled(run: RunView, { flow, number }: Sighting, from: string): boolean {
  const pongs = run.find(`${from} && websocket.opcode==10`)
  return pongs.filter((pong) => pong.flow === flow && pong.number > number).length >= 2
}

function parseList(json: unknown): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(String(json))
    return Array.isArray(value) ? value : []
  } catch {
    return []
  }
}
