/** Impairments as people write them, with netem's units: `5%`, `20ms`, `1mbit`; and back. */
import { NetworkError } from '../errors.ts'
import { type Impairments, UNIMPAIRED } from './impairments.ts'

export type ImpairmentName = keyof Impairments

type Kind = 'rate' | 'time' | 'share' | 'frames' | 'burst'

const KINDS: Readonly<Record<ImpairmentName, Kind>> = {
  rate: 'rate',
  delay: 'time',
  jitter: 'time',
  loss: 'share',
  burst: 'burst',
  duplicate: 'share',
  corrupt: 'share',
  reorder: 'share',
  limit: 'frames',
}

export const IMPAIRMENT_NAMES: readonly ImpairmentName[] = [
  'rate',
  'delay',
  'jitter',
  'loss',
  'burst',
  'duplicate',
  'corrupt',
  'reorder',
  'limit',
]

export const isImpairmentName = (name: string): name is ImpairmentName => Object.hasOwn(KINDS, name)

interface Range {
  readonly least: number
  readonly most: number
  readonly expected: string
}

/** Bounds are there so that a slip of the finger shows: nobody waits ten minutes for a frame. */
const RANGES: Readonly<Record<Kind, Range>> = {
  rate: {
    least: 0,
    most: 1e12,
    expected: 'a rate from 1bit to 1000gbit, such as "1mbit" or "500kbit", or 0 for no limit',
  },
  time: { least: 0, most: 600, expected: 'a time from 0 to 600 s with its unit, such as "20ms" or "1.5s"' },
  share: { least: 0, most: 1, expected: 'a share from 0% to 100%, such as "5%"' },
  frames: { least: 0, most: 1_000_000, expected: 'a whole number of frames from 0 to 1000000' },
  burst: { least: 0, most: 1000, expected: 'a mean number of frames from 0 to 1000, such as 4' },
}

const TIME_UNITS: Readonly<Record<string, number>> = {
  s: 1,
  sec: 1,
  secs: 1,
  ms: 1e-3,
  msec: 1e-3,
  msecs: 1e-3,
  us: 1e-6,
  µs: 1e-6,
  μs: 1e-6,
  usec: 1e-6,
  usecs: 1e-6,
}

/**
 * tc's names. Its `kbps` and `mbps` are bytes a second, which hardly anybody who writes them means: they are
 * refused rather than taken for the wrong one.
 */
const RATE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  bit: 1,
  kbit: 1e3,
  mbit: 1e6,
  gbit: 1e9,
  kibit: 2 ** 10,
  mibit: 2 ** 20,
  gibit: 2 ** 30,
}

const NUMBER_AND_UNIT = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*([^\d\s]*)$/i

/**
 * One value in the units of `Impairments`: bits a second, seconds, a share from 0 to 1, frames. A number is taken
 * as being in them already; text wants its unit. Throws a NetworkError that names `field` and what was expected.
 */
export function parseImpairment(name: ImpairmentName, given: string | number, field: string = name): number {
  const kind = KINDS[name]
  const { least, most, expected } = RANGES[kind]
  const value = typeof given === 'number' ? given : fromText(kind, given.trim())
  const whole = kind !== 'frames' || Number.isInteger(value)
  // A frame at a fraction of a bit a second would be on its way for days, or for ever.
  const moves = kind !== 'rate' || value === 0 || (value !== undefined && value >= 1)
  if (value === undefined || !(value >= least && value <= most) || !whole || !moves) {
    const found = typeof given === 'number' ? String(given) : JSON.stringify(given.slice(0, 40))
    throw new NetworkError(`${field}: expected ${expected}; found ${found}`, 'bad-impairment', {
      field,
      expected,
    })
  }
  return value
}

function fromText(kind: Kind, text: string): number | undefined {
  const [, digits, unit] = NUMBER_AND_UNIT.exec(text) ?? []
  if (digits === undefined || unit === undefined) return undefined
  const number = Number(digits)
  const factor = factorOf(kind, unit.toLowerCase())
  // Nothing is nothing in every unit; any other number would be a guess: `--loss 0.05` may be either.
  if (factor === undefined) return unit === '' && number === 0 ? 0 : undefined
  return number * factor
}

function factorOf(kind: Kind, unit: string): number | undefined {
  if (kind === 'time') return Object.hasOwn(TIME_UNITS, unit) ? TIME_UNITS[unit] : undefined
  if (kind === 'share') return unit === '%' ? 0.01 : undefined
  if (kind !== 'rate') return unit === '' ? 1 : undefined
  const name = unit.replace(/\/s$/, '')
  return Object.hasOwn(RATE_UNITS, name) ? RATE_UNITS[name] : undefined
}

/** One value as text that `parseImpairment` reads: `5%`, `20ms`, `1mbit`. */
export function impairmentText(name: ImpairmentName, value: number): string {
  switch (KINDS[name]) {
    case 'share':
      return `${short(value * 100)}%`
    case 'time':
      if (value >= 1) return `${short(value)}s`
      return value > 0 && value < 1e-3 ? `${short(value * 1e6)}us` : `${short(value * 1e3)}ms`
    case 'rate':
      for (const [unit, factor] of [
        ['gbit', 1e9],
        ['mbit', 1e6],
        ['kbit', 1e3],
      ] as const) {
        if (value >= factor) return `${short(value / factor)}${unit}`
      }
      return `${short(value)}bit`
    default:
      return short(value)
  }
}

/** Without the noise that binary fractions leave: 0.07 * 100 is 7.000000000000001. */
const short = (value: number): string => String(Number(value.toPrecision(10)))

/** What a direction does, in words: `loss 5%, delay 20ms`; `nothing` for a perfect one. */
export function impairmentsText(impairments: Impairments): string {
  const words = IMPAIRMENT_NAMES.filter((name) => impairments[name] !== UNIMPAIRED[name]).map(
    (name) => `${name} ${impairmentText(name, impairments[name])}`,
  )
  return words.length === 0 ? 'nothing' : words.join(', ')
}
