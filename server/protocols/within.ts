/** Reading a part of a layer whose length a field has told. */
import type { Cursor } from './cursor.ts'

/**
 * Runs `body` with the cursor's bytes ending at `end`, and leaves the cursor there, however much was read. What
 * `body` misses is missing in the part: there is more behind it. `what` names the part where the bytes end before it.
 */
export function within<R>(c: Cursor, end: number, what: string, body: () => R): R {
  if (end > c.end) c.need(what, end - c.pos)
  const { end: outer, wireEnd } = c
  c.end = end
  c.wireEnd = end
  const result = body()
  c.end = outer
  c.wireEnd = wireEnd
  c.pos = end
  return result
}
