/**
 * The live feed, namespace `/live`: each client is sent the rows it watches and what all share, at most 20
 * times a second, only what changed, and nothing at all while its last push is still on the way to it.
 * The cost is that of what is looked at, whatever the traffic.
 */
import type { Server as HttpServer } from 'node:http'
import { Server, type Socket } from 'socket.io'
import { type Static, Type } from 'typebox'
import { compileFilter } from '../trace/filter.ts'
import type { Trace } from '../trace/trace.ts'
import type { End } from '../trace/vantage.ts'
import type { Access } from './access.ts'
import type { ApiError, FlowNode, SessionNode, Status } from './api.ts'
import type { LabDetail } from './api-labs.ts'
import type { ClientToServer, LiveAuth, ServerToClient } from './api-live.ts'
import type { NetworkNode } from './api-network.ts'
import { describeError, type LabDesk } from './app.ts'
import type { Captures } from './captures.ts'
import { type Ends, LiveClient } from './live-client.ts'
import { type EventCursor, EventLedger } from './live-events.ts'
import { At, MAX_FILTER_LENGTH, otherEndOf, traceOf } from './selection.ts'
import { Shared, SharedList } from './shared.ts'
import { checker } from './validation.ts'

export interface LiveDependencies {
  captures: Captures
  status(): Status
  labs: Pick<LabDesk, 'onChange'>
  /** Undefined while it isn't known. */
  network(): NetworkNode | undefined
  access: Access
}

/** 20 pushes a second; a timer may fire nearly a millisecond early. */
const TICK_MS = 51
/** How often what is made for all clients is looked at for changes; less often where that takes long. */
const SHARED_MS = 250
const SHARED_PART = 20
/** Who says nothing for so long after it came is sent what all share. */
const BEGIN_MS = 250
const MAX_CLIENTS = 64
const MAX_FLOWS = 200
const MAX_SESSIONS = 20
const MAX_BEATS = 1000
/** Time of one tick that goes to matching, over all clients, in milliseconds. */
const MATCH_BUDGET_MS = 8
const MAX_MESSAGE_BYTES = 64 * 1024
/** Answers that a client has not read yet: one that asks and does not listen is let go. */
const MAX_UNREAD_BYTES = 1024 * 1024
/** A page whose computer slept, or whose way here broke, is known to be gone after both, in milliseconds. */
const PING_INTERVAL_MS = 8000
const PING_TIMEOUT_MS = 6000

