/**
 * A port of the host computer that opens onto the lab network, for any program in any language. The program's
 * connection ends here, and another one begins at a lab host that stands for the program's machine: the frames on
 * the cable are the gateway's, carrying the program's bytes (RFC 3135 §2.4).
 *
 * A refusal comes too late for the program: it is connected already, and can only be reset. So is it with whatever
 * else ends the lab's connection before its time.
 */
import net from 'node:net'
import { systemCode } from '../../errors.ts'
import { samePort } from '../../same-port.ts'
import { parseIpv4 } from '../address.ts'
import type { Clock } from '../clock.ts'
import type { Host } from '../host.ts'
import type { LabNetwork } from '../lab-network.ts'
import type { Pressure } from '../pressure.ts'
import type { TcpHandle, TcpHandler } from '../tcp/connection-api.ts'
import { Guests, type Stay } from './guests.ts'
import { Splice } from './splice.ts'

export interface LabAddress {
  /** Dotted decimal. */
  readonly address: string
  /** The gateway's own port number when left out. */
  readonly port?: number
}

export interface GatewayOptions {
  readonly network: Pick<LabNetwork, 'addClient' | 'remove'>
  /** Addresses of this machine to listen on, all at the same port; one that it lacks is left out. */
  readonly hosts: readonly string[]
  /** 0 for any free one. */
  readonly port: number
  readonly to: LabAddress
  /** All connections are this host's, instead of each machine having its own. */
  readonly host?: Host
  /** The hosts that stand for machines, where several gateways share them. */
  readonly guests?: Guests
  /** For how long a host without connections stays; the wall's when left out. */
  readonly clock?: Clock
  /** True leaves Nagle's algorithm on in the lab's connections, since the program's own setting can't be seen. */
  readonly nagle?: boolean
  /** Whoever must keep up with what programs send. */
  readonly pressure?: Pressure
  /** More at once are turned away. */
  readonly maxConnections?: number
}

export interface Gateway {
  readonly port: number
  /** The addresses it was possible to listen on. */
  readonly hosts: readonly string[]
  /** Programs that are connected now. */
  readonly connections: number
  /** Stops listening and resets what is open. */
  close(): Promise<void>
}

const MAX_CONNECTIONS = 4000
/** Connections that may wait to be accepted: a class begins all at once. */
const BACKLOG = 2048
/** Bytes: of one read, and of what a write may leave waiting before it says so. */
const SOCKET_BUFFER = 64 * 1024

/** Rejects with Node's error when the port is taken or may not be used. */
export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const { network, clock, host, to, maxConnections = MAX_CONNECTIONS } = options
  const target = parseIpv4(to.address)
  if (target === undefined) throw new TypeError(`expected an IPv4 address, found ${to.address}`)
  const guests = options.guests ?? new Guests({ network, ...(clock && { clock }) })
  const live = new Set<net.Socket>()
  const doors: net.Server[] = []

  const stayOf = (remote: string, local: string | undefined): Stay =>
    host === undefined ? guests.from(remote, local) : { host, leave: () => undefined }

  const accept = (socket: net.Socket, port: number) => {
    const { remoteAddress, localAddress } = socket
    if (remoteAddress === undefined) {
      // Reset before it was accepted: nobody knows any more who that was.
      socket.destroy()
      return
    }
    live.add(socket)
    socket.once('close', () => live.delete(socket))
    let stay: Stay | undefined
    try {
      stay = stayOf(remoteAddress, localAddress)
      const splice = new Splice(socket, stay.leave, options.pressure)
      const at = { address: target, port: to.port ?? port }
      splice.attach(connectFrom(stay.host, socket.remotePort, at, splice, !options.nagle))
    } catch {
      // Every address of the lab network is taken, or every port of the host: there is no way in.
      stay?.leave()
      socket.on('error', () => undefined)
      socket.resetAndDestroy()
    }
  }

  const bound = await samePort(
    options,
    async (address, wanted) => {
      let port = wanted
      const door = net.createServer(
        { allowHalfOpen: true, noDelay: true, highWaterMark: SOCKET_BUFFER },
        (socket) => accept(socket, port),
      )
      door.maxConnections = maxConnections
      port = await listening(door, address, wanted)
      doors.push(door)
      return port
    },
    async () => {
      await Promise.all(doors.splice(0).map(closed))
    },
  )
  return {
    ...bound,
    get connections() {
      return live.size
    },
    async close() {
      const ends = doors.splice(0).map(closed)
      for (const socket of live) socket.resetAndDestroy()
      await Promise.all(ends)
      if (options.guests === undefined) guests.close()
    },
  }
}

/** From the program's own port where it is free, so that one knows it again on the cable. */
function connectFrom(
  host: Host,
  localPort: number | undefined,
  to: { address: number; port: number },
  handler: TcpHandler,
  noDelay: boolean,
): TcpHandle {
  if (localPort !== undefined) {
    try {
      return host.tcp.connect(to.address, to.port, handler, { localPort, noDelay })
    } catch (error) {
      if (systemCode(error) !== 'EADDRINUSE') throw error
    }
  }
  return host.tcp.connect(to.address, to.port, handler, { noDelay })
}

function listening(server: net.Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, exclusive: true, backlog: BACKLOG }, () => {
      server.off('error', reject)
      // Running out of file descriptors, for one: the next program waits, the rest goes on.
      server.on('error', () => undefined)
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
}

function closed(server: net.Server): Promise<void> {
  return new Promise((resolve) => void server.close(() => resolve()))
}
