/** Flags and environment become a Config, or the list of everything that is wrong with them. */
import { isIP } from 'node:net'
import { parseArgs } from 'node:util'
import { messageOf, NetworkError, UsageError } from './errors.ts'
import { nearest } from './nearest.ts'
import type { Impairments } from './network/impairments.ts'
import { type ImpairmentName, isImpairmentName, parseImpairment } from './network/impairments-text.ts'
import { PRESETS } from './network/presets.ts'
import { HEARTBEAT } from './services/hub.ts'

export interface Config {
  /** What the dashboard listens on, when it is not loopback alone. */
  readonly host: string | undefined
  /** Ports; 0 for any free one. */
  readonly port: number
  readonly hubPort: number
  readonly tcpPort: number
  readonly udpPort: number
  readonly wsPort: number
  readonly tlsPort: number
  readonly network: 'kernel' | 'lab'
  /** Of the kernel's packets: off on the lab network unless it was asked for. */
  readonly capture: 'auto' | 'dumpcap' | 'tcpdump' | 'off'
  /** The rest is the lab network's: how it is laid out, the seed of its chance (undefined: any), and what the server's cable does. */
  readonly topology: 'switch' | 'router'
  readonly seed: number | undefined
  readonly preset: string | undefined
  readonly impairments: Partial<Impairments>
  /** What the user said, as against the defaults: a port that was asked for is not exchanged for another. */
  readonly explicit: ReadonlySet<string>
  /** Asked for by the dashboard when it is open to other machines. */
  readonly token: string | undefined
  readonly exposeServices: boolean
  /** Milliseconds. */
  readonly pingInterval: number
  readonly pingTimeout: number
  /** Bytes of frames that the trace holds. */
  readonly limitBytes: number
  /** Where recordings go that are started from the dashboard. */
  readonly recordFolder: string
  /** Labs beside the built-in ones: a folder of NN-name folders. */
  readonly labsFolder: string | undefined
}

type Reading<T> = { value: T } | { problem: string }

interface Flag<T> {
  readonly default: T
  /** For `--help`: what stands behind it; undefined for a switch. */
  readonly takes?: string
  readonly about: string
  read(text: string): Reading<T>
}

const port = (standard: number, about: string): Flag<number> => ({
  default: standard,
  takes: 'PORT',
  about: `${about} (default ${standard})`,
  read: integer(0, 65535, 'a port from 0 (any free one) to 65535'),
})

const flag = <T>(given: Flag<T>): Flag<T> => given

/** What the server's cable does to frames, both ways; netem's names and units. */
const impairment = (name: ImpairmentName, takes: string, about: string): Flag<number | undefined> => ({
  default: undefined,
  takes,
  about,
  read(text) {
    try {
      return { value: parseImpairment(name, text) }
    } catch (error) {
      return { problem: error instanceof NetworkError && error.expected ? error.expected : messageOf(error) }
    }
  },
})

const MEGABYTE = 1024 * 1024

