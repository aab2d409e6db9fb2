/** A host's connections by their four numbers (RFC 9293 §3.3.2), of which one, the local address, is always the host's. */
import type { Connection } from './connection.ts'
import type { Tcb } from './tcb.ts'

/** An address and a port in one number. */
const PORTS = 0x1_0000

export class ConnectionTable {
  /** By local port, then by the remote end. */
  readonly #byPort = new Map<number, Map<number, Connection>>()
  /** The one that was looked for last: most often the next one too. */
  #last: Connection | undefined

  find(localPort: number, remoteAddress: number, remotePort: number): Connection | undefined {
    const last = this.#last?.identity
    if (
      last?.remotePort === remotePort &&
      last.localPort === localPort &&
      last.remoteAddress === remoteAddress
    ) {
      return this.#last
    }
    const found = this.#byPort.get(localPort)?.get(remoteAddress * PORTS + remotePort)
    if (found !== undefined) this.#last = found
    return found
  }

  add(connection: Connection): void {
    const { localPort, remoteAddress, remotePort } = connection.identity
    let sharing = this.#byPort.get(localPort)
    if (sharing === undefined) {
      sharing = new Map()
      this.#byPort.set(localPort, sharing)
    }
    sharing.set(remoteAddress * PORTS + remotePort, connection)
  }

  delete(tcb: Tcb): void {
    const { localPort, remoteAddress, remotePort } = tcb.identity
    if (this.#last === tcb) this.#last = undefined
    const sharing = this.#byPort.get(localPort)
    const ends = remoteAddress * PORTS + remotePort
    // Its place may be another's by now.
    if (sharing?.get(ends) !== tcb) return
    sharing.delete(ends)
    if (sharing.size === 0) this.#byPort.delete(localPort)
  }

  *[Symbol.iterator](): Iterator<Connection> {
    for (const sharing of this.#byPort.values()) yield* sharing.values()
  }
}
