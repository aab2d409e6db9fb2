/**
 * The live feed, namespace `/live`: what its clients ask, what is pushed to them, and how that is said in changes. Types
 * only, for `web/` too.
 */
import type { ApiError, EventNode, FlowNode, Row, SessionNode, Status } from './api.ts'
import type { LabDetail } from './api-labs.ts'
import type { NetworkNode } from './api-network.ts'

/** What `/live` clients may ask. Every one is acked, with `{code, message}` when it can't be done. */
export interface WatchRequest {
  capture?: string
  /** The end of the lab's cable whose capture is meant; the client's when left out. */
  at?: 'client' | 'server'
  filter?: string
  /** Rows after this number; takes precedence over `index`. */
  after?: number
  /** Rows from this index among the matches. */
  index?: number
  /** At most 500. */
  limit: number
  /** Keep sending the newest `limit` rows. */
  follow?: boolean
}

export interface RowsMessage {
  run: string
  total: number
  first: number
  last: number
  /** Index of `rows[0]` among the matches; -1 when there are no rows. */
  index: number
  complete: boolean
  rows: Row[]
}

/** What a client may say of itself in the handshake of `/live`. */
export interface LiveAuth {
  /** Asked for with `--host`. */
  token?: string
  /** Send what changed (`rowsChange`, `flowsChange`, …) instead of everything again. */
  changes?: true
  /** A client that comes back: the run, and the newest event that it has of it. */
  run?: string
  event?: number
}

/** The same window as in the `rows` before, moved on: all but `rows` is as there. */
export interface RowsChange extends RowsMessage {
  /** So many of the rows that the client has are gone from the front. */
  drop: number
}

/** Items by their id (`sid` for sessions): the fields that differ from what the client has; all of them for a new one. */
export interface ListChange<T> {
  changed: Partial<T>[]
  /** Ids of those that no longer belong to the list. */
  gone: string[]
}

export interface ClientToServer {
  watch(request: WatchRequest, ack: (answer: { ok: true } | ApiError) => void): void
}

/** Pushed on `/live`, each at most 20 times a second and only when it changed. */
export interface ServerToClient {
  rows(message: RowsMessage): void
  status(status: Status): void
  /** The live capture's 200 that were last active, newest first; `GET /api/flows` has them all. */
  flows(flows: FlowNode[]): void
  /** The live capture's 20 newest; with many of them, fewer beats each. */
  sessions(sessions: SessionNode[]): void
  /**
   * The newest events since the last push; a new client gets the last 200. One comes again when the packet
   * that carried it was found: merge by `id`.
   */
  events(events: EventNode[]): void
  lab(lab: LabDetail): void
  /** When the network's settings, hosts or cables have changed. */
  network(network: NetworkNode): void
  rowsChange(change: RowsChange): void
  statusChange(change: Partial<Status>): void
  flowsChange(change: ListChange<FlowNode>): void
  /** Of beats only those that are new or have changed, to be merged by `ping`. */
  sessionsChange(change: ListChange<SessionNode>): void
  /** Events whose packet was found after they were sent. */
  eventPackets(met: Pick<EventNode, 'id' | 'packet' | 'packetTime'>[]): void
  /** Sent behind each push to those who ask for changes: nothing more comes until it is answered. */
  pushed(taken: () => void): void
}
