/**
 * The time that ping writes at the beginning of its data: seconds and microseconds since 1970, 32 bits each, in
 * whichever byte order its machine has. It is taken for one if it lies within a day of when the packet was seen.
 */
import type { Cursor } from './cursor.ts'
import type { Field } from './field.ts'

const DAY = 86_400_000_000_000n
const SECOND = 1_000_000_000n
const MILLION = 1_000_000
/** Bytes that it takes. */
export const ECHO_TIME = 8

interface TimeFields {
  readonly data_time: Field<string>
  readonly data_time_relative: Field<number>
}

/** Reads it if it is there, and leaves the cursor behind it. */
export function readEchoTime(c: Cursor, f: TimeFields): void {
  // Whether data follows must be known even where nothing is recorded.
  if (c.left < ECHO_TIME || (!c.recording && c.left > ECHO_TIME)) return
  const seen = c.packet.time
  let best: bigint | undefined
  for (const little of [true, false]) {
    const micros = c.view.getUint32(c.pos + 4, little)
    if (micros >= MILLION) continue
    const time = BigInt(c.view.getUint32(c.pos, little)) * SECOND + BigInt(micros) * 1000n
    const away = distance(seen, time)
    if (away < DAY && (best === undefined || away < distance(seen, best))) best = time
  }
  if (best === undefined) return
  c.put(f.data_time, dateText(best), c.pos, c.pos + ECHO_TIME)
  c.put(f.data_time_relative, Number(seen - best) / 1e9, c.pos, c.pos + ECHO_TIME)
  c.skip(ECHO_TIME)
}

function distance(a: bigint, b: bigint): bigint {
  return a > b ? a - b : b - a
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** As tshark writes a time: `Dec  8, 2020 19:10:03.000000000 UTC`. */
export function dateText(nanoseconds: bigint): string {
  const date = new Date(Number(nanoseconds / 1_000_000n))
  const month = MONTHS[date.getUTCMonth()] ?? ''
  const clock = date.toISOString().slice(11, 19)
  const fraction = String(nanoseconds % SECOND).padStart(9, '0')
  return `${month} ${String(date.getUTCDate()).padStart(2)}, ${date.getUTCFullYear()} ${clock}.${fraction} UTC`
}
