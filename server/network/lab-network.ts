/**
 * The lab network, put together: hosts, their cables, and a switch between them, or two switches with routers
 * between those. The cable of each server is impaired, the clients' are ideal.
 *
 *     switch                      router
 *     clients ── switch ══ server     clients ── switch ── R1 ──r1-r2── R2 ── switch ══ server
 *                                                           └─r1-r3─ R3 ─r3-r2─┘
 */
import type { CableHold, HostNode, LabNetworkNode, NetworkPatch } from '../dashboard/api-network.ts'
import { NetworkError } from '../errors.ts'
import { ipv4Text, macOf, macText, parseIpv4 } from './address.ts'
import { AddressPool } from './address-pool.ts'
import type { Clock } from './clock.ts'
import { Host, type HostOptions } from './host.ts'
import type { Impairments } from './impairments.ts'
import type { Joined, JoinOptions } from './join.ts'
import { addTally, emptyTally, type FrameIds, Link, type Tally } from './link.ts'
import { NetworkSettings } from './network-settings.ts'
import { ClientPort, type Receive, ServerPort } from './ports.ts'
import { PRESETS } from './presets.ts'
import { type Random, seeded } from './random.ts'
import { RouterNetwork } from './router-network.ts'
import { Switch } from './switch.ts'
import type { Direction, Tap } from './tap.ts'
import type { TcpHandle, TcpSample } from './tcp/connection-api.ts'

export interface LabNetworkOptions {
  readonly clock: Clock
  /** A whole number of 32 bits. The same seed and the same traffic meet the same fates. */
  readonly seed: number
  readonly topology?: 'switch' | 'router'
  readonly tap?: Tap | undefined
  /** Hosts, cables or settings have changed: `describe` says something else. */
  readonly onChange?: () => void
  /** Bytes of an IP packet; 1500 unless said otherwise. */
  readonly mtu?: number
  readonly tcp?: NonNullable<HostOptions['tcp']>
  readonly onSample?: (host: Host, connection: TcpHandle, sample: TcpSample) => void
}

const PREFIX = 24
const ETHERNET_HEADER = 14
const DEFAULT_MTU = 1500
/** Where hosts live: the server, further servers, clients; in its subnet each. */
const SERVERS = dotted('10.0.0.0')
const CLIENTS_WITH_ROUTER = dotted('10.0.1.0')
const SERVER = 1
const FURTHER_SERVERS = [20, 99] as const
const CLIENTS = [100, 253] as const
const GATEWAY = 254

function dotted(text: string): number {
  const address = parseIpv4(text)
  if (address === undefined) throw new Error(`${text} is no IPv4 address`)
  return address
}

/** Somebody on a switch. */
interface Member {
  readonly name: string
  readonly kind: 'server' | 'client'
  readonly door: HostNode['door']
  readonly remote: string | null
  readonly run?: string | undefined
  readonly address: number
  readonly mac: number
  /** Undefined for one that runs in another program. */
  readonly host: Host | undefined
  readonly port: ServerPort | ClientPort
}

export class LabNetwork {
  readonly topology: 'switch' | 'router'
  /** 10.0.0.1 */
  readonly server: Host
  readonly #options: LabNetworkOptions
  readonly #clock: Clock
  readonly #ids: FrameIds = { next: 0 }
  readonly #settings: NetworkSettings
  readonly #random: Random
  /** Of the servers, and of the clients: the same one unless there are routers between. */
  readonly #serverSwitch: Switch
  readonly #clientSwitch: Switch
  /** What never meets a server's cable passes here: no delay, but a turn of its own, and a place to be seen. */
  readonly #ideal: Link
  readonly #routers: RouterNetwork | undefined
  readonly #members = new Set<Member>()
  /** Cables of servers that are gone: what is on them still arrives. */
  readonly #draining = new Set<Link>()
  /** What those had to tell. */
  readonly #past = { up: emptyTally(), down: emptyTally() }
  readonly #serverAddresses: AddressPool
  readonly #clientAddresses: AddressPool
  #born = 0

