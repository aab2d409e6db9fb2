/**
 * A lab host that stands for a server outside: who connects to its port is joined to the real one. The real server
 * is asked first and the SYN answered only then, so that a refusal is a refusal on the cable too.
 */
import net from 'node:net'
import type { Host } from '../host.ts'
import type { Pressure } from '../pressure.ts'
import type { PendingConnection } from '../tcp/layer.ts'
import { Splice } from './splice.ts'

export interface ExitOptions {
  readonly host: Host
  /** Of the lab host; 0 for any free one. */
  readonly port: number
  /** A name or an address, and a port, of the world outside. */
  readonly to: { readonly host: string; readonly port: number }
  /** True leaves Nagle's algorithm on in the lab's connections. */
  readonly nagle?: boolean
  /** Whoever must keep up with what the server sends. */
  readonly pressure?: Pressure
}

export interface Exit {
  readonly port: number
  /** Connections to the real server now, those included that it hasn't answered yet. */
  readonly connections: number
  /** Stops listening and resets what is open. */
  close(): void
}

/** One more is refused. */
const MAX_CONNECTIONS = 4000
/** Bytes: of one read, and of what a write may leave waiting before it says so. */
const SOCKET_BUFFER = 64 * 1024

/** Throws a NetworkError when the lab host's port is taken. */
export function openExit({ host, port, to, nagle = false, pressure }: ExitOptions): Exit {
  const live = new Set<net.Socket>()

  const ask = (incoming: PendingConnection) => {
    if (live.size >= MAX_CONNECTIONS) return incoming.refuse()
    const options = { ...to, noDelay: true, allowHalfOpen: true, highWaterMark: SOCKET_BUFFER }
    const socket = new net.Socket(options)
    live.add(socket)
    socket.once('close', () => live.delete(socket))
    const refused = () => incoming.refuse()
    socket.once('error', refused)
    // Who asked has given up meanwhile.
    incoming.onGone = () => socket.destroy()
    socket.once('connect', () => {
      socket.off('error', refused)
      incoming.onGone = undefined
      const splice = new Splice(socket, undefined, pressure)
      splice.attach(incoming.accept(splice))
    })
    socket.connect(options)
  }
  const listener = host.tcp.listen(port, () => undefined, {
    hold: ask,
    backlog: MAX_CONNECTIONS,
    noDelay: !nagle,
  })
  return {
    port: listener.port,
    get connections() {
      return live.size
    },
    close() {
      listener.close()
      for (const socket of live) socket.resetAndDestroy()
    },
  }
}
