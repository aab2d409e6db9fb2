/**
 * A UDP port of a lab host that stands for a server outside. Each lab endpoint that sends gets a socket of its own
 * towards the real server, so that answers find their way back; it goes after five idle minutes (RFC 4787 REQ-5).
 * That nobody is at home outside can't be told on the lab: the datagram has been delivered there.
 */
import dgram from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { Allowance } from '../../allowance.ts'
import { type Clock, WallClock } from '../clock.ts'
import type { Host } from '../host.ts'
import { IdleTable, UDP_IDLE_MS } from './idle-table.ts'

export interface UdpExitOptions {
  readonly host: Host
  /** Of the lab host; 0 for any free one. */
  readonly port: number
  /** A name or an address, and a port, of the world outside. */
  readonly to: { readonly host: string; readonly port: number }
  readonly clock?: Clock
  /** Datagrams from one lab endpoint in a second; more are dropped. */
  readonly perSecond?: number
  /** Each is an open socket; with one more, the one that has been idle for longest goes. */
  readonly maxMappings?: number
  readonly idleMs?: number
}

export interface UdpExit {
  readonly port: number
  readonly mappings: number
  /** Datagrams that were not passed on: too many, or the socket was too slow. */
  readonly dropped: number
  close(): void
}

const PER_SECOND = 20_000
const MAX_MAPPINGS = 512
/** Bytes that may wait for the kernel to take them, for each socket. */
const MAX_QUEUED = 1024 * 1024
/** Datagrams that wait for a socket to be ready. */
const MAX_WAITING = 64

interface Mapping {
  readonly socket: dgram.Socket
  /** Until it is connected. */
  waiting: Uint8Array[] | undefined
}

/** Rejects with Node's error when the name has no address, with a NetworkError when the lab host's port is taken. */
export async function openUdpExit(options: UdpExitOptions): Promise<UdpExit> {
  const { host, to } = options
  const clock: Clock = options.clock ?? new WallClock()
  const { address, family } = await lookup(to.host)
  const allowance = new Allowance(options.perSecond ?? PER_SECOND, () => clock.now())
  const mappings = new IdleTable<Mapping>({
    clock,
    idleMs: options.idleMs ?? UDP_IDLE_MS,
    limit: options.maxMappings ?? MAX_MAPPINGS,
    gone: ({ socket }) => void socket.close(),
  })
  let dropped = 0

  const map = (key: string, from: { address: number; port: number }): Mapping => {
    const socket = dgram.createSocket(family === 6 ? 'udp6' : 'udp4')
    const mapping: Mapping = { socket, waiting: [] }
    // Nobody is at home out there now; perhaps somebody will be.
    socket.on('error', () => undefined)
    socket.on('message', (bytes) => {
      mappings.get(key)
      bound.send(bytes, from.address, from.port)
    })
    // Connected, so that strangers' datagrams don't come in.
    socket.connect(to.port, address, () => {
      const { waiting = [] } = mapping
      mapping.waiting = undefined
      for (const bytes of waiting) send(socket, bytes)
    })
    mappings.add(key, mapping)
    return mapping
  }
  const send = (socket: dgram.Socket, bytes: Uint8Array) => {
    if (socket.getSendQueueSize() < MAX_QUEUED) socket.send(bytes, () => undefined)
    else dropped++
  }

  const bound = host.udp.bind(options.port, {
    message(bytes, from) {
      const key = `${from.address} ${from.port}`
      if (!allowance.take(key)) {
        dropped++
        return
      }
      const mapping = mappings.get(key) ?? map(key, from)
      if (mapping.waiting === undefined) send(mapping.socket, bytes)
      else if (mapping.waiting.length < MAX_WAITING) mapping.waiting.push(bytes)
      else dropped++
    },
  })
  return {
    port: bound.port,
    get mappings() {
      return mappings.size
    },
    get dropped() {
      return dropped
    },
    close() {
      bound.close()
      mappings.clear()
    },
  }
}