  constructor(options: LabNetworkOptions) {
    const { clock, topology = 'switch', tap } = options
    this.#options = options
    this.#clock = clock
    this.topology = topology
    this.#random = seeded(options.seed)
    this.#settings = new NetworkSettings(clock, options.seed, {
      cables: () => this.#cables().map(({ name }) => name),
      impairedCables: () => this.#serverPorts().map(({ link }) => link.name),
      settled: () => this.#settle(),
      seeded: (seed) => {
        for (const { link } of this.#serverPorts()) link.seed(seeded(seed).fork(link.name))
      },
      changed: () => options.onChange?.(),
    })
    const clients = topology === 'router' ? CLIENTS_WITH_ROUTER : SERVERS
    this.#serverAddresses = new AddressPool(clock, SERVERS + FURTHER_SERVERS[0], SERVERS + FURTHER_SERVERS[1])
    this.#clientAddresses = new AddressPool(clock, clients + CLIENTS[0], clients + CLIENTS[1])
    this.#ideal = new Link({
      name: 'clients',
      clock,
      random: this.#random.fork('clients'),
      tap,
      ids: this.#ids,
    })
    this.#serverSwitch = new Switch(clock)
    this.#clientSwitch = topology === 'router' ? new Switch(clock) : this.#serverSwitch
    if (topology === 'router') {
      this.#routers = new RouterNetwork({
        clock,
        random: this.#random,
        tap,
        ids: this.#ids,
        ideal: this.#ideal,
        clients: this.#clientSwitch,
        servers: this.#serverSwitch,
        mtu: options.mtu ?? DEFAULT_MTU,
      })
    }
    this.server = this.#addHost('server', 'server', 'direct', null, SERVERS + SERVER)
  }

  /** A further server, behind a cable that is impaired as the first one's is. Throws a NetworkError when the subnet is full. */
  addServer(name: string, door: HostNode['door'], remote?: string): Host {
    return this.#addHost('server', name, door, remote ?? null, this.#take('server'))
  }

  /** Throws a NetworkError when the subnet is full. */
  addClient(name: string, door: HostNode['door'], remote?: string): Host {
    return this.#addHost('client', name, door, remote ?? null, this.#take('client'))
  }

  /** Closes it and takes it off; its address rests for a while. The first server stays. */
  remove(host: Host): void {
    const member = [...this.#members].find((each) => each.host === host)
    if (member === undefined || host === this.server) return
    // While the cable is still there: its connections end with a RST that the others see.
    host.close()
    this.#takeOff(member)
  }

  /** Throws a NetworkError when the subnet is full. */
  join({ name, role, run, send }: JoinOptions): Joined {
    const address = this.#take(role)
    const port = this.#port(role, name, address, send)
    const member: Member = {
      name,
      kind: role,
      door: 'joined',
      remote: null,
      run,
      address,
      mac: macOf(address),
      host: undefined,
      port,
    }
    this.#plug(member)
    const gateway = this.#gateway(role)
    const longest = (this.#options.mtu ?? DEFAULT_MTU) + ETHERNET_HEADER
    return {
      address,
      mac: member.mac,
      prefix: PREFIX,
      ...(gateway === undefined ? {} : { gateway }),
      receive: (frame) => {
        if (frame.length >= ETHERNET_HEADER && frame.length <= longest) port.send(frame)
      },
      leave: () => {
        if (this.#members.has(member)) this.#takeOff(member)
      },
    }
  }

  /** What the servers' cables do in one direction. */
  impairments(direction: Direction): Impairments {
    return this.#settings.impairments(direction)
  }

  get seed(): number {
    return this.#settings.seed
  }

  /** All of it or, with a NetworkError that names the field, nothing. */
  patch(patch: NetworkPatch): void {
    this.#settings.patch(patch)
  }

  /**
   * Somebody else than the user, named by `by`, does this to the cables until they let go, instead of what they held
   * before. It lies on top of what `patch` has set. Throws a NetworkError, and nothing has changed, when it can't be.
   */
  hold(by: string, wanted: CableHold): void {
    this.#settings.hold(by, wanted)
  }

  letGo(by: string): void {
    this.#settings.letGo(by)
  }

  /** What became of the frames on all servers' cables since the network began. */
  tally(direction: Direction): Readonly<Tally> {
    const sum = emptyTally()
    addTally(sum, this.#past[direction])
    for (const { link } of this.#serverPorts()) addTally(sum, link[direction].tally)
    return sum
  }

  describe(): LabNetworkNode {
    return {
      network: 'lab',
      topology: this.topology,
      seed: this.#settings.seed,
      up: { ...this.impairments('up') },
      down: { ...this.impairments('down') },
      preset: this.#settings.preset,
      presets: PRESETS.map((preset) => ({ ...preset, up: { ...preset.up }, down: { ...preset.down } })),
      hosts: [...[...this.#members].map(hostNode), ...(this.#routers?.hosts() ?? [])],
      cables: this.#cables().map(({ name, between, link }) => ({
        name,
        between,
        cut: link.cut,
        inside: link.inside,
      })),
      chosen: this.#settings.choices(),
      undo: this.#settings.undo,
    }
  }

  /** Ends every connection and every timer. */
  close(): void {
    for (const { host } of this.#members) host?.close()
    this.#routers?.close()
    for (const link of [this.#ideal, ...this.#serverPorts().map((port) => port.link), ...this.#draining])
      link.close()
    for (const { link } of this.#serverPorts()) this.#goneBy(link)
    for (const { port, kind } of this.#members) this.#switch(kind).unplug(port)
    this.#members.clear()
  }

  #goneBy(link: Link): void {
    for (const direction of ['up', 'down'] as const) addTally(this.#past[direction], link[direction].tally)
  }

  #take(role: 'client' | 'server'): number {
    const pool = role === 'client' ? this.#clientAddresses : this.#serverAddresses
    const address = pool.take()
    if (address !== undefined) return address
    const expected = `at most ${pool.size} ${role}s at once`
    throw new NetworkError(`the lab network is full: ${expected}`, 'subnet-full', { expected })
  }

  #gateway(role: 'client' | 'server'): number | undefined {
    if (this.topology === 'switch') return undefined
    return (role === 'client' ? CLIENTS_WITH_ROUTER : SERVERS) + GATEWAY
  }

  #addHost(
    kind: 'client' | 'server',
    name: string,
    door: HostNode['door'],
    remote: string | null,
    address: number,
  ): Host {
    const { mtu, tcp, onSample } = this.#options
    const gateway = this.#gateway(kind)
    const host = new Host({
      name,
      address,
      prefix: PREFIX,
      clock: this.#clock,
      // Numbered: a later host at the same address draws other numbers.
      random: this.#random.fork(`host ${this.#born++}`),
      ...(gateway === undefined ? {} : { gateway }),
      ...(mtu === undefined ? {} : { mtu }),
      ...(tcp === undefined ? {} : { tcp }),
    })
    const port = this.#port(kind, name, address, (frame) => host.receive(frame))
    host.attach({ send: (frame) => port.send(frame) })
    if (onSample !== undefined) host.tcp.onSample = (handle, sample) => onSample(host, handle, sample)
    this.#plug({ name, kind, door, remote, address, mac: host.mac, host, port })
    return host
  }

  #port(kind: 'client' | 'server', name: string, address: number, receive: Receive): ServerPort | ClientPort {
    if (kind === 'client') return new ClientPort(this.#clientSwitch, this.#ideal, address, receive)
    const cable = this.#freeName(name)
    const link = new Link({
      name: cable,
      clock: this.#clock,
      random: seeded(this.#settings.seed).fork(cable),
      tap: this.#options.tap,
      ids: this.#ids,
      chosen: this.#settings.chosen,
    })
    link.up.set(this.impairments('up'))
    link.down.set(this.impairments('down'))
    return new ServerPort(this.#serverSwitch, link, this.#ideal, address, receive)
  }

  #freeName(name: string): string {
    const taken = new Set(['clients', ...this.#cables().map((cable) => cable.name)])
    if (!taken.has(name)) return name
    for (let n = 2; ; n++) if (!taken.has(`${name}-${n}`)) return `${name}-${n}`
  }

  #plug(member: Member): void {
    this.#members.add(member)
    this.#switch(member.kind).plug(member.port)
    this.#options.onChange?.()
  }

  #takeOff(member: Member): void {
    const { port, kind, address } = member
    this.#members.delete(member)
    this.#switch(kind).unplug(port)
    if (port instanceof ServerPort) {
      for (const link of this.#draining) if (link.inside === 0) this.#draining.delete(link)
      this.#draining.add(port.link)
      this.#goneBy(port.link)
      this.#settings.forget(port.link.name)
    }
    const pool = kind === 'client' ? this.#clientAddresses : this.#serverAddresses
    pool.giveBack(address)
    this.#options.onChange?.()
  }

  #switch(kind: 'client' | 'server'): Switch {
    return kind === 'client' ? this.#clientSwitch : this.#serverSwitch
  }

  #serverPorts(): ServerPort[] {
    return [...this.#members].map(({ port }) => port).filter((port) => port instanceof ServerPort)
  }

  #cables(): { name: string; between: [string, string]; link: Link }[] {
    const servers = [...this.#members].flatMap(({ name, port }) => {
      if (!(port instanceof ServerPort)) return []
      return [{ name: port.link.name, between: ['switch', name] as [string, string], link: port.link }]
    })
    return [...servers, ...(this.#routers?.cables() ?? [])]
  }

  /** Settings reach the cables. */
  #settle(): void {
    for (const { link } of this.#serverPorts()) {
      for (const direction of ['up', 'down'] as const) {
        const way = link[direction]
        if (way.impairments !== this.impairments(direction)) way.set(this.impairments(direction))
      }
      link.cut = this.#settings.isCut(link.name)
    }
    this.#routers?.setCut((cable) => this.#settings.isCut(cable))
  }
}

function hostNode({ name, kind, door, remote, run, address, mac, host }: Member): HostNode {
  let connections: number | null = null
  if (host !== undefined) {
    connections = 0
    for (const { state } of host.tcp.connections()) if (state !== 'TIME-WAIT') connections++
  }
  return {
    name,
    mac: macText(mac),
    address: ipv4Text(address),
    kind,
    door,
    remote,
    ...(run !== undefined && { run }),
    connections,
  }
}
