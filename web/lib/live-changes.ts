/** What the live feed told whole, moved on by what it tells of changes. */
import type { Beat, EventNode, FlowNode, SessionNode } from '../../server/dashboard/api.ts'
import type { ListChange, RowsChange, RowsMessage } from '../../server/dashboard/api-live.ts'

/** As many as the page keeps of what the programs said. */
export const MOST_EVENTS = 1000
/** A session's latest, as the API has them. */
const MOST_BEATS = 200

export function rowsAfter(before: RowsMessage, { drop, ...change }: RowsChange): RowsMessage {
  const rows = before.rows.slice(drop)
  const places = new Map(rows.map((row, at) => [row.number, at]))
  for (const row of change.rows) {
    const at = places.get(row.number)
    if (at === undefined) rows.push(row)
    else rows[at] = row
  }
  return { ...change, rows }
}

/** The latest first, as the whole list has them; what did not change is the same object. */
export function flowsAfter(before: readonly FlowNode[], change: ListChange<FlowNode>): FlowNode[] {
  return listAfter(before, change, 'id').sort((a, b) => b.last - a.last)
}

/** Oldest first. */
export function sessionsAfter(
  before: readonly SessionNode[],
  change: ListChange<SessionNode>,
): SessionNode[] {
  const beats = new Map(before.map((session) => [session.sid, session.beats]))
  const changed = change.changed.map((session) => {
    const known = session.sid === undefined ? undefined : beats.get(session.sid)
    return session.beats === undefined || known === undefined
      ? session
      : { ...session, beats: beatsAfter(known, session.beats) }
  })
  return listAfter(before, { ...change, changed }, 'sid').sort((a, b) => Number(a.opened) - Number(b.opened))
}

function listAfter<T extends object>(before: readonly T[], change: ListChange<T>, id: keyof T): T[] {
  const gone = new Set<unknown>(change.gone)
  const items = new Map<unknown, T>()
  for (const item of before) if (!gone.has(item[id])) items.set(item[id], item)
  // Of an item that is not known all fields come.
  for (const item of change.changed) items.set(item[id], { ...items.get(item[id]), ...item } as T)
  return [...items.values()]
}

function beatsAfter(before: readonly Beat[], changed: readonly Beat[]): Beat[] {
  const beats = new Map(before.map((beat) => [beat.ping, beat]))
  for (const beat of changed) beats.set(beat.ping, beat)
  return [...beats.values()].sort((a, b) => a.ping - b.ping).slice(-MOST_BEATS)
}

/** Newer versions of an event replace it; the oldest go. */
export function eventsAfter(before: readonly EventNode[], fresh: readonly EventNode[]): EventNode[] {
  const newest = before.at(-1)?.id ?? -1
  if (fresh.every((event, at) => event.id > (fresh[at - 1]?.id ?? newest)))
    return [...before, ...fresh].slice(-MOST_EVENTS)
  const byId = new Map(before.map((event) => [event.id, event]))
  for (const event of fresh) byId.set(event.id, event)
  return [...byId.values()].sort((a, b) => a.id - b.id).slice(-MOST_EVENTS)
}

/** Events that met their packets; those that are not known are passed over. */
export function eventsMet(
  before: readonly EventNode[],
  met: readonly Pick<EventNode, 'id' | 'packet' | 'packetTime'>[],
): EventNode[] {
  const byId = new Map(met.map((event) => [event.id, event]))
  return before.map((event) => {
    const found = byId.get(event.id)
    return found === undefined ? event : { ...event, ...found }
  })
}
