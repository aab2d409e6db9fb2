/** What a real client and server say to each other, recorded between them by a relay: no capture permission is needed. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Side } from '../frames.ts'
import { type Line, Wire } from './wire.ts'

/** An IPv4 packet holds no more than 65,535 bytes; a read may bring more. */
const SEGMENT = 32_000

export class Relay {
  readonly wire = new Wire()
  readonly #server
  readonly #sockets = new Set<Socket>()

  /** Relays to `port` of this machine. */
  constructor(port: number) {
    this.#server = createServer((socket) => {
      const line = this.wire.open()
      const other = connect(port, '127.0.0.1')
      this.#pipe(socket, other, line, 'client')
      this.#pipe(other, socket, line, 'server')
    })
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return (this.#server.address() as AddressInfo).port
  }

  #pipe(from: Socket, to: Socket, line: Line, side: Side): void {
    this.#sockets.add(from)
    from.setNoDelay(true)
    from.on('data', (bytes) => {
      line.say(side, bytes, SEGMENT)
      to.write(bytes)
    })
    from.on('end', () => to.end())
    from.on('error', () => to.destroy())
    from.on('close', () => this.#sockets.delete(from))
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }
}
