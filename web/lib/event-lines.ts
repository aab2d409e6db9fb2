/** Events as lines: reports of lag that follow each other are one. */
import type { EventNode } from '../../server/dashboard/api.ts'

export type EventLine =
  | { readonly kind: 'event'; readonly event: EventNode }
  | {
      readonly kind: 'lag'
      readonly id: number
      readonly time: string
      readonly times: number
      /** Milliseconds. */
      readonly worst: number
    }

export function eventLines(events: readonly EventNode[]): EventLine[] {
  const out: EventLine[] = []
  for (const event of events) {
    if (event.kind !== 'lag') {
      out.push({ kind: 'event', event })
      continue
    }
    const late = lateness(event)
    const last = out.at(-1)
    if (last?.kind === 'lag') {
      out[out.length - 1] = { ...last, times: last.times + 1, worst: Math.max(last.worst, late) }
    } else {
      out.push({ kind: 'lag', id: event.id, time: event.time, times: 1, worst: late })
    }
  }
  return out
}

/** The first argument, milliseconds. */
function lateness(event: EventNode): number {
  const number = Number(event.args?.replace(/[[\]]/g, ''))
  return Number.isFinite(number) ? number : 0
}
