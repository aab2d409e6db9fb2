/**
 * The lab network of a running lab: services stand at its server, and programs on this machine reach them by
 * gateways, or join it as hosts themselves. What it sees of itself goes to the observer.
 */
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { LabTap } from './capture/lab-network.ts'
import { labDialler } from './compare/dialler.ts'
import type { EndpointNode } from './dashboard/api.ts'
import type { CableHold, LabNetworkNode, NetworkPatch } from './dashboard/api-network.ts'
import { systemCode } from './errors.ts'
import { ipv4Text } from './network/address.ts'
import { WallClock } from './network/clock.ts'
import { openExit } from './network/gateway/exit.ts'
import { openGateway } from './network/gateway/gateway.ts'
import { Guests } from './network/gateway/guests.ts'
import { openUdpExit } from './network/gateway/udp-exit.ts'
import { openUdpGateway } from './network/gateway/udp-gateway.ts'
import type { Host } from './network/host.ts'
import { LabNetwork } from './network/lab-network.ts'
import { type JoinDoor, startJoinDoor } from './network/socket/join.ts'
import type { PortMaps } from './network/socket/join-messages.ts'
import { freeForBoth, giveBack } from './ports.ts'
import { keepEpoch } from './services/application-events.ts'
import { labGround } from './services/lab-ground.ts'
import type { Service, ServiceOptions } from './services/service.ts'
import { type Place, placeNames, type RunPorts, type Site, type Stand } from './site.ts'

export interface LabSiteOptions {
  readonly topology: 'switch' | 'router'
  readonly seed: number
  /** What the server's cable does at first. Throws a NetworkError where that can't be. */
  readonly settings: NetworkPatch
  /** The network has changed; told at most 20 times a second, and of each host of a lab's run when it joins. */
  readonly changed: () => void
  /** Whether a UDP port of this machine is one of the lab's own: datagrams from there are not let in. */
  readonly isLabPort: (port: number) => boolean
}

const NOTICE_MS = 50
const MTU = 1500
/** Below it services live (RFC 6335 §6), and no client's port is. */
const FIRST_USER_PORT = 1024
const LOOPBACK = '127.0.0.1'
const LEARNERS_SERVER = 'your server'
const MOST_TRIES = 5

/** A door by which programs on this machine come in. */
interface Door {
  readonly port: number
  close(): Promise<void>
}

export class LabSite implements Site {
  readonly #clock: WallClock
  readonly #tap: LabTap
  readonly #network: LabNetwork
  /** Hosts that stand for programs outside, and for clients of our own. */
  readonly #guests: Guests
  readonly #clients: Guests
  readonly #isLabPort: LabSiteOptions['isLabPort']
  readonly #changed: LabSiteOptions['changed']
  readonly #doors = { tcp: new Map<number, EndpointNode>(), udp: new Map<number, EndpointNode>() }
  #learners: { readonly host: Host; runs: number } | undefined
  #joinDoor: JoinDoor | undefined
  #notice: NodeJS.Timeout | undefined

