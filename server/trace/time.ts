/** Nanoseconds since 1970, as text and as intervals. */

/** Epoch seconds with 9 decimals, exact to the nanosecond. */
export function formatTime(time: bigint): string {
  const magnitude = time < 0n ? -time : time
  const text = magnitude.toString().padStart(10, '0')
  return `${time < 0n ? '-' : ''}${text.slice(0, -9)}.${text.slice(-9)}`
}

/** The same back: nanoseconds since 1970 of epoch seconds with 9 decimals. */
export function parseTime(text: string): bigint {
  return BigInt(text.replace('.', ''))
}

/** Seconds from one time to another. */
export function secondsBetween(from: bigint, to: bigint): number {
  return Number(to - from) / 1e9
}
