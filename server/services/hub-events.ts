/**
 * Tells the observer what the hub does, so that each call can be laid beside the packet it became.
 *
 * They are matched by counting: the n-th Socket.IO packet of an Engine.IO session and direction, here and
 * on the wire. So every packet counts, whatever it is; only binary attachments don't, which travel on their
 * own behind the packet that announces them. `packet` and `packetCreate` are Engine.IO's own events: one for
 * each message in the order of the wire, before Socket.IO sees it or after it has let it go.
 */
import type { Namespace, Server, Socket } from 'socket.io'
import { applicationEvents, report, wanted } from './application-events.ts'
import { type Note, newNote, noteText } from './event-note.ts'
import { announce, causeOfThis } from './hub-cause.ts'
import { namespaceOf, PACKET, typeOf } from './hub-packet.ts'

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
  /** As Socket.IO gives them along. */
  readonly options?: { readonly volatile?: boolean }
}

/** Whom the packet being written is for, while a broadcast goes through its receivers. */
interface Target {
  readonly rooms: string[]
  readonly except: string[]
}

/** An event that arrived and was not yet handed to its socket. */
interface Arrived {
  readonly index: number
  readonly text: string
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
        goesOut(ledger, message.data, target, message.options?.volatile === true)
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
function isFrequent(type: number): boolean {
  return type !== PACKET.CONNECT && type !== PACKET.DISCONNECT && type !== PACKET.CONNECT_ERROR
}

/** A packet arrived. Events are reported when their socket gets them, which is when listeners are known. */
function cameIn(ledger: Ledger, text: string): void {
  const index = ledger.in++
  if (!applicationEvents.hasSubscribers) return
  const type = typeOf(text)
  const told = !isFrequent(type) || wanted()
  if (type === PACKET.EVENT || type === PACKET.BINARY_EVENT) {
    // One that is not told keeps its place, so that the next one finds its own.
    arrive(ledger, namespaceOf(text), told ? { index, text } : null)
  } else if (type === PACKET.DISCONNECT) {
    ledger.ending.set(namespaceOf(text), { direction: 'in', index })
  } else if (told && (type === PACKET.ACK || type === PACKET.BINARY_ACK)) {
    applicationEvents.publish(notePacket(ledger, 'on', 'in', index, text))
  }
}

function arrive(ledger: Ledger, nsp: string, event: Arrived | null) {
  const waiting = ledger.arrived.get(nsp)
  if (waiting === undefined) ledger.arrived.set(nsp, [event])
  else waiting.push(event)
}

function goesOut(ledger: Ledger, text: string, target: Target | undefined, volatile: boolean): void {
  const index = ledger.out++
  if (!applicationEvents.hasSubscribers) return
  const type = typeOf(text)
  if (isFrequent(type) && !wanted()) return
  if (type === PACKET.DISCONNECT) {
    ledger.ending.set(namespaceOf(text), { direction: 'out', index })
  } else if (type === PACKET.CONNECT || type === PACKET.CONNECT_ERROR) {
    if (type === PACKET.CONNECT) ledger.sockets.set(namespaceOf(text), SOCKET_ID.exec(text)?.[1] ?? '')
    const note = notePacket(ledger, 'connect', 'out', index, text)
    if (type === PACKET.CONNECT_ERROR) note.reason = 'refused'
    applicationEvents.publish(note)
  } else {
    const note = notePacket(ledger, 'emit', 'out', index, text)
    note.rooms = target?.rooms ?? null
    note.except = target?.except ?? null
    if (type === PACKET.EVENT || type === PACKET.BINARY_EVENT) note.cause = causeOfThis() ?? null
    note.volatile = volatile
    applicationEvents.publish(note)
  }
}

function watchSocket(socket: Socket, ledger: Ledger | undefined): void {
  if (ledger === undefined) return
  const nsp = socket.nsp.name
  socket.prependAny((event: unknown) => {
    const arrived = ledger.arrived.get(nsp)?.shift()
    const name = String(event)
    announce(socket, name, arrived ? { eioSid: ledger.session.id, index: arrived.index } : undefined)
    if (!arrived) return
    const note = notePacket(ledger, 'on', 'in', arrived.index, arrived.text)
    note.socket = socket.id
    note.event = name
    note.listeners = socket.listenerCount(name)
    applicationEvents.publish(note)
  })
  socket.on('disconnect', (reason) => {
    const { direction = null, index = null } = ledger.ending.get(nsp) ?? {}
    ledger.ending.delete(nsp)
    ledger.arrived.delete(nsp)
    ledger.sockets.delete(nsp)
    const from = who(ledger.session, 'in')
    report({ ...from, kind: 'disconnect', nsp, socket: socket.id, reason, direction, index })
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

/** A packet as it is, but for what only the hub knows of it. */
function notePacket(
  { session, sockets }: Ledger,
  kind: Note['kind'],
  direction: 'in' | 'out',
  index: number,
  text: string,
): Note {
  const note = newNote(service, kind)
  const peer = peerOf(session, direction)
  const nsp = namespaceOf(text)
  note.eioSid = session.id
  note.remoteAddress = peer?.remoteAddress ?? session.remoteAddress ?? null
  note.remotePort = peer?.remotePort ?? null
  note.nsp = nsp
  note.socket = sockets.get(nsp) ?? null
  note.direction = direction
  note.index = index
  noteText(note, text)
  return note
}

/** The session, and the TCP connection that carries it at this moment; a polling session has many. */
function who(session: Session, direction: 'in' | 'out') {
  const peer = peerOf(session, direction)
  return {
    service,
    eioSid: session.id,
    remoteAddress: peer?.remoteAddress ?? session.remoteAddress ?? null,
    remotePort: peer?.remotePort ?? null,
  }
}

function peerOf({ transport }: Session, direction: 'in' | 'out'): Peer | null | undefined {
  const request = direction === 'in' ? (transport.dataReq ?? transport.req) : transport.req
  return transport.socket?._socket ?? request?.socket
}
