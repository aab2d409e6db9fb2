/** Events as lines: a broadcast is one line with all its deliveries, an answer is one, and reports of lag in a row are one. */
import type { EventNode } from '../../server/dashboard/api.ts'
import { type Emission, emissionsOf } from './emissions.ts'

export type EventLine =
  | { readonly kind: 'emission'; readonly id: number; readonly event: EventNode; readonly emission: Emission }
  /** `of` is null where the event that it answers is no longer known. */
  | { readonly kind: 'answer'; readonly id: number; readonly event: EventNode; readonly of: Emission | null }
  | { readonly kind: 'event'; readonly id: number; readonly event: EventNode }
  | {
      readonly kind: 'lag'
      readonly id: number
      readonly time: string
      readonly times: number
      /** Milliseconds. */
      readonly worst: number
    }

/** The packets that a line stands for, those of receivers and answers among them. */
export function packetsOf(line: EventLine): number[] {
  if (line.kind === 'lag') return []
  const own = line.event.packet === null ? [] : [line.event.packet]
  if (line.kind !== 'emission') return own
  return [...new Set([...own, ...line.emission.deliveries.flatMap(({ packet }) => packet ?? [])])]
}

export function eventLines(events: readonly EventNode[]): EventLine[] {
  const { byEvent } = emissionsOf(events)
  const out: EventLine[] = []
  for (const event of events) {
    const { id } = event
    if (event.kind === 'lag') {
      const late = lateness(event)
      const last = out.at(-1)
      if (last?.kind === 'lag') {
        out[out.length - 1] = { ...last, times: last.times + 1, worst: Math.max(last.worst, late) }
      } else {
        out.push({ kind: 'lag', id, time: event.time, times: 1, worst: late })
      }
      continue
    }
    if (isOwnRoom(event)) continue
    const emission = byEvent.get(id)
    const isAnswer = event.ack !== undefined && event.event === null
    if (isAnswer) out.push({ kind: 'answer', id, event, of: emission ?? null })
    else if (emission === undefined) out.push({ kind: 'event', id, event })
    else if (emission.id === id) out.push({ kind: 'emission', id, event, emission })
  }
  return out
}

/** Each socket is alone in a room of its own id from the start to the end: that is no news. */
function isOwnRoom({ kind, rooms, socket }: EventNode): boolean {
  return (kind === 'join' || kind === 'leave') && rooms?.length === 1 && rooms[0] === socket
}

/** The first argument, milliseconds. */
function lateness(event: EventNode): number {
  const number = Number(event.args?.replace(/[[\]]/g, ''))
  return Number.isFinite(number) ? number : 0
}
