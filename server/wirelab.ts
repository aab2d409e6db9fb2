/**
 * A whole lab, put together: services, the observer in its thread, the capture in a child process. What this
 * thread does is serve clients; whatever looks at them runs elsewhere.
 */
import { randomBytes, randomInt } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import net from 'node:net'
import os from 'node:os'
import { join, resolve } from 'node:path'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { Bench } from './bench.ts'
import { type Capture, captureInterface, type KernelStatus, startCapture } from './capture/kernel.ts'
import { besideLab, UNKNOWN_CAPTURE } from './capture-status.ts'
import { type Config, isLoopback } from './config.ts'
import type { BenchRequests, ObserverStart } from './control.ts'
import type { ServiceNode } from './dashboard/api.ts'
import type { LabNetworkNode } from './dashboard/api-network.ts'
import { dashboardHosts, dashboardNames, dashboardUrls } from './dashboard-address.ts'
import { messageOf, NetworkError } from './errors.ts'
import { watchLag } from './event-lag.ts'
import { relayEvents } from './event-relay.ts'
import { announcement } from './instances.ts'
import { kernelSite } from './kernel-site.ts'
import { LabPrograms } from './lab-programs.ts'
import { LabSite } from './lab-site.ts'
import { packageRoot } from './labs/package-root.ts'
import { ObserverThread, type Ready } from './observer-thread.ts'
import { placeAt } from './ports.ts'
import { epochNow } from './services/application-events.ts'
import { onSecret } from './services/key-log.ts'
import { formatTime } from './trace/time.ts'

export interface Wirelab {
  /** The dashboard's, from this machine. */
  readonly url: string
  /** The same, and then those for other machines. */
  readonly urls: readonly [string, ...string[]]
  /** Set where the dashboard asks for one. */
  readonly token: string | undefined
  /** Changes when the observer had to be started anew. */
  readonly run: string
  /** By service name, the dashboard's too. */
  readonly ports: Readonly<Record<string, number>>
  readonly services: readonly ServiceNode[]
  readonly capture: KernelStatus
  /** Null on the kernel's network. */
  readonly network: LabNetworkNode | null
  /** The local socket by which programs join the lab network; undefined on the kernel's. */
  readonly join: string | undefined
  /** Settles when it is known whether there will be packets: at the latest after ten seconds. */
  readonly captureKnown: Promise<void>
  /** Ends everything within a second, whoever is connected. May be called again. */
  close(): Promise<void>
}

export interface WirelabOptions {
  /** False for a lab that a command starts for itself: others won't find it. */
  readonly announce?: boolean
  readonly env?: NodeJS.ProcessEnv
  /** Where the learner's files and progress in the labs are, in `wirelab-labs` there; nowhere when left out. */
  readonly learnersFolder?: string | undefined
  /** The observer's program; our own when left out. */
  readonly observer?: URL | undefined
}

/**
 * Starts it; resolves when the dashboard listens. `talk` is told, a line at a time, what changes while it
 * runs. Rejects with a PortInUseError or a StartError; nothing is left running then.
 */
export async function startWirelab(
  config: Config,
  talk: (line: string) => void,
  options: WirelabOptions = {},
): Promise<Wirelab> {
  const lab = new Lab(config, talk, options)
  try {
    await lab.start()
    return lab
  } catch (error) {
    await lab.close()
    throw error
  }
}

const CAPTURE_KNOWN_MS = 10_000
/** So that it can be written down and given again. */
const MAX_SEED = 1_000_000

class Lab implements Wirelab {
  readonly #config: Config
  readonly #talk: (line: string) => void
  readonly #env: NodeJS.ProcessEnv
  readonly #learnersFolder: string | undefined
  readonly #programs: LabPrograms
  readonly #file: ReturnType<typeof announcement> | undefined
  readonly #startedAt = formatTime(epochNow())
  readonly token: string | undefined
  /** Where the dashboard listens. */
  readonly #hosts: readonly string[]
  readonly #observer: ObserverThread
  readonly #endings: (() => void)[] = []
  /** Ports of the services' for datagrams, on this machine and on the lab network. */
  readonly #labPorts = new Set<number>()
  #site: LabSite | undefined
  #bench: Bench | undefined
  #version = ''
  #folder = ''
  #attempt = 0
  #dashboard: { port: number; note: string | null } = { port: 0, note: null }
  #capture: Capture | undefined
  #keyLog: MessagePort | undefined
  #captureStatus: KernelStatus = UNKNOWN_CAPTURE
  /** The state that it was last in for good. */
  #captureWas: KernelStatus['state'] | undefined
  #captureKnown: () => void = () => undefined
  #closed: Promise<void> | undefined
  readonly captureKnown: Promise<void>
  run = ''
  join: string | undefined

