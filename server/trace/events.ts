/** What the services said they did, each event joined with the packet that carried it. */
import type { EventNode } from '../dashboard/api.ts'
import type { ApplicationEvent } from '../services/application-events.ts'
import { Attendance } from './attendance.ts'
import { formatTime } from './time.ts'

const EVENT_LIMIT = 10_000
/** Packets usually come 0.2 s after their events; in a burst the events may also come later. */
const UNCLAIMED_LIMIT = 20_000

export class EventLog {
  readonly attendance = new Attendance()
  readonly #limit: number
  readonly #timeOf: (packet: number) => bigint | undefined
  #events: EventNode[] = []
  #head = 0
  #count = 0
  /** Events without their packet, by `sid/direction/index`. */
  readonly #waiting = new Map<string, EventNode[]>()
  /** Packets without their event. */
  #carried = new CarriedPackets()
  /** The generation before: a map whose oldest entries were deleted one by one would be slow to find its first. */
  #carriedBefore = new CarriedPackets()

  /** `timeOf`: when a packet was seen, in nanoseconds since 1970. */
  constructor(limit = EVENT_LIMIT, timeOf: (packet: number) => bigint | undefined = () => undefined) {
    this.#limit = limit
    this.#timeOf = timeOf
  }

  /** The newest, oldest first. */
  list(): EventNode[] {
    return this.#events.slice(this.#head)
  }

  add(event: ApplicationEvent): EventNode {
    const node: EventNode = { ...event, id: ++this.#count, time: formatTime(event.time), packet: null }
    this.#events.push(node)
    if (this.#events.length - this.#head > this.#limit) this.#dropOldest()
    this.attendance.take(node)
    this.#join(node)
    return node
  }

  /**
   * Takes back one that was told elsewhere, under the number that it had there. With `joins` it waits for its packet
   * where it does not name one.
   */
  restore(event: Omit<EventNode, 'packet'>, packet: number | null, joins: boolean): void {
    const node: EventNode = { ...event, packet: null }
    if (packet !== null) this.#meet(node, packet)
    this.#count = Math.max(this.#count, node.id)
    // They come nearly in the order of their numbers.
    let at = this.#events.length
    while (at > this.#head && (this.#events[at - 1]?.id ?? 0) > node.id) at--
    if (at > this.#head && this.#events[at - 1]?.id === node.id) return
    this.#events.splice(at, 0, node)
    this.attendance.take(node)
    if (this.#events.length - this.#head > this.#limit) this.#dropOldest()
    if (packet === null && joins) this.#join(node)
  }

  #join(event: EventNode): void {
    const { eioSid: sid, direction, index } = event
    const key = keyOf(sid, direction, index)
    if (key === undefined || sid === null || direction === null || index === null) return
    const packet = this.#carried.get(sid, direction, index) ?? this.#carriedBefore.get(sid, direction, index)
    // Several events may have travelled in one packet: the service's `emit` and the adapter's, say.
    if (packet !== undefined) this.#meet(event, packet)
    else this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), event])
  }

  /** The n-th Socket.IO packet of a session and direction was seen in this frame; true if events awaited it. */
  carried(sid: string, direction: 'in' | 'out', index: number, frame: number): boolean {
    this.#carried.set(sid, direction, index, frame)
    if (this.#carried.size >= UNCLAIMED_LIMIT) {
      this.#carriedBefore = this.#carried
      this.#carried = new CarriedPackets()
    }
    // In a capture that is only read no event ever waits, and no key need be made.
    if (this.#waiting.size === 0) return false
    const key = `${sid}/${direction}/${index}`
    const waiting = this.#waiting.get(key)
    for (const node of waiting ?? []) this.#meet(node, frame)
    this.#waiting.delete(key)
    return waiting !== undefined
  }

  #meet(event: EventNode, packet: number): void {
    event.packet = packet
    const time = this.#timeOf(packet)
    if (time !== undefined) event.packetTime = formatTime(time)
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

/** Packets of one direction that came one after the other: the frames from the `first` on. */
interface Row {
  first: number
  frames: number[]
}

/** Frames by session, direction and place in it. */
class CarriedPackets {
  size = 0
  readonly #sessions = new Map<string, { readonly in: Row; readonly out: Row }>()

  get(sid: string, direction: 'in' | 'out', index: number): number | undefined {
    const row = this.#sessions.get(sid)?.[direction]
    return row?.frames[index - row.first]
  }

  set(sid: string, direction: 'in' | 'out', index: number, frame: number): void {
    let session = this.#sessions.get(sid)
    if (session === undefined) {
      session = { in: { first: 0, frames: [] }, out: { first: 0, frames: [] } }
      this.#sessions.set(sid, session)
    }
    const row = session[direction]
    if (index !== row.first + row.frames.length) {
      // The first that is kept here; or else a session that has begun anew under its old name.
      row.first = index
      row.frames = []
    }
    row.frames.push(frame)
    this.size++
  }
}

function keyOf(sid: string | null, direction: string | null, index: number | null): string | undefined {
  return sid === null || direction === null || index === null ? undefined : `${sid}/${direction}/${index}`
}
