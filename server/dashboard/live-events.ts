/**
 * Which application events a live client has yet to see. A capture is up to a few hundred milliseconds
 * behind the service's own word, so an event often meets its packet after it was sent; then it goes again.
 */
import type { EventNode } from './api.ts'

/** How many a new client gets, and a slow one at once. */
export const EVENTS_AT_ONCE = 200
/** Events that still wait for their packet; those that fell out are sent once only. */
const MAX_WAITING = 500

export interface EventSource {
  /** Oldest first, with consecutive ids. */
  list(): EventNode[]
}

export class EventLedger {
  readonly #source: EventSource
  #events: EventNode[] = []
  #lastId = 0
  readonly #waiting = new Set<number>()
  /** Ids of events that met their packet, in that order; clients remember how far they have read. */
  #met: number[] = []
  #metBase = 0

  constructor(source: EventSource) {
    this.#source = source
  }

  /** Where a client stands that was sent nothing yet. */
  start(): EventCursor {
    return { id: 0, met: this.#metBase + this.#met.length }
  }

  refresh(): void {
    this.#events = this.#source.list()
    for (const event of this.#after(this.#lastId)) {
      this.#lastId = event.id
      if (event.packet === null && event.eioSid !== null && event.index !== null) this.#waiting.add(event.id)
    }
    for (const id of this.#waiting) {
      const event = this.#find(id)
      if (event !== undefined && event.packet === null && this.#waiting.size <= MAX_WAITING) continue
      this.#waiting.delete(id)
      if (event !== undefined && event.packet !== null) this.#met.push(id)
    }
    const excess = this.#met.length - 2 * MAX_WAITING
    if (excess > 0) {
      this.#met = this.#met.slice(excess)
      this.#metBase += excess
    }
  }

  /** What is new to the cursor's owner, oldest first; moves the cursor. */
  read(cursor: EventCursor): EventNode[] {
    const again = this.#met
      .slice(Math.max(0, cursor.met - this.#metBase))
      .flatMap((id) => (id <= cursor.id ? (this.#find(id) ?? []) : []))
    const fresh = this.#after(cursor.id).slice(-EVENTS_AT_ONCE)
    cursor.met = this.#metBase + this.#met.length
    cursor.id = this.#events.at(-1)?.id ?? cursor.id
    return [...again, ...fresh]
  }

  #after(id: number): EventNode[] {
    const first = this.#events[0]?.id ?? 0
    return this.#events.slice(Math.max(0, id + 1 - first))
  }

  #find(id: number): EventNode | undefined {
    const found = this.#events[id - (this.#events[0]?.id ?? 0)]
    return found?.id === id ? found : undefined
  }
}

export interface EventCursor {
  id: number
  met: number
}
