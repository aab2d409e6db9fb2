/**
 * Tells the observer what the hub does, so that each call can be laid beside the packet it became.
 *
 * They are matched by counting: the n-th Socket.IO packet of an Engine.IO session and direction, here and
 * on the wire. So every packet counts, whatever it is; only binary attachments don't, which travel on their
 * own behind the packet that announces them. `packet` and `packetCreate` are Engine.IO's own events: one for
 * each message in the order of the wire, before Socket.IO sees it or after it has let it go.
 */
import type { Namespace, Server, Socket } from 'socket.io'
import { type ApplicationEvent, applicationEvents, preview, report, wanted } from './application-events.ts'
import { readAddress, readPacket, type SocketIoPacket } from './hub-packet.ts'

/** The parts of `engine.io`'s Socket and its transports that say which TCP connection is in use. */
interface Session extends NodeJS.EventEmitter {
  readonly id: string
  readonly remoteAddress: string | undefined
  /** The request that opened it. */
  readonly request?: { readonly socket?: Peer | null } | null
  readonly transport: {
    readonly name: string
    readonly socket?: { readonly _socket?: Peer | null }
    readonly req?: { readonly socket: Peer } | null
    readonly dataReq?: { readonly socket: Peer } | null
  }
}

interface Peer {
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
}

interface EngineMessage {
  readonly type: string
  readonly data?: string | Uint8Array
}

/** Whom the packet being written is for, while a broadcast goes through its receivers. */
interface Target {
  readonly rooms: string[]
  readonly except: string[]
}

/** An event that arrived and was not yet handed to its socket. */
interface Arrived {
  readonly index: number
  readonly args: string
  readonly ack: number | undefined
}

/** What is known of one Engine.IO session. */
interface Ledger {
  readonly session: Session
  in: number
  out: number
  /** Socket.IO ids by namespace. */
  readonly sockets: Map<string, string>
  /** By namespace, in order; null for one that is not told. */
  readonly arrived: Map<string, (Arrived | null)[]>
  /** The DISCONNECT packet that ends a namespace's socket, by namespace. */
  readonly ending: Map<string, { direction: 'in' | 'out'; index: number }>
}

const PACKET = {
  CONNECT: 0,
  DISCONNECT: 1,
  EVENT: 2,
  ACK: 3,
  CONNECT_ERROR: 4,
  BINARY_EVENT: 5,
  BINARY_ACK: 6,
}
const SOCKET_ID = /"sid":"([^"]+)"/
const service = 'hub'

export function observeHub(io: Server): void {
  const ledgers = new WeakMap<object, Ledger>()
  let target: Target | undefined

  io.engine.on('connection', (session: Session) => {
    const ledger: Ledger = {
      session,
      in: 0,
      out: 0,
      sockets: new Map(),
      arrived: new Map(),
      ending: new Map(),
    }
    ledgers.set(session, ledger)
    const { remotePort = null } = session.request?.socket ?? {}
    report({ ...who(session, 'in'), remotePort, kind: 'connect', event: session.transport.name })
    session.on('packet', (message: EngineMessage) => {
      if (message.type === 'message' && typeof message.data === 'string') cameIn(ledger, message.data)
    })
    session.on('packetCreate', (message: EngineMessage) => {
      if (message.type === 'message' && typeof message.data === 'string')
        goesOut(ledger, message.data, target)
    })
    session.on('upgrade', () =>
      report({ ...who(session, 'in'), kind: 'upgrade', event: session.transport.name }),
    )
    session.on('close', (reason: string) => report({ ...who(session, 'in'), kind: 'disconnect', reason }))
  })

  const watch = (namespace: Namespace) => {
    namespace.on('connection', (socket) => watchSocket(socket, ledgers.get(socket.conn)))
    watchRooms(namespace, ledgers)
    watchBroadcasts(namespace, (next) => {
      target = next
    })
  }
  watch(io.of('/'))
  io.on('new_namespace', watch)
}

/** What has no event is rare, and always told. */
function isFrequent(text: string): boolean {
  const type = text.charCodeAt(0) - 0x30
  return type !== PACKET.CONNECT && type !== PACKET.DISCONNECT && type !== PACKET.CONNECT_ERROR
}

/** Keeps the place of an event that is not told, so that the next one finds its own. */
function skip(ledger: Ledger, text: string): void {
  const packet = readAddress(text)
  if (packet?.type === PACKET.EVENT || packet?.type === PACKET.BINARY_EVENT) arrive(ledger, packet.nsp, null)
}

/** A packet arrived. Events are reported when their socket gets them, which is when listeners are known. */
function cameIn(ledger: Ledger, text: string): void {
  const index = ledger.in++
  if (!applicationEvents.hasSubscribers) return
  if (isFrequent(text) && !wanted()) {
    skip(ledger, text)
    return
  }
  const packet = readPacket(text)
  if (packet === undefined) return
  const { nsp, ack } = packet
  if (packet.type === PACKET.DISCONNECT) ledger.ending.set(nsp, { direction: 'in', index })
  if (packet.type === PACKET.EVENT || packet.type === PACKET.BINARY_EVENT) {
    arrive(ledger, nsp, { index, args: preview(packet.args), ack })
  }
  if (packet.type === PACKET.ACK || packet.type === PACKET.BINARY_ACK) {
    reportPacket(ledger, 'on', 'in', index, packet, {})
  }
}

