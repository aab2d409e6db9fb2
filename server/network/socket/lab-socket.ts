/**
 * A TCP connection of a lab host as users of `net.Socket` know it. `http.Server`, `ws` and Socket.IO take it as
 * they take Node's own. Its stream and its idle timeout run on Node's own loop: it is for hosts on the wall's clock.
 */
import { isIP } from 'node:net'
import { messageOf, systemCode } from '../../errors.ts'
import { ipv4Text } from '../address.ts'
import type { Host } from '../host.ts'
import type { TcpEnd, TcpHandle } from '../tcp/connection-api.ts'
import { type Attach, type Attachment, onHost, type Stay } from './attachment.ts'
import { type ConnectOptions, connectArguments, wrongType } from './connect-arguments.ts'
import { lookUp } from './look-up.ts'
import { misuse, socketError } from './socket-error.ts'
import { TcpStream, type TcpStreamOptions } from './tcp-stream.ts'

export interface LabSocketOptions extends TcpStreamOptions {
  /** True switches Nagle's algorithm off. */
  readonly noDelay?: boolean | undefined
  readonly keepAlive?: boolean | undefined
  /** Milliseconds. */
  readonly keepAliveInitialDelay?: number | undefined
}

export type ReadyState = 'opening' | 'open' | 'readOnly' | 'writeOnly' | 'closed'

/** Dotted decimal `address`. What is written must not be changed afterwards: it is not copied. */
export interface ConnectLab extends Omit<LabSocketOptions, 'copyWrites'> {
  readonly address: string
  readonly port: number
  /** Any, if left out or 0. */
  readonly localPort?: number | undefined
}

/** A connection from a host in this process. Refusal and the like come as 'error'. */
export function connectLab(host: Host, { address, port, localPort, ...options }: ConnectLab): LabSocket {
  const attachment = onHost(host)
  const socket = new LabSocket(() => attachment, { ...options, copyWrites: false })
  return socket.connect({ host: address, port, localPort })
}

/**
 * Events, besides a stream's: 'lookup', 'connect', 'ready', 'timeout', 'close' (hadError). Errors have Node's
 * `code`, `errno`, `syscall`, `address`, `port` and message.
 */
export class LabSocket extends TcpStream {
  readonly #attach: Attach
  /** Which call of `connect` it is about: an older one's answer is not wanted any more. */
  #attempt = 0
  #referenced = true
  #noDelay: boolean | undefined
  #keepAlive: { readonly on: boolean; readonly idleMs: number }
  #local: TcpEnd | undefined
  #remote: TcpEnd | undefined
  #timeout: number | undefined
  /** The server that it was accepted by; `http.Server` puts itself here. */
  server: unknown
  /** Node's, for hosts that have more than one address: none has here. */
  readonly autoSelectFamilyAttemptedAddresses: string[] = []

  constructor(attach: Attach, options: LabSocketOptions = {}) {
    super(options)
    this.#attach = attach
    this.#noDelay = options.noDelay
    this.#keepAlive = { on: options.keepAlive ?? false, idleMs: options.keepAliveInitialDelay ?? 0 }
  }

  /** Makes it the socket of a connection that a listening port has accepted. */
  adopt(attachment: Attachment, handle: TcpHandle): this {
    this.stay = this.#enter(attachment)
    this.#use(handle)
    handle.handler = this.handler
    if (this.#noDelay !== undefined) handle.setNoDelay(this.#noDelay)
    return this
  }

  /** Node's forms: `(options, listener?)`, `(port, host?, listener?)`. Errors come as events. */
  connect(...args: unknown[]): this {
    const { options, listener } = connectArguments(args)
    if (this.connecting || this.handle !== undefined) {
      throw misuse(Error, 'EISCONN', 'connect: this socket is connecting or connected already')
    }
    // Node's documented way to reconnect: connect() again after 'close'.
    if (this.destroyed) this.beginAgain()
    if (listener !== undefined) this.once('connect', listener)
    if (options.noDelay !== undefined) this.#noDelay = options.noDelay
    if (options.keepAlive) this.#keepAlive = { on: true, idleMs: options.keepAliveInitialDelay ?? 0 }
    if (options.timeout) this.setTimeout(options.timeout)
    this.connecting = true
    const attempt = ++this.#attempt
    this.#reach(options, attempt).catch((error: Error) => {
      if (this.#wanted(attempt)) this.destroy(error)
    })
    return this
  }

