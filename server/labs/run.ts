/** One run of a lab: its ports, and the learner's packets on them. */
import type { Held, NetworkId, RunView, Sighting } from '../../labs/kit/lab.ts'
import type { EndpointNode } from '../dashboard/api.ts'
import type { HostNode } from '../dashboard/api-network.ts'
import type { Flow } from '../protocols/conversation.ts'
import type { Samples } from '../trace/samples.ts'
import { formatTime } from '../trace/time.ts'
import type { Trace } from '../trace/trace.ts'
import { type ProgramSocket, whoseSockets } from './owner.ts'
import { Sightings } from './sightings.ts'

/** The packets that a run keeps in mind; a run that floods the wire is judged by its first ones. */
const MAX_PACKETS = 20_000

export interface RunOptions {
  readonly id: string
  /** Nanoseconds since 1970. */
  readonly startedAt: bigint
  readonly trace: Trace
  readonly network: NetworkId
  readonly ports: Readonly<Record<string, number>>
  readonly samples?: Samples | undefined
  /** Behind this packet the run's begin; behind the last there is when left out. */
  readonly after?: number
  /** Something was found out that took its time: look again. */
  readonly onChange?: () => void
}

/** Whose a conversation is; `ours` the lab's own, `asked` while it is being found out. */
type Belongs = 'own' | 'foreign' | 'unknown' | 'ours' | 'asked'

const MAX_STRANGERS = 1000
const NOWHERE = '240.0.0.1'

export class LabRun implements RunView {
  readonly id: string
  readonly startedAt: bigint
  readonly network: NetworkId
  readonly ports: Readonly<Record<string, number>>
  readonly #options: RunOptions
  readonly #portSet: ReadonlySet<number>
  readonly #after: number
  /** The learner's; and those of anybody on the run's ports, which some steps are done with. */
  readonly #mine: Sightings
  readonly #anybody: Sightings
  #scanned: number
  /** Of the trace. */
  #revisions: number
  #revision = 0
  /** More is known now than when packets were passed over. */
  #again = false
  /** Process groups of the learner's programs; while there are none, everybody on the run's ports is the learner. */
  readonly #groups = new Set<number>()
  readonly #belongs = new Map<string, Belongs>()
  /** Conversations that wait to be looked up, and the looking up that is going on. */
  readonly #asking: Flow[] = []
  #asked: Promise<void> | undefined
  #askedUntil = 0
  /** Lab addresses of the learner's: of joined programs in the order in which they came, and of the gateway. */
  readonly #joined = new Set<string>()
  readonly #addresses = new Set<string>()
  /** Clients of the lab's own, whose packets are nobody's. */
  readonly #ours = new Set<string>()
  readonly #oursSaid: number[] = []
  readonly #strangers = new Map<string, EndpointNode>()
  readonly #held = new Map<string, Held[]>()

  constructor(options: RunOptions) {
    const { id, startedAt, trace, network, ports } = options
    this.id = id
    this.startedAt = startedAt
    this.network = network
    this.ports = ports
    this.#options = options
    this.#portSet = new Set(Object.values(ports))
    this.#after = options.after ?? trace.last
    this.#scanned = this.#after
    this.#revisions = trace.revisions
    const resolve = (filter: string) => this.#resolveFilter(filter)
    this.#mine = new Sightings(trace, resolve)
    this.#anybody = new Sightings(trace, resolve)
  }