  constructor(
    config: Config,
    talk: (line: string) => void,
    { announce = true, env = process.env, learnersFolder, observer }: WirelabOptions,
  ) {
    this.#config = config
    this.#talk = talk
    this.#env = env
    this.#learnersFolder = learnersFolder
    this.#programs = new LabPrograms({
      cwd: learnersFolder ?? packageRoot(),
      environment: () => ({
        ...this.#env,
        WIRELAB_URL: this.url,
        ...(this.join !== undefined && { WIRELAB_JOIN: this.join }),
      }),
      tell: (news) => this.#observer.channel?.tell('program', news),
    })
    this.#file = announce ? announcement() : undefined
    const { host } = config
    const open = host !== undefined && !isLoopback(host)
    this.token = config.token ?? (open ? randomBytes(16).toString('base64url') : undefined)
    this.#hosts = dashboardHosts(host)
    this.#observer = new ObserverThread({
      entry: observer,
      begin: () => this.#begin(),
      bench: this.#requests(),
      onReady: (ready) => this.#onReady(ready),
      onDeath: (cause, again) => {
        // Whoever asked for it is gone, and would never take it back.
        this.#bench?.letCablesGo()
        void this.#programs.close()
        this.#talk(`The observer has died (${cause}); the services go on.`)
        this.#talk(
          again ? 'It is started again: what was seen is gone.' : 'That was too often: restart Wirelab.',
        )
      },
    })
    this.captureKnown = new Promise((resolve) => {
      this.#captureKnown = resolve
      setTimeout(resolve, CAPTURE_KNOWN_MS).unref()
    })
  }

  async start(): Promise<void> {
    this.#version = JSON.parse(await readFile(join(packageRoot(), 'package.json'), 'utf8')).version
    // Readable by this user alone, as `mkdtemp` makes it: whoever can connect to the socket could feed us frames.
    this.#folder = await mkdtemp(join(os.tmpdir(), 'wirelab-'))
    if (this.#config.network === 'lab') {
      this.#site = this.#openSite()
      this.join = this.#localPath('join')
      await this.#site.openJoinDoor(this.join)
    }
    this.#bench = await Bench.start(this.#config, this.#site ?? kernelSite, this.#labPorts)
    const { port, explicit } = this.#config
    const wanted = { flag: 'port', port, transport: 'tcp', explicit: explicit.has('port') } as const
    const { note, started } = await placeAt(wanted, (at) => {
      this.#dashboard = { port: at, note: null }
      return this.#observer.start()
    })
    this.#dashboard = { port: started.port, note: note && `${note}; this one is at ${started.port}` }
    this.#observer.channel?.tell('services', this.#nodes())
    this.#endings.push(
      relayEvents(
        (batch) => this.#observer.channel?.ask('events', batch) ?? Promise.reject(new Error('no observer')),
      ),
      watchLag((lag) => this.#observer.channel?.tell('lag', lag)),
      onSecret((line) => this.#keyLog?.postMessage(line)),
      () => this.#keyLog?.close(),
    )
  }

  get urls(): [string, ...string[]] {
    return dashboardUrls(this.#hosts, this.#dashboard.port)
  }

  get url(): string {
    return this.urls[0]
  }

  get ports(): Record<string, number> {
    return { dashboard: this.#dashboard.port, ...this.#bench?.ports }
  }

  get services(): ServiceNode[] {
    return this.#nodes()
  }

  get capture(): KernelStatus {
    return this.#captureStatus
  }

  get network(): LabNetworkNode | null {
    return this.#site?.describe() ?? null
  }

  close(): Promise<void> {
    this.#closed ??= this.#end()
    return this.#closed
  }

  async #end(): Promise<void> {
    for (const end of this.#endings) end()
    this.#file?.remove()
    const closeBench = async () => {
      await this.#programs.close()
      await this.#bench?.close()
      await this.#site?.close()
    }
    await Promise.all([this.#capture?.stop(), closeBench(), this.#observer.close()])
    if (this.#folder !== '') await rm(this.#folder, { recursive: true, force: true })
  }

  #begin(): Omit<ObserverStart, 'port'> {
    const { network, limitBytes, labsFolder } = this.#config
    return {
      framesPath: this.#localPath(`frames-${++this.#attempt}`),
      dashboard: {
        hosts: [...this.#hosts],
        names: dashboardNames(this.#hosts),
        port: this.#dashboard.port,
        token: this.token ?? null,
      },
      network,
      labFrames: this.#site?.observe() ?? null,
      keyLog: this.#openKeyLog(),
      limitBytes,
      recordFolder: resolve(this.#config.recordFolder),
      labsFolder: labsFolder === undefined ? null : resolve(labsFolder),
      learnersFolder: this.#learnersFolder ?? null,
      version: this.#version,
      startedAt: this.#startedAt,
      services: this.#nodes(),
      heartbeat: this.#bench?.heartbeat ?? this.#config,
    }
  }

  /** The end of the key log for an observer that is about to start. */
  #openKeyLog(): MessagePort {
    const { port1, port2 } = new MessageChannel()
    this.#keyLog?.close()
    this.#keyLog = port1
    port1.unref()
    return port2
  }

  #onReady({ run, port }: Ready): void {
    this.run = run
    this.#dashboard = { ...this.#dashboard, port }
    if (this.#closed) return
    const pid = process.pid
    const more = {
      ...(this.token !== undefined && { token: this.token }),
      ...(this.join !== undefined && { join: this.join }),
    }
    this.#file?.write({ pid, run, url: this.url, ports: this.ports, ...more }).catch((error) => {
      this.#talk(`Other commands won't find this lab by themselves, use --url: ${messageOf(error)}`)
    })
    void this.#startCapture()
  }

  /** At each start of the observer, and when the user asks: a capture writes to one observer, from its beginning. */
  async #startCapture(): Promise<void> {
    await this.#capture?.stop()
    if (this.#closed) return
    const path = this.#localPath(`frames-${this.#attempt}`)
    this.#capture = startCapture({
      tool: this.#config.capture,
      interface: captureInterface(this.#bench?.exposed ?? false),
      excludePorts: [this.#dashboard.port],
      output: () => connect(path),
      env: this.#env,
      onStatus: (status) => this.#onCapture(status),
    })
  }

  #onCapture(kernel: KernelStatus): void {
    const status = this.#site === undefined ? kernel : besideLab(kernel)
    const before = this.#captureWas
    this.#captureStatus = status
    this.#observer.channel?.tell('capture', status)
    if (status.state === 'starting') return
    this.#captureWas = status.state
    this.#captureKnown()
    // What it was at first is for whoever asks; news are failures, and that one has passed.
    const news = before !== undefined && before !== status.state
    if (this.#closed || !news || (status.state !== 'failed' && before !== 'failed')) return
    for (const line of describeCapture(status)) this.#talk(line)
  }

  /** Of a local socket: in a folder that is this user's alone, or on Windows a named pipe. */
  #localPath(name: string): string {
    return process.platform === 'win32'
      ? `\\\\.\\pipe\\${this.#folder.replace(/.*[\\/]/, '')}-${name}`
      : join(this.#folder, name)
  }

  #openSite(): LabSite {
    const { topology, seed = randomInt(MAX_SEED), preset, impairments } = this.#config
    const changed = () => {
      if (this.#site !== undefined) this.#observer.channel?.tell('network', this.#site.describe())
    }
    return new LabSite({
      topology,
      seed,
      settings: { ...(preset !== undefined && { preset }), up: impairments, down: impairments },
      changed,
      isLabPort: (port) => this.#labPorts.has(port),
    })
  }

  #nodes(): ServiceNode[] {
    const { port, note } = this.#dashboard
    const dashboard: ServiceNode = {
      name: 'dashboard',
      title: 'Dashboard',
      protocol: 'HTTP',
      host: this.#hosts[0] ?? '127.0.0.1',
      port,
      state: 'listening',
      lab: null,
      tryIt: '',
      note,
    }
    return [dashboard, ...(this.#bench?.nodes() ?? [])]
  }

  #requests(): BenchRequests {
    const bench = (): Bench => {
      if (this.#bench === undefined) throw new Error('the services are not started yet')
      return this.#bench
    }
    const site = (): LabSite => {
      if (this.#site !== undefined) return this.#site
      throw new NetworkError('there is no lab network: start with --network lab', 'no-lab-network')
    }
    return {
      openRun: (request) => bench().openRun(request),
      closeRun: async ({ id }) => {
        await this.#programs.stop(id)
        await bench().closeRun(id)
      },
      runProgram: (request) => this.#programs.start(request),
      holdCable: async (request) => bench().holdCable(request),
      exchange: (request) => bench().exchange(request),
      setHeartbeat: async (heartbeat) => {
        bench().setHeartbeat(heartbeat)
        this.#observer.channel?.tell('heartbeat', heartbeat)
      },
      retryCapture: () => this.#startCapture(),
      network: async () => site().describe(),
      patchNetwork: async (patch) => site().patch(patch),
    }
  }
}

/** What is captured or in the way, and the commands that mend it: a line each. */
export function describeCapture({ message, remedy }: Pick<KernelStatus, 'message' | 'remedy'>): string[] {
  return [`Capture: ${message}`, ...remedy.map((command) => `  ${command}`)]
}

function connect(path: string): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(path)
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      socket.on('error', () => socket.destroy())
      resolve(socket)
    })
  })
}
