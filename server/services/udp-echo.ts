/**
 * UDP echo (RFC 862): every datagram goes back to where it says it came from. No connection, nothing kept.
 *
 * "Says": the source address of a datagram is not checked by anybody. Two echo services can be set on each
 * other by one forged datagram, for ever. So this one never answers a port where a service may live (below
 * 1024, or one of the lab's own), and answers one sender only so many times a second.
 */
import dgram from 'node:dgram'
import { previewBytes, reportFrequent } from './application-events.ts'
import { type Service, type ServiceOptions, samePort } from './service.ts'

export interface UdpEchoOptions extends ServiceOptions {
  /** Whether a port is one of the lab's own. */
  readonly isLabPort?: (port: number) => boolean
  /** Answers to one sender in a second; more are dropped, as a network would. */
  readonly perSecond?: number
}

export async function startUdpEcho(options: UdpEchoOptions): Promise<Service> {
  const sockets: dgram.Socket[] = []
  const allowance = new Allowance(options.perSecond ?? 2000)

  const bound = await samePort(
    options,
    async (host, port) => {
      const ip6 = host.includes(':')
      const socket = dgram.createSocket({ type: ip6 ? 'udp6' : 'udp4', ipv6Only: ip6 })
      const { port: chosen } = await bind(socket, host, port)
      sockets.push(socket)
      socket.on('message', (bytes, sender) => answer(socket, bytes, sender))
      return chosen
    },
    async () => {
      await Promise.all(sockets.splice(0).map(closed))
    },
  )
  const mayAnswer = (port: number) => port >= 1024 && port !== bound.port && !options.isLabPort?.(port)

  function answer(socket: dgram.Socket, bytes: Buffer, sender: dgram.RemoteInfo): void {
    const told = { service: 'udp-echo', remoteAddress: sender.address, remotePort: sender.port } as const
    const refusal = !mayAnswer(sender.port)
      ? 'not answered: the source port belongs to a service'
      : allowance.take(`${sender.address} ${sender.port}`)
        ? null
        : 'not answered: too many from this sender'
    reportFrequent(() => ({
      ...told,
      kind: 'on',
      direction: 'in',
      event: 'message',
      args: previewBytes(bytes),
      listeners: 1,
      reason: refusal,
    }))
    // An error here concerns this one datagram (an unreachable sender): there is nobody to tell.
    if (refusal === null) socket.send(bytes, sender.port, sender.address, () => undefined)
  }

  return {
    name: 'udp-echo',
    ...bound,
    async close() {
      await Promise.all(sockets.map(closed))
    },
  }
}

const MAX_SENDERS = 4096

/** So many a second for each sender; forgets everything each second, so it can't grow for long. */
class Allowance {
  readonly #perSecond: number
  readonly #taken = new Map<string, number>()
  #second = 0

  constructor(perSecond: number) {
    this.#perSecond = perSecond
  }

  take(sender: string): boolean {
    const second = Math.floor(performance.now() / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#taken.clear()
    }
    const taken = this.#taken.get(sender) ?? 0
    if (taken >= this.#perSecond || (taken === 0 && this.#taken.size >= MAX_SENDERS)) return false
    this.#taken.set(sender, taken + 1)
    return true
  }
}

function bind(socket: dgram.Socket, address: string, port: number): Promise<{ port: number }> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => {
      socket.close()
      reject(error)
    }
    socket.once('error', failed)
    socket.bind({ address, port, exclusive: true }, () => {
      socket.off('error', failed)
      // ICMP told that an earlier echo found nobody: no reason to stop.
      socket.on('error', () => undefined)
      resolve(socket.address())
    })
  })
}

function closed(socket: dgram.Socket): Promise<void> {
  return new Promise((resolve) => void socket.close(() => resolve()))
}
