/** Several writes given at once (`cork`, or what came while one was waiting), made into as few pieces as is worth it. */

/** A piece that is longer is handed on as it is, not copied. */
const WORTH_COPYING = 16 * 1024

/**
 * The same bytes in fewer pieces: small neighbours become one, so that a head and a body that were written
 * apart share a segment, as with `writev`. `copy`: nothing of the result is the caller's own memory.
 */
export function gathered(
  chunks: readonly Uint8Array[],
  copy: boolean,
): { pieces: Uint8Array[]; bytes: number } {
  const pieces: Uint8Array[] = []
  let group: Uint8Array[] = []
  let grouped = 0
  let bytes = 0
  const close = () => {
    const [only] = group
    if (only !== undefined) pieces.push(group.length === 1 && !copy ? only : Buffer.concat(group, grouped))
    group = []
    grouped = 0
  }
  for (const chunk of chunks) {
    bytes += chunk.length
    if (chunk.length === 0) continue
    if (grouped + chunk.length <= WORTH_COPYING) {
      group.push(chunk)
      grouped += chunk.length
      continue
    }
    // Filled up, so that a short one before a long one does not leave in a segment of its own.
    const first = grouped === 0 ? 0 : WORTH_COPYING - grouped
    if (first > 0) {
      group.push(chunk.subarray(0, first))
      grouped += first
    }
    close()
    const rest = chunk.subarray(first)
    if (rest.length > 0) pieces.push(copy ? Buffer.from(rest) : rest)
  }
  close()
  return { pieces, bytes }
}