function arrive(ledger: Ledger, nsp: string, event: Arrived | null) {
  const waiting = ledger.arrived.get(nsp)
  if (waiting === undefined) ledger.arrived.set(nsp, [event])
  else waiting.push(event)
}

function goesOut(ledger: Ledger, text: string, target: Target | undefined): void {
  const index = ledger.out++
  if (!applicationEvents.hasSubscribers || (isFrequent(text) && !wanted())) return
  const packet = readPacket(text)
  if (packet === undefined) return
  const { type, nsp } = packet
  if (type === PACKET.DISCONNECT) {
    ledger.ending.set(nsp, { direction: 'out', index })
  } else if (type === PACKET.CONNECT) {
    ledger.sockets.set(nsp, SOCKET_ID.exec(packet.args)?.[1] ?? '')
    reportPacket(ledger, 'connect', 'out', index, packet, {})
  } else if (type === PACKET.CONNECT_ERROR) {
    reportPacket(ledger, 'connect', 'out', index, packet, { reason: 'refused' })
  } else {
    reportPacket(ledger, 'emit', 'out', index, packet, target ?? {})
  }
}

function watchSocket(socket: Socket, ledger: Ledger | undefined): void {
  if (ledger === undefined) return
  const nsp = socket.nsp.name
  const about = () => ({ ...who(ledger.session, 'in'), nsp, socket: socket.id })
  socket.prependAny((event: unknown) => {
    const arrived = ledger.arrived.get(nsp)?.shift()
    if (!arrived) return
    const name = String(event)
    report({
      ...about(),
      kind: 'on',
      direction: 'in',
      index: arrived.index,
      event: name,
      args: arrived.args,
      listeners: socket.listenerCount(name),
      ...(arrived.ack !== undefined && { ack: arrived.ack }),
    })
  })
  socket.on('disconnect', (reason) => {
    const { direction = null, index = null } = ledger.ending.get(nsp) ?? {}
    ledger.ending.delete(nsp)
    ledger.arrived.delete(nsp)
    ledger.sockets.delete(nsp)
    report({ ...about(), kind: 'disconnect', reason, direction, index })
  })
}

/** Each socket is alone in a room of its own id from the start: that is how `io.to(id)` finds it. */
function watchRooms(namespace: Namespace, ledgers: WeakMap<object, Ledger>): void {
  const told = (kind: 'join' | 'leave') => (room: string, id: string) => {
    const ledger = ledgers.get(namespace.sockets.get(id)?.conn ?? {})
    if (ledger === undefined) return
    report({ ...who(ledger.session, 'in'), kind, nsp: namespace.name, socket: id, rooms: [room] })
  }
  namespace.adapter.on('join-room', told('join'))
  namespace.adapter.on('leave-room', told('leave'))
}

/** `to()`, `broadcast` and `except` all come down to the adapter's `broadcast`, which writes at once. */
function watchBroadcasts(namespace: Namespace, aim: (target: Target | undefined) => void): void {
  const { adapter } = namespace
  const broadcast = adapter.broadcast.bind(adapter)
  const broadcastWithAck = adapter.broadcastWithAck.bind(adapter)
  adapter.broadcast = (packet, options) => {
    aim({ rooms: [...options.rooms], except: [...(options.except ?? [])] })
    try {
      broadcast(packet, options)
    } finally {
      aim(undefined)
    }
  }
  adapter.broadcastWithAck = (packet, options, ...callbacks) => {
    aim({ rooms: [...options.rooms], except: [...(options.except ?? [])] })
    try {
      broadcastWithAck(packet, options, ...callbacks)
    } finally {
      aim(undefined)
    }
  }
}

function reportPacket(
  ledger: Ledger,
  kind: ApplicationEvent['kind'],
  direction: 'in' | 'out',
  index: number,
  packet: SocketIoPacket,
  more: Partial<Pick<ApplicationEvent, 'reason' | 'rooms' | 'except'>>,
): void {
  report({
    ...who(ledger.session, direction),
    kind,
    nsp: packet.nsp,
    socket: ledger.sockets.get(packet.nsp) ?? null,
    direction,
    index,
    event: packet.event,
    args: preview(packet.args),
    ...(packet.ack !== undefined && { ack: packet.ack }),
    ...more,
  })
}

/** The session, and the TCP connection that carries it at this moment; a polling session has many. */
function who({ id, remoteAddress, transport }: Session, direction: 'in' | 'out') {
  const request = direction === 'in' ? (transport.dataReq ?? transport.req) : transport.req
  const peer = transport.socket?._socket ?? request?.socket
  return {
    service,
    eioSid: id,
    remoteAddress: peer?.remoteAddress ?? remoteAddress ?? null,
    remotePort: peer?.remotePort ?? null,
  }
}
