/** A UDP port of a lab host, as users of `dgram.Socket` know it. */

import type { RemoteInfo } from 'node:dgram'
import { isIP } from 'node:net'
import { messageOf, systemCode } from '../../errors.ts'
import { ipv4Text } from '../address.ts'
import type { Host } from '../host.ts'
import type { UdpSent, UdpSocket } from '../udp.ts'
import { type Attach, type Attachment, type LabTarget, onHost, type Stay } from './attachment.ts'
import type { Lookup } from './connect-arguments.ts'
import {
  bindArguments,
  connectDatagramArguments,
  meansAll,
  type SendArguments,
  type SendCallback,
  sendArguments,
} from './datagram-arguments.ts'
import { DatagramWithout } from './datagram-without.ts'
import { isLoopbackName, lookUp } from './look-up.ts'
import { misuse, socketError, unknownName } from './socket-error.ts'

interface Bound {
  readonly attachment: Attachment
  readonly udp: UdpSocket
  readonly stay: Stay
  readonly silent: () => void
}

export interface LabDatagramOptions {
  readonly lookup?: Lookup | undefined
  readonly signal?: AbortSignal | undefined
}

/** What `send` says of a datagram that did not leave. */
const FAILURES: Record<UdpSent, readonly [code: string, because?: string] | undefined> = {
  sent: undefined,
  'too long': ['EMSGSIZE'],
  'not permitted': ['EACCES', 'setBroadcast(true) before sending to everybody'],
  'no route': ['ENETUNREACH', 'this host knows no way there'],
}

/** A socket on a host in this process; not bound yet. */
export const labDatagram = (host: Host): LabDatagramSocket => new LabDatagramSocket(() => onHost(host))

/** Events: 'listening', 'message' (Buffer, RemoteInfo), 'connect', 'error', 'close'. */
export class LabDatagramSocket extends DatagramWithout {
  readonly type = 'udp4'
  readonly #attach: Attach
  readonly #lookup: Lookup | undefined
  #state: 'unbound' | 'binding' | 'bound' | 'closed' = 'unbound'
  #bound: Bound | undefined
  #peer: LabTarget | 'connecting' | undefined
  #referenced = true
  #broadcast = false
  #ttl: number | undefined
  /** What was asked for before the socket was bound, in order. */
  #waiting: ((failed?: Error) => void)[] = []

  constructor(attach: Attach, options: LabDatagramOptions = {}) {
    super()
    this.#attach = attach
    this.#lookup = options.lookup
    const { signal } = options
    if (signal?.aborted) this.close()
    else signal?.addEventListener('abort', () => this.#state !== 'closed' && this.close(), { once: true })
  }

  /** Node's forms: `(port?, address?, callback?)`, `(options, callback?)`. Port 0: any. */
  bind(...args: unknown[]): this {
    this.#running()
    if (this.#state !== 'unbound') {
      throw misuse(Error, 'ERR_SOCKET_ALREADY_BOUND', 'Socket is already bound')
    }
    const { port, address, callback } = bindArguments(args)
    if (callback) this.once('listening', callback)
    this.#begin(port, address)
    return this
  }

  #begin(port: number, address?: string): void {
    this.#state = 'binding'
    this.#reach(port, address).then(
      () => this.#settle(),
      (error: Error) => {
        if (this.#state !== 'binding') return
        this.#state = 'unbound'
        this.#settle(error)
        this.emit('error', error)
      },
    )
  }

