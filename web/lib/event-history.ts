/** Events as they come to the page: the newest by themselves, older ones and those that were passed over when asked for. */
import type { EventNode } from '../../server/dashboard/api.ts'

/** Newer versions of an event replace it; of more than `most` the oldest go. Both come with the oldest first. */
export function joinEvents(
  before: readonly EventNode[],
  fresh: readonly EventNode[],
  most: number,
): readonly EventNode[] {
  const first = fresh[0]?.id
  if (first === undefined) return before
  const known = before.findLastIndex(({ id }) => id < first)
  const overlap = before.slice(known + 1)
  if (overlap.length === 0) return [...before, ...fresh].slice(-most)
  const ids = new Set(fresh.map(({ id }) => id))
  const tail = [...overlap.filter(({ id }) => !ids.has(id)), ...fresh].sort((a, b) => a.id - b.id)
  return [...before.slice(0, known + 1), ...tail].slice(-most)
}

/** Events that are missing between two ids, both of them known. */
export interface Gap {
  readonly after: number
  readonly before: number
}

/**
 * The newest gap that is worth asking about: `closed` holds the `before` of those that nobody can fill. What lies before
 * the oldest is a gap as well, while there is room for more than is here.
 */
export function newestGap(
  events: readonly EventNode[],
  closed: ReadonlySet<number>,
  most: number,
): Gap | null {
  for (let i = events.length - 1; i > 0; i--) {
    const [before, after] = [events[i]?.id ?? 0, events[i - 1]?.id ?? 0]
    if (before > after + 1 && !closed.has(before)) return { after, before }
  }
  const oldest = events[0]?.id ?? 0
  return oldest > 1 && events.length < most && !closed.has(oldest) ? { after: 0, before: oldest } : null
}
