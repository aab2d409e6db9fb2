/**
 * `wirelab/net`: Node's `net` for a program that is a host of the lab network itself. Nothing of the kernel's
 * TCP is in it: the handshake, every segment and the FIN are made in this process and go over the lab's cable.
 *
 * `localhost` is the lab (its server, 10.0.0.1), or whichever program on it listens at that port.
 */
import { BlockList, isIP, isIPv4, isIPv6, SocketAddress } from 'node:net'
import type { Attach } from './attachment.ts'
import type { Lookup } from './connect-arguments.ts'
import { joinedHost } from './joined-host.ts'
import { LabServer, type LabServerOptions } from './lab-server.ts'
import { LabSocket, type LabSocketOptions } from './lab-socket.ts'

export { BlockList, isIP, isIPv4, isIPv6, SocketAddress }

export type SocketOptions = Omit<LabSocketOptions, 'copyWrites'>
export type ServerOptions = Omit<LabServerOptions, 'copyWrites'>

/** What `connect` takes besides a port: `host` is a dotted lab address, or this computer by any of its names. */
export interface ConnectOptions extends SocketOptions {
  readonly port?: number | string | null | undefined
  readonly host?: string | null | undefined
  readonly localPort?: number | undefined
  readonly lookup?: Lookup | undefined
  /** Milliseconds, as for `setTimeout`. */
  readonly timeout?: number | undefined
}

const attach: Attach = joinedHost

export class Socket extends LabSocket {
  constructor(options?: SocketOptions) {
    super(attach, options)
  }
}

export class Server extends LabServer {
  constructor(onSocket?: (socket: Socket) => void)
  constructor(options?: ServerOptions, onSocket?: (socket: Socket) => void)
  constructor(first?: ServerOptions | ((socket: Socket) => void), second?: (socket: Socket) => void) {
    const [options, onSocket] = typeof first === 'function' ? [{}, first] : [first, second]
    super(attach, options)
    if (onSocket !== undefined) this.on('connection', onSocket)
  }

  protected override newSocket(_attach: Attach, options: LabSocketOptions): Socket {
    return new Socket(options)
  }
}

export function createServer(onSocket?: (socket: Socket) => void): Server
export function createServer(options?: ServerOptions, onSocket?: (socket: Socket) => void): Server
export function createServer(
  first?: ServerOptions | ((socket: Socket) => void),
  second?: (socket: Socket) => void,
): Server {
  return typeof first === 'function' ? new Server(first) : new Server(first, second)
}

/** `http` gives a callback of its own kind where the listener stands: any will do. */
export function connect(options: ConnectOptions, listener?: (...args: never[]) => void): Socket
export function connect(port: number | string, host?: string, listener?: () => void): Socket
export function connect(port: number | string, listener?: () => void): Socket
export function connect(...args: unknown[]): Socket {
  const [first] = args
  const options: SocketOptions = typeof first === 'object' && first !== null ? first : {}
  return new Socket(options).connect(...args)
}

export const createConnection = connect
export { Socket as Stream }

export default {
  BlockList,
  connect,
  createConnection,
  createServer,
  isIP,
  isIPv4,
  isIPv6,
  Server,
  Socket,
  SocketAddress,
  Stream: Socket,
}
