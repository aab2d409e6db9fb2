/** What a wire is asked to be, from a test's options or the command line's flags: read and checked all at once. */
import { randomInt } from 'node:crypto'
import { isIP } from 'node:net'
import { NetworkError, UsageError } from '../errors.ts'
import { type Impairments, UNIMPAIRED } from '../network/impairments.ts'
import { IMPAIRMENT_NAMES, parseImpairment } from '../network/impairments-text.ts'
import { readSeed } from '../network/network-patch.ts'
import { PRESETS } from '../network/presets.ts'
import type { Direction } from '../network/tap.ts'

/**
 * netem's impairments, of one direction. Text has a unit: `'5%'`, `'20ms'`, `'1mbit'`. Numbers are shares from 0 to
 * 1, seconds, bits a second, frames.
 */
export interface WireImpairments {
  /** `'1mbit'`, or bits a second; preamble, check sequence and gap included. 0: as fast as it goes. */
  rate?: string | number
  /** `'20ms'`, or seconds: one way, so a round trip takes twice that where both directions have it. */
  delay?: string | number
  /** Standard deviation of the delay: `'5ms'`, or seconds. */
  jitter?: string | number
  /** `'5%'`, or a share from 0 to 1. */
  loss?: string | number
  /** Losses in bursts: their mean length in frames. */
  burst?: string | number
  /** `'1%'`, or a share. */
  duplicate?: string | number
  /** Share of frames with one bit turned over. */
  corrupt?: string | number
  /** Share of frames that skip the delay and so overtake others. */
  reorder?: string | number
  /** Frames that may wait for the rate; 1000 unless said otherwise. */
  limit?: string | number
}

export type WirePreset =
  | 'perfect'
  | 'fibre'
  | 'cafe-wifi'
  | '3g'
  | 'geo-satellite'
  | 'leo-satellite'
  | 'lossy-lan'
  | 'cut-cable'

/** Impairments for both directions; `up` (towards the server) and `down` say it of one and go before. */
export interface WireSettings extends WireImpairments {
  /** Where to begin: a cable as one meets it. */
  preset?: WirePreset
  up?: WireImpairments
  down?: WireImpairments
}

export interface WireOptions extends WireSettings {
  /** The server: `'127.0.0.1:8080'`, `'[::1]:8080'`, or the port alone of one on this machine. */
  to: string | number
  /** The wire's own port, for TCP and UDP; any free one when left out. */
  listen?: number
  /** The address to listen on; 127.0.0.1 when left out. */
  host?: string
  /** A whole number of 32 bits. The same seed and the same traffic meet the same fates. Made up when left out. */
  seed?: number
  /** Whose capture `find`, `seen`, `save` and `write` show: a frame that was lost on its way there is in none. */
  at?: 'client' | 'server'
  topology?: 'switch' | 'router'
  /** A pcapng file that is written as frames come, and overwritten if it is there. */
  write?: string
  /** Bytes of frames that are kept for `find` and `seen`; the oldest go. 64 MiB when left out. */
  limitBytes?: number
}

export interface Target {
  readonly host: string
  readonly port: number
}

export interface WirePlan {
  readonly to: Target
  readonly listen: number
  readonly host: string
  readonly up: Impairments
  readonly down: Impairments
  readonly cut: boolean
  readonly seed: number
  readonly at: 'client' | 'server'
  readonly topology: 'switch' | 'router'
  readonly write: string | undefined
  /** Whether that file may be there already. */
  readonly overwrite: boolean
  readonly limitBytes: number
  /** False for a wire that nobody looks at: its frames are counted and nothing else. */
  readonly watched: boolean
}

/** What an option is called where it was given: `loss` and `up.loss`, or `--loss` and `--up-loss`. */
export type Naming = (name: string, direction?: Direction) => string
export const OPTION_NAMES: Naming = (name, direction) =>
  direction === undefined ? name : `${direction}.${name}`

const LIMIT_BYTES = 64 * 1024 * 1024

