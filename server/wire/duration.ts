/** How long to wait, as people write it. */
import { UsageError } from '../errors.ts'

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000 }
const LONGEST_MS = 3_600_000

/** `'5s'`, `'500ms'`, `'2m'`, or seconds; gives milliseconds. Throws a UsageError. */
export function readDuration(given: string | number, name: string): number {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|min)$/.exec(String(given).trim()) ?? []
  const ms = typeof given === 'number' ? given * 1000 : Number(digits) * (UNITS[unit] ?? Number.NaN)
  if (ms > 0 && ms <= LONGEST_MS) return ms
  throw new UsageError(
    `${name}: expected a time up to 1 h, such as 5s or 500ms; found ${JSON.stringify(given)}`,
  )
}

/** Milliseconds for people. */
export const durationText = (ms: number): string => (ms < 1000 ? `${ms} ms` : `${ms / 1000} s`)
