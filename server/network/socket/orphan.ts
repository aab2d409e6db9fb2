/** A connection whose socket is gone while its TCP may still have to say something: what was written, then FIN. */
import type { TcpHandle } from '../tcp/connection-api.ts'
import type { Stay } from './attachment.ts'

/** The stay is left when the connection is over. `reset`: it ends at once, by RST. */
export function orphan(handle: TcpHandle, stay: Stay, reset = false): void {
  handle.handler = {
    connected: () => undefined,
    data: () => undefined,
    ended: () => undefined,
    writable: () => undefined,
    closed: () => stay.leave(),
  }
  if (reset) {
    handle.abort()
    return
  }
  stay.closing(handle)
  handle.close()
}