  /** Takes in what has come since the last call; true if something of the learner's was among it. */
  advance(): boolean {
    const { trace } = this.#options
    const revision = this.#revision
    // Packets may turn out to hold more than was seen in them.
    if (this.#revisions !== trace.revisions) this.#revision++
    this.#revisions = trace.revisions
    const before = this.#mine.size + this.#anybody.size
    if (this.#again) this.#startOver()
    this.#scanned = Math.max(this.#scanned, trace.first - 1)
    while (this.#scanned < trace.last && this.#anybody.size < MAX_PACKETS) {
      const number = this.#scanned + 1
      const flow = trace.flowOf(number)
      const belongs = flow === undefined ? this.#belongsAlone(number) : this.#belongsTo(flow)
      if (this.#again) {
        this.#startOver()
        continue
      }
      // What comes behind has to wait: packets are found in the order of capture.
      if (belongs === 'asked') {
        this.#askAhead()
        break
      }
      this.#scanned = number
      if (belongs === 'ours') this.#oursSaid.push(number)
      if (belongs === undefined || belongs === 'ours') continue
      this.#anybody.add(number)
      if (belongs !== 'foreign') this.#mine.add(number)
    }
    if (this.#mine.size + this.#anybody.size > before) this.#revision++
    return this.#revision > revision
  }

  /** Changes with all that a step may be judged by. */
  get revision(): number {
    return this.#revision
  }

  /** Takes in all that has come by now, when it is known whose it is. */
  async settled(): Promise<void> {
    this.advance()
    while (this.#asked !== undefined) {
      await this.#asked
      this.advance()
    }
  }

  find(filter: string): readonly Sighting[] {
    return this.#mine.find(filter)
  }

  /** The run as steps see it that are done with netcat, a browser or the page. */
  get byHand(): RunView {
    const { network, ports } = this
    return {
      network,
      ports,
      find: (filter) => this.#anybody.find(filter),
      held: (step) => this.held(step),
      samples: (flow) => this.samples(flow),
    }
  }

  held(step: string): readonly Held[] {
    return this.#held.get(step) ?? []
  }

  samples(id: string): ReturnType<RunView['samples']> {
    const { samples, trace } = this.#options
    const number = this.#mine.numberOf(id)
    const flow = number === undefined ? undefined : trace.flowOf(number)
    if (samples === undefined || flow === undefined || number === undefined) return { client: [], server: [] }
    const begun = Number(trace.frame(number)?.time ?? 0n) / 1e6
    return {
      client: samples.of(flow.client, flow.server, begun),
      server: samples.of(flow.server, flow.client, begun),
    }
  }

  /** The lab has done something to the cable for a step. */
  addHeld(step: string, held: Held): void {
    this.#revision++
    this.#held.set(step, [...this.held(step), held])
  }

  get allHeld(): ReadonlyMap<string, readonly Held[]> {
    return this.#held
  }

  /** From now on only conversations of these processes, and of those that they start, are the learner's. */
  addPrograms(pids: readonly number[]): void {
    for (const pid of pids) this.#groups.add(pid)
  }

  /** A client of the lab's own calls from there: it is not the learner. */
  addOurs(clients: readonly EndpointNode[]): void {
    for (const { address, port } of clients) this.#ours.add(`${address} ${port}`)
  }

  /** Clients that were found to be of other programs. */
  addStrangers(clients: readonly EndpointNode[]): void {
    for (const client of clients) this.#strangers.set(`${client.address} ${client.port}`, client)
  }

  get strangers(): readonly EndpointNode[] {
    return [...this.#strangers.values()].slice(0, MAX_STRANGERS)
  }

  /** Who is on the lab network now. */
  setHosts(hosts: readonly Pick<HostNode, 'run' | 'address'>[]): void {
    for (const { run, address } of hosts) {
      if (run !== this.id || this.#joined.has(address)) continue
      this.#joined.add(address)
      this.#learnt(address)
    }
  }

  /** Numbers of the packets that whoever grades the run needs: all on its ports, and what the lab said at its beginning. */
  get toHandIn(): readonly number[] {
    return [...this.#anybody.numbers, ...this.#oursSaid].sort((a, b) => a - b)
  }

  /** Lab addresses of the joined programs. */
  get joined(): readonly string[] {
    return [...this.#joined]
  }

  /** Words with the run's ports in the place of `$TCP` and its like. */
  resolve(words: string): string {
    const [me] = this.#joined
    return words.replace(/\$([A-Z]+\d?)\b/g, (whole, name: string) =>
      String((name === 'ME' ? me : this.ports[name]) ?? whole),
    )
  }

  /** Ready to paste; `$ME` is an address that nobody has while no program has joined. */
  #resolveFilter(filter: string): string {
    return this.resolve(filter).replaceAll('$ME', NOWHERE)
  }

  /** Whose a conversation is; undefined when it is not on the run's ports. */
  #belongsTo(flow: Flow): Belongs | undefined {
    const { client, server } = flow
    if (!this.#portSet.has(server.port) && !this.#portSet.has(client.port)) return undefined
    if (this.#ours.has(`${client.address} ${client.port}`)) return 'ours'
    if (this.#strangers.has(`${client.address} ${client.port}`)) return 'foreign'
    const known = this.#belongs.get(flow.id) ?? this.#groupless()
    if (known !== undefined) {
      if (known === 'own' || known === 'unknown') this.#claim(client.address)
      return known
    }
    this.#belongs.set(flow.id, 'asked')
    this.#asking.push(flow)
    this.#asked ??= this.#ask()
    return 'asked'
  }

  /** All that wait are looked up at once. */
  async #ask(): Promise<void> {
    // Whoever asks goes on asking in this turn.
    await Promise.resolve()
    const flows = this.#asking.splice(0)
    // At the door to the lab network a program keeps its port.
    const sockets = flows.map(({ transport, client }): ProgramSocket => {
      return { transport, port: client.port, remotePorts: this.#portSet }
    })
    const whose = whoseSockets(sockets, this.#groups)
    for (const [at, { id, client }] of flows.entries()) {
      const found = this.#joined.has(client.address) ? 'own' : (whose[at] ?? 'unknown')
      this.#belongs.set(id, found)
      if (found === 'foreign') this.addStrangers([{ address: client.address, port: client.port }])
    }
    this.#asked = undefined
    this.#options.onChange?.()
  }

  #askAhead(): void {
    const { trace } = this.#options
    this.#askedUntil = Math.max(this.#askedUntil, this.#scanned)
    while (this.#askedUntil < trace.last) {
      const flow = trace.flowOf(++this.#askedUntil)
      if (flow !== undefined) this.#belongsTo(flow)
    }
  }

  #groupless(): Belongs | undefined {
    return this.#groups.size === 0 ? 'unknown' : undefined
  }

  /** A host that calls the run's services is the learner's, and so are its ARP, ICMP and fragments. */
  #claim(address: string): void {
    if (this.network === 'lab' && !this.#addresses.has(address)) this.#learnt(address)
  }

  /** Packets that were passed over before this was known may be the learner's. */
  #learnt(address: string): void {
    this.#addresses.add(address)
    this.#again = true
    this.#options.onChange?.()
  }

  #startOver(): void {
    this.#revision++
    this.#again = false
    this.#mine.clear()
    this.#anybody.clear()
    this.#oursSaid.length = 0
    this.#scanned = this.#after
  }

  /** A packet of no conversation: of a host of the learner's, or about a port of the run. */
  #belongsAlone(number: number): Belongs | undefined {
    const { trace } = this.#options
    const packet = trace.packet(number)
    if (typeof packet === 'string') return undefined
    const values = (field: string) => Sightings.values(packet, field)
    const hosts = ['ip.src', 'ip.dst', 'arp.src.proto_ipv4', 'arp.dst.proto_ipv4'].flatMap(values)
    if (hosts.some((address) => this.#addresses.has(String(address)))) return 'unknown'
    const quoted = ['udp.port', 'tcp.port'].flatMap(values)
    return quoted.some((port) => this.#portSet.has(Number(port))) ? 'unknown' : undefined
  }

  /** When it began, as the API writes times. */
  get startTime(): string {
    return formatTime(this.startedAt)
  }
}
