/**
 * Who emitted what to whom, put together from what the services say of each packet: a broadcast is one emission with
 * many deliveries, an answer belongs to what it answers, and what the hub says while it listens to a client has that
 * client's event for its cause. Of a server that tells nothing there are its packets: the same to one socket after the
 * other is taken for one emission, and why, and to whom it was meant to go, stays open.
 */
import type { EventNode, Time } from '../../server/dashboard/api.ts'
import { between } from './format.ts'

/** The other side's answer to an event that asked for one. */
export interface Answer {
  readonly event: number
  readonly packet: number | null
  /** From the event's packet to the answer's; from call to call where a packet is not known. */
  readonly seconds: number
}

/** One receiver's packet of an emission. */
export interface Delivery {
  readonly socket: string
  readonly event: number
  /** Null until it was seen. */
  readonly packet: number | null
  /** From the hub's call to the packet at the capture's end; null until it was seen. */
  readonly seconds: number | null
  /** Undefined where none was asked for, null while it is awaited. */
  readonly answer: Answer | null | undefined
}

export interface Emission {
  /** Id of its first event. */
  readonly id: number
  readonly time: Time
  readonly service: string
  readonly nsp: string
  readonly event: string
  readonly args: string | null
  readonly from: 'client' | 'hub'
  /** The client's socket that emitted it, or the one whose event made the hub emit it; null where the hub spoke by itself. */
  readonly sender: string | null
  /** The client's event in whose listener the hub emitted this. */
  readonly cause: Emission | null
  /** What the hub emitted while it listened to this. */
  readonly effects: readonly Emission[]
  /** Of the hub's: null is one socket alone, an empty list everybody in the namespace. Null as well where `wire`. */
  readonly rooms: readonly string[] | null
  readonly except: readonly string[]
  /** Of a client's: how many listeners the hub had; null where it was not told. */
  readonly listeners: number | null
  /** Of a client's: the packet that brought it, and the time from there to the listener. */
  readonly packet: number | null
  readonly seconds: number | null
  /** Of a client's: undefined where no answer was asked for, null while it is awaited. */
  readonly answer: Answer | null | undefined
  /** Of the hub's: one for each receiver. */
  readonly deliveries: readonly Delivery[]
  readonly volatile: boolean
  readonly attachments: number
  /** Known from packets alone: rooms, listeners and causes are not. */
  readonly wire: boolean
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
type Open = Mutable<Omit<Emission, 'effects' | 'deliveries'>> & {
  effects: Emission[]
  deliveries: Mutable<Delivery>[]
}

/** The one that is being written. */
interface Broadcast {
  readonly first: EventNode
  readonly emission: Open
  readonly sockets: Set<string>
}

/** What an answer belongs to. */
interface Asked {
  readonly event: EventNode
  settle(answer: Answer): void
}

export interface Emissions {
  /** Oldest first. */
  readonly list: readonly Emission[]
  /** By the id of any event that is a part of one: also of each delivery and of each answer. */
  readonly byEvent: ReadonlyMap<number, Emission>
}

/** `events` oldest first. */
export function emissionsOf(events: readonly EventNode[]): Emissions {
  const list: Open[] = []
  const byEvent = new Map<number, Emission>()
  const arrived = new Map<string, Open>()
  const asked = new Map<string, Asked>()
  let broadcast: Broadcast | undefined

  for (const event of events) {
    const { kind, direction, nsp } = event
    const wire = event.seen === 'wire'
    // A session that was joined in the middle has not said its sockets' ids.
    const socket = event.socket ?? (wire ? event.eioSid : null)
    const spoken = (kind === 'on' && direction === 'in') || (kind === 'emit' && direction === 'out')
    if (!spoken || nsp === null || socket === null) {
      if (kind !== 'lag') broadcast = undefined
      continue
    }
    if (event.event === null) {
      const waiting = asked.get(ackKey(event, direction === 'in' ? 'out' : 'in'))
      if (waiting === undefined) continue
      asked.delete(ackKey(event, direction === 'in' ? 'out' : 'in'))
      waiting.settle({ event: event.id, packet: event.packet, seconds: secondsTo(waiting.event, event) })
      const emission = byEvent.get(waiting.event.id)
      if (emission !== undefined) byEvent.set(event.id, emission)
      continue
    }
    if (direction === 'in') {
      broadcast = undefined
      const emission = newEmission(event, event.event, 'client')
      emission.sender = socket
      emission.listeners = event.listeners
      emission.packet = event.packet
      const { packetTime } = event
      emission.seconds = packetTime === undefined || wire ? null : positive(packetTime, event.time)
      if (event.ack !== undefined) {
        emission.answer = null
        asked.set(ackKey(event, 'in'), { event, settle: (answer) => (emission.answer = answer) })
      }
      list.push(emission)
      byEvent.set(event.id, emission)
      if (!wire) arrived.set(`${event.eioSid} ${event.index}`, emission)
      continue
    }
    const alone = event.rooms === null && !wire
    let emission = broadcast?.emission
    if (
      broadcast === undefined ||
      emission === undefined ||
      alone ||
      !isSameBroadcast(broadcast.first, event) ||
      broadcast.sockets.has(socket)
    ) {
      emission = newEmission(event, event.event, 'hub')
      const cause = event.cause && arrived.get(`${event.cause.eioSid} ${event.cause.index}`)
      if (cause !== undefined) {
        emission.cause = cause
        emission.sender = cause.sender
        cause.effects.push(emission)
      }
      list.push(emission)
      broadcast = alone ? undefined : { first: event, emission, sockets: new Set() }
    }
    broadcast?.sockets.add(socket)
    const delivery = newDelivery(event, socket)
    emission.deliveries.push(delivery)
    byEvent.set(event.id, emission)
    if (event.ack !== undefined) {
      asked.set(ackKey(event, 'out'), { event, settle: (answer) => (delivery.answer = answer) })
    }
  }
  return { list, byEvent }
}

function newEmission(event: EventNode, name: string, from: Emission['from']): Open {
  return {
    id: event.id,
    time: event.time,
    service: event.service,
    nsp: event.nsp ?? '/',
    event: name,
    args: event.args,
    from,
    sender: null,
    cause: null,
    effects: [],
    rooms: event.rooms,
    except: event.except ?? [],
    listeners: null,
    packet: null,
    seconds: null,
    answer: undefined,
    deliveries: [],
    volatile: event.volatile === true,
    attachments: event.attachments ?? 0,
    wire: event.seen === 'wire',
  }
}

function newDelivery(event: EventNode, socket: string): Mutable<Delivery> {
  return {
    socket,
    event: event.id,
    packet: event.packet,
    seconds:
      event.packetTime === undefined || event.seen === 'wire' ? null : positive(event.time, event.packetTime),
    answer: event.ack === undefined ? undefined : null,
  }
}

/** Receivers of one broadcast are written to one after the other, with nothing in between. */
function isSameBroadcast(a: EventNode, b: EventNode): boolean {
  return (
    a.service === b.service &&
    a.event === b.event &&
    a.nsp === b.nsp &&
    a.args === b.args &&
    sameList(a.rooms ?? [], b.rooms ?? []) &&
    sameList(a.except ?? [], b.except ?? []) &&
    a.cause?.eioSid === b.cause?.eioSid &&
    a.cause?.index === b.cause?.index
  )
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one, i) => one === b[i])
}

function ackKey({ eioSid, nsp, ack }: EventNode, direction: 'in' | 'out'): string {
  return `${eioSid} ${nsp} ${direction} ${ack}`
}

function secondsTo(event: EventNode, answer: EventNode): number {
  const [from, to] = [event.packetTime, answer.packetTime]
  return from !== undefined && to !== undefined ? positive(from, to) : positive(event.time, answer.time)
}

/** The capture's clock and the services' may differ by microseconds: nothing arrives before it was sent. */
function positive(from: Time, to: Time): number {
  return Math.max(0, between(from, to))
}

/** What was known at that moment, in epoch seconds: later events had not happened, later packets were on their way. */
export function eventsUntil(events: readonly EventNode[], until: number): EventNode[] {
  const known: EventNode[] = []
  for (const event of events) {
    if (Number(event.time) > until) continue
    if (event.packetTime === undefined || Number(event.packetTime) <= until) known.push(event)
    else {
      const { packetTime: _, ...rest } = event
      known.push({ ...rest, packet: null })
    }
  }
  return known
}