const Watch = Type.Object(
  {
    capture: Type.Optional(Type.String({ maxLength: 20 })),
    at: At,
    filter: Type.Optional(Type.String({ maxLength: MAX_FILTER_LENGTH })),
    after: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
    index: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
    limit: Type.Integer({ minimum: 1, maximum: 500 }),
    follow: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)
const watches = checker(Watch)

type Engine = Socket['conn']

export class LiveFeed {
  readonly #deps: LiveDependencies
  readonly #io: Server<ClientToServer, ServerToClient>
  readonly #clients = new Set<LiveClient>()
  readonly #status = new Shared<Status>()
  readonly #network = new Shared<NetworkNode>()
  /** As the clients' end numbers them, and the servers'. */
  readonly #flows: Ends<SharedList<FlowNode>> = { client: flowList(), server: flowList() }
  readonly #sessions: Ends<SharedList<SessionNode>> = { client: sessionList(), server: sessionList() }
  readonly #events: EventLedger
  readonly #endings: (() => void)[]
  #timer: NodeJS.Timeout | undefined
  #lastTick = 0
  #nextShared = 0
  /** What is shared may have changed since it was last looked at. */
  #stale = true

  constructor(server: HttpServer, deps: LiveDependencies) {
    this.#deps = deps
    this.#events = new EventLedger(deps.captures.live.events)
    this.#io = new Server(server, {
      serveClient: false,
      maxHttpBufferSize: MAX_MESSAGE_BYTES,
      connectTimeout: 10_000,
      pingInterval: PING_INTERVAL_MS,
      pingTimeout: PING_TIMEOUT_MS,
      // Small frames over loopback: deflating them costs more than sending them.
      perMessageDeflate: false,
      httpCompression: false,
      allowRequest: (request, decide) => {
        const refusal = deps.access.refuse(request.headers, request.method, request.url ?? '')
        decide(refusal?.message ?? null, refusal === undefined)
      },
    })
    // Engine.IO would answer a refused upgrade with 400, and leave one that is not its own to a timer.
    server.removeAllListeners('upgrade')
    server.on('upgrade', (request, socket, head) => {
      const url = request.url ?? ''
      const refusal = deps.access.refuse(request.headers, request.method, url)
      if (refusal === undefined && isLive(url)) return this.#io.engine.handleUpgrade(request, socket, head)
      const answer = refusal === undefined ? '404 Not Found' : '403 Forbidden'
      socket.end(`HTTP/1.1 ${answer}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
    })
    this.#io.use((_socket, next) => next(new Error('the live feed is the namespace /live')))
    const live = this.#io.of('/live')
    live.use((socket, next) => {
      const error: Error & { data?: ApiError } = new Error('')
      if (!deps.access.hasToken(socket.handshake.auth.token)) {
        error.message = 'the token is missing or wrong'
        error.data = { code: 'token-required', message: error.message }
        return next(error)
      }
      if (this.#clients.size >= MAX_CLIENTS) {
        error.message = `${MAX_CLIENTS} dashboards are open already`
        error.data = { code: 'too-many-clients', message: error.message }
        return next(error)
      }
      next()
    })
    this.#io.engine.on('connection', letGoOfTheDeaf)
    live.on('connection', (socket) => {
      const auth: LiveAuth = socket.handshake.auth
      const client = new LiveClient(socket, {
        auth,
        cursor: this.#cursorOf(auth),
        onTaken: () => this.#arm(),
      })
      this.#clients.add(client)
      this.#stale = true
      const begin = setTimeout(() => {
        client.begin()
        this.#arm()
      }, BEGIN_MS)
      socket.on('disconnect', () => {
        clearTimeout(begin)
        this.#clients.delete(client)
        client.leave()
      })
      // Whatever a client sends, the answer is in the ack or there is none.
      socket.on('watch', (request: unknown, ack: unknown) => {
        const answer = this.#watch(client, request)
        if (typeof ack === 'function') ack(answer)
        // Somebody waits for the first packets: they need not wait for a tick as well.
        if (client.begins) this.#push([client])
        this.#arm()
      })
      this.#arm()
    })
    this.#endings = [
      deps.captures.live.onChange(() => this.touch()),
      deps.labs.onChange((lab) => this.#lab(lab)),
    ]
  }

  /** Something that clients see may have changed. Cheap: called for every packet. */
  touch(): void {
    this.#stale = true
    this.#arm()
  }

  /** Ends the feed and its connections; the HTTP server itself is its owner's to close. */
  close(): void {
    for (const end of this.#endings) end()
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#io.local.disconnectSockets(true)
    this.#io.engine.close()
  }

  /** A client of this run that comes back goes on where it was. */
  #cursorOf({ run, event }: LiveAuth): EventCursor | undefined {
    if (run !== this.#deps.captures.live.run || !Number.isSafeInteger(event)) return undefined
    this.#events.refresh()
    return this.#events.resume(Math.max(0, event ?? 0))
  }

  #watch(client: LiveClient, request: unknown): { ok: true } | ApiError {
    if (!watches.holds(request)) return watches.problem(request)
    const { filter = '', capture, at = 'client', ...window }: Static<typeof Watch> = request
    const { captures } = this.#deps
    try {
      const compiled = filter.trim() === '' ? undefined : compileFilter(filter.trim())
      if (at === 'client') {
        const trace = traceOf(captures, capture)
        // The live one tells of itself; a file changes when somebody has its secrets.
        const release = trace === captures.live ? undefined : trace.onChange(() => this.touch())
        client.watch({
          ...window,
          at,
          filter: compiled,
          trace: () => captures.get(capture),
          ...(release !== undefined && { release }),
        })
        return { ok: true }
      }
      const end = otherEndOf(captures, capture)
      const leave = end.hold()
      const trace = end.server
      const unhear = trace.onChange(() => this.touch())
      const release = () => {
        unhear()
        leave()
      }
      client.watch({ ...window, at, filter: compiled, trace: () => trace, release })
      this.touch()
      return { ok: true }
    } catch (error) {
      return describeError(error instanceof Error ? error : new Error(String(error)))[1]
    }
  }

  #lab(lab: LabDetail): void {
    for (const client of this.#clients) client.labs.set(lab.id, lab)
    this.#arm()
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#clients.size === 0) return
    const wait = Math.max(0, this.#lastTick + TICK_MS - performance.now())
    this.#timer = setTimeout(() => this.#tick(), wait)
  }

  #tick(): void {
    this.#timer = undefined
    this.#lastTick = performance.now()
    if (this.#push([...this.#clients])) this.#arm()
  }

  /** True when there is more to send later. */
  #push(clients: readonly LiveClient[]): boolean {
    const now = performance.now()
    if (this.#stale && now >= this.#nextShared) {
      this.#stale = false
      this.#refreshShared()
      this.#nextShared = now + Math.max(SHARED_MS, SHARED_PART * (performance.now() - now))
    }
    this.#events.refresh()
    let again = this.#stale
    const turn = { now, budgetMs: MATCH_BUDGET_MS / this.#clients.size, clients: this.#clients.size }
    const shared = {
      status: this.#status,
      network: this.#network,
      flows: this.#flows,
      sessions: this.#sessions,
      events: this.#events,
    }
    for (const client of clients) if (client.push(shared, turn)) again = true
    return again
  }

  #refreshShared(): void {
    const { live, otherEnd } = this.#deps.captures
    this.#status.refresh(this.#deps.status())
    const network = this.#deps.network()
    if (network !== undefined) this.#network.refresh(network)
    this.#refreshEnd('client', live)
    const watched = [...this.#clients].some((client) => client.at === 'server')
    if (otherEnd !== undefined && watched) this.#refreshEnd('server', otherEnd.server)
  }

  #refreshEnd(at: End, trace: Trace): void {
    this.#flows[at].refresh(trace.flows.latest(MAX_FLOWS))
    this.#sessions[at].refresh(boundedSessions(trace.sessions()))
  }
}

function flowList(): SharedList<FlowNode> {
  return new SharedList({
    id: 'id',
    counters: ['packets', 'packetsFromClient', 'bytes', 'bytesFromClient', 'lastTime', 'last', 'beats'],
  })
}

function sessionList(): SharedList<SessionNode> {
  return new SharedList({ id: 'sid', counters: ['nextDue'], grows: 'beats' })
}

/** What is pushed waits for the client; what it asks for is answered at once, and would wait for it in memory. */
function letGoOfTheDeaf(session: Engine): void {
  let unread = 0
  session.on('packetCreate', ({ data }: { data?: string | Uint8Array }) => {
    unread += data?.length ?? 0
    if (unread > MAX_UNREAD_BYTES) session.close(true)
  })
  session.on('flush', () => {
    unread = 0
  })
}

/** Engine.IO's own test of the path. */
function isLive(url: string): boolean {
  return url.startsWith('/socket.io/')
}

function boundedSessions(sessions: SessionNode[]): SessionNode[] {
  const newest = sessions.slice(-MAX_SESSIONS)
  const beats = Math.floor(MAX_BEATS / Math.max(1, newest.length))
  return newest.map((session) =>
    session.beats.length <= beats ? session : { ...session, beats: session.beats.slice(-beats) },
  )
}
