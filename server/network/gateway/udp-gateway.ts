/**
 * A UDP port of the host computer that opens onto the lab network: each datagram goes on as one, from a lab host
 * that stands for the program's machine, and what is answered comes back as one. What keeps the two together is a
 * mapping for each endpoint that sends, as a NAT has it (RFC 4787); it expires after five idle minutes.
 *
 * A port unreachable that comes back on the lab ends there: it can't be told to a program whose own datagram was
 * delivered. Nor is the answer to a datagram that claims to come from one of our own doors, since that would come in
 * again by that door, for ever.
 */
import dgram from 'node:dgram'
import { Allowance } from '../../allowance.ts'
import { systemCode } from '../../errors.ts'
import { samePort } from '../../same-port.ts'
import { parseIpv4 } from '../address.ts'
import { type Clock, WallClock } from '../clock.ts'
import type { Host } from '../host.ts'
import type { GatewayOptions } from './gateway.ts'
import { Guests, type Stay } from './guests.ts'
import { IdleTable, UDP_IDLE_MS } from './idle-table.ts'

export interface UdpGatewayOptions
  extends Pick<GatewayOptions, 'network' | 'hosts' | 'port' | 'to' | 'host' | 'guests' | 'clock'> {
  /** Whether datagrams that claim to come from this port are dropped, beside those from the gateway's own. */
  readonly isOurs?: (port: number) => boolean
  /** Datagrams from one endpoint in a second; more are dropped, as a network would. */
  readonly perSecond?: number
  /** Endpoints at once; with one more, the one that has been idle for longest goes. */
  readonly maxMappings?: number
  readonly idleMs?: number
}

export interface UdpGateway {
  readonly port: number
  /** The addresses it was possible to listen on. */
  readonly hosts: readonly string[]
  readonly mappings: number
  /** Datagrams that were not passed on to the lab: too many, too long, or from one of our own doors. */
  readonly dropped: number
  close(): Promise<void>
}

const PER_SECOND = 20_000
const MAX_MAPPINGS = 4096
/** Bytes that may wait for the kernel to take them, for all programs together. */
const MAX_QUEUED = 4 * 1024 * 1024

type Bound = ReturnType<Host['udp']['bind']>

interface Mapping {
  readonly stay: Stay
  readonly bound: Bound
}

/** Rejects with Node's error when the port is taken or may not be used. */
export async function openUdpGateway(options: UdpGatewayOptions): Promise<UdpGateway> {
  const { network, to, isOurs, host } = options
  const target = parseIpv4(to.address)
  if (target === undefined) throw new TypeError(`expected an IPv4 address, found ${to.address}`)
  const clock: Clock = options.clock ?? new WallClock()
  const guests = options.guests ?? new Guests({ network, clock })
  const allowance = new Allowance(options.perSecond ?? PER_SECOND, () => clock.now())
  const mappings = new IdleTable<Mapping>({
    clock,
    idleMs: options.idleMs ?? UDP_IDLE_MS,
    limit: options.maxMappings ?? MAX_MAPPINGS,
    gone({ stay, bound }) {
      bound.close()
      stay.leave()
    },
  })
  const sockets: dgram.Socket[] = []
  let dropped = 0

  const map = (socket: dgram.Socket, key: string, { address, port }: dgram.RemoteInfo): Mapping => {
    const stay =
      host === undefined ? guests.from(address, socket.address().address) : { host, leave: () => undefined }
    const answer = (bytes: Uint8Array) => {
      // An answer is a use: who only listens is not forgotten (RFC 4787 REQ-6 allows it).
      mappings.get(key)
      if (socket.getSendQueueSize() < MAX_QUEUED) socket.send(bytes, port, address, () => undefined)
    }
    try {
      const mapping = { stay, bound: bindFrom(stay.host, port, { message: answer }) }
      mappings.add(key, mapping)
      return mapping
    } catch (error) {
      stay.leave()
      throw error
    }
  }

  const pass = (socket: dgram.Socket, port: number, bytes: Buffer, sender: dgram.RemoteInfo) => {
    const key = `${sender.address} ${sender.port}`
    const own = sender.port === port || isOurs?.(sender.port)
    if (own || !allowance.take(key)) {
      dropped++
      return
    }
    try {
      const { bound: from } = mappings.get(key) ?? map(socket, key, sender)
      if (from.send(bytes, target, to.port ?? port) !== 'sent') dropped++
    } catch {
      // Every address or port of the lab network is taken.
      dropped++
    }
  }

  const bound = await samePort(
    options,
    async (address, wanted) => {
      const ip6 = address.includes(':')
      const socket = dgram.createSocket({ type: ip6 ? 'udp6' : 'udp4', ipv6Only: ip6 })
      await bind(socket, address, wanted)
      sockets.push(socket)
      const { port } = socket.address()
      socket.on('message', (bytes, sender) => pass(socket, port, bytes, sender))
      return port
    },
    async () => {
      await Promise.all(sockets.splice(0).map(closed))
    },
  )
  return {
    ...bound,
    get mappings() {
      return mappings.size
    },
    get dropped() {
      return dropped
    },
    async close() {
      mappings.clear()
      await Promise.all(sockets.splice(0).map(closed))
      if (options.guests === undefined) guests.close()
    },
  }
}

/** From the program's own port where it is free, so that one knows it again on the cable. */
function bindFrom(host: Host, port: number, handler: Parameters<Host['udp']['bind']>[1]): Bound {
  try {
    return host.udp.bind(port, handler)
  } catch (error) {
    if (systemCode(error) !== 'EADDRINUSE') throw error
    return host.udp.bind(0, handler)
  }
}

function bind(socket: dgram.Socket, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => {
      socket.close()
      reject(error)
    }
    socket.once('error', failed)
    socket.bind({ port, address, exclusive: true }, () => {
      socket.off('error', failed)
      // ICMP told that an answer found nobody: no reason to stop.
      socket.on('error', () => undefined)
      resolve()
    })
  })
}

function closed(socket: dgram.Socket): Promise<void> {
  return new Promise((resolve) => void socket.close(() => resolve()))
}
