/** The live feed: one socket to `/live`, one window of rows watched at a time, and what to do when it breaks. */
import { io } from 'socket.io-client'
import type { ApiError, ServerToClient, WatchRequest } from '../server/dashboard/api.ts'

export type LinkState =
  | { state: 'connecting' }
  | { state: 'open' }
  | { state: 'lost'; since: number }
  | { state: 'refused'; message: string }

export interface Connection {
  /** Asks for another window; answers null, or why it can't be. A newer request makes an older one's answer void. */
  watch(request: WatchRequest): Promise<ApiError | null>
  close(): void
}

export type Feed = { [K in keyof ServerToClient]: ServerToClient[K] } & { link(state: LinkState): void }

/** How long an answer to `watch` may take: the server may have to match a large trace first. */
const PATIENCE_MS = 5000

export function connect(feed: Feed, token: string | null): Connection {
  const socket = io('/live', { auth: token === null ? {} : { token }, reconnectionDelayMax: 2000 })
  let wanted: WatchRequest | undefined
  let turn = 0
  /** Another capture was asked for, a file or the cable's other end: until the answer, what comes is still this one's. */
  let turning = false

  socket.on('connect', () => {
    feed.link({ state: 'open' })
    if (wanted !== undefined) void ask(wanted)
  })
  socket.on('disconnect', (reason) => {
    if (reason !== 'io client disconnect') feed.link({ state: 'lost', since: Date.now() })
    // The server threw us off (it is going away): the client would not try again by itself.
    if (reason === 'io server disconnect') socket.connect()
  })
  socket.on('connect_error', (error) => {
    if (!socket.active) feed.link({ state: 'refused', message: error.message })
    else feed.link({ state: 'lost', since: Date.now() })
  })
  socket.on('rows', (message) => {
    if (!turning) feed.rows(message)
  })
  socket.on('status', feed.status)
  socket.on('flows', (flows) => {
    if (!turning) feed.flows(flows)
  })
  socket.on('sessions', (sessions) => {
    if (!turning) feed.sessions(sessions)
  })
  socket.on('events', feed.events)
  socket.on('lab', feed.lab)
  socket.on('network', feed.network)

  async function ask(request: WatchRequest): Promise<ApiError | null> {
    const mine = ++turn
    try {
      const answer: { ok: true } | ApiError = await socket.timeout(PATIENCE_MS).emitWithAck('watch', request)
      if (mine === turn) turning = false
      return mine !== turn || 'ok' in answer ? null : answer
    } catch {
      if (mine === turn) turning = false
      return mine !== turn ? null : { code: 'timeout', message: 'The lab did not answer in time.' }
    }
  }

  return {
    watch(request) {
      const other = wanted !== undefined && (wanted.at !== request.at || wanted.capture !== request.capture)
      turning ||= socket.connected && other
      wanted = request
      // Not connected: asked as soon as it is. (The socket's own buffer would ask every one of them.)
      return socket.connected ? ask(request) : Promise.resolve(null)
    },
    close: () => void socket.close(),
  }
}
