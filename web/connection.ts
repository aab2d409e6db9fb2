/** The live feed: one socket to `/live`, one window of rows watched at a time, and what to do when it breaks. */
import { io } from 'socket.io-client'
import type { ApiError, EventNode, FlowNode, SessionNode, Status } from '../server/dashboard/api.ts'
import type { LiveAuth, RowsMessage, ServerToClient, WatchRequest } from '../server/dashboard/api-live.ts'
import { flowsAfter, rowsAfter, sessionsAfter } from './lib/live-changes.ts'

export type LinkState =
  | { state: 'connecting' }
  | { state: 'open' }
  /** `silent`: nothing came any more, though nobody closed. `gone`: it was closed, or can't be had again. */
  | { state: 'lost'; since: number; why: 'gone' | 'silent' }
  | { state: 'refused'; message: string }

export interface Connection {
  /** Asks for another window; answers null, or why it can't be. A newer request makes an older one's answer void. */
  watch(request: WatchRequest): Promise<ApiError | null>
  close(): void
}

/** What the feed is told: wholes, whatever came over the wire. */
export type Feed = Pick<
  ServerToClient,
  'rows' | 'status' | 'flows' | 'sessions' | 'events' | 'eventPackets' | 'lab' | 'network'
> & {
  link(state: LinkState): void
  /** Takes several of these in as one. */
  together(take: () => void): void
  /** Where the page stands, for a server that it comes back to. */
  place(): Pick<LiveAuth, 'run' | 'event'>
}

/** No answer for so long is as good as no link: a new one is sought. */
const PATIENCE_MS = 8000
/** The same where there is reason to doubt it. */
const DOUBT_MS = 3000

export function connect(feed: Feed, token: string | null): Connection {
  const socket = io('/live', {
    auth: (give) =>
      give({ changes: true, ...(token !== null && { token }), ...feed.place() } satisfies LiveAuth),
    transports: ['websocket', 'polling'],
    tryAllTransports: true,
    reconnectionDelay: 500,
    reconnectionDelayMax: 2000,
  })
  let wanted: WatchRequest | undefined
  let turn = 0
  /** Another capture was asked for, a file or the cable's other end: until the answer, what comes is still this one's. */
  let turning = false
  /** How often another was asked for. */
  let captureTurn = 0
  /** As the server takes it to be known here: changes are changes of these. */
  let rows: RowsMessage | undefined
  let status: Status | undefined
  let flows: FlowNode[] = []
  let sessions: SessionNode[] = []

  const lost = (why: 'gone' | 'silent') => feed.link({ state: 'lost', since: Date.now(), why })

  socket.on('connect', () => {
    takeIn()
    rows = undefined
    turning = false
    feed.link({ state: 'open' })
    if (wanted !== undefined) void ask(wanted)
  })
  socket.on('disconnect', (reason) => {
    if (reason !== 'io client disconnect') lost(reason === 'ping timeout' ? 'silent' : 'gone')
    // The server threw us off (it is going away): the client would not try again by itself.
    if (reason === 'io server disconnect') socket.connect()
  })
  socket.on('connect_error', (error) => {
    if (!socket.active) feed.link({ state: 'refused', message: error.message })
    else lost('gone')
  })

  /** Of one push all is taken in together, in the frame that shows it. */
  let came: (() => void)[] = []
  function takeIn(): void {
    const all = came
    came = []
    if (all.length === 0) return
    feed.together(() => {
      for (const take of all) take()
    })
  }
  /** The same for what is of one capture. */
  function takeLater(take: () => void): void {
    const of = captureTurn
    if (!turning) came.push(() => of === captureTurn && take())
  }

  const tellRows = (message: RowsMessage) => {
    rows = message
    takeLater(() => feed.rows(message))
  }
  const tellFlows = (list: FlowNode[]) => {
    flows = list
    takeLater(() => feed.flows(list))
  }
  const tellSessions = (list: SessionNode[]) => {
    sessions = list
    takeLater(() => feed.sessions(list))
  }
  const tellStatus = (now: Status) => {
    status = now
    came.push(() => feed.status(now))
  }
  socket.on('rows', tellRows)
  socket.on('rowsChange', (change) => {
    if (rows !== undefined) tellRows(rowsAfter(rows, change))
  })
  socket.on('status', tellStatus)
  socket.on('statusChange', (change) => {
    if (status !== undefined) tellStatus({ ...status, ...change })
  })
  socket.on('flows', tellFlows)
  socket.on('flowsChange', (change) => tellFlows(flowsAfter(flows, change)))
  socket.on('sessions', tellSessions)
  socket.on('sessionsChange', (change) => tellSessions(sessionsAfter(sessions, change)))
  socket.on('events', (events: EventNode[]) => came.push(() => feed.events(events)))
  socket.on('eventPackets', (met) => came.push(() => feed.eventPackets(met)))
  socket.on('lab', (lab) => came.push(() => feed.lab(lab)))
  socket.on('network', (network) => came.push(() => feed.network(network)))
  socket.on('pushed', (taken) => {
    soon(() => {
      takeIn()
      taken()
    })
  })

  async function ask(request: WatchRequest, patienceMs = PATIENCE_MS): Promise<ApiError | null> {
    const mine = ++turn
    try {
      const answer: { ok: true } | ApiError = await socket.timeout(patienceMs).emitWithAck('watch', request)
      if (mine !== turn) return null
      turning = false
      return 'ok' in answer ? null : answer
    } catch {
      // What is wanted is asked again as soon as there is somebody to ask.
      if (mine === turn) seekAnew()
      return null
    }
  }

  function seekAnew(): void {
    if (!socket.connected) return
    lost('silent')
    socket.io.engine.close()
  }

  /** Finds out at once how it stands, instead of waiting for a timer to run out. */
  function probe(): void {
    if (socket.connected) {
      if (wanted !== undefined) void ask(wanted, DOUBT_MS)
    } else if (socket.active) socket.disconnect().connect()
  }

  // A page that was frozen, a computer that slept, a network that is back.
  addEventListener('online', probe)
  document.addEventListener('resume', probe)
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') probe()
  })

  return {
    watch(request) {
      const other = wanted !== undefined && (wanted.at !== request.at || wanted.capture !== request.capture)
      if (other) captureTurn++
      turning ||= socket.connected && other
      wanted = request
      // Not connected: asked as soon as it is. (The socket's own buffer would ask every one of them.)
      return socket.connected ? ask(request) : Promise.resolve(null)
    },
    close: () => void socket.close(),
  }
}

/** A page out of sight has no frames. */
const UNSEEN_MS = 250

/** In the next frame, or a little later where there is none. */
function soon(take: () => void): void {
  let done = false
  const once = () => {
    if (!done) take()
    done = true
  }
  requestAnimationFrame(once)
  setTimeout(once, UNSEEN_MS)
}
