/**
 * The hub: a Fastify web server and a Socket.IO server on one port, and sealed by TLS on another. Programs that know
 * nothing of each other connect here, and speak through it by events.
 *
 *   client emits                 the hub does
 *   speak  (text, room?)         socket.broadcast.emit('incoming-message', text, id)   all others, or a room's
 *   echo   (...args, ack)        ack(...args)                                          an answer, not an event
 *   join / leave (room, ack?)    socket.join(room)                                     ack: the rooms it is in
 *   private (id, text, ack?)     io.to(id).emit('private', text, id)                   one socket by its id
 *
 * and it says `welcome` to whoever connects, and `left` to the others when somebody goes.
 */
import Fastify, { type FastifyInstance } from 'fastify'
import { Server, type Socket } from 'socket.io'
import type { Certificate } from './certificate.ts'
import { startChat } from './hub-chat.ts'
import { observeHub } from './hub-events.ts'
import { HUB_PAGE } from './hub-page.ts'
import { openSealedDoor } from './sealed-door.ts'
import { type Service, type ServiceOptions, serve } from './service.ts'

/** Milliseconds. The server pings each `pingInterval`, and gives up `pingTimeout` after a ping. */
export interface Heartbeat {
  readonly pingInterval: number
  readonly pingTimeout: number
}

/** Five seconds, so that it can be watched; Socket.IO's own default is 25. */
export const HEARTBEAT: Heartbeat = { pingInterval: 5000, pingTimeout: 4000 }

export interface HubOptions extends ServiceOptions, Partial<Heartbeat> {
  /** Given the Socket.IO server before anybody can connect: for what else is to be hung on it. */
  readonly attach?: (io: Server) => void
}

export interface Hub extends Service {
  readonly heartbeat: Heartbeat
  /** Holds for sessions that begin from now on: the handshake tells a client what to expect. */
  setHeartbeat(heartbeat: Heartbeat): void
  /**
   * The same hub by https and wss: whoever comes in there is in the same rooms. It is a service of its own, which ends
   * with the hub at the latest. Rejects with Node's error when the port is taken.
   */
  openSealed(options: ServiceOptions, certificate: Pick<Certificate, 'key' | 'cert'>): Promise<Service>
}

export async function startHub(options: HubOptions): Promise<Hub> {
  const app = Fastify({ forceCloseConnections: true })
  const io = new Server(app.server, {
    pingInterval: options.pingInterval ?? HEARTBEAT.pingInterval,
    pingTimeout: options.pingTimeout ?? HEARTBEAT.pingTimeout,
    // Pages that you serve yourself, from whatever port of this machine, may use the hub too.
    cors: { origin: /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/ },
  })
  observeHub(io)
  limitWaiting(io)

  io.on('connection', (socket) => greet(io, socket))
  startChat(io.of('/chat'))
  addRoutes(app, io)
  options.attach?.(io)

  // `app.close()` would wait until the last client goes by itself: so they are told first, and then sent off.
  app.addHook('preClose', async () => {
    for (const world of [io, io.of('/chat')]) world.local.disconnectSockets(true)
    io.engine.close()
    await Promise.all([listening, ...sealed].map((door) => door.close()))
  })
  const sealed: Service[] = []
  await app.ready()
  const listening = await serve(app.server, options)
  return {
    name: 'hub',
    ...listening,
    get heartbeat() {
      const { pingInterval, pingTimeout } = io.engine.opts
      return { pingInterval: pingInterval ?? 0, pingTimeout: pingTimeout ?? 0 }
    },
    setHeartbeat: (heartbeat) => void Object.assign(io.engine.opts, heartbeat),
    async openSealed(at, certificate) {
      const door = await openSealedDoor('hub-tls', app.server, certificate, at)
      sealed.push(door)
      return door
    },
    close: async () => {
      await app.close()
    },
  }
}

/** One client's life at the hub. What comes from a client may be anything: it is looked at before use. */
function greet(io: Server, socket: Socket): void {
  socket.emit('welcome', socket.id)

  socket.on('speak', (text: unknown, room?: unknown) => {
    const others = typeof room === 'string' ? socket.to(room) : socket.broadcast
    others.emit('incoming-message', text, socket.id)
  })

  socket.on('echo', (...args: unknown[]) => {
    const ack = args.pop()
    if (typeof ack === 'function') ack(...args)
  })

  socket.on('join', (room: unknown, ack?: unknown) => {
    if (isRoomName(room) && socket.rooms.size < MAX_ROOMS) void socket.join(room)
    if (typeof ack === 'function') ack([...socket.rooms])
  })

  socket.on('leave', (room: unknown, ack?: unknown) => {
    if (isRoomName(room)) void socket.leave(room)
    if (typeof ack === 'function') ack([...socket.rooms])
  })

  socket.on('private', (id: unknown, text: unknown, ack?: unknown) => {
    const known = typeof id === 'string' && io.of('/').sockets.has(id)
    if (known) io.to(id).emit('private', text, socket.id)
    if (typeof ack === 'function') ack(known)
  })

  socket.on('disconnect', (reason) => socket.broadcast.emit('left', socket.id, reason))
}

/** HTTP on the same port: any request whose path does not begin with /socket.io/. */
function addRoutes(app: FastifyInstance, io: Server): void {
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))

  app.get('/', (request, reply) => {
    // A browser gets a page to chat on, curl a few words.
    if (request.headers.accept?.includes('text/html')) return reply.type('text/html').send(HUB_PAGE)
    const here = io.of('/').sockets.size
    return `This is Wirelab's hub. ${here} connected over Socket.IO.\nGET /clients lists them; POST /say/ID speaks to one.\n`
  })

  app.get('/clients', () =>
    [...io.of('/').sockets.values()].map((socket) => ({
      id: socket.id,
      transport: socket.conn.transport.name,
      rooms: [...socket.rooms],
    })),
  )

  app.post<{ Params: { id: string } }>('/say/:id', (request, reply) => {
    const { id } = request.params
    if (!io.of('/').sockets.has(id)) {
      return reply.code(404).send(`No client has the id ${id}; GET /clients lists them.\n`)
    }
    io.to(id).emit('private', request.body ?? '', 'http')
    return `Said to ${id}.\n`
  })
}

const MAX_ROOMS = 100
const isRoomName = (room: unknown): room is string =>
  typeof room === 'string' && room.length > 0 && room.length <= 100

/** Bytes (roughly: characters) that may wait for a client that does not read. */
const MAX_WAITING = 16 * 1024 * 1024

/** Socket.IO keeps what a client is slow to take; a client that is far behind is let go instead. */
function limitWaiting(io: Server): void {
  io.engine.on('connection', (session) => {
    let waiting = 0
    session.on('packetCreate', ({ data }: { data?: string | Uint8Array }) => {
      waiting += data?.length ?? 0
      if (waiting > MAX_WAITING) session.close(true)
    })
    session.on('flush', () => {
      waiting = 0
    })
  })
}
