/** What the services have in common: where they listen, and how they end. */
import net from 'node:net'
import { systemCode } from '../errors.ts'

export interface ServiceOptions {
  /** Addresses to listen on, all at the same port; one that this machine lacks is left out. */
  readonly hosts: readonly string[]
  /** 0 for any free port. */
  readonly port: number
}

export interface Service {
  readonly name: string
  readonly port: number
  /** The addresses it was possible to listen on. */
  readonly hosts: readonly string[]
  /** Stops listening and ends live connections at once. */
  close(): Promise<void>
}

/** More than a class will ever open; keeps one program's loop from taking every file descriptor. */
const MAX_CONNECTIONS = 2000
const TRIES = 20

/**
 * Makes one server reachable at several addresses with the same port: it listens on the first, and the
 * others' connections are handed to it by its `connection` event, so that it need not know.
 * Rejects with Node's error when the port is taken or may not be used.
 */
export async function listen(server: net.Server, options: ServiceOptions): Promise<Omit<Service, 'name'>> {
  const live = new Set<net.Socket>()
  server.maxConnections = MAX_CONNECTIONS
  server.on('connection', (socket: net.Socket) => {
    live.add(socket)
    socket.on('close', () => live.delete(socket))
    // A peer that resets or vanishes ends its own connection and nothing else; 'close' follows.
    socket.on('error', () => socket.destroy())
  })

  const doors: net.Server[] = []
  const bound = await samePort(
    options,
    async (host, port) => {
      const door = doors.length === 0 ? server : doorTo(server)
      await listening(door, host, port)
      doors.push(door)
      return addressPort(door)
    },
    async () => {
      await Promise.all(doors.splice(0).map(closed))
    },
  )

  return {
    ...bound,
    async close() {
      const ends = doors.map(closed)
      for (const socket of live) socket.destroy()
      await Promise.all(ends)
    },
  }
}

/**
 * Binds the same port on every host. Port 0 is chosen at the first host; where another host has it taken,
 * all begin again with another one.
 */
export async function samePort(
  { hosts, port }: ServiceOptions,
  bind: (host: string, port: number) => Promise<number>,
  unbindAll: () => Promise<void>,
): Promise<{ port: number; hosts: string[] }> {
  for (let tries = 1; ; tries++) {
    let chosen = port
    const bound: string[] = []
    try {
      for (const host of hosts) {
        try {
          chosen = await bind(host, chosen)
          bound.push(host)
        } catch (error) {
          // No IPv6 here, say. The first host must be there.
          if (bound.length === 0 || !ABSENT.has(systemCode(error) ?? '')) throw error
        }
      }
      return { port: chosen, hosts: bound }
    } catch (error) {
      await unbindAll()
      const bySomebodyElse = port === 0 && bound.length > 0 && systemCode(error) === 'EADDRINUSE'
      if (!bySomebodyElse || tries >= TRIES) throw error
    }
  }
}

const ABSENT = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EPROTONOSUPPORT'])

function doorTo(server: net.Server): net.Server {
  // As `http.Server` and our TCP echo want their sockets: each side closes for itself.
  const door = net.createServer({ allowHalfOpen: true }, (socket) => server.emit('connection', socket))
  door.maxConnections = MAX_CONNECTIONS
  return door
}

function listening(server: net.Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', reject)
      // Running out of file descriptors, for one: the next client waits, the rest goes on.
      server.on('error', () => undefined)
      resolve()
    })
  })
}

function addressPort(server: net.Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

function closed(server: net.Server): Promise<void> {
  return new Promise((resolve) => void (server.listening ? server.close(() => resolve()) : resolve()))
}
