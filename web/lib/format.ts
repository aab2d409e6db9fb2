/** Numbers as one can think in them: never more than three digits of a time, always with its unit. */

const TIME_UNITS: readonly (readonly [from: number, unit: string])[] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
  [1, 's'],
  [1e-3, 'ms'],
  [1e-6, 'µs'],
  [1e-9, 'ns'],
]

/** An interval in seconds as `1.8 ms`, `12.1 ms`, `250 µs`, `3.1 s`, `2.5 min`. */
export function formatInterval(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–'
  if (seconds < 0) return `−${formatInterval(-seconds)}`
  if (seconds < 0.5e-9) return '0 s'
  for (const [at, [size, unit]] of TIME_UNITS.entries()) {
    const amount = seconds / size
    if (amount < 1 && !roundsUpTo(seconds, at)) continue
    return `${threeDigits(amount)} ${unit}`
  }
  return `${threeDigits(seconds / 1e-9)} ns`
}

/**
 * How long after the first packet: an interval below a minute, then as a clock counts, `2:48.1` and `1:02:48`, since of
 * `2.8 min` nobody can tell one packet from the next.
 */
export function formatOffset(seconds: number): string {
  const tenths = Math.round(seconds * 10)
  if (!Number.isFinite(seconds) || tenths < 600) return formatInterval(seconds)
  const two = (n: number) => String(n).padStart(2, '0')
  const [minutes, rest] = [Math.floor(tenths / 600), tenths % 600]
  if (minutes < 60) return `${minutes}:${two(Math.floor(rest / 10))}.${rest % 10}`
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(Math.floor(rest / 10))}`
}

/** From one packet to the next: `+1.8 ms`. Less than a microsecond only says which came first. */
export function formatGap(seconds: number): string {
  return seconds < 1e-6 ? '+<1 µs' : `+${formatInterval(seconds)}`
}

/** 999.7 µs is `1 ms`, not `1000 µs`: whether the next smaller unit would round to four digits or to the unit above. */
function roundsUpTo(seconds: number, at: number): boolean {
  const smaller = TIME_UNITS[at + 1]
  const own = TIME_UNITS[at]
  if (smaller === undefined || own === undefined) return false
  const shown = Number(threeDigits(seconds / smaller[0]))
  return shown * smaller[0] >= own[0] * (1 - 1e-12)
}

/** Two digits below ten, three above: `1.8`, `12.1`, `250`. A whole number stays whole. */
function threeDigits(amount: number): string {
  const decimals = amount < 99.95 ? 1 : 0
  const text = amount.toFixed(decimals)
  return text.endsWith('.0') ? text.slice(0, -2) : text
}

/** A count of bytes: `74 bytes`, `1.5 kB`, `256 MB`. Powers of ten, as the unit's name says. */
export function formatBytes(count: number): string {
  if (count < 1000) return count === 1 ? '1 byte' : `${count} bytes`
  for (const [size, unit] of [
    [1e9, 'GB'],
    [1e6, 'MB'],
    [1e3, 'kB'],
  ] as const) {
    if (count >= size * 0.9995) return `${threeDigits(count / size)} ${unit}`
  }
  return `${count} bytes`
}

/** A count with thin spaces between thousands: `12 345`; the space does not break. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, '\u202f')
}

/** `1 packet`, `12 packets`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}

/** A name of at most so many characters, its end kept, which tells one file from the next: `a long na…00001.pcapng`. */
export function middleCut(text: string, most: number): string {
  if (text.length <= most) return text
  const end = Math.floor((most - 1) * 0.4)
  return `${text.slice(0, most - 1 - end)}…${text.slice(text.length - end)}`
}

/** Epoch seconds with decimals as the reader's clock: `14:03:07.128`. */
export function formatClock(time: string): string {
  const dot = time.indexOf('.')
  const seconds = Number(dot < 0 ? time : time.slice(0, dot))
  const millis = dot < 0 ? '000' : time.slice(dot + 1, dot + 4).padEnd(3, '0')
  const at = new Date(seconds * 1000)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${millis}`
}

/** Seconds between two times of the API, exact to the nanosecond however large they are. */
export function between(earlier: string, later: string): number {
  return Number(nanoseconds(later) - nanoseconds(earlier)) / 1e9
}

function nanoseconds(time: string): bigint {
  const [whole = '0', part = ''] = time.split('.')
  return BigInt(whole) * 1_000_000_000n + BigInt(part.padEnd(9, '0').slice(0, 9))
}

const SMALL = [
  'no',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
]

/** A small number as a word, for sentences: `three`; from thirteen on in figures. */
export function inWords(count: number): string {
  return SMALL[count] ?? formatCount(count)
}
