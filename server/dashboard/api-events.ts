/** The shapes of `GET /api/sockets`: who was at the hub when, and in which rooms. Types only. */

/** A socket in a namespace, from its coming to its going. Moments are ids of events (`EventNode.id`). */
export interface SocketNode {
  service: string
  /** Socket.IO id. */
  socket: string
  nsp: string
  eioSid: string | null
  remoteAddress: string | null
  remotePort: number | null
  came: number
  /** Null while it is there. */
  went: number | null
  /** Why it went; null while it is there. */
  reason: string | null
  /** Its stays in rooms, oldest first, but for the one of its own id. `until` is null while it stays. */
  rooms: { room: string; from: number; until: number | null }[]
  /** The latest event that changed any of this. */
  changed: number
}

export interface SocketList {
  /** In the order of their coming: all that changed after the event asked for. */
  sockets: SocketNode[]
  /** The newest event that is taken into account. */
  upTo: number
  /** Sockets that were there once and are no longer remembered. */
  forgotten: number
}
