/** What the services said they did, each event joined with the packet that carried it. */
import type { EventNode } from '../dashboard/api.ts'
import type { ApplicationEvent } from '../services/application-events.ts'
import { formatTime } from './time.ts'

const EVENT_LIMIT = 10_000
/** Packets usually come 0.2 s after their events; in a burst the events may also come later. */
const UNCLAIMED_LIMIT = 20_000

export class EventLog {
  readonly #limit: number
  #events: EventNode[] = []
  #head = 0
  #count = 0
  /** Events without their packet, and packets without their event, by `sid/direction/index`. */
  readonly #waiting = new Map<string, EventNode[]>()
  #carried = new Map<string, number>()
  /** The generation before: a map whose oldest entries were deleted one by one would be slow to find its first. */
  #carriedBefore = new Map<string, number>()

  constructor(limit = EVENT_LIMIT) {
    this.#limit = limit
  }

  /** The newest, oldest first. */
  list(): EventNode[] {
    return this.#events.slice(this.#head)
  }

  add(event: ApplicationEvent): EventNode {
    const node: EventNode = { ...event, id: ++this.#count, time: formatTime(event.time), packet: null }
    this.#events.push(node)
    if (this.#events.length - this.#head > this.#limit) this.#dropOldest()
    const key = keyOf(event.eioSid, event.direction, event.index)
    if (key === undefined) return node
    const packet = this.#carried.get(key) ?? this.#carriedBefore.get(key)
    // Several events may have travelled in one packet: the service's `emit` and the adapter's, say.
    if (packet !== undefined) node.packet = packet
    else this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), node])
    return node
  }

  /** The n-th Socket.IO packet of a session and direction was seen in this frame; true if events awaited it. */
  carried(sid: string, direction: 'in' | 'out', index: number, frame: number): boolean {
    const key = `${sid}/${direction}/${index}`
    const waiting = this.#waiting.get(key)
    for (const node of waiting ?? []) node.packet = frame
    this.#waiting.delete(key)
    this.#carried.set(key, frame)
    if (this.#carried.size >= UNCLAIMED_LIMIT) {
      this.#carriedBefore = this.#carried
      this.#carried = new Map()
    }
    return waiting !== undefined
  }

  #dropOldest(): void {
    const gone = this.#events[this.#head++]
    if (this.#head > this.#limit) {
      this.#events = this.#events.slice(this.#head)
      this.#head = 0
    }
    const key = gone === undefined ? undefined : keyOf(gone.eioSid, gone.direction, gone.index)
    if (key === undefined) return
    const waiting = this.#waiting.get(key)?.filter((node) => node !== gone)
    if (waiting === undefined || waiting.length === 0) this.#waiting.delete(key)
    else this.#waiting.set(key, waiting)
  }
}

function keyOf(sid: string | null, direction: string | null, index: number | null): string | undefined {
  return sid === null || direction === null || index === null ? undefined : `${sid}/${direction}/${index}`
}
