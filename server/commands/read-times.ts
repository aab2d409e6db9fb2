/** `-t`: how a line says when its packet was seen (tshark's formats). */
import { UsageError } from '../errors.ts'
import type { Ink } from '../protocols/ink.ts'

const FORMATS = ['r', 'd', 'dd', 'e', 'a', 'ad', 'adoy', 'u', 'ud', 'udoy'] as const
type Format = (typeof FORMATS)[number]

const SECOND = 1_000_000_000
const MINUS = 0x2d
const DOT = 0x2e
const SPACE = 0x20

/** Told of every packet in its order; writes the time of those that are printed. */
export class LineTimes {
  readonly #format: Format
  #previous = 0
  #previousShown: number | undefined

  constructor(format: Format) {
    this.#format = format
  }

  /** A packet that is not printed; `nanos` since the capture's first. */
  pass(nanos: number): void {
    this.#previous = nanos
  }

  /** Right-aligned in ten columns. */
  write(ink: Ink, nanos: number, start: bigint): void {
    ink.room(40)
    switch (this.#format) {
      case 'r':
        writeSeconds(ink, nanos)
        break
      case 'd':
        writeSeconds(ink, nanos - this.#previous)
        break
      case 'dd':
        writeSeconds(ink, nanos - (this.#previousShown ?? nanos))
        break
      default:
        ink.ascii(momentText(start + BigInt(nanos), this.#format))
    }
    this.#previous = nanos
    this.#previousShown = nanos
  }
}

/** Throws a UsageError. */
export function parseTimes(text = 'r'): LineTimes {
  const format = FORMATS.find((each) => each === text)
  if (format !== undefined) return new LineTimes(format)
  throw new UsageError(
    `-t ${text}: expected r (since the first packet), d (since the one before), dd (since the one printed before), ` +
      'e (epoch), a, ad or adoy (local clock, date, day of the year), u, ud or udoy (the same in UTC)',
  )
}

/** Seconds with six decimals, cut and not rounded, as clocks do. */
function writeSeconds(ink: Ink, nanos: number): void {
  const size = Math.abs(nanos)
  const whole = Math.floor(size / SECOND)
  const negative = nanos < 0
  let digits = negative ? 2 : 1
  for (let bound = 10; whole >= bound; bound *= 10) digits++
  for (let i = digits + 7; i < 10; i++) ink.byte(SPACE)
  if (negative) ink.byte(MINUS)
  ink.decimal(whole)
  ink.byte(DOT)
  ink.digits(Math.floor((size - whole * SECOND) / 1000), 6)
}

/** A moment on the clock; `time`: nanoseconds since 1970. */
function momentText(time: bigint, format: Exclude<Format, 'r' | 'd' | 'dd'>): string {
  const seconds = time / BigInt(SECOND) - (time % BigInt(SECOND) < 0n ? 1n : 0n)
  const micros = String((time - seconds * BigInt(SECOND)) / 1000n).padStart(6, '0')
  if (format === 'e') return `${seconds}.${micros}`
  const utc = format.startsWith('u')
  const date = new Date(Number(seconds) * 1000)
  // Its UTC fields then read as the local clock.
  const shown = utc ? date : new Date(date.getTime() - date.getTimezoneOffset() * 60_000)
  const [day = '', clock = ''] = shown.toISOString().slice(0, 19).split('T')
  const time6 = `${clock}.${micros}`
  if (format.endsWith('doy')) {
    const begin = Date.UTC(shown.getUTCFullYear(), 0, 1)
    const count = Math.floor((shown.getTime() - begin) / 86_400_000) + 1
    return `${shown.getUTCFullYear()}/${String(count).padStart(3, '0')} ${time6}`
  }
  return format.endsWith('d') ? `${day} ${time6}` : time6
}