const FLAGS = {
  port: port(3000, 'the dashboard'),
  'hub-port': port(4000, 'the Socket.IO hub'),
  'tcp-port': port(4001, 'TCP echo'),
  'udp-port': port(4002, 'UDP echo'),
  'ws-port': port(4003, 'WebSocket echo'),
  'tls-port': port(4443, 'the hub over TLS: https and wss'),
  host: flag<string | undefined>({
    default: undefined,
    takes: 'ADDRESS',
    about: 'open the dashboard to other machines, behind a token (default 127.0.0.1 and ::1)',
    read: (text) => (isIP(text) > 0 ? { value: text } : { problem: 'an IP address, such as 0.0.0.0' }),
  }),
  token: flag<string | undefined>({
    default: undefined,
    takes: 'TOKEN',
    about: 'what --host asks visitors for (default: made up at each start)',
    read: (text) =>
      /^[\w.~-]{8,200}$/.test(text) ? { value: text } : { problem: '8 or more letters, digits, and . _ ~ -' },
  }),
  'expose-services': flag<boolean>({
    default: false,
    about: 'with --host: open the hub and the echo services as well',
    read: truth,
  }),
  network: flag<Config['network']>({
    default: 'lab',
    takes: 'NETWORK',
    about: "lab: an Ethernet of Wirelab's own; kernel: this computer's own network (default lab)",
    read: (text) => (text === 'lab' || text === 'kernel' ? { value: text } : { problem: 'lab or kernel' }),
  }),
  capture: flag<Config['capture'] | undefined>({
    default: undefined,
    takes: 'TOOL',
    about: "the kernel's packets: auto, dumpcap, tcpdump or off (default off, with --network kernel auto)",
    read: (text) =>
      text === 'auto' || text === 'dumpcap' || text === 'tcpdump' || text === 'off'
        ? { value: text }
        : { problem: 'auto, dumpcap, tcpdump or off' },
  }),
  topology: flag<Config['topology']>({
    default: 'switch',
    takes: 'SHAPE',
    about: 'switch, or router: two subnets and two ways between them (default switch)',
    read: (text) =>
      text === 'switch' || text === 'router' ? { value: text } : { problem: 'switch or router' },
  }),
  seed: flag<number | undefined>({
    default: undefined,
    takes: 'N',
    about: 'the same seed and the same traffic meet the same fates (default: any)',
    read: integer(0, 999_999_999, 'a whole number from 0 to 999999999'),
  }),
  preset: flag<string | undefined>({
    default: undefined,
    takes: 'NAME',
    about: `the server's cable: ${PRESETS.map(({ id }) => id).join(', ')}`,
    read: (text) =>
      PRESETS.some(({ id }) => id === text)
        ? { value: text }
        : { problem: PRESETS.map(({ id }) => id).join(', ') },
  }),
  rate: impairment('rate', 'RATE', 'bits a second both ways, such as 1mbit'),
  delay: impairment('delay', 'TIME', 'time on the cable, each way, such as 20ms'),
  jitter: impairment('jitter', 'TIME', 'by how much the delay varies (standard deviation)'),
  loss: impairment('loss', 'SHARE', 'share of frames that are lost, such as 5%'),
  burst: impairment('burst', 'FRAMES', 'mean length of a burst of losses'),
  duplicate: impairment('duplicate', 'SHARE', 'share of frames that come twice'),
  corrupt: impairment('corrupt', 'SHARE', 'share of frames with a bit turned over'),
  reorder: impairment('reorder', 'SHARE', 'share of frames that overtake others'),
  limit: impairment('limit', 'FRAMES', 'frames that may wait for the rate'),
  'ping-interval': flag<number>({
    default: HEARTBEAT.pingInterval,
    takes: 'MS',
    about: `how often the hub pings (default ${HEARTBEAT.pingInterval})`,
    read: integer(100, 3_600_000, '100 to 3600000 milliseconds'),
  }),
  'ping-timeout': flag<number>({
    default: HEARTBEAT.pingTimeout,
    takes: 'MS',
    about: `how long it waits for the pong (default ${HEARTBEAT.pingTimeout})`,
    read: integer(100, 3_600_000, '100 to 3600000 milliseconds'),
  }),
  'record-dir': flag<string>({
    default: 'wirelab-recordings',
    takes: 'FOLDER',
    about: 'where recordings go that are started from the dashboard (default wirelab-recordings, here)',
    read: (text) => ({ value: text }),
  }),
  labs: flag<string | undefined>({
    default: undefined,
    takes: 'FOLDER',
    about: 'labs of your own, beside the built-in ones: a folder with 30-my-lab and the like in it',
    read: (text) => (text === '' ? { problem: 'a folder' } : { value: text }),
  }),
  'limit-mb': flag<number>({
    default: 256,
    takes: 'MB',
    about: 'frames held; the oldest go first (default 256)',
    read: integer(1, 65536, '1 to 65536 megabytes'),
  }),
}

type Flags = typeof FLAGS
type FlagName = keyof Flags
type Settings = { -readonly [K in FlagName]: Flags[K]['default'] }

/** `--name VALUE` and `--name=VALUE`; a setting named `WIRELAB_NAME` holds where the flag is not given. */
export function parseConfig(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
): { config: Config } | { problems: string[] } {
  const problems: string[] = []
  const explicit = new Set<string>()
  const settings: Settings = Object.fromEntries(
    Object.entries(FLAGS).map(([name, flag]) => [name, flag.default]),
  ) as Settings

  const take = (name: FlagName, text: string, said: string) => {
    const read = FLAGS[name].read(text)
    if ('problem' in read) {
      problems.push(`${said}: expected ${read.problem}; found ${JSON.stringify(text.slice(0, 60))}`)
      return
    }
    explicit.add(name)
    Object.assign(settings, { [name]: read.value })
  }

  for (const name of NAMES) {
    const variable = environmentName(name)
    const text = env[variable]
    if (text !== undefined && text !== '') take(name, text, variable)
  }
  let afterUnknown = false
  for (const token of tokens(argv)) {
    // What stands behind a flag that we don't know is probably its value.
    if (token.kind === 'positional' && !afterUnknown)
      problems.push(`${token.value}: expected a flag; wirelab --help lists them`)
    afterUnknown = token.kind === 'option' && !isFlag(token.name)
    if (token.kind !== 'option') continue
    const { name, rawName, value } = token
    if (!isFlag(name)) problems.push(unknownFlag(rawName))
    else if (isSwitch(name)) take(name, value ?? 'true', rawName)
    else if (value === undefined) problems.push(`${rawName}: expected a value behind it; found none`)
    else take(name, value, rawName)
  }
  problems.push(...contradictions(settings, explicit))
  return problems.length > 0 ? { problems } : { config: configOf(settings, explicit) }
}

