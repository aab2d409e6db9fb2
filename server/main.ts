#!/usr/bin/env node
/** The command line: finds the command, hands it the world, and ends the process with its code. */
import type { Command, CommandIo } from './commands/command.ts'
import { LabError, messageOf, PortInUseError, StartError, systemCode, UsageError } from './errors.ts'
import { nearest } from './nearest.ts'

const COMMANDS: Readonly<Record<string, { summary: string; load(): Promise<Pick<Command, 'run'>> }>> = {
  start: {
    summary: 'the lab: services, lab network, dashboard (the default)',
    load: () => import('./commands/start.ts'),
  },
  lab: {
    summary: 'lab N in watch mode: your exercise, or any program of yours',
    load: () => import('./commands/lab.ts'),
  },
  grade: {
    summary: 'verdicts of labs that were handed in',
    load: () => import('./commands/grade.ts'),
  },
  compare: {
    summary: 'one message over every transport, side by side',
    load: () => import('./commands/compare.ts'),
  },
  read: { summary: 'a capture file, as tshark would show it', load: () => import('./commands/read.ts') },
  record: { summary: "the running lab's frames to a file", load: () => import('./commands/record.ts') },
  wire: {
    summary: 'an impaired network in front of any TCP or UDP server',
    load: () => import('./commands/wire.ts'),
  },
  expect: {
    summary: 'exit code 0 if the wire showed it: for CI',
    load: () => import('./commands/expect.ts'),
  },
  'wireshark-plugin': {
    summary: 'Engine.IO and Socket.IO for Wireshark and tshark: wirelab.lua',
    load: () => import('./commands/wireshark-plugin.ts'),
  },
  doctor: {
    summary: 'what is missing here, and the command that mends it',
    load: () => import('./commands/doctor.ts'),
  },
}

const HELP = `wirelab [COMMAND] [options]

${Object.entries(COMMANDS)
  .map(([name, { summary }]) => `  ${name.padEnd(17)} ${summary}`)
  .join('\n')}

wirelab COMMAND --help says more of each.
`

/** Time that an orderly end may take before the process ends all the same. */
const END_WITHIN_MS = 1500

async function main(argv: string[]): Promise<number> {
  const [first] = argv
  if (first === '--help' || first === '-h' || first === 'help') {
    process.stdout.write(HELP)
    return 0
  }
  const isFlag = first === undefined || first.startsWith('-')
  const name = isFlag ? 'start' : first
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (command === undefined) {
    const close = nearest(name, Object.keys(COMMANDS))
    const hint = close === undefined ? 'wirelab --help lists them' : `did you mean wirelab ${close}?`
    throw new UsageError(`${name}: no such command; ${hint}`)
  }
  const { run } = await command.load()
  return run(isFlag ? argv : argv.slice(1), world())
}

const ending = new AbortController()

function world(): CommandIo {
  const { stdin, stdout, stderr, env } = process
  const colour = stdout.isTTY === true && env.NO_COLOR === undefined && env.TERM !== 'dumb'
  const interactive = stdin.isTTY === true && stdout.isTTY === true
  return { stdin, stdout, stderr, env, cwd: process.cwd(), colour, interactive, signal: ending.signal }
}

/** npm passes Ctrl-C on to us although the terminal has already done so: that is one, not two. */
const SAME_KEY_MS = 200
let firstAt = 0

/** Once: in good order. Twice: at once. */
function onSignal(signal: NodeJS.Signals): void {
  if (ending.signal.aborted) {
    if (performance.now() - firstAt > SAME_KEY_MS) process.exit(130)
    return
  }
  firstAt = performance.now()
  if (signal === 'SIGINT' && process.stderr.isTTY) process.stderr.write('\n')
  endSoon(130)
}

function endSoon(code: number): void {
  ending.abort()
  setTimeout(() => process.exit(code), END_WITHIN_MS).unref()
}

function complain(error: unknown): number {
  if (error instanceof UsageError || isParseError(error)) {
    process.stderr.write(`wirelab: ${messageOf(error)}\n`)
    return 2
  }
  const expected = error instanceof PortInUseError || error instanceof StartError || error instanceof LabError
  const known = expected || (error instanceof Error && 'code' in error)
  const text = known || !(error instanceof Error) ? messageOf(error) : (error.stack ?? error.message)
  process.stderr.write(`wirelab: ${text}\n`)
  return 1
}

/** What `parseArgs` says of a wrong flag is clear as it is. */
function isParseError(error: unknown): boolean {
  return systemCode(error)?.startsWith('ERR_PARSE_ARGS') ?? false
}

async function flushed(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.writable) await new Promise<void>((resolve) => void stream.write('', () => resolve()))
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
// `wirelab read FILE | head`: whoever reads has had enough. Talk that nobody hears is no reason to stop.
process.stdout.on('error', (error) => {
  if (systemCode(error) === 'EPIPE') endSoon(0)
  // A command that writes much listens for itself, and says what became of it.
  else if (process.stdout.listenerCount('error') === 1) endSoon(complain(error))
})
process.stderr.on('error', () => undefined)
process.on('uncaughtException', (error) => endSoon(complain(error)))

const code = await main(process.argv.slice(2)).catch(complain)
await Promise.all([flushed(process.stdout), flushed(process.stderr)])
process.exit(code)