  async #reach(port: number, address: string | undefined): Promise<void> {
    const attachment = await this.#attach(port === 0 ? 'client' : 'server')
    if (this.#state !== 'binding') return
    const { host } = attachment
    const own = ipv4Text(host.address)
    if (!meansAll(address) && !isLoopbackName(address) && address !== own) {
      throw socketError('EADDRNOTAVAIL', 'bind', { address: String(address), port }, `this host is ${own}`)
    }
    try {
      const udp = host.udp.bind(port, {
        message: (bytes, from) => this.#message(bytes, from),
        unreachable: (to) => this.#unreachable(to),
      })
      if (this.#broadcast) udp.setBroadcast(true)
      if (this.#ttl !== undefined) udp.setTtl(this.#ttl)
      const stay = attachment.enter((error) => this.#down(error))
      if (!this.#referenced) stay.unref()
      const silent = port === 0 ? () => undefined : attachment.listening('udp', udp.port)
      this.#bound = { attachment, udp, stay, silent }
    } catch (error) {
      throw socketError(
        systemCode(error) ?? 'EADDRNOTAVAIL',
        'bind',
        { address: own, port },
        messageOf(error),
      )
    }
    this.#state = 'bound'
    this.emit('listening')
  }

  #settle(failed?: Error): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const work of waiting) work(failed)
  }

  /** Now, or when the socket is bound: to any port, if nobody has said which. */
  #whenBound(work: (failed?: Error) => void): void {
    if (this.#state === 'bound') {
      work()
      return
    }
    this.#waiting.push(work)
    if (this.#state === 'unbound') this.#begin(0)
  }

  /** Node's forms: `(msg, [offset, length], [port], [address], [callback])`; port and address not on a connected socket. */
  send(...args: unknown[]): void {
    this.#running()
    const wanted = sendArguments(args, this.#peer !== undefined)
    this.#whenBound((failed) => {
      if (failed === undefined) void this.#sendTo(wanted)
      else this.#answer(wanted.callback, failed)
    })
  }

  async #sendTo({ bytes, port, address, callback }: SendArguments): Promise<void> {
    const goal = port === undefined ? this.#peer : this.#targetNow(address, port)
    if (goal === 'connecting') {
      // Bound, and its peer is being looked up.
      this.once('connect', () => void this.#sendTo({ bytes, port, address, callback }))
      return
    }
    if (goal !== undefined) {
      this.#transmit(bytes, goal, callback)
      return
    }
    try {
      const target = this.#target(await lookUp(address, this.#lookup), port ?? 0)
      this.#transmit(bytes, target, callback)
    } catch (error) {
      const failure = error instanceof Error ? error : unknownName(String(address))
      if (callback === undefined) this.emit('error', failure)
      else this.#answer(callback, failure)
    }
  }

  /** Without asking the program's `lookup`, so that datagrams keep their order. */
  #targetNow(address: string | undefined, port: number): LabTarget | undefined {
    const now = address === undefined || isIP(address) !== 0 || (!this.#lookup && isLoopbackName(address))
    return now ? this.#bound?.attachment.target(address, port, 'udp') : undefined
  }

  #target(address: string | undefined, port: number): LabTarget {
    const target = this.#bound?.attachment.target(address, port, 'udp')
    if (target !== undefined) return target
    const at = { address: String(address), port }
    throw socketError('ENETUNREACH', 'send', at, 'the lab network carries IPv4 alone')
  }

  #transmit(bytes: Uint8Array, { address, port }: LabTarget, callback: SendCallback | undefined): void {
    const udp = this.#bound?.udp
    if (udp === undefined) return
    const failure = FAILURES[udp.send(bytes, address, port)]
    if (failure !== undefined) {
      const [code, because] = failure
      this.#answer(callback, socketError(code, 'send', { address: ipv4Text(address), port }, because))
    } else if (callback) process.nextTick(callback, null, bytes.length)
  }