  async #reach({ host, port, localPort, lookup }: ConnectOptions, attempt: number): Promise<void> {
    const named = host !== undefined && isIP(host) === 0
    const name = await lookUp(host, lookup).catch((error: Error) => {
      if (named && this.#wanted(attempt)) this.emit('lookup', error, undefined, undefined, host)
      throw error
    })
    const attachment = await this.#attach('client')
    if (!this.#wanted(attempt)) return
    const target = attachment.target(name, port, 'tcp')
    if (target === undefined) {
      const at = { address: String(name), port }
      throw socketError('ENETUNREACH', 'connect', at, 'the lab network carries IPv4 alone')
    }
    const goal = { address: ipv4Text(target.address), port: target.port }
    this.goal = goal
    if (named) this.emit('lookup', null, goal.address, 4, host)
    // The listener may have had enough.
    if (!this.#wanted(attempt)) return
    this.stay = this.#enter(attachment)
    try {
      const handle = attachment.host.tcp.connect(target.address, target.port, this.handler, {
        ...(localPort ? { localPort } : {}),
        ...(this.#noDelay !== undefined && { noDelay: this.#noDelay }),
      })
      this.#use(handle)
    } catch (error) {
      throw socketError(systemCode(error) ?? 'EADDRNOTAVAIL', 'connect', goal, messageOf(error))
    }
  }

  #wanted(attempt: number): boolean {
    return attempt === this.#attempt && !this.destroyed
  }

  #enter(attachment: Attachment): Stay {
    const stay = attachment.enter((error) => this.destroy(error))
    if (!this.#referenced) stay.unref()
    return stay
  }

  #use(handle: TcpHandle): void {
    this.handle = handle
    this.#local = handle.local
    this.#remote = handle.remote
    if (this.#keepAlive.on) this.setKeepAlive(true)
  }

  get pending(): boolean {
    return this.handle === undefined || this.connecting
  }

  get readyState(): ReadyState {
    if (this.connecting) return 'opening'
    if (this.readable) return this.writable ? 'open' : 'readOnly'
    return this.writable ? 'writeOnly' : 'closed'
  }

  get remoteAddress(): string | undefined {
    return this.connecting ? undefined : this.#remote?.address
  }

  get remotePort(): number | undefined {
    return this.connecting ? undefined : this.#remote?.port
  }

  get remoteFamily(): string | undefined {
    return this.remoteAddress === undefined ? undefined : 'IPv4'
  }

  // Where Node's types leave the next four out, they are undefined, as they are with Node.

  /** Milliseconds, as set by `setTimeout`. */
  get timeout(): number {
    return this.#timeout as number
  }

  get localAddress(): string {
    return this.#local?.address as string
  }

  get localPort(): number {
    return this.#local?.port as number
  }

  get localFamily(): string {
    return (this.#local === undefined ? undefined : 'IPv4') as string
  }

  address(): { address: string; family: string; port: number } | Record<string, never> {
    return this.#local === undefined || this.connecting ? {} : { ...this.#local, family: 'IPv4' }
  }

  setNoDelay(noDelay = true): this {
    this.#noDelay = Boolean(noDelay)
    this.handle?.setNoDelay(this.#noDelay)
    return this
  }

  /** `initialDelay`: milliseconds of silence before the first probe; 0 leaves it as it was. */
  setKeepAlive(enable = false, initialDelay = 0): this {
    this.#keepAlive = { on: Boolean(enable), idleMs: initialDelay || this.#keepAlive.idleMs }
    const { on, idleMs } = this.#keepAlive
    this.handle?.setKeepAlive(on, idleMs || undefined)
    return this
  }

  /** 'timeout' after so many idle milliseconds, whatever the reason; 0 for never. Closes nothing. */
  setTimeout(milliseconds: number, callback?: () => void): this {
    if (typeof milliseconds !== 'number') throw wrongType('msecs', 'number', milliseconds)
    this.#timeout = milliseconds
    this.watchIdle(milliseconds)
    if (callback && milliseconds > 0) this.once('timeout', callback)
    else if (callback) this.off('timeout', callback)
    return this
  }

  ref(): this {
    this.#referenced = true
    this.stay?.ref()
    return this
  }

  unref(): this {
    this.#referenced = false
    this.stay?.unref()
    return this
  }

  /** Ends, and is destroyed when everything is written. */
  destroySoon(): void {
    if (this.writable) this.end()
    if (this.writableFinished) this.destroy()
    else this.once('finish', () => this.destroy())
  }

  /** RST instead of FIN. */
  resetAndDestroy(): this {
    if (this.connecting) this.once('connect', () => this.resetAndDestroy())
    else if (this.handle === undefined) {
      this.destroy(misuse(Error, 'ERR_SOCKET_CLOSED', 'Socket is closed'))
    } else {
      this.resetting = true
      this.destroy()
    }
    return this
  }
}
