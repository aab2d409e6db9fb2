/** `wirelab doctor`: what this machine lacks for the lab, and the command that mends each. */
import dgram from 'node:dgram'
import net from 'node:net'
import os from 'node:os'
import { versions } from 'node:process'
import { parseArgs } from 'node:util'
import { findProgram } from '../capture/find-program.ts'
import { captureInterface } from '../capture/kernel.ts'
import { checkCapture } from '../capture/permission.ts'
import { installCommand, readSystem, type System } from '../capture/remedy.ts'
import { type Config, parseConfig } from '../config.ts'
import { systemCode } from '../errors.ts'
import { type Instance, instancesFolder, listInstances } from '../instances.ts'
import { portOwner } from '../port-owner.ts'
import type { CommandIo } from './command.ts'

export const summary = 'what is missing here, and the command that mends it'

export const usage = `wirelab doctor [--json]

Says whether the lab can run here: Node, the network, permission to capture where that is needed, ::1, tools,
the default ports; and for each that is not well, the command that mends it.

  --json                the same as JSON
  -h, --help            this text

Exit code: 0 the lab can run, 1 something is missing.
`

export interface Check {
  readonly id: string
  /** `missing` keeps the lab from running or capturing; `note` only says what one could have. */
  readonly state: 'ok' | 'note' | 'missing'
  readonly message: string
  /** Commands in order, to copy; empty when there is nothing to mend. */
  readonly remedy: readonly string[]
}

type Io = Pick<CommandIo, 'stdout' | 'env' | 'colour'>

/** Rejects with what `parseArgs` throws when the words are wrong. */
export async function run(argv: string[], io: Io): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    io.stdout.write(usage)
    return 0
  }
  const checks = await examine(io.env)
  const ok = checks.every((check) => check.state !== 'missing')
  io.stdout.write(
    values.json ? `${JSON.stringify({ ok, checks }, null, 2)}\n` : render(checks, ok, io.colour),
  )
  return ok ? 0 : 1
}

async function examine(env: NodeJS.ProcessEnv): Promise<Check[]> {
  const [system, instances] = await Promise.all([readSystem(env), listInstances(instancesFolder(env))])
  return Promise.all([
    checkNode(),
    checkNetwork(env),
    checkCapturing(env),
    checkIpv6(),
    ...TOOLS.map((tool) => checkTool(tool, system, env)),
    ...checkPorts(env, instances),
  ])
}

const NODE_NEEDED = [20, 19] as const

function checkNode(): Check {
  const [major = 0, minor = 0] = versions.node.split('.').map(Number)
  const [neededMajor, neededMinor] = NODE_NEEDED
  const enough = major > neededMajor || (major === neededMajor && minor >= neededMinor)
  const needed = NODE_NEEDED.join('.')
  return {
    id: 'node',
    state: enough ? 'ok' : 'missing',
    message: `Node ${versions.node}${enough ? '' : `; ${needed} or later is needed`}`,
    remedy: enough ? [] : ['npx --yes node@22 …  # or install it from https://nodejs.org'],
  }
}

/** Wrong settings are a finding of their own: this goes by the default then. */
function networkOf(env: NodeJS.ProcessEnv): Config['network'] {
  const parsed = parseConfig([], env)
  return 'config' in parsed ? parsed.config.network : 'lab'
}

function checkNetwork(env: NodeJS.ProcessEnv): Check {
  const message =
    networkOf(env) === 'lab'
      ? "Wirelab's own, with every frame to be seen: no permission is needed"
      : "this computer's own; its packets have to be captured"
  return { id: 'network', state: 'ok', message, remedy: [] }
}

/** The lab network shows its frames by itself: there a capture is only something one could have. */
async function checkCapturing(env: NodeJS.ProcessEnv): Promise<Check> {
  const { choice, message, remedy } = await checkCapture({ interface: captureInterface(false), env })
  if (choice !== undefined) return { id: 'capture', state: 'ok', message, remedy }
  if (networkOf(env) === 'kernel') return { id: 'capture', state: 'missing', message, remedy }
  return { id: 'capture', state: 'note', message: `only for --network kernel: ${message}`, remedy }
}

async function checkIpv6(): Promise<Check> {
  const there = (await tryTcp('::1', 0)) === undefined
  if (there) return { id: '::1', state: 'ok', message: 'IPv6 loopback is there', remedy: [] }
  return {
    id: '::1',
    state: 'note',
    message: 'there is no IPv6 loopback: the lab listens on 127.0.0.1 only',
    remedy: os.platform() === 'linux' ? ['sudo sysctl -w net.ipv6.conf.lo.disable_ipv6=0'] : [],
  }
}

interface Tool {
  readonly names: readonly string[]
  readonly purpose: string
  /** Package names by system. */
  readonly packages: Parameters<typeof installCommand>[1]
}

