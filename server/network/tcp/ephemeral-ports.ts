/** Local ports for those who don't choose one: RFC 6335 §6's dynamic ports, one after the other from any on. */
import { NetworkError } from '../../errors.ts'
import type { Random } from '../random.ts'

export const LAST_PORT = 65_535
const FIRST = 49_152

export class EphemeralPorts {
  #next: number

  constructor(random: Random) {
    this.#next = FIRST + random.below(LAST_PORT - FIRST + 1)
  }

  /** The next one that is free. Throws a NetworkError EADDRNOTAVAIL if none is. */
  take(isFree: (port: number) => boolean): number {
    for (let i = FIRST; i <= LAST_PORT; i++) {
      const port = this.#next
      this.#next = port === LAST_PORT ? FIRST : port + 1
      if (isFree(port)) return port
    }
    throw new NetworkError(`no port from ${FIRST} to ${LAST_PORT} is free`, 'EADDRNOTAVAIL')
  }
}
