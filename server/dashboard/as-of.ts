/** Requests for how things stood just behind a packet. */
import { RequestError } from '../errors.ts'
import { formatTime } from '../trace/time.ts'
import type { Trace } from '../trace/trace.ts'
import type { EventNode } from './api.ts'
import { notFound } from './refusals.ts'

/** The number, if its packet is held: of a time before the oldest nobody can tell. */
export function held(trace: Trace, number: number): number {
  if (number > trace.last) throw notFound(`there is no packet ${number} yet; the newest is ${trace.last}`)
  if (number >= trace.first) return number
  const message = `packet ${number} made room for newer ones; the oldest still held is ${trace.first}`
  throw new RequestError(410, { code: 'evicted', message, field: 'until' })
}

/** What services had told when a packet was seen. An event whose packet had not been seen has none yet. */
export function eventsAsOf(trace: Trace, until: number, events: readonly EventNode[]): EventNode[] {
  const time = formatTime(trace.past.timeOf(held(trace, until)) ?? 0n)
  return events.flatMap((event) => {
    if (event.time > time) return []
    if (event.packet === null || (event.packetTime ?? event.time) <= time) return [event]
    const { packetTime, ...told } = event
    return [{ ...told, packet: null }]
  })
}