  /** As Node: what went wrong with a datagram is told to its callback, or to nobody. */
  #answer(callback: SendCallback | undefined, error: Error): void {
    if (callback) process.nextTick(callback, error, 0)
  }

  #message(bytes: Uint8Array, from: LabTarget): void {
    const peer = this.#peer
    if (typeof peer === 'object' && (peer.address !== from.address || peer.port !== from.port)) return
    const rinfo: RemoteInfo = {
      address: ipv4Text(from.address),
      family: 'IPv4',
      port: from.port,
      size: bytes.length,
    }
    this.emit('message', Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), rinfo)
  }

  /** Told by ICMP. As on Linux, only a connected socket hears of it: another can't know which datagram it was about. */
  #unreachable(to: LabTarget): void {
    const peer = this.#peer
    if (typeof peer !== 'object' || peer.address !== to.address || peer.port !== to.port) return
    this.emit('error', socketError('ECONNREFUSED', 'recvmsg'))
  }

  /** Node's form: `(port, address?, callback?)`. From then on only this peer is sent to and heard. */
  connect(...args: unknown[]): void {
    this.#running()
    const { port, address, callback } = connectDatagramArguments(args)
    if (this.#peer !== undefined) {
      throw misuse(Error, 'ERR_SOCKET_DGRAM_IS_CONNECTED', 'Already connected')
    }
    this.#peer = 'connecting'
    if (callback) this.once('connect', callback)
    this.#whenBound((failed) => {
      if (failed !== undefined) this.#peer = undefined
      else void this.#connectTo(address, port, callback)
    })
  }

  async #connectTo(address: string | undefined, port: number, callback?: () => void): Promise<void> {
    try {
      const target = this.#target(await lookUp(address, this.#lookup), port)
      if (this.#state === 'closed') return
      this.#peer = target
      this.emit('connect')
    } catch (error) {
      this.#peer = undefined
      if (callback) this.off('connect', callback)
      this.emit('error', error)
    }
  }

  disconnect(): void {
    if (typeof this.#peer !== 'object') throw notConnected()
    this.#peer = undefined
  }

  remoteAddress(): { address: string; family: string; port: number } {
    this.#running()
    if (typeof this.#peer !== 'object') throw notConnected()
    return { address: ipv4Text(this.#peer.address), family: 'IPv4', port: this.#peer.port }
  }

  address(): { address: string; family: string; port: number } {
    this.#running()
    if (this.#bound === undefined) throw socketError('EBADF', 'getsockname')
    const { attachment, udp } = this.#bound
    return { address: ipv4Text(attachment.host.address), family: 'IPv4', port: udp.port }
  }

  /** What waits to be bound is sent first. */
  close(callback?: () => void): this {
    this.#running()
    if (callback) this.once('close', callback)
    if (this.#state === 'binding') this.#waiting.push(() => this.#end())
    else this.#end()
    return this
  }

  #end(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#peer = undefined
    this.#bound?.silent()
    this.#bound?.udp.close()
    this.#bound?.stay.leave()
    this.#bound = undefined
    process.nextTick(() => this.emit('close'))
  }

  /** The network is gone. */
  #down(error: Error): void {
    if (this.#state === 'closed') return
    this.#end()
    this.emit('error', error)
  }

  #running(): void {
    if (this.#state === 'closed') throw misuse(Error, 'ERR_SOCKET_DGRAM_NOT_RUNNING', 'Not running')
  }

  setBroadcast(on: boolean): void {
    this.#running()
    this.#broadcast = Boolean(on)
    this.#bound?.udp.setBroadcast(this.#broadcast)
  }

  /** Hops that datagrams may take, 1 to 255. */
  setTTL(ttl: number): number {
    this.#running()
    if (!Number.isInteger(ttl) || ttl < 1 || ttl > 255) throw socketError('EINVAL', 'setTTL')
    this.#ttl = ttl
    this.#bound?.udp.setTtl(ttl)
    return ttl
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === 'closed') return
    await new Promise<void>((resolve) => void this.close(() => resolve()))
  }

  ref(): this {
    this.#referenced = true
    this.#bound?.stay.ref()
    return this
  }

  unref(): this {
    this.#referenced = false
    this.#bound?.stay.unref()
    return this
  }
}

const notConnected = () => misuse(Error, 'ERR_SOCKET_DGRAM_NOT_CONNECTED', 'Not connected')