  constructor({ topology, seed, settings, changed, isLabPort }: LabSiteOptions) {
    const clock = new WallClock(keepEpoch())
    this.#clock = clock
    this.#isLabPort = isLabPort
    this.#changed = changed
    this.#tap = new LabTap({ epochStart: clock.epochStart, topology })
    this.#network = new LabNetwork({
      clock,
      seed,
      topology,
      mtu: MTU,
      tap: this.#tap,
      onSample: (_host, connection, sample) => this.#tap.sampled(connection, sample),
      onChange: () => {
        this.#notice ??= setTimeout(() => {
          this.#notice = undefined
          changed()
        }, NOTICE_MS).unref()
      },
    })
    this.#network.patch(settings)
    this.#guests = new Guests({ network: this.#network, clock })
    this.#clients = new Guests({ network: this.#network, clock, door: 'demo' })
  }

  /** The end of the tap for an observer that is about to start; nobody else is told anything from now on. */
  observe(): MessagePort {
    const { port1, port2 } = new MessageChannel()
    this.#tap.connect(port1)
    return port2
  }

  describe(): LabNetworkNode {
    return this.#network.describe()
  }

  /** Throws a NetworkError that names the field; nothing is changed then. */
  patch(patch: NetworkPatch): LabNetworkNode {
    this.#network.patch(patch)
    return this.#network.describe()
  }

  /** Lets programs join by a local socket at that path. Rejects with Node's error where it can't be had. */
  async openJoinDoor(path: string): Promise<void> {
    this.#joinDoor = await startJoinDoor({
      network: {
        join: (options) => {
          const joined = this.#network.join(options)
          // Told at once: it may be gone again by the next notice, and its packets are a learner's.
          if (options.run !== undefined) this.#changed()
          return joined
        },
      },
      path,
      describe: () => ({ server: this.#server, mtu: MTU, ports: this.#portMaps() }),
      onSample: (_program, { local, remote, sample }) =>
        this.#tap.sampled({ local, remote }, { ...sample, time: sample.time - this.#clock.epochStart }),
    })
  }

  async stand<T extends Service>(
    { transport, hosts, port, labPort }: Place,
    start: (options: ServiceOptions) => Promise<T>,
  ): Promise<Stand<T>> {
    const door = await this.#openDoor(transport, hosts, port, this.#server, labPort)
    try {
      const service = await start({
        ground: labGround(this.#network.server),
        port: labPort ?? door.port,
      })
      const close = async () => {
        await Promise.all([door.close(), service.close()])
      }
      return { service, port: door.port, lab: { address: this.#server, port: service.port }, close }
    } catch (error) {
      await door.close()
      throw error
    }
  }

  async runPorts(hosts: readonly string[], places: number): Promise<RunPorts> {
    // Where no server of the learner's is to be, none is on the network.
    const learners = places === 0 ? undefined : this.#learnersServer()
    if (learners !== undefined) learners.runs++
    const opened: { close(): unknown }[] = []
    const ports: Record<string, number> = {}
    const close = async () => {
      await Promise.all(opened.splice(0).map((each) => each.close()))
      giveBack(Object.values(ports))
      if (learners === undefined || --learners.runs > 0) return
      this.#learners = undefined
      this.#network.remove(learners.host)
    }
    try {
      for (let nth = 1; nth <= places && learners !== undefined; nth++) {
        const { listen, door } = placeNames(nth)
        const port = await freeForBoth(hosts)
        const way = { host: learners.host, port, to: { host: LOOPBACK, port } }
        opened.push(openExit({ ...way, pressure: this.#tap }))
        opened.push(await openUdpExit({ ...way, clock: this.#clock }))
        const both = await this.#openDoors(hosts, ipv4Text(learners.host.address), port)
        opened.push(both)
        ports[listen] = port
        ports[door] = both.port
      }
      const closed = await this.#openDoors(hosts, this.#server)
      opened.push(closed)
      ports.CLOSED = closed.port
      return { ports, close }
    } catch (error) {
      await close()
      throw error
    }
  }

  visit(name: string): ReturnType<Site['visit']> {
    const { host, leave } = this.#clients.stay(name)
    return { dial: labDialler(host), leave }
  }

  hold(by: string, cable: CableHold): void {
    this.#network.hold(by, cable)
  }

  letGo(by: string): void {
    this.#network.letGo(by)
  }

  async close(): Promise<void> {
    clearTimeout(this.#notice)
    this.#guests.close()
    this.#clients.close()
    await this.#joinDoor?.close()
    this.#network.close()
    this.#tap.close()
  }

  get #server(): string {
    return ipv4Text(this.#network.server.address)
  }

  #learnersServer(): { readonly host: Host; runs: number } {
    this.#learners ??= { host: this.#network.addServer(LEARNERS_SERVER, 'exit', LOOPBACK), runs: 0 }
    return this.#learners
  }

  /** One for TCP and one for UDP, of the same number. */
  async #openDoors(hosts: readonly string[], address: string, labPort?: number): Promise<Door> {
    for (let tries = 1; ; tries++) {
      const port = await freeForBoth(hosts)
      const opened: Door[] = []
      try {
        for (const transport of ['tcp', 'udp'] as const)
          opened.push(await this.#openDoor(transport, hosts, port, address, labPort))
        return { port, close: async () => void (await Promise.all(opened.map((door) => door.close()))) }
      } catch (error) {
        await Promise.all(opened.map((door) => door.close()))
        // Somebody else has taken it in between.
        if (tries >= MOST_TRIES || systemCode(error) !== 'EADDRINUSE') throw error
      }
    }
  }

  async #openDoor(
    transport: 'tcp' | 'udp',
    hosts: readonly string[],
    port: number,
    address: string,
    labPort?: number,
  ): Promise<Door> {
    const options = {
      network: this.#network,
      clock: this.#clock,
      guests: this.#guests,
      hosts,
      port,
      to: { address, ...(labPort !== undefined && { port: labPort }) },
    }
    const isOurs = (from: number) => from < FIRST_USER_PORT || this.#isLabPort(from)
    const door =
      transport === 'tcp'
        ? await openGateway({ ...options, pressure: this.#tap })
        : await openUdpGateway({ ...options, isOurs })
    const doors = this.#doors[transport]
    doors.set(door.port, { address, port: labPort ?? door.port })
    this.#joinDoor?.update()
    return {
      port: door.port,
      close: async () => {
        doors.delete(door.port)
        this.#joinDoor?.update()
        await door.close()
      },
    }
  }

  /** What a joined program finds by the port numbers of this machine. */
  #portMaps(): PortMaps {
    return { tcp: Object.fromEntries(this.#doors.tcp), udp: Object.fromEntries(this.#doors.udp) }
  }
}
