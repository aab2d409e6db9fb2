/**
 * Which application events a live client has yet to see. A capture is up to a few hundred milliseconds
 * behind the service's own word, so an event often meets its packet after it was sent; then it goes again.
 */
import type { EventNode } from './api.ts'

/** How many a new client gets, and a slow one at once. */
const EVENTS_AT_ONCE = 200
/** A client keeps no more: what it was not sent before these it need not have. */
const KEPT_BY_CLIENTS = 1000
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
    return { id: 0, from: 0, met: this.#metBase + this.#met.length }
  }

  /** Where a client stands that has come back with the events up to `id`. */
  resume(id: number): EventCursor {
    const known = Math.min(id, this.#lastId)
    return { id: known, from: Math.max(0, known - KEPT_BY_CLIENTS) + 1, met: this.#metBase }
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

  /** What is new to the cursor's owner, oldest first, and what met its packet since; moves the cursor. */
  read(cursor: EventCursor, most = EVENTS_AT_ONCE): { fresh: EventNode[]; met: EventNode[] } {
    const met = this.#met
      .slice(Math.max(0, cursor.met - this.#metBase))
      .flatMap((id) => (id <= cursor.id ? (this.#find(id) ?? []) : []))
    const fresh = this.#after(cursor.id).slice(-most)
    const [first] = fresh
    if (first !== undefined && first.id !== cursor.id + 1) cursor.from = first.id
    cursor.met = this.#metBase + this.#met.length
    cursor.id = this.#events.at(-1)?.id ?? cursor.id
    return { fresh, met }
  }

  /** Of those that the cursor's owner was not sent when they were too many, the newest, oldest first. */
  passedOver(cursor: EventCursor, most: number): EventNode[] {
    const oldest = Math.max(this.#events[0]?.id ?? 0, cursor.id - KEPT_BY_CLIENTS + 1)
    if (cursor.from <= oldest) return []
    const end = cursor.from - (this.#events[0]?.id ?? 0)
    const start = Math.max(oldest, cursor.from - most) - (this.#events[0]?.id ?? 0)
    const before = this.#events.slice(start, end)
    cursor.from = before[0]?.id ?? oldest
    return before
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
  /** The newest that was sent. */
  id: number
  /** From this one on to the newest all were sent. */
  from: number
  met: number
}