/** Throws a UsageError with everything that is wrong. */
export function readWireOptions(options: WireOptions, named: Naming = OPTION_NAMES): WirePlan {
  const problems: string[] = []
  const check = <T>(read: () => T): T | undefined => {
    try {
      return read()
    } catch (error) {
      if (!(error instanceof NetworkError || error instanceof UsageError)) throw error
      problems.push(error.message)
      return undefined
    }
  }
  const to = check(() => readTarget(options.to, named('to')))
  const listen = check(() => readPort(options.listen ?? 0, 0, named('listen')))
  const host = check(() => readHost(options.host ?? '127.0.0.1', named('host')))
  const seed = check(() => readSeed(options.seed ?? randomInt(2 ** 32), named('seed')))
  const at = check(() => oneOf(['client', 'server'] as const, options.at ?? 'client', named('at')))
  const topology = check(() =>
    oneOf(['switch', 'router'] as const, options.topology ?? 'switch', named('topology')),
  )
  const settings = check(() => readWireSettings(options, NOTHING, named))
  if (
    to === undefined ||
    listen === undefined ||
    host === undefined ||
    seed === undefined ||
    at === undefined ||
    topology === undefined ||
    settings === undefined
  ) {
    throw new UsageError(problems)
  }
  if (listen === to.port && isSame(host, to.host)) {
    throw new UsageError(
      `${named('listen')}: expected another port than the server's, which is ${listen} too`,
    )
  }
  const { write, limitBytes = LIMIT_BYTES } = options
  return {
    to,
    listen,
    host,
    ...settings,
    seed,
    at,
    topology,
    write,
    overwrite: true,
    limitBytes,
    watched: true,
  }
}

export interface Settings {
  readonly up: Impairments
  readonly down: Impairments
  readonly cut: boolean
}

const NOTHING: Settings = { up: UNIMPAIRED, down: UNIMPAIRED, cut: false }

/** What follows from settings when `before` was so. Throws a UsageError with everything that is wrong. */
export function readWireSettings(
  settings: WireSettings,
  before: Settings,
  named: Naming = OPTION_NAMES,
): Settings {
  const problems: string[] = []
  const start = settings.preset === undefined ? before : PRESETS.find(({ id }) => id === settings.preset)
  if (start === undefined) {
    const known = PRESETS.map(({ id }) => id).join(', ')
    problems.push(`${named('preset')}: expected ${known}; found ${JSON.stringify(settings.preset)}`)
  }
  const read = (given: WireImpairments, direction?: Direction): Partial<Impairments> => {
    const values: { -readonly [K in keyof Impairments]?: Impairments[K] } = {}
    for (const name of IMPAIRMENT_NAMES) {
      const value = given[name]
      if (value === undefined) continue
      try {
        values[name] = parseImpairment(name, value, named(name, direction))
      } catch (error) {
        if (!(error instanceof NetworkError)) throw error
        problems.push(error.message)
      }
    }
    return values
  }
  const both = read(settings)
  const [up, down] = [read(settings.up ?? {}, 'up'), read(settings.down ?? {}, 'down')]
  if (start === undefined || problems.length > 0) throw new UsageError(problems)
  return { up: { ...start.up, ...both, ...up }, down: { ...start.down, ...both, ...down }, cut: start.cut }
}

const EXPECTED_TARGET = 'a host and a port, such as 127.0.0.1:8080'

function readTarget(to: string | number | undefined, name: string): Target {
  if (to === undefined) throw new UsageError(`${name}: expected ${EXPECTED_TARGET}; found nothing`)
  if (typeof to === 'number') return { host: '127.0.0.1', port: readPort(to, 1, name) }
  const [, v6, plain, digits] = /^(?:(?:\[([^\]]+)\]|([^[\]:/]*)):)?(\d{1,5})$/.exec(to.trim()) ?? []
  const host = v6 ?? (plain || '127.0.0.1')
  const port = Number(digits)
  const known = digits !== undefined && port >= 1 && port <= 65535 && (v6 === undefined || isIP(v6) === 6)
  if (!known) throw new UsageError(`${name}: expected ${EXPECTED_TARGET}; found ${JSON.stringify(to)}`)
  return { host, port }
}

function readPort(port: number, least: number, name: string): number {
  if (Number.isInteger(port) && port >= least && port <= 65535) return port
  const any = least === 0 ? ' (any free one)' : ''
  throw new UsageError(`${name}: expected a port from ${least}${any} to 65535; found ${port}`)
}

function readHost(host: string, name: string): string {
  if (host === 'localhost') return '127.0.0.1'
  if (isIP(host) > 0) return host
  throw new UsageError(`${name}: expected an address of this machine; found ${JSON.stringify(host)}`)
}

/** Whether a wire that listens at an address would be its own server. */
function isSame(listen: string, to: string): boolean {
  if (to === listen) return true
  const everywhere = listen === '0.0.0.0' || listen === '::'
  const here = /^(localhost|127\.\d+\.\d+\.\d+|::1|0\.0\.0\.0|::)$/i
  return everywhere ? here.test(to) : here.test(listen) && /^(localhost|0\.0\.0\.0|::)$/i.test(to)
}

function oneOf<T extends string>(all: readonly T[], given: string, name: string): T {
  const found = all.find((each) => each === given)
  if (found !== undefined) return found
  throw new UsageError(`${name}: expected ${all.join(' or ')}; found ${JSON.stringify(given)}`)
}
