/**
 * What a socket needs of the network under it: the host whose socket it is, what a name means there, and how
 * the program is kept alive for as long as the socket is open. A socket of the lab's own process has its host
 * at hand; that of a program elsewhere has to join first (`joined-host.ts`).
 */
import { parseIpv4 } from '../address.ts'
import type { Host } from '../host.ts'
import type { TcpHandle } from '../tcp/connection-api.ts'
import { isLoopbackName } from './look-up.ts'

/** How the socket is going to be used: decides which kind of host a program becomes at its first use. */
export type Use = 'client' | 'server'
export type Transport = 'tcp' | 'udp'

export interface LabTarget {
  /** uint32. */
  readonly address: number
  readonly port: number
}

/** An open socket's hold on its network. */
export interface Stay {
  /** The program does not end while a stay is held (`ref`), as every stay is at first. */
  ref(): void
  unref(): void
  /** The socket is done, its TCP not yet: the program waits for what that has to say, but not for ever. */
  closing(handle: TcpHandle): void
  /** All is done. May be called again. */
  leave(): void
}

export interface Attachment {
  readonly host: Host
  /**
   * Where `name` and `port` lead; undefined for a name that means nothing here. `undefined` as a name is what
   * `localhost` is.
   */
  target(name: string | undefined, port: number, transport: Transport): LabTarget | undefined
  /** `down` is told, at most once, when the network is gone; nothing else will come then. */
  enter(down: (error: Error) => void): Stay
  /** This host listens at that port from now on; the returned function says that it no longer does. */
  listening(transport: Transport, port: number): () => void
}

/** Gives the attachment, at once or after joining. Rejects with what to tell the user. */
export type Attach = (use: Use) => Attachment | Promise<Attachment>

const STAY: Stay = {
  ref: () => undefined,
  unref: () => undefined,
  closing: () => undefined,
  leave: () => undefined,
}

/** For sockets in the lab's own process, which stays alive anyway. Names are dotted addresses; loopback is the host itself. */
export function onHost(host: Host): Attachment {
  return {
    host,
    target(name, port) {
      const address = name === undefined || isLoopbackName(name) ? host.address : parseIpv4(name)
      return address === undefined ? undefined : { address, port }
    },
    enter: () => STAY,
    listening: () => () => undefined,
  }
}
