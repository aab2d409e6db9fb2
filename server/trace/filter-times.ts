/** Moments in a filter: `"2026-07-04T12:34:56Z"` (ISO 8601) or `"Jul 4, 2026 12:34:56"`, as Wireshark 4.0 takes them. */

const ISO =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|UTC|[+-]\d{2}:?(?:\d{2})?)?$/
const NAMED = /^([A-Z][a-z]{2})\s+(\d{1,2}),\s+(\d{4})\s+(\d{1,2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?\s*(UTC)?$/
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Nanoseconds since 1970; undefined when it is no time. Without a zone it is local time. */
export function parseTime(text: string): bigint | undefined {
  const iso = ISO.exec(text)
  if (iso !== null) {
    const [, year, month, day, hour = '0', minute = '0', second = '0', fraction, zone] = iso
    return moment([year, month, day, hour, minute, second].map(Number), fraction, zone)
  }
  const [, name, day, year, hour, minute, second, fraction, zone] = NAMED.exec(text) ?? []
  const month = MONTHS.indexOf(name ?? '') + 1
  if (month === 0) return undefined
  return moment(
    [Number(year), month, Number(day), Number(hour), Number(minute), Number(second)],
    fraction,
    zone,
  )
}

function moment(
  [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0]: number[],
  fraction = '',
  zone: string | undefined,
): bigint | undefined {
  if (hour > 23 || minute > 59 || second > 60) return undefined
  // The 31st of June is the 1st of July to JavaScript, and an error to everybody else.
  if (new Date(Date.UTC(year, month - 1, day)).getUTCMonth() !== month - 1) return undefined
  const utc = Date.UTC(year, month - 1, day, hour, minute, second)
  const local = new Date(year, month - 1, day, hour, minute, second).getTime()
  const milliseconds = zone === undefined ? local : utc - offsetOf(zone)
  return BigInt(milliseconds) * 1_000_000n + BigInt(fraction.padEnd(9, '0'))
}

/** Milliseconds by which a zone is ahead. */
function offsetOf(zone: string): number {
  const [, sign, hours, minutes = '0'] = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone) ?? []
  if (hours === undefined) return 0
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
}