const TOOLS: readonly Tool[] = [
  {
    names: ['nc', 'ncat', 'netcat'],
    purpose: 'to type into a TCP or UDP connection',
    packages: {
      debian: 'netcat-openbsd',
      fedora: 'nmap-ncat',
      arch: 'openbsd-netcat',
      alpine: 'netcat-openbsd',
      suse: 'netcat-openbsd',
    },
  },
  {
    names: ['tshark'],
    purpose: 'to compare what Wireshark says',
    packages: {
      debian: 'tshark',
      fedora: 'wireshark-cli',
      arch: 'wireshark-cli',
      alpine: 'tshark',
      suse: 'wireshark',
      macos: 'wireshark',
    },
  },
  {
    names: ['chromium', 'chromium-browser', 'google-chrome'],
    purpose: "for Wirelab's own browser tests",
    packages: {
      debian: 'chromium',
      fedora: 'chromium',
      arch: 'chromium',
      alpine: 'chromium',
      suse: 'chromium',
    },
  },
]

async function checkTool(
  { names, purpose, packages }: Tool,
  system: System,
  env: NodeJS.ProcessEnv,
): Promise<Check> {
  const [id = ''] = names
  const found = await Promise.all(names.map((name) => findProgram(name, env)))
  const program = found.find((each) => each?.executable)
  if (program !== undefined) return { id, state: 'ok', message: program.path, remedy: [] }
  const install = installCommand(system, packages)
  return {
    id,
    state: 'note',
    message: `not installed; it is good ${purpose}`,
    remedy: install === undefined ? [] : [install],
  }
}

const PORTS: readonly { flag: string; setting: PortSetting; transport: 'tcp' | 'udp'; what: string }[] = [
  { flag: 'port', setting: 'port', transport: 'tcp', what: 'dashboard' },
  { flag: 'hub-port', setting: 'hubPort', transport: 'tcp', what: 'Socket.IO hub' },
  { flag: 'tcp-port', setting: 'tcpPort', transport: 'tcp', what: 'TCP echo' },
  { flag: 'udp-port', setting: 'udpPort', transport: 'udp', what: 'UDP echo' },
  { flag: 'ws-port', setting: 'wsPort', transport: 'tcp', what: 'WebSocket echo' },
  { flag: 'tls-port', setting: 'tlsPort', transport: 'tcp', what: 'hub over TLS' },
]
type PortSetting = 'port' | 'hubPort' | 'tcpPort' | 'udpPort' | 'wsPort' | 'tlsPort'

function checkPorts(env: NodeJS.ProcessEnv, instances: readonly Instance[]): Promise<Check>[] {
  const parsed = parseConfig([], env)
  if ('problems' in parsed) {
    const message = parsed.problems.join('; ')
    return [Promise.resolve({ id: 'settings', state: 'missing', message, remedy: [] })]
  }
  return PORTS.map((port) => checkPort(port, parsed.config, instances))
}

async function checkPort(
  { flag, setting, transport, what }: (typeof PORTS)[number],
  config: Config,
  instances: readonly Instance[],
): Promise<Check> {
  const port = config[setting]
  const id = `port ${port}/${transport}`
  const taken = transport === 'tcp' ? await tryTcp('127.0.0.1', port) : await tryUdp(port)
  if (taken === undefined) return { id, state: 'ok', message: `free for the ${what}`, remedy: [] }
  const elsewhere = `npm start -- --${flag} 0`
  if (taken !== 'EADDRINUSE') {
    return { id, state: 'missing', message: `can't be had for the ${what}: ${taken}`, remedy: [elsewhere] }
  }
  const instance = instances.find((each) => Object.values(each.ports).includes(port))
  if (instance !== undefined) {
    const message = `the running lab's (process ${instance.pid}, ${instance.url})`
    return { id, state: 'ok', message, remedy: [] }
  }
  const owner = await portOwner(port, transport)
  const whom = owner === undefined ? 'another program' : `process ${owner.pid}: ${owner.command}`
  const message = `in use by ${whom}; the ${what} would take another port`
  return { id, state: 'note', message, remedy: [elsewhere] }
}

/** The system's code for why one can't listen there; `undefined` when one can. */
function tryTcp(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = net.createServer()
    server.once('error', (error) => resolve(systemCode(error) ?? 'unknown'))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)))
  })
}

function tryUdp(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = dgram.createSocket('udp4')
    socket.once('error', (error) => {
      socket.close()
      resolve(systemCode(error) ?? 'unknown')
    })
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => socket.close(() => resolve(undefined)))
  })
}

const SIGNS: Readonly<Record<Check['state'], { sign: string; colour: number }>> = {
  ok: { sign: '✓', colour: 32 },
  note: { sign: '–', colour: 33 },
  missing: { sign: '✗', colour: 31 },
}

function render(checks: readonly Check[], ok: boolean, colour: boolean): string {
  const width = Math.max(...checks.map((check) => check.id.length))
  const lines = checks.flatMap(({ id, state, message, remedy }) => {
    const { sign, colour: code } = SIGNS[state]
    const painted = colour ? `\x1b[${code}m${sign}\x1b[0m` : sign
    return [
      `${painted} ${id.padEnd(width)}  ${message}`,
      ...remedy.map((line) => `${' '.repeat(width + 6)}${line}`),
    ]
  })
  const verdict = ok ? 'The lab can run here.' : 'Something is missing: run the commands above.'
  return `${lines.join('\n')}\n\n${verdict}\n`
}
