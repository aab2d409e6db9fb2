/** `wirelab expect`: exit code 0 if the wire showed it. The labs' engine, for CI. */
import { parseArgs } from 'node:util'
import { UsageError } from '../errors.ts'
import { chooseInstance, instancesFolder } from '../instances.ts'
import { withLab } from '../private-lab.ts'
import { readDuration } from '../wire/duration.ts'
import { openWire } from '../wire/wire.ts'
import type { WirePlan } from '../wire/wire-options.ts'
import type { CommandIo } from './command.ts'
import { type Expectation, judge } from './expect-judge.ts'
import { labEnvironment, watchLab, watchWire } from './expect-watch.ts'
import { parseFilter } from './filter-argument.ts'
import { openLines, sayRecorded, tallyLines } from './wire.ts'
import { FLAG_NAMES, type FlagValues, readWireFlags, WIRE_FLAGS, WIRE_HELP } from './wire-flags.ts'

export const summary = 'exit code 0 if the wire showed it: for CI'

const USAGE = `wirelab expect -Y FILTER [options] [-- COMMAND…]

Waits until the wire shows frames that match the filter, and ends with 0; with 1, and what was seen instead, if it
does not. On a wire of its own in front of a server (--to), else in the running lab; with a COMMAND, in a private lab
if none is running. The COMMAND finds the wire at $WIRELAB_HOST:$WIRELAB_PORT, or the lab's services at
$WIRELAB_TCP_PORT, $WIRELAB_HUB_PORT and so on.

  -Y FILTER             a display filter, such as 'tcp.analysis.retransmission' or 'link.fate == "lost"'
  --count N             so many frames (default 1)
  --none                none at all, until the COMMAND has ended or the time is over
  --within 5s           wait no longer (default 5s; with a COMMAND until it has ended, at most 60s)
  --url URL, --token T  the lab, if several are running
  -q, --quiet           say nothing but what went wrong
  -h, --help            this text

A wire of its own:
${WIRE_HELP}

Exit code: 0 the wire showed it, 1 it did not, 2 wrong usage. How the COMMAND ended is said, and does not count.
`

const MOST_COUNT = 1_000_000
const WITHIN_MS = 5000
const WITHIN_WITH_COMMAND_MS = 60_000

type Io = Pick<CommandIo, 'stdin' | 'stdout' | 'stderr' | 'env' | 'cwd' | 'signal'>

