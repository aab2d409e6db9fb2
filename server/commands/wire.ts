/** `wirelab wire`: an impaired lab network in front of any TCP or UDP server. */
import { once } from 'node:events'
import net from 'node:net'
import { parseArgs } from 'node:util'
import { systemCode } from '../errors.ts'
import { impairmentsText } from '../network/impairments-text.ts'
import { type OpenWire, openWire } from '../wire/wire.ts'
import { urlHost } from '../wire/wire-doors.ts'
import type { Target, WirePlan } from '../wire/wire-options.ts'
import type { CommandIo } from './command.ts'
import { FLAG_NAMES, readWireFlags, WIRE_FLAGS, WIRE_HELP } from './wire-flags.ts'

export const summary = 'an impaired network in front of any TCP or UDP server'

const USAGE = `wirelab wire --to HOST:PORT [--listen PORT] [impairments] [-w FILE.pcapng]

Puts a lab network in front of a server, until Ctrl-C: connect to the wire instead, and every frame in between
is real and meets the fate that you chose. No root, no change to the server or its client.

${WIRE_HELP}
  -h, --help            this text

Exit code: 0 done, 1 it could not be done, 2 wrong usage. The talk, and at the end what became of the frames, is on
standard error.
`

type Io = Pick<CommandIo, 'stdout' | 'stderr' | 'cwd' | 'signal'>

/** Rejects with a UsageError, or what `parseArgs` throws, when the words are wrong: `main` says so and ends with 2. */
export async function run(argv: string[], io: Io): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      ...WIRE_FLAGS,
      force: { type: 'boolean', short: 'f', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    io.stdout.write(USAGE)
    return 0
  }
  const plan = readWireFlags(values, io.cwd, values.force === true)
  const say = (line: string) => void io.stderr.write(`wirelab wire: ${line}\n`)
  const wire = await openWire({ ...plan, watched: plan.write !== undefined }, FLAG_NAMES)
  try {
    for (const line of openLines(wire, plan)) say(line)
    const absent = await whyAbsent(plan.to, io.signal)
    if (absent !== undefined) say(absent)
    if (!io.signal.aborted) await once(io.signal, 'abort')
  } finally {
    await wire.close()
  }
  for (const line of tallyLines(wire.fates)) say(line)
  return plan.write === undefined ? 0 : sayRecorded(wire, plan.write, say)
}

/** What a wire is, a line for each thing that one may want to know. */
export function openLines({ host, port, seed, impairments }: OpenWire, plan: WirePlan): string[] {
  const { to, write } = plan
  const cut = plan.cut ? ', cut' : ''
  return [
    `${urlHost(host)}:${port} stands for ${urlHost(to.host)}:${to.port}, TCP and UDP`,
    `up ${impairmentsText(impairments.up)}${cut}; down ${impairmentsText(impairments.down)}${cut}`,
    `--seed ${seed} gives the same traffic the same fates`,
    ...(write === undefined ? [] : [`writing ${write}, as the ${plan.at} sees it`]),
  ]
}

/** What became of the frames, each way. */
export function tallyLines(fates: OpenWire['fates']): string[] {
  return (['up', 'down'] as const).map((direction) => {
    const { frames, ...counts } = fates[direction]
    const met = Object.entries(counts)
      .filter(([, count]) => count > 0)
      .map(([fate, count]) => `${count.toLocaleString('en')} ${fate}`)
    const of = frames === 1 ? '1 frame' : `${frames.toLocaleString('en')} frames`
    return `${direction.padEnd(4)} ${of}${met.length === 0 ? '' : `: ${met.join(', ')}`}`
  })
}

/** Says how it went; the exit code. */
export function sayRecorded(
  { recording }: Pick<OpenWire, 'recording'>,
  path: string,
  say: (line: string) => void,
): number {
  const { packets = 0, missed = 0, failure } = recording ?? {}
  const kept = `${packets.toLocaleString('en')} ${packets === 1 ? 'packet is' : 'packets are'} in ${path}`
  say(failure === undefined ? kept : `${path} could not be written to the end: ${failure}; ${kept}`)
  if (missed > 0) say(`${missed.toLocaleString('en')} frames came too fast to be written`)
  return failure === undefined && missed === 0 ? 0 : 1
}

const ASK_WITHIN_MS = 1000

/** Why nobody answers at the server's TCP port, in words: a hint, since it may come later, or speak UDP alone. */
async function whyAbsent({ host, port }: Target, signal: AbortSignal): Promise<string | undefined> {
  const socket = net.connect({ host, port, signal })
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(ASK_WITHIN_MS) })
    return undefined
  } catch (error) {
    if (signal.aborted) return undefined
    const why = systemCode(error) === 'ECONNREFUSED' ? 'nobody listens' : 'nobody answers'
    return `${why} at TCP ${urlHost(host)}:${port} yet: until then connections are refused (UDP can't be asked)`
  } finally {
    socket.on('error', () => undefined)
    socket.destroy()
  }
}
