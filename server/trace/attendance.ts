/**
 * Who is at the hub, and in which rooms, from what the services say: kept apart from the events themselves, of which
 * only the newest are held, while a socket may have come long ago.
 */
import type { EventNode } from '../dashboard/api.ts'
import type { SocketNode } from '../dashboard/api-events.ts'

const SOCKET_LIMIT = 5_000
/** Stays of one socket in rooms. */
const STAY_LIMIT = 200

export class Attendance {
  readonly #sockets = new Map<string, SocketNode>()
  #upTo = 0
  #forgotten = 0

  /** In the order of their coming. */
  changedAfter(event: number): SocketNode[] {
    return [...this.#sockets.values()].filter(({ changed }) => changed > event)
  }

  get upTo(): number {
    return this.#upTo
  }

  get forgotten(): number {
    return this.#forgotten
  }

  take(event: EventNode): void {
    if (event.id > this.#upTo) this.#upTo = event.id
    if (event.socket === null || event.socket === '' || event.nsp === null) return
    const { kind } = event
    if (kind === 'connect' && event.reason === null) this.#come(event)
    else if (kind === 'join' || kind === 'leave') this.#move(event, this.#present(event))
    else if (kind === 'disconnect') this.#leave(event)
  }

  /** A connection that was recovered brings the same socket back. */
  #come(event: EventNode): void {
    const node = this.#present(event)
    if (node.went === null) return
    node.went = null
    node.reason = null
    node.eioSid = event.eioSid
    node.changed = event.id
  }

  /** Rooms are joined before the answer to CONNECT is written, so a socket is known by whichever comes first. */
  #present(event: EventNode): SocketNode {
    const key = keyOf(event)
    const known = this.#sockets.get(key)
    if (known !== undefined) return known
    const { id, service, socket, nsp, eioSid, remoteAddress, remotePort } = event
    const node: SocketNode = {
      service,
      socket: socket ?? '',
      nsp: nsp ?? '/',
      eioSid,
      remoteAddress,
      remotePort,
      came: id,
      went: null,
      reason: null,
      rooms: [],
      changed: id,
    }
    this.#sockets.set(key, node)
    if (this.#sockets.size > SOCKET_LIMIT) this.#makeRoom()
    return node
  }

  #move(event: EventNode, node: SocketNode): void {
    for (const room of event.rooms ?? []) {
      if (room === node.socket) continue
      node.changed = event.id
      if (event.kind === 'join') {
        node.rooms.push({ room, from: event.id, until: null })
        if (node.rooms.length > STAY_LIMIT) node.rooms.shift()
      } else {
        const stay = node.rooms.findLast((one) => one.room === room && one.until === null)
        if (stay !== undefined) stay.until = event.id
      }
    }
  }

  #leave(event: EventNode): void {
    const node = this.#sockets.get(keyOf(event))
    if (node === undefined || node.went !== null) return
    node.went = event.id
    node.reason = event.reason
    node.changed = event.id
    for (const stay of node.rooms) stay.until ??= event.id
  }

  /** The one that went first goes; of those that are all there, the one that came first. */
  #makeRoom(): void {
    let going: SocketNode | undefined
    for (const node of this.#sockets.values()) {
      if (node.went === null) continue
      going = node
      break
    }
    going ??= this.#sockets.values().next().value
    if (going === undefined) return
    this.#sockets.delete(keyOf(going))
    this.#forgotten++
  }
}

function keyOf({ service, nsp, socket }: Pick<EventNode, 'service' | 'nsp' | 'socket'>): string {
  return `${service} ${nsp} ${socket}`
}