/** The flags, one a line, for `--help`. */
export function flagHelp(): string {
  return NAMES.map((name) => {
    const flag: Flag<unknown> = FLAGS[name]
    return `  ${`--${name}${flag.takes === undefined ? '' : ` ${flag.takes}`}`.padEnd(24)} ${flag.about}`
  }).join('\n')
}

/** Whether an address belongs to this machine alone. */
export function isLoopback(host: string): boolean {
  return host === '::1' || /^127\./.test(host)
}

const NAMES = Object.keys(FLAGS) as FlagName[]
const isFlag = (name: string): name is FlagName => Object.hasOwn(FLAGS, name)
const isSwitch = (name: FlagName) => !('takes' in FLAGS[name])
const environmentName = (name: FlagName) => `WIRELAB_${name.toUpperCase().replaceAll('-', '_')}`

function tokens(argv: readonly string[]) {
  const options = Object.fromEntries(
    NAMES.map((name) => [name, { type: isSwitch(name) ? 'boolean' : 'string' } as const]),
  )
  return parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true }).tokens
}

function unknownFlag(rawName: string): string {
  const close = nearest(rawName.replace(/^-+/, ''), NAMES)
  return `${rawName}: no such flag${close === undefined ? '; wirelab --help lists them' : `; did you mean --${close}?`}`
}

function contradictions(settings: Settings, explicit: ReadonlySet<string>): string[] {
  const problems: string[] = []
  const open = settings.host !== undefined && !isLoopback(settings.host)
  if (settings['expose-services'] && !open) {
    problems.push('--expose-services: expected --host with it, such as --host 0.0.0.0; found none')
  }
  if (settings.network === 'kernel') {
    for (const name of NAMES.filter((each) => isLabFlag(each) && explicit.has(each))) {
      problems.push(`--${name}: expected --network lab with it; the kernel's network is left as it is`)
    }
  }
  const taken = new Map<number, string>()
  for (const name of NAMES) {
    const number = settings[name]
    // UDP has ports of its own: 4001/udp is not 4001/tcp.
    if (!name.endsWith('port') || name === 'udp-port' || typeof number !== 'number' || number === 0) continue
    const other = taken.get(number)
    if (other !== undefined && (explicit.has(name) || explicit.has(other))) {
      problems.push(`--${name} ${number}: expected a port of its own; found the same as --${other}`)
    }
    taken.set(number, name)
  }
  return problems
}

const isLabFlag = (name: string): boolean =>
  isImpairmentName(name) || name === 'topology' || name === 'seed' || name === 'preset'

function impairmentsOf(settings: Settings): Partial<Impairments> {
  const set = Object.entries(settings).filter(
    ([name, value]) => isImpairmentName(name) && value !== undefined,
  )
  return Object.fromEntries(set)
}

function configOf(settings: Settings, explicit: ReadonlySet<string>): Config {
  return {
    host: settings.host,
    port: settings.port,
    hubPort: settings['hub-port'],
    tcpPort: settings['tcp-port'],
    udpPort: settings['udp-port'],
    wsPort: settings['ws-port'],
    tlsPort: settings['tls-port'],
    network: settings.network,
    capture: settings.capture ?? (settings.network === 'lab' ? 'off' : 'auto'),
    topology: settings.topology,
    seed: settings.seed,
    preset: settings.preset,
    impairments: impairmentsOf(settings),
    explicit,
    token: settings.token,
    exposeServices: settings['expose-services'],
    pingInterval: settings['ping-interval'],
    pingTimeout: settings['ping-timeout'],
    limitBytes: settings['limit-mb'] * MEGABYTE,
    recordFolder: settings['record-dir'],
    labsFolder: settings.labs,
  }
}

function integer(least: number, most: number, expected: string): (text: string) => Reading<number> {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
    return value >= least && value <= most ? { value } : { problem: expected }
  }
}

function truth(text: string): Reading<boolean> {
  if (text === 'true' || text === '1') return { value: true }
  return text === 'false' || text === '0' ? { value: false } : { problem: 'true or false' }
}

/** For a lab that a command starts for itself: any free ports, loopback, nothing taken from the environment. */
export function privateConfig(flags: readonly string[] = []): Config {
  const ports = NAMES.filter((name) => name.endsWith('port')).map((name) => `--${name}=0`)
  const parsed = parseConfig([...ports, ...flags], {})
  if ('problems' in parsed) throw new UsageError(parsed.problems)
  return parsed.config
}
