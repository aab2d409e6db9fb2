/** The flags that describe a wire: `wirelab wire` and `wirelab expect` take the same. */
import { resolve } from 'node:path'
import { UsageError } from '../errors.ts'
import { IMPAIRMENT_NAMES } from '../network/impairments-text.ts'
import { PRESETS } from '../network/presets.ts'
import type { Direction } from '../network/tap.ts'
import {
  type Naming,
  readWireOptions,
  type WireImpairments,
  type WireOptions,
  type WirePlan,
} from '../wire/wire-options.ts'

const DIRECTIONS: readonly (Direction | undefined)[] = [undefined, 'up', 'down']

/** `--loss`, `--up-loss`. */
export const FLAG_NAMES: Naming = (name, direction) =>
  direction === undefined ? `--${name}` : `--${direction}-${name}`

const text = { type: 'string' } as const

/** For `parseArgs`. */
export const WIRE_FLAGS: Readonly<Record<string, { type: 'string'; short?: string }>> = {
  to: text,
  listen: text,
  host: text,
  preset: text,
  seed: text,
  at: text,
  topology: text,
  write: { type: 'string', short: 'w' },
  ...Object.fromEntries(
    DIRECTIONS.flatMap((direction) =>
      IMPAIRMENT_NAMES.map((name) => [FLAG_NAMES(name, direction).slice(2), text]),
    ),
  ),
}

export type FlagValues = Readonly<Record<string, string | boolean | undefined>>

/** Throws a UsageError with everything that is wrong. `force`: a file that is there may be overwritten. */
export function readWireFlags(values: FlagValues, cwd: string, force: boolean): WirePlan {
  const problems: string[] = []
  const say = (name: string) => {
    const value = values[name]
    return typeof value === 'string' ? value : undefined
  }
  const whole = (name: string, expected: string) => {
    const given = say(name)
    if (given === undefined) return {}
    if (/^\d{1,10}$/.test(given)) return { [name]: Number(given) }
    problems.push(`--${name}: expected ${expected}; found ${JSON.stringify(given)}`)
    return {}
  }
  const impairments = (direction?: Direction): WireImpairments =>
    Object.fromEntries(
      IMPAIRMENT_NAMES.flatMap((name) => {
        const value = say(FLAG_NAMES(name, direction).slice(2))
        return value === undefined ? [] : [[name, value]]
      }),
    )
  const given: Record<string, unknown> = {
    ...whole('listen', 'a port from 0 (any free one) to 65535'),
    ...whole('seed', 'a whole number from 0 to 4294967295'),
    ...impairments(),
    up: impairments('up'),
    down: impairments('down'),
  }
  for (const name of ['to', 'host', 'preset', 'at', 'topology']) {
    if (say(name) !== undefined) given[name] = say(name)
  }
  const write = say('write')
  if (write === '-') problems.push('-w -: expected a file')
  else if (write !== undefined) given.write = resolve(cwd, write)
  try {
    const plan = readWireOptions(given as unknown as WireOptions, FLAG_NAMES)
    if (problems.length > 0) throw new UsageError([])
    return { ...plan, overwrite: force }
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    throw new UsageError([...problems, ...error.problems])
  }
}

/** For `--help`. */
export const WIRE_HELP = `  --to HOST:PORT        the server; a port alone is one on this machine
  --listen PORT         where to connect to instead, TCP and UDP (default: any free one)
  --host ADDRESS        the address to listen on (default 127.0.0.1)
  --loss 5%             frames that are lost; --burst N: in bursts of N frames on average
  --delay 20ms          one way, so a round trip takes twice that; --jitter 5ms: its standard deviation
  --rate 1mbit          bits a second; --limit N: frames that may wait for it (default 1000)
  --duplicate 1%, --corrupt 0.1% (one bit turned over), --reorder 1% (skips the delay and overtakes)
  --up-…, --down-…      any of these of one direction: up is towards the server, as --up-loss 5%
  --preset NAME         where to begin: ${PRESETS.map(({ id }) => id).join(', ')}
  --seed N              the same seed and the same traffic meet the same fates (default: made up, and said)
  --at client|server    whose capture is shown and written (default client)
  --topology NAME       switch, or router: three routers in between (default switch)
  -w FILE.pcapng        write what was seen, with each frame's fate as a comment
  -f, --force           overwrite the file if it is there`