/** Rejects with a UsageError, or what `parseArgs` throws, when the words are wrong: `main` says so and ends with 2. */
export async function run(argv: string[], io: Io): Promise<number> {
  const split = argv.indexOf('--')
  const command = split < 0 ? [] : argv.slice(split + 1)
  const { values } = parseArgs({
    args: split < 0 ? argv : argv.slice(0, split),
    options: {
      ...WIRE_FLAGS,
      'display-filter': { type: 'string', short: 'Y' },
      count: { type: 'string' },
      none: { type: 'boolean', default: false },
      within: { type: 'string' },
      url: { type: 'string' },
      token: { type: 'string' },
      force: { type: 'boolean', short: 'f', default: false },
      quiet: { type: 'boolean', short: 'q', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    io.stdout.write(USAGE)
    return 0
  }
  const ofWire = Object.keys(values).filter((name) => Object.hasOwn(WIRE_FLAGS, name))
  const { expectation, plan } = readAll(values, command, ofWire, io.cwd)
  const say = (text: string) => {
    for (const line of text.split('\n')) io.stderr.write(`wirelab expect: ${line}\n`)
  }
  const talk = values.quiet ? () => undefined : say
  if (plan !== undefined) return onWire(plan, expectation, io, say, talk)
  const url = typeof values.url === 'string' ? values.url : undefined
  const token = typeof values.token === 'string' ? values.token : undefined
  return onLab({ url, token }, expectation, io, say, talk)
}

type Say = (text: string) => void

async function onWire(
  plan: WirePlan,
  expectation: Expectation,
  io: Io,
  say: Say,
  talk: Say,
): Promise<number> {
  const wire = await openWire(plan, FLAG_NAMES)
  try {
    for (const line of openLines(wire, plan)) talk(line)
    const environment = { ...io.env, WIRELAB_HOST: wire.host, WIRELAB_PORT: String(wire.port) }
    const code = await judge(watchWire(wire, expectation.filter), expectation, environment, io, say, talk)
    await wire.close()
    for (const line of tallyLines(wire.fates)) talk(line)
    return plan.write === undefined ? code : sayRecorded(wire, plan.write, talk) || code
  } finally {
    await wire.close()
  }
}

async function onLab(
  { url, token }: { url: string | undefined; token: string | undefined },
  expectation: Expectation,
  io: Io,
  say: Say,
  talk: Say,
): Promise<number> {
  const alone = expectation.command.length === 0
  if (alone && (await chooseInstance(url, instancesFolder(io.env))) === undefined) {
    say('no lab is running; start one with: npm start\nor put a wire in front of a server: --to HOST:PORT')
    return 1
  }
  return withLab({ url, token, io, talk }, async (lab) => {
    const watch = await watchLab(lab, expectation.filter)
    const environment = { ...io.env, ...(await labEnvironment(lab)) }
    return judge(watch, expectation, environment, io, say, talk)
  })
}

/** All flags; throws a UsageError with everything that is wrong with any of them. */
function readAll(
  values: FlagValues,
  command: readonly string[],
  ofWire: readonly string[],
  cwd: string,
): { expectation: Expectation; plan: WirePlan | undefined } {
  const problems: string[] = []
  const check = <T>(read: () => T) => attempt(read, problems)
  const expectation = check(() => readExpectation(values, command, ofWire))
  const hasWire = typeof values.to === 'string'
  const plan = hasWire ? check(() => readWireFlags(values, cwd, values.force === true)) : undefined
  if (expectation === undefined || problems.length > 0) throw new UsageError(problems)
  return { expectation, plan }
}

/** Undefined where the reading fails; its complaints are then among the problems. */
function attempt<T>(read: () => T, problems: string[]): T | undefined {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    problems.push(...error.problems)
    return undefined
  }
}

function readExpectation(
  values: FlagValues,
  command: readonly string[],
  ofWire: readonly string[],
): Expectation {
  const problems: string[] = []
  const check = <T>(read: () => T) => attempt(read, problems)
  const text = (name: string) => {
    const value = values[name]
    return typeof value === 'string' ? value : undefined
  }
  const filter = check(() => parseFilter(text('display-filter')))
  if (filter === undefined && problems.length === 0) {
    problems.push(`-Y: expected a display filter, such as 'http.request'; found none`)
  }
  const count = check(() => readCount(text('count')))
  const given = text('within')
  const within = check(() => given !== undefined && readDuration(given, '--within'))
  const none = values.none === true
  if (none && text('count') !== undefined) problems.push('--none: expected no --count beside it')
  if (ofWire.length > 0 && text('to') === undefined) {
    problems.push(`--${ofWire[0]}: expected --to HOST:PORT with it, the server that the wire is in front of`)
  }
  if (ofWire.length > 0 && text('url') !== undefined) {
    problems.push('--url: expected either a lab or a wire of its own (--to), not both')
  }
  if (filter === undefined || count === undefined || problems.length > 0) throw new UsageError(problems)
  const usual = command.length > 0 ? WITHIN_WITH_COMMAND_MS : WITHIN_MS
  return { filter: filter.text, count, none, within: within || usual, command }
}

function readCount(text: string | undefined): number {
  if (text === undefined) return 1
  const count = /^\d{1,7}$/.test(text) ? Number(text) : 0
  if (count >= 1 && count <= MOST_COUNT) return count
  throw new UsageError(
    `--count: expected a whole number from 1 to ${MOST_COUNT}; found ${JSON.stringify(text)}`,
  )
}
