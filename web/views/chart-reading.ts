/** Which point of a chart is read: under the pointer, by key, or because another chart or view points there. */
import type { Reading } from './chart-scene.ts'

/** Pixels around the pointer in which a point counts as meant. */
const REACH = 18
/** Height counts less than time: one reads along the time. */
const UPRIGHT = 0.3

/** The point of a packet that is pointed at, or else the nearest to a time; null for none. */
export function closestReading(
  readings: readonly Reading[],
  packet: number | null,
  time: number | null,
): Reading | null {
  if (packet !== null) {
    const found = readings.find(({ number }) => number === packet)
    if (found !== undefined) return found
  }
  if (time === null) return null
  let low = 0
  let high = readings.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((readings[middle]?.time ?? 0) <= time) low = middle + 1
    else high = middle
  }
  const [before, after] = [readings[low - 1], readings[low]]
  if (before === undefined || after === undefined) return before ?? after ?? null
  return time - before.time <= after.time - time ? before : after
}

/** Index of the point that is meant at a place; null for none. */
export function readingAt(readings: readonly Reading[], x: number, y: number): number | null {
  let found: number | null = null
  let least = REACH * REACH
  for (const [i, reading] of readings.entries()) {
    const across = reading.x - x
    if (across > REACH) break
    if (across < -REACH) continue
    const distance = across * across + UPRIGHT * UPRIGHT * (reading.y - y) ** 2
    if (distance >= least) continue
    least = distance
    found = i
  }
  return found
}

/** Where a key leads among `count` points: an index, or out of sight on either side; undefined when it leads nowhere. */
export function readingByKey(
  key: string,
  here: number | null,
  count: number,
): number | 'before' | 'behind' | undefined {
  const at = here === null || here < 0 ? null : here
  switch (key) {
    case 'ArrowRight':
      return step(at === null ? 0 : at + 1, count)
    case 'ArrowLeft':
      return step(at === null ? count - 1 : at - 1, count)
    case 'PageDown':
      return count === 0 ? 'behind' : Math.min(count - 1, (at ?? 0) + 10)
    case 'PageUp':
      return count === 0 ? 'before' : Math.max(0, (at ?? count) - 10)
    case 'Home':
      return step(0, count)
    case 'End':
      return step(count - 1, count)
    default:
      return undefined
  }
}

function step(to: number, count: number): number | 'before' | 'behind' {
  if (to < 0) return 'before'
  return to >= count ? 'behind' : to
}
