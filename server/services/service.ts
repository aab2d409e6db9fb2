/** What the services have in common: where they listen, and how they end. */
import type net from 'node:net'
import type { Doorstep } from '../same-port.ts'
import type { Ground } from './ground.ts'
import { kernelGround } from './kernel-ground.ts'

export interface ServiceOptions {
  readonly ground: Ground
  /** 0 for any free port. */
  readonly port: number
}

export interface Service {
  readonly name: string
  readonly port: number
  /** The addresses it was possible to listen on. */
  readonly hosts: readonly string[]
  /** Stops listening and ends live connections at once. */
  close(): Promise<void>
}

/** Rejects with an error whose `code` is EADDRINUSE when the port is taken, and Node's other ones. */
export async function serve(
  server: net.Server,
  { ground, port }: ServiceOptions,
): Promise<Omit<Service, 'name'>> {
  const live = new Set<net.Socket>()
  server.on('connection', (socket: net.Socket) => {
    live.add(socket)
    socket.on('close', () => live.delete(socket))
    // A peer that resets or vanishes ends its own connection and nothing else; 'close' follows.
    socket.on('error', () => socket.destroy())
  })
  const footing = await ground.listen(server, port)
  return {
    port: footing.port,
    hosts: footing.hosts,
    async close() {
      const ended = footing.close()
      for (const socket of live) socket.destroy()
      await ended
    },
  }
}

/** The same at addresses of this computer. */
export const listen = (server: net.Server, { hosts, port }: Doorstep): Promise<Omit<Service, 'name'>> =>
  serve(server, { ground: kernelGround(hosts), port })
