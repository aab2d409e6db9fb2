/** `wirelab start`: the lab, until Ctrl-C. */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { flagHelp, parseConfig } from '../config.ts'
import type { LabNetworkNode } from '../dashboard/api-network.ts'
import { UsageError } from '../errors.ts'
import { packageRoot } from '../labs/package-root.ts'
import { impairmentsText } from '../network/impairments-text.ts'
import { describeCapture, startWirelab, type Wirelab } from '../wirelab.ts'
import type { CommandIo } from './command.ts'

export const summary = 'the lab: services, lab network, dashboard (the default)'

const USAGE = `wirelab [start] [options]

Starts the services on a lab network, watches their packets, and shows them on the dashboard. Ctrl-C ends it.

${flagHelp()}
  --version                print the version
  -h, --help               this text

Each flag may also be set in the environment: --hub-port as WIRELAB_HUB_PORT. A port of 0 is any free one.
`

export async function run(argv: string[], io: CommandIo): Promise<number> {
  if (argv.includes('--help') || argv.includes('-h')) {
    io.stdout.write(USAGE)
    return 0
  }
  if (argv.includes('--version')) {
    io.stdout.write(`${await version()}\n`)
    return 0
  }
  const parsed = parseConfig(argv, io.env)
  if ('problems' in parsed) throw new UsageError(parsed.problems)

  const talk = (line: string) => void io.stderr.write(`${line}\n`)
  const lab = await startWirelab(parsed.config, talk, { env: io.env, learnersFolder: io.cwd })
  try {
    await Promise.race([lab.captureKnown, pause(PATIENCE_MS), aborted(io.signal)])
    if (!io.signal.aborted) {
      talk(describeLab(lab, await version(), io.colour))
      if (lab.capture.state === 'starting') tellLater(lab, talk, io.signal)
    }
    await aborted(io.signal)
  } finally {
    await lab.close()
  }
  return 0
}

/** The services can be used meanwhile: their addresses wait no longer than this for the capture. */
const PATIENCE_MS = 1000

function tellLater(lab: Wirelab, talk: (line: string) => void, signal: AbortSignal): void {
  void lab.captureKnown.then(() => {
    if (!signal.aborted) for (const line of describeCapture(lab.capture)) talk(line)
  })
}

/** What is where, and what to type. */
export function describeLab(
  lab: Pick<Wirelab, 'urls' | 'token' | 'services' | 'capture' | 'network'>,
  version: string,
  colour: boolean,
): string {
  const paint = (code: number) => (text: string) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text)
  const [bold, dim, yellow] = [paint(1), paint(2), paint(33)]
  const services = lab.services.filter((service) => service.name !== 'dashboard')
  const width = Math.max(...services.map((service) => service.title.length), 'Dashboard'.length) + 3
  const line = (title: string, text: string) => `  ${title.padEnd(width)}${text}`
  const urls = lab.urls.map((url) => (lab.token === undefined ? url : `${url}/#token=${lab.token}`))

  const lines = [
    '',
    bold(`Wirelab ${version}`),
    '',
    ...urls.map((url, i) => line(i === 0 ? 'Dashboard' : '', bold(url))),
    '',
  ]
  for (const { name, title, host, port, tryIt, lab: onCable } of services) {
    const short = tryIt.length <= SHORT_COMMAND
    const door = short ? tryIt : `${host.includes(':') ? `[${host}]` : host}:${port}`
    const cable = onCable === null ? '' : dim(`→ ${onCable.address}:${onCable.port} on the lab network`)
    lines.push(line(title, cable === '' ? door : `${door.padEnd(DOOR_WIDTH)}${cable}`))
    if (!short) lines.push(line('', dim(tryIt)))
    if (name === 'hub') lines.push(line('', dim(`http://${door}/ in two tabs of a browser is a chat`)))
  }
  const { state, message, remedy } = lab.capture
  lines.push('', line('Packets', state === 'running' ? message : yellow(message)))
  for (const command of remedy) lines.push(line('', command))
  if (lab.network !== null) lines.push(line('Cable', describeCable(lab.network)))
  const notes = lab.services.flatMap(({ title, note }) => (note === null ? [] : [`${title}: ${note}`]))
  if (notes.length > 0) lines.push('', ...notes.map((note) => `  ${yellow(note)}`))
  lines.push('', dim('  Ctrl-C ends it.'), '')
  return lines.join('\n')
}

/** What the server's cable does, and the seed that brings the same fates again. */
function describeCable({ up, down, seed, topology }: LabNetworkNode): string {
  const [there, back] = [impairmentsText(up), impairmentsText(down)]
  const does = there === back ? there : `up ${there}; down ${back}`
  const shape = topology === 'router' ? 'behind routers; ' : ''
  return `${shape}${does === 'nothing' ? 'perfect' : does}; seed ${seed}; change it on the page`
}

/** So that what follows the commands stands in a column. */
const DOOR_WIDTH = 24
/** Longer ones get a line of their own. */
const SHORT_COMMAND = 40

async function version(): Promise<string> {
  return JSON.parse(await readFile(join(packageRoot(), 'package.json'), 'utf8')).version
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
}
