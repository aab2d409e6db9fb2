/** A connection in the middle of a flight, where the tests of what was lost begin. */
import assert from 'node:assert/strict'
import { established, type Transcript } from './transcript.ts'

export const bytes = (length: number) => new Uint8Array(length)

/** Ten segments are out, and the round trip of 100 ms is over. */
export function tenOut(setting: Parameters<typeof established>[0] = {}, written = 10_000): Transcript {
  const it = established({ rtt: 100, ...setting })
  it.connection.write(bytes(written))
  it.clock.run(it.clock.now() + 100)
  assert.equal(it.log.splice(0).length, 10)
  return it
}
