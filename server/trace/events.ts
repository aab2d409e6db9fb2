/**
 * What the services said they did, each event joined with the packet that carried it; and of sessions of which none
 * tells, what their packets say, where that is wanted.
 */
import type { EventNode } from '../dashboard/api.ts'
import type { Conversations, Endpoint } from '../protocols/conversation.ts'
import type { ApplicationEvent } from '../services/application-events.ts'
import { Attendance } from './attendance.ts'
import { formatTime } from './time.ts'
import { type WireEvent, WireEvents } from './wire-events.ts'

const EVENT_LIMIT = 10_000
/** Packets usually come 0.2 s after their events; in a burst the events may also come later. For each event that is held. */
const UNCLAIMED_PER_EVENT = 2

/**
 * When events are put together from packets: as these come, or when all of a capture is read, so that whatever services
 * told of a session is known by then. Undefined: never.
 */
export type FromWire = 'at once' | 'at the end' | undefined

export class EventLog {
  /** Whether a service tells of what happens there: nothing is put together from its packets then. */
  isTold: (server: Endpoint) => boolean = () => false
  /** Each packet that `fromWire` wants to hear of goes here; undefined where it wants none. */
  readonly seen: Conversations['socketIoText']
  readonly #wire: WireEvents | undefined
  #attendance = new Attendance()
  readonly #limit: number
  readonly #timeOf: (packet: number) => bigint | undefined
  readonly #fromWire: FromWire
  #events: EventNode[] = []
  #head = 0
  #count = 0
  /** Events without their packet, by `sid/direction/index`. */
  readonly #waiting = new Map<string, EventNode[]>()
  /** Packets without their event. */
  #carried = new CarriedPackets()
  /** The generation before: a map whose oldest entries were deleted one by one would be slow to find its first. */
  #carriedBefore = new CarriedPackets()
  /** Put together from packets, for when all is read. */
  #pending: WireEvent[] = []
  /** Of the services' events that made room, those that say who was there. */
  #olderMoves: EventNode[] = []

  /** `timeOf`: when a packet was seen, in nanoseconds since 1970. */
  constructor(
    limit = EVENT_LIMIT,
    timeOf: (packet: number) => bigint | undefined = () => undefined,
    fromWire: FromWire = undefined,
  ) {
    this.#limit = limit
    this.#timeOf = timeOf
    this.#fromWire = fromWire
    if (fromWire === undefined) return
    const isTold = (server: Endpoint) => this.isTold(server)
    const add = (event: WireEvent) =>
      fromWire === 'at once' ? this.#append({ ...event, id: ++this.#count }) : this.#pend(event)
    const wire = new WireEvents({ isTold, add })
    this.#wire = wire
    this.seen = (packet) => wire.take(packet)
  }

  get attendance(): Attendance {
    return this.#attendance
  }

  /** The newest, oldest first. */
  list(): EventNode[] {
    return this.#events.slice(this.#head)
  }

  /** What a service tells. Of a session that was taken from the wire before, it is not kept, and its id is 0. */
  add(event: ApplicationEvent): EventNode {
    const node: EventNode = { ...event, id: 0, time: formatTime(event.time), packet: null }
    if (event.eioSid !== null && this.#wire !== undefined) {
      if (this.#fromWire === 'at once' && this.#wire.isTaken(event.eioSid)) return node
      this.#wire.tell(event.eioSid)
    }
    node.id = ++this.#count
    this.#append(node)
    this.#join(node)
    return node
  }

  #append(node: EventNode): void {
    this.#events.push(node)
    if (this.#events.length - this.#head > this.#limit) this.#dropOldest()
    this.#attendance.take(node)
  }

  /**
   * Takes back one that was told elsewhere, under the number that it had there. With `joins` it waits for its packet
   * where it does not name one.
   */
  restore(event: Omit<EventNode, 'packet'>, packet: number | null, joins: boolean): void {
    const node: EventNode = { ...event, packet: null }
    if (event.eioSid !== null) this.#wire?.tell(event.eioSid)
    if (packet !== null) this.#meet(node, packet)
    this.#count = Math.max(this.#count, node.id)
    // They come nearly in the order of their numbers.
    let at = this.#events.length
    while (at > this.#head && (this.#events[at - 1]?.id ?? 0) > node.id) at--
    if (at > this.#head && this.#events[at - 1]?.id === node.id) return
    this.#events.splice(at, 0, node)
    this.#attendance.take(node)
    if (this.#events.length - this.#head > this.#limit) this.#dropOldest()
    if (packet === null && joins) this.#join(node)
  }

  /** Before the packets are read anew: what was put together from them comes again. */
  forgetWire(): void {
    this.#pending = []
  }

  /**
   * All packets are read: what they say of sessions of which no service told is laid among what services told, by time,
   * and all is numbered anew.
   */
  settle(): void {
    if (this.#fromWire !== 'at the end') return
    const held = this.list()
    const services = [...this.#olderMoves, ...held.filter(({ seen }) => seen === undefined)]
    const wire = this.#pending.filter(({ eioSid }) => this.#wire?.isTold(eioSid) === false)
    this.#pending = wire
    if (wire.length === 0 && held.every(({ seen }) => seen === undefined)) return
    const all = [...services, ...wire.map((event): EventNode => ({ ...event, id: 0 }))]
    all.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))
    this.#attendance = new Attendance()
    for (const [at, event] of all.entries()) {
      event.id = at + 1
      this.#attendance.take(event)
    }
    const excess = Math.max(0, all.length - this.#limit)
    this.#olderMoves = all.slice(0, excess).filter((event) => event.seen === undefined && isMove(event))
    this.#events = all.slice(excess)
    this.#head = 0
    this.#count = all.length
  }

  /** Of those that can't be kept, it is kept who came and went. */
  #pend(event: WireEvent): void {
    this.#pending.push(event)
    if (this.#pending.length < 3 * this.#limit) return
    const older = this.#pending.slice(0, -this.#limit).filter(isMove).slice(-this.#limit)
    this.#pending = [...older, ...this.#pending.slice(-this.#limit)]
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
    if (this.#carried.size >= UNCLAIMED_PER_EVENT * this.#limit) {
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
    if (this.#fromWire === 'at the end' && gone !== undefined && isMove(gone)) {
      this.#olderMoves.push(gone)
      if (this.#olderMoves.length > 2 * this.#limit) this.#olderMoves = this.#olderMoves.slice(-this.#limit)
    }
    const key = gone === undefined ? undefined : keyOf(gone.eioSid, gone.direction, gone.index)
    if (key === undefined) return
    const waiting = this.#waiting.get(key)?.filter((node) => node !== gone)
    if (waiting === undefined || waiting.length === 0) this.#waiting.delete(key)
    else this.#waiting.set(key, waiting)
  }
}

/** Whether it says who is there. */
function isMove({ kind }: Pick<EventNode, 'kind'>): boolean {
  return kind === 'connect' || kind === 'disconnect' || kind === 'join' || kind === 'leave'
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
