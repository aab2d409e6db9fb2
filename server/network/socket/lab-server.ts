/** A listening TCP port of a lab host, as users of `net.Server` know it. */
import { EventEmitter } from 'node:events'
import { messageOf, systemCode } from '../../errors.ts'
import { ipv4Text } from '../address.ts'
import type { Host } from '../host.ts'
import type { TcpHandle } from '../tcp/connection-api.ts'
import { type Attach, type Attachment, onHost, type Stay } from './attachment.ts'
import { type ListenOptions, listenArguments } from './connect-arguments.ts'
import { LabSocket, type LabSocketOptions } from './lab-socket.ts'
import { orphan } from './orphan.ts'
import { misuse, socketError } from './socket-error.ts'

export interface LabServerOptions extends LabSocketOptions {
  /** Sockets begin paused, so that they can be handed on before they are read. */
  readonly pauseOnConnect?: boolean | undefined
}

/** What `drop` tells of a connection that was one too many. */
export interface DroppedConnection {
  readonly localAddress: string
  readonly localPort: number
  readonly localFamily: 'IPv4'
  readonly remoteAddress: string
  readonly remotePort: number
  readonly remoteFamily: 'IPv4'
}

/**
 * Listens at a port (0: any) of a host in this process. What is written to its sockets must not be changed
 * afterwards: it is not copied. A port that is taken comes as 'error'.
 */
export function listenLab(
  host: Host,
  port: number,
  onSocket: (socket: LabSocket) => void,
  options: Omit<LabServerOptions, 'copyWrites'> = {},
): LabServer {
  const attachment = onHost(host)
  const server = new LabServer(() => attachment, { ...options, copyWrites: false }, onSocket)
  return server.listen(port)
}

interface Open {
  readonly attachment: Attachment
  readonly address: string
  readonly port: number
  readonly stay: Stay
  close(): void
}

/**
 * Events: 'listening', 'connection' (socket), 'close' (no longer listening and no connection left), 'error',
 * 'drop' (a connection over `maxConnections`).
 */
export class LabServer extends EventEmitter {
  readonly #attach: Attach
  readonly #options: LabServerOptions
  #open: Open | undefined
  #listening = false
  #referenced = true
  /** Which call of `listen` it is about. */
  #attempt = 0
  #connections = 0
  #closing = false
  maxConnections: number | undefined

  constructor(attach: Attach, options: LabServerOptions = {}, onSocket?: (socket: LabSocket) => void) {
    super()
    this.#attach = attach
    this.#options = options
    if (onSocket) this.on('connection', onSocket)
  }

  get listening(): boolean {
    return this.#listening
  }

  /** Node's forms: `(port?, host?, backlog?, listener?)`, `(options, listener?)`. Whatever `host` says, it listens at the lab host's one address. */
  listen(...args: unknown[]): this {
    const { options, listener } = listenArguments(args)
    if (this.#listening) {
      const message = 'Listen method has been called more than once without closing.'
      throw misuse(Error, 'ERR_SERVER_ALREADY_LISTEN', message)
    }
    if (listener !== undefined) this.once('listening', listener)
    this.#listening = true
    this.#closing = false
    const attempt = ++this.#attempt
    options.signal?.addEventListener('abort', () => this.close(), { once: true })
    this.#begin(options, attempt).catch((error: Error) => {
      if (attempt !== this.#attempt) return
      this.#listening = false
      this.emit('error', error)
    })
    return this
  }

  async #begin({ port, backlog }: ListenOptions, attempt: number): Promise<void> {
    const attachment = await this.#attach('server')
    if (attempt !== this.#attempt) return
    const { host } = attachment
    const address = ipv4Text(host.address)
    try {
      const accept = (handle: TcpHandle) => this.#accept(attachment, handle)
      const listener = host.tcp.listen(port, accept, {
        ...(backlog !== undefined && { backlog }),
        ...(this.#options.noDelay !== undefined && { noDelay: this.#options.noDelay }),
      })
      const stay = attachment.enter((error) => this.#down(error))
      if (!this.#referenced) stay.unref()
      const silent = attachment.listening('tcp', listener.port)
      const close = () => {
        silent()
        stay.leave()
        listener.close()
      }
      this.#open = { attachment, address, port: listener.port, stay, close }
    } catch (error) {
      const code = systemCode(error) ?? 'EADDRNOTAVAIL'
      const because = code === 'EADDRINUSE' ? 'address already in use' : messageOf(error)
      throw labelled(code, because, address, port)
    }
    this.emit('listening')
  }

  #accept(attachment: Attachment, handle: TcpHandle): void {
    if (this.maxConnections !== undefined && this.#connections >= this.maxConnections) {
      const { local, remote } = handle
      orphan(
        handle,
        attachment.enter(() => undefined),
      )
      const dropped: DroppedConnection = {
        localAddress: local.address,
        localPort: local.port,
        localFamily: 'IPv4',
        remoteAddress: remote.address,
        remotePort: remote.port,
        remoteFamily: 'IPv4',
      }
      this.emit('drop', dropped)
      return
    }
    const socket = this.newSocket(this.#attach, this.#options)
    if (this.#options.pauseOnConnect) socket.pause()
    socket.server = this
    socket.adopt(attachment, handle)
    this.#connections++
    socket.once('close', () => {
      this.#connections--
      this.#closeIfDone()
    })
    this.emit('connection', socket)
    if (!socket.isPaused()) socket.read(0)
  }

  /** What a connection becomes; `wirelab/net` has a class of its own. */
  protected newSocket(attach: Attach, options: LabSocketOptions): LabSocket {
    return new LabSocket(attach, options)
  }

  /** The network is gone. */
  #down(error: Error): void {
    this.#stop()
    this.emit('error', error)
    this.close()
  }

  /** No new connections; 'close' comes when the last one has ended. The callback gets an error if it wasn't listening. */
  close(callback?: (error?: Error) => void): this {
    if (callback) {
      if (this.#listening) this.once('close', () => callback())
      else
        this.once('close', () => callback(misuse(Error, 'ERR_SERVER_NOT_RUNNING', 'Server is not running.')))
    }
    this.#attempt++
    this.#stop()
    this.#closing = true
    this.#closeIfDone()
    return this
  }

  #stop(): void {
    this.#listening = false
    this.#open?.close()
    this.#open = undefined
  }

  #closeIfDone(): void {
    if (!this.#closing || this.#connections > 0) return
    this.#closing = false
    process.nextTick(() => this.emit('close'))
  }

  /** Null until 'listening'. */
  address(): { address: string; family: 'IPv4'; port: number } | null {
    if (this.#open === undefined) return null
    const { address, port } = this.#open
    return { address, family: 'IPv4', port }
  }

  getConnections(callback: (error: Error | null, count: number) => void): this {
    process.nextTick(() => callback(null, this.#connections))
    return this
  }

  ref(): this {
    this.#referenced = true
    this.#open?.stay.ref()
    return this
  }

  unref(): this {
    this.#referenced = false
    this.#open?.stay.unref()
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#listening) return
    await new Promise<void>((resolve) => void this.close(() => resolve()))
  }
}

/** `listen EADDRINUSE: address already in use 10.0.0.20:5000`. */
function labelled(code: string, because: string, address: string, port: number): Error {
  const error = socketError(code, 'listen', { address, port })
  error.message = `listen ${code}: ${because} ${address}:${port}`
  return error
}
