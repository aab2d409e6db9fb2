/**
 * The matrix of emissions and sockets: what an emission was to a socket. A cell is worked out when it is looked at, so
 * ten thousand emissions to a thousand sockets cost no more than those in sight.
 */
import type { SocketNode } from '../../server/dashboard/api-events.ts'
import type { Delivery, Emission } from './emissions.ts'
import { formatInterval, plural } from './format.ts'

export type Heard =
  /** Answered, as was asked. */
  | 'acked'
  /** Its packet was seen; whether the client has a listener, the wire can't tell. */
  | 'delivered'
  /** Written, and its packet not seen yet. */
  | 'going'
  /** In the room, and left out by `broadcast` or `except`. */
  | 'left-out'
  /** In the namespace, and not in the room. */
  | 'not-in-room'
  /** It was for another socket alone, or for the hub. */
  | 'not-meant'
  /** Of a server that tells nothing: no packet went to it, and why not is not known. */
  | 'nothing'
  /** It was among the receivers, and nothing was told of its packet. */
  | 'untold'
  | 'gone'
  /** It was not there yet, or is in another namespace. */
  | 'absent'

export interface Cell {
  readonly heard: Heard
  /** This socket is where it began. */
  readonly sent: boolean
  readonly packet: number | null
  /** A few words: a latency, or nothing. */
  readonly brief: string
  readonly words: string
}

/** A line of the matrix: a client's event and what the hub made of it, or what the hub said by itself. */
export interface HeardRow {
  readonly id: number
  readonly emission: Emission
  /** The client's event that it began with; the emission itself where that is one. */
  readonly origin: Emission | null
}

/** Newest first. A client's event has a line of its own only where the hub emitted nothing for it. */
export function heardRows(emissions: readonly Emission[]): HeardRow[] {
  const rows: HeardRow[] = []
  for (const emission of emissions) {
    if (emission.from === 'client' && emission.effects.length > 0) continue
    const origin = emission.from === 'client' ? emission : emission.cause
    rows.push({ id: emission.id, emission, origin })
  }
  return rows.reverse()
}

