/** What a service stands on: addresses of this computer's kernel, or a host of the lab network. It need not know which. */
import type net from 'node:net'

/** Where it listens. */
export interface Footing {
  readonly port: number
  /** The addresses it was possible to listen on. */
  readonly hosts: readonly string[]
  /** Stops listening; connections that are open stay. Settles when no more can come. */
  close(): Promise<void>
}

export interface Datagram {
  /** Its payload. */
  readonly bytes: Buffer
  readonly address: string
  readonly port: number
  /** Sends back to where it says it came from, from where it was received. */
  answer(bytes: Uint8Array): void
}

export interface Ground {
  /**
   * Connections come to the server by its `connection` event; what it is given there is a `net.Socket`, or has all
   * that is expected of one. Port 0 is any free one. Rejects with an error whose `code` is EADDRINUSE when it is taken.
   */
  listen(server: net.Server, port: number): Promise<Footing>
  bind(port: number, receive: (datagram: Datagram) => void): Promise<Footing>
}

/** More than a class will ever open; keeps one program's loop from taking every file descriptor. */
export const MAX_CONNECTIONS = 2000
/** Connections that may wait to be accepted: a class begins all at once. */
export const BACKLOG = 1024
