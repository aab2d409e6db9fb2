/** pcapng's timestamps: 64-bit counts of a unit that each interface chooses (draft-ietf-opsawg-pcapng §4.2). */

/** Nanoseconds since 1970 from the two halves of a count. */
export type TickConverter = (high: number, low: number) => bigint

const MAX_TIME = (1n << 63n) - 1n

/** Kept within what 64 signed bits hold, and not before 1970: a hostile file must not make time unbounded. */
export function clampTime(time: bigint): bigint {
  if (time < 0n) return 0n
  return time > MAX_TIME ? MAX_TIME : time
}

/**
 * `resolution` is if_tsresol: with the top bit clear a negative power of ten, with it set one of two.
 * `offsetSeconds` is if_tsoffset, added to every time.
 */
export function tickConverter(resolution: number, offsetSeconds: bigint): TickConverter {
  const offset = offsetSeconds * 1_000_000_000n
  const exponent = resolution & 0x7f
  if ((resolution & 0x80) !== 0) {
    return (high, low) => ((ticks(high, low) * 1_000_000_000n) >> BigInt(exponent)) + offset
  }
  if (exponent === 6) {
    // The common case: microseconds stay exact in a double until the year 2255.
    return (high, low) =>
      high < 0x20_0000
        ? BigInt(high * 0x1_0000_0000 + low) * 1000n + offset
        : ticks(high, low) * 1000n + offset
  }
  if (exponent <= 9) {
    const scale = 10n ** BigInt(9 - exponent)
    return (high, low) => ticks(high, low) * scale + offset
  }
  const divisor = 10n ** BigInt(exponent - 9)
  return (high, low) => ticks(high, low) / divisor + offset
}

function ticks(high: number, low: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low)
}

/** The count of a time: the way back, where nanoseconds are fine enough for it; undefined where they are not. */
export function tickCounter(
  resolution: number,
  offsetSeconds: bigint,
): ((time: bigint) => bigint) | undefined {
  if ((resolution & 0x80) !== 0 || resolution > 9) return undefined
  const offset = offsetSeconds * 1_000_000_000n
  const scale = 10n ** BigInt(9 - resolution)
  return (time) => (time - offset) / scale
}
