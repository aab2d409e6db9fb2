/** How the lab stood from its start on, as far as that is still held: what its packets alone don't tell. */
import type { SessionAbout, SessionItem, SessionNetwork, SessionServices } from '../capture/session-item.ts'
import { epochNow } from '../services/application-events.ts'
import type { Samples } from '../trace/samples.ts'
import type { ServiceNames } from '../trace/service-names.ts'
import { formatTime } from '../trace/time.ts'
import type { Trace } from '../trace/trace.ts'
import type { HeartbeatNode, ServiceNode } from './api.ts'
import type { LabNetworkNode } from './api-network.ts'
import { networkWords } from './session-words.ts'

/** Changes that are kept; of older ones only what came of them. */
const MAX_CHANGES = 1000
/** How often what only counts up, such as connections and frames inside a cable, is noted. */
const COUNTS_EVERY_NS = 1_000_000_000n

/** The bench tells of a change 20 times a second at most: what is told so soon behind a time was so, or came to be, then. */
const TOLD_WITHIN_NS = 60_000_000n

/** Something that was so from a time on. */
export interface Change {
  /** Counts up by one. */
  readonly number: number
  /** Nanoseconds since 1970. */
  readonly time: bigint
  readonly item: SessionItem
  /** For people, where it is worth a line. */
  readonly comment?: string | undefined
}

export interface SessionLogOptions {
  readonly about: Pick<SessionAbout, 'version' | 'startedAt' | 'network'>
  /** Of the clients' end, or on the kernel's network the only one. */
  readonly trace: Trace
  readonly names: ServiceNames
  /** What ends tell of their connections; undefined on the kernel's network. */
  readonly samples: Samples | undefined
  /** Nanoseconds since 1970. */
  readonly now?: () => bigint
}

export class SessionLog {
  readonly trace: Trace
  readonly samples: Samples | undefined
  readonly #about: SessionLogOptions['about']
  readonly #names: ServiceNames
  readonly #now: () => bigint
  /** How it stood before the oldest change that is held. */
  #base: { services?: SessionServices; network?: SessionNetwork } = {}
  #changes: Change[] = []
  #count = 0
  #services: ServiceNode[] = []
  #heartbeat: HeartbeatNode = { pingInterval: 0, pingTimeout: 0 }
  #toldServices = ''
  #network: LabNetworkNode | undefined
  #toldNetwork = ''
  #toldSettings = ''
  #toldAt = 0n

  constructor(options: SessionLogOptions) {
    this.trace = options.trace
    this.samples = options.samples
    this.#about = options.about
    this.#names = options.names
    this.#now = options.now ?? epochNow
  }

  get services(): readonly ServiceNode[] {
    return this.#services
  }

  /** As it is now. */
  get network(): LabNetworkNode | undefined {
    return this.#network
  }

  setServices(services: ServiceNode[], heartbeat: HeartbeatNode): void {
    this.#services = services
    this.#heartbeat = heartbeat
    this.#noteServices()
  }

  setNetwork(network: LabNetworkNode): void {
    this.#network = network
    this.#noteNetwork(false)
  }

  about(at: SessionAbout['at'], filtered: boolean): SessionAbout {
    return { kind: 'session', ...this.#about, run: this.trace.run, at, filtered }
  }

  /** How it stood at a time, as far back as is known, and the number of the last change until then. */
  standing(time: bigint): { items: SessionItem[]; change: number } {
    this.#noteServices()
    this.#noteNetwork(true)
    let [services, network, change] = [this.#base.services, this.#base.network, 0]
    for (const { number, time: since, item } of this.#changes) {
      change = number - 1
      // What came first was so before it was told.
      const first = item.kind === 'services' ? services === undefined : network === undefined
      if (since > time && !first) break
      if (item.kind === 'services') services = item
      if (item.kind === 'network') network = withPresets(item, network)
      change = number
    }
    return { items: [services, network].filter((item) => item !== undefined), change }
  }

  /** The network at a time, as far back as is known. */
  networkAt(time: bigint): LabNetworkNode | undefined {
    const network = this.standing(time + TOLD_WITHIN_NS).items.find((item) => item.kind === 'network')
    return network?.node
  }

  /** What has changed since, oldest first. With `all` also what is otherwise told once in a while. */
  changesAfter(number: number, all: boolean): readonly Change[] {
    this.#noteServices()
    this.#noteNetwork(all)
    const first = this.#changes[0]?.number ?? this.#count + 1
    return this.#changes.slice(Math.max(0, number + 1 - first))
  }

  #noteServices(): void {
    const ports = this.#names.list()
    const item = { kind: 'services', services: this.#services, ports, heartbeat: this.#heartbeat } as const
    const told = JSON.stringify(item)
    if (told === this.#toldServices) return
    this.#toldServices = told
    this.#add({ ...item, services: [...this.#services] })
  }

  #noteNetwork(all: boolean): void {
    const network = this.#network
    if (network === undefined) return
    const time = this.#now()
    const settings = JSON.stringify(settingsOf(network))
    const changed = settings !== this.#toldSettings
    if (!changed && !all && time - this.#toldAt < COUNTS_EVERY_NS) return
    const told = JSON.stringify(network)
    if (told === this.#toldNetwork) return
    const first = this.#toldNetwork === ''
    const comment = changed && !first ? networkWords(network) : undefined
    this.#toldNetwork = told
    this.#toldSettings = settings
    this.#toldAt = time
    // The presets are always the same.
    const node = first ? network : { ...network, presets: [] }
    this.#add({ kind: 'network', time: formatTime(time), node }, comment)
  }

  #add(item: SessionItem, comment?: string): void {
    this.#changes.push({ number: ++this.#count, time: this.#now(), item, comment })
    if (this.#changes.length <= MAX_CHANGES) return
    const gone = this.#changes.shift()?.item
    if (gone?.kind === 'services') this.#base.services = gone
    if (gone?.kind !== 'network') return
    this.#base.network = withPresets(gone, this.#base.network)
  }
}

function withPresets(item: SessionNetwork, before: SessionNetwork | undefined): SessionNetwork {
  const presets = before?.node.presets ?? item.node.presets
  return { ...item, node: { ...item.node, presets } }
}

/** What somebody set, as against what counts up by itself. */
function settingsOf(network: LabNetworkNode): unknown {
  return {
    ...network,
    presets: [],
    hosts: network.hosts.map(({ connections: _, ...host }) => host),
    cables: network.cables.map(({ inside: _, ...cable }) => cable),
    chosen: network.chosen.map(({ met: _, matched: __, ...chosen }) => chosen),
  }
}
