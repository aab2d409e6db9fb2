/** A moment as Wireshark writes it: `Nov  1, 2026 14:02:00.000000000 UTC`. */
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')
/** The farthest that a `Date` reaches (ECMA-262 §21.4.1.1). */
const FARTHEST = 8.64e15

/** `milliseconds` since 1970. */
export function timeText(milliseconds: number): string {
  if (milliseconds > FARTHEST) return 'beyond the calendar'
  const date = new Date(milliseconds)
  const iso = date.toISOString()
  const day = String(date.getUTCDate()).padStart(2)
  const clock = date.toISOString().slice(-13, -1)
  return `${MONTHS[date.getUTCMonth()]} ${day}, ${iso.slice(0, iso.indexOf('-', 1))} ${clock}000000 UTC`
}
