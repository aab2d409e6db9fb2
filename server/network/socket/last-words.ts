/** How long a program that has nothing else to do waits for a connection that it has closed. */
import type { TcpHandle } from '../tcp/connection-api.ts'

/** From here on only the peer has something to say: the end of a process need not wait for that. */
const ALL_SAID: ReadonlySet<string> = new Set(['FIN-WAIT-2', 'TIME-WAIT', 'CLOSED'])
const FIRST_LOOK_MS = 10
const LAST_LOOK_MS = 500
/** Without any acknowledgement. */
const PATIENCE_MS = 3000

/**
 * Calls back when the peer has acknowledged all that was written and the FIN, or has been silent for too long. No
 * event tells of the former, so it looks: soon, then less and less often.
 */
export function whenAllIsSaid(handle: TcpHandle, done: () => void): void {
  let { unacknowledged } = handle
  let waited = 0
  const look = (after: number): void => {
    setTimeout(() => {
      const moved = handle.unacknowledged !== unacknowledged
      unacknowledged = handle.unacknowledged
      waited = moved ? 0 : waited + after
      if (ALL_SAID.has(handle.state) || waited >= PATIENCE_MS) done()
      else look(moved ? FIRST_LOOK_MS : Math.min(2 * after, LAST_LOOK_MS))
    }, after).unref()
  }
  look(FIRST_LOOK_MS)
}