/** Those that were there while any of this was said, by namespace and in the order of their coming. */
export function heardColumns(sockets: readonly SocketNode[], since: number): SocketNode[] {
  return sockets
    .filter(({ went }) => went === null || went >= since)
    .sort((a, b) => compare(a.service, b.service) || compare(a.nsp, b.nsp) || a.came - b.came)
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

const found = new WeakMap<Emission, ReadonlyMap<string, Delivery>>()

export function deliveryTo(emission: Emission, socket: string): Delivery | undefined {
  let bySocket = found.get(emission)
  if (bySocket === undefined) {
    bySocket = new Map(emission.deliveries.map((delivery) => [delivery.socket, delivery]))
    found.set(emission, bySocket)
  }
  return bySocket.get(socket)
}

export function isThere({ came, went }: SocketNode, at: number): boolean {
  return came <= at && (went === null || went > at)
}

/** The rooms that a socket was in when event `at` happened; its own id is not among them. */
export function roomsAt({ rooms }: SocketNode, at: number): string[] {
  return rooms
    .filter(({ from, until }) => from <= at && (until === null || until > at))
    .map(({ room }) => room)
}

/** What an emission was to a socket. */
export function heardBy(emission: Emission, socket: SocketNode): Heard {
  if (emission.service !== socket.service || emission.nsp !== socket.nsp) return 'absent'
  const delivery = emission.from === 'hub' ? deliveryTo(emission, socket.socket) : undefined
  if (delivery?.answer) return 'acked'
  if (delivery !== undefined) return delivery.packet === null ? 'going' : 'delivered'
  if (socket.came > emission.id) return 'absent'
  if (!isThere(socket, emission.id)) return 'gone'
  if (emission.wire && emission.from === 'hub') return 'nothing'
  if (emission.rooms === null) return 'not-meant'
  const { rooms, except } = emission
  if (isForOne(emission)) return 'not-meant'
  if (rooms.length > 0 && !rooms.some((room) => isIn(socket, room, emission.id))) return 'not-in-room'
  return except.some((room) => isIn(socket, room, emission.id)) ? 'left-out' : 'untold'
}

/** `io.to(id)`: the room that each socket has for itself. */
export function isForOne({ rooms, deliveries }: Emission): boolean {
  return rooms?.length === 1 && deliveries.length === 1 && deliveries[0]?.socket === rooms[0]
}

/** Each socket is alone in a room of its own id as well. */
function isIn({ socket, rooms }: SocketNode, room: string, at: number): boolean {
  if (socket === room) return true
  return rooms.some(
    (stay) => stay.room === room && stay.from <= at && (stay.until === null || stay.until > at),
  )
}

export function cellOf({ emission, origin }: HeardRow, socket: SocketNode): Cell {
  const heard = heardBy(emission, socket)
  const delivery = emission.from === 'hub' ? deliveryTo(emission, socket.socket) : undefined
  const same = origin !== null && origin.service === socket.service && origin.nsp === socket.nsp
  const sent = same && origin.sender === socket.socket
  const words = sentence(emission, heard, delivery)
  const packet = delivery?.packet ?? (sent ? origin.packet : null)
  const whence = sent
    ? `sent “${origin.event}”${origin.packet === null ? '' : ` in packet ${origin.packet}`}`
    : ''
  const parts = [whence, sent && IDLE.has(heard) ? '' : words].filter((part) => part !== '')
  const seconds = delivery?.answer?.seconds ?? delivery?.seconds ?? null
  return {
    heard,
    sent,
    packet,
    brief: seconds === null ? '' : formatInterval(seconds),
    words: parts.join('; '),
  }
}

/** What there is no need to say, or to draw, of the one who spoke. */
export const IDLE: ReadonlySet<Heard> = new Set(['not-meant', 'not-in-room', 'nothing', 'absent'])

function sentence(emission: Emission, heard: Heard, delivery: Delivery | undefined): string {
  switch (heard) {
    case 'acked':
      return `answered in packet ${delivery?.answer?.packet ?? '?'} after ${formatInterval(delivery?.answer?.seconds ?? 0)}`
    case 'delivered': {
      const after = delivery?.seconds == null ? '' : ` after ${formatInterval(delivery.seconds)}`
      const answer =
        delivery?.answer === null ? ', its answer is awaited' : '; who listens there, the wire can’t tell'
      return `delivered in packet ${delivery?.packet}${after}${answer}`
    }
    case 'going':
      return 'written, its packet is not seen yet'
    case 'left-out':
      return 'left out: it was for the others'
    case 'not-in-room':
      return `not in ${emission.rooms?.length === 1 ? 'the room' : 'any of the rooms'}`
    case 'nothing':
      return 'nothing went to it'
    case 'not-meant':
      return emission.from === 'client'
        ? `not meant: it was for ${serverOf(emission)}`
        : 'not meant: it was for one socket alone'
    case 'untold':
      return emission.volatile
        ? 'dropped: it was volatile, and the client was not ready'
        : 'meant, but nothing was told of its packet'
    case 'gone':
      return 'gone by then'
    case 'absent':
      return 'not there: it came later, or is in another namespace'
  }
}

/** `3 delivered, 1 left out`: a line's whole in words. Sockets are counted, so it is for lines that are looked at. */
export function heardWords({ emission }: HeardRow, sockets: readonly SocketNode[]): string {
  if (emission.from === 'client') {
    if (emission.wire) return ARRIVED
    if (emission.listeners === 0) return 'nobody listens at the hub'
    return emission.listeners === null
      ? 'to the hub'
      : `the hub has ${plural(emission.listeners, 'listener')}`
  }
  const counts = new Map<Heard, number>()
  for (const socket of sockets) {
    const heard = heardBy(emission, socket)
    counts.set(heard, (counts.get(heard) ?? 0) + 1)
  }
  const parts = COUNTED.flatMap(([heard, words]) => {
    const count = counts.get(heard)
    return count === undefined ? [] : [`${count} ${words}`]
  })
  return parts.length === 0 ? 'nobody was there to hear it' : parts.join(', ')
}

const COUNTED: readonly (readonly [Heard, string])[] = [
  ['acked', 'answered'],
  ['delivered', 'delivered'],
  ['going', 'on the way'],
  ['left-out', 'left out'],
  ['not-in-room', 'not in the room'],
  ['untold', 'untold'],
  ['nothing', 'got nothing'],
]

/** What is known of a client's event where the server tells nothing. */
export const ARRIVED = 'arrived; who listens, the wire can’t tell'

/** `the hub`, or the address and port of a server that tells nothing. */
export function serverOf({ wire, service }: Pick<Emission, 'wire' | 'service'>): string {
  return wire ? service : 'the hub'
}

/** What the server did with it, or why it spoke. */
export function hubWords({ emission, origin }: HeardRow): string {
  if (origin === null) return emission.wire ? 'why it spoke, the wire can’t tell' : 'spoke by itself'
  if (origin.wire) return ARRIVED
  return origin.listeners === 0 ? 'nobody listens' : 'heard'
}

/** Over the column of those who broadcast: the hub, where all lines are of it; an address and port would be too long. */
export function serverName(rows: readonly HeardRow[]): string {
  return rows.every(({ emission }) => !emission.wire) ? 'hub' : 'server'
}

/** Whom it was for, as it was called: `everybody in /chat`, `room tea`, `one socket`; else whom it went to: `3 sockets`. */
export function aimOf(emission: Emission): string {
  const { from, rooms, nsp, except, sender } = emission
  if (from === 'client') return serverOf(emission)
  const others =
    except.length === 0
      ? ''
      : except.length === 1 && except[0] === sender
        ? ' but the speaker'
        : except.length === 1
          ? ' but one'
          : ` but ${except.length}`
  const world = nsp === '/' ? '' : ` in ${nsp}`
  if (emission.wire) return `${plural(emission.deliveries.length, 'socket')}${world}`
  if (rooms === null) return `one socket${world}`
  if (rooms.length === 0) return `everybody${world}${others}`
  if (isForOne(emission)) return `one socket by its id${world}`
  const names = rooms.map((room) => room.slice(0, 24)).join(', ')
  return `${rooms.length === 1 ? 'room' : 'rooms'} ${names}${world}${others}`
}
