/** LISTEN (RFC 9293 §3.10.7.2): who takes the connections to a port, and those that are half open. */
import { drop } from './closing.ts'
import type { Connection } from './connection.ts'
import type { TcpEnd, TcpHandle, TcpHandler } from './connection-api.ts'
import { checkedCodepoint } from './options.ts'
import { NEVER, type Tcb } from './tcb.ts'

/** A SYN that nobody has answered yet: whoever holds it says what becomes of it. */
export interface PendingConnection {
  readonly local: TcpEnd
  readonly remote: TcpEnd
  /**
   * Answers with SYN-ACK. A handler that is given here is told `connected` when the handshake is complete, after the
   * listener's `accept`.
   */
  accept(handler?: TcpHandler): TcpHandle
  /** Answers with RST: connection refused. */
  refuse(): void
  /** Called if the peer has given up before the decision; `accept` and `refuse` do nothing any more. */
  onGone: (() => void) | undefined
}

export interface ListenOptions {
  /**
   * Connections whose handshake may be incomplete; a SYN beyond is dropped, and will come again, unless one of them
   * has waited for so long that nobody will complete it.
   */
  readonly backlog?: number
  /** Decides about each SYN before it is answered. */
  readonly hold?: (incoming: PendingConnection) => void
  readonly noDelay?: boolean
  /** This host's, which is the only one that it has (RFC 9293 §3.9.1.1, MUST-43). */
  readonly localAddress?: number
  /** Diffserv codepoint of the connections, 0 to 63, from the SYN-ACK on (MUST-48). */
  readonly diffserv?: number
}

/** A handshake that takes longer, SYN-ACK sent again at 1, 3 and 7 s, is hardly an honest peer's. */
const STALE_MS = 10_000

interface HalfOpen {
  readonly since: number
  /** What is to be called if a held one goes. */
  readonly pending: PendingConnection | undefined
}

export class Listener {
  readonly port: number
  readonly noDelay: boolean
  readonly diffserv: number
  readonly #accept: (connection: TcpHandle) => void
  readonly #backlog: number
  readonly #hold: ((incoming: PendingConnection) => void) | undefined
  /** The oldest first. */
  readonly #halfOpen = new Map<Tcb, HalfOpen>()

  constructor(
    port: number,
    accept: (connection: TcpHandle) => void,
    options: ListenOptions,
    defaults: { backlog: number; noDelay: boolean },
  ) {
    this.port = port
    this.noDelay = options.noDelay ?? defaults.noDelay
    this.diffserv = checkedCodepoint(options.diffserv ?? 0)
    this.#accept = accept
    this.#backlog = options.backlog ?? defaults.backlog
    this.#hold = options.hold
  }

  /** Whether there is room for one more: a stale one gives way, lest a SYN flood closes the port (RFC 4987 §3.4). */
  makeRoom(now: number): boolean {
    if (this.#halfOpen.size < this.#backlog) return true
    for (const [tcb, { since }] of this.#halfOpen) {
      if (tcb.held || now - since < STALE_MS) return false
      drop(tcb, undefined)
      return true
    }
    return false
  }

  /** In SYN-RECEIVED; `answer` sends SYN-ACK, `refuse` RST. */
  begin(connection: Connection, answer: () => void, refuse: () => void): void {
    const since = connection.surroundings.clock.now()
    if (this.#hold === undefined) {
      this.#halfOpen.set(connection, { since, pending: undefined })
      answer()
      return
    }
    const pending = held(connection, answer, refuse)
    this.#halfOpen.set(connection, { since, pending })
    this.#hold(pending)
  }

  /** The handshake is complete. */
  complete(tcb: Tcb): void {
    this.#halfOpen.delete(tcb)
    this.#accept(tcb.handle)
    if (tcb.connectedIsTold && tcb.state !== 'CLOSED') tcb.handler.connected()
  }

  /** It won't be. */
  gone(tcb: Tcb): void {
    const pending = this.#halfOpen.get(tcb)?.pending
    this.#halfOpen.delete(tcb)
    if (tcb.held) pending?.onGone?.()
  }

  /** Nobody listens any more: nor do those that wait get an answer. */
  close(): void {
    for (const tcb of [...this.#halfOpen.keys()]) tcb.handle.abort()
  }
}

function held(connection: Connection, answer: () => void, refuse: () => void): PendingConnection {
  connection.held = true
  const decide = () => {
    if (!connection.held || connection.state !== 'SYN-RECEIVED') return false
    connection.held = false
    connection.lingerAt = NEVER
    return true
  }
  // A decision that never comes: the peer has given up by then.
  const { clock, settings } = connection.surroundings
  connection.lingerAt = clock.now() + settings.synTimeoutMs
  connection.alarm.by(connection.lingerAt)
  return {
    local: connection.local,
    remote: connection.remote,
    onGone: undefined,
    accept: (handler) => {
      if (!decide()) return connection
      if (handler !== undefined) {
        connection.handler = handler
        connection.connectedIsTold = true
      }
      answer()
      return connection
    },
    refuse: () => {
      if (decide()) refuse()
    },
  }
}
