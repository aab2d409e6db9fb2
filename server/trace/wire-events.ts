/**
 * What a Socket.IO server of which no service tells did, put together from its packets alone. Rooms, listeners and
 * causes never cross the wire: they are left open.
 */
import type { EventNode } from '../dashboard/api.ts'
import type { Endpoint, Flow, SeenSocketIo } from '../protocols/conversation.ts'
import { decodeText } from '../protocols/cursor.ts'
import type { EngineIoSession } from '../protocols/engine-session.ts'
import { preview } from '../services/event-note.ts'
import { PACKET, readPacket } from '../services/hub-packet.ts'
import { formatTime } from './time.ts'

/** Its place among the others is not known yet. */
export type WireEvent = Omit<EventNode, 'id'> & { eioSid: string; packet: number }

/** Bytes of a packet that are looked at: more than what is kept of its arguments. */
const MOST_BYTES = 8192
const MOST_SOCKETS = 100
const MOST_IDS = 100_000
const SOCKET_ID = /"sid":"([^"]+)"/

interface Told {
  readonly server: Endpoint
  /** The server's address and port. */
  service: string
  client: Endpoint
  /** Socket.IO ids by namespace. */
  readonly sockets: Map<string, string>
}

export interface WireEventsOptions {
  /** Whether a service tells of what happens at that server. */
  readonly isTold: (server: Endpoint) => boolean
  readonly add: (event: WireEvent) => void
}

export class WireEvents {
  readonly #options: WireEventsOptions
  readonly #sessions = new WeakMap<EngineIoSession, Told>()
  /** Ids of sessions of which a service has told, and of those that were taken from the wire. */
  readonly #told = new RecentIds()
  readonly #taken = new RecentIds()

  constructor(options: WireEventsOptions) {
    this.#options = options
  }

  /** A service tells of the session. */
  tell(sid: string): void {
    this.#told.add(sid)
  }

  isTold(sid: string): boolean {
    return this.#told.has(sid)
  }

  /** Whether events of the session were put together from its packets. */
  isTaken(sid: string): boolean {
    return this.#taken.has(sid)
  }

  take(seen: SeenSocketIo): void {
    const { session, flow } = seen
    if (flow === undefined || this.#told.has(session.sid) || this.#options.isTold(flow.server)) return
    this.#taken.add(session.sid)
    const told = this.#toldOf(session, flow)
    // Behind a proxy, or where one captures at two places, each packet of a session passes twice: the first place counts.
    if (told.server.port !== flow.server.port || told.server.address !== flow.server.address) return
    // Polling takes one connection after the other.
    told.client = flow.client
    const from = seen.bytes.subarray(seen.start, Math.min(seen.end, seen.start + MOST_BYTES))
    const text = decodeText(from)
    const packet = readPacket(text)
    if (packet === undefined) return
    const { type, nsp } = packet
    if (type === PACKET.CONNECT) {
      if (seen.fromClient) return
      const id = SOCKET_ID.exec(text)?.[1]
      if (id !== undefined && told.sockets.size < MOST_SOCKETS) told.sockets.set(nsp, id)
    }
    const kind = kindOf(type, seen.fromClient)
    const event = newEvent(told, kind, { session, nsp, frame: seen.frame, time: seen.time })
    event.direction = seen.fromClient ? 'in' : 'out'
    event.index = seen.index
    if (type === PACKET.DISCONNECT) {
      event.reason = seen.fromClient ? 'client namespace disconnect' : 'server namespace disconnect'
      told.sockets.delete(nsp)
    } else {
      event.event = packet.event
      event.args = preview(packet.args)
      if (packet.ack !== undefined) event.ack = packet.ack
      if (packet.attachments > 0) event.attachments = packet.attachments
      if (type === PACKET.CONNECT_ERROR) event.reason = 'refused'
    }
    this.#options.add(event)
  }

  #toldOf(session: EngineIoSession, { server, client }: Flow): Told {
    const known = this.#sessions.get(session)
    if (known !== undefined) return known
    const told: Told = { server, service: placeOf(server), client, sockets: new Map() }
    this.#sessions.set(session, told)
    session.whenClosed = () => this.#closed(session, told)
    return told
  }

  /** Whoever has not said goodbye went with the session. */
  #closed(session: EngineIoSession, told: Told): void {
    const { closed } = session
    if (closed === null) return
    for (const nsp of told.sockets.keys()) {
      const { frame, time } = closed
      const event = newEvent(told, 'disconnect', { session, nsp, frame, time })
      this.#options.add({ ...event, reason: closed.reason })
    }
    told.sockets.clear()
  }
}

/** The ids that were added last. */
class RecentIds {
  #newer = new Set<string>()
  /** A set whose oldest entries were deleted one by one would be slow to find its first. */
  #older = new Set<string>()

  has(id: string): boolean {
    return this.#newer.has(id) || this.#older.has(id)
  }

  add(id: string): void {
    this.#newer.add(id)
    if (this.#newer.size < MOST_IDS) return
    this.#older = this.#newer
    this.#newer = new Set()
  }
}

function kindOf(type: number, fromClient: boolean): EventNode['kind'] {
  if (type === PACKET.CONNECT || type === PACKET.CONNECT_ERROR) return 'connect'
  if (type === PACKET.DISCONNECT) return 'disconnect'
  return fromClient ? 'on' : 'emit'
}

function newEvent(
  { service, client, sockets }: Told,
  kind: EventNode['kind'],
  at: { session: EngineIoSession; nsp: string; frame: number; time: bigint },
): WireEvent {
  const time = formatTime(at.time)
  return {
    time,
    service,
    kind,
    remoteAddress: client.address,
    remotePort: client.port,
    eioSid: at.session.sid,
    socket: sockets.get(at.nsp) ?? null,
    nsp: at.nsp,
    direction: null,
    index: null,
    event: null,
    args: null,
    listeners: null,
    rooms: null,
    reason: null,
    packet: at.frame,
    packetTime: time,
    seen: 'wire',
  }
}

function placeOf({ address, port }: Endpoint): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
