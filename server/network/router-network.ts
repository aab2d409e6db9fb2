/**
 * Three routers between the clients' switch and the servers': a direct way and one that is longer by a hop.
 *
 *     10.0.1.0/24 ── R1 ──── r1-r2, 10.0.2.0/24 ──── R2 ── 10.0.0.0/24
 *                     └ r1-r3, 10.0.3.0/24 ─ R3 ─ r3-r2, 10.0.4.0/24 ┘
 */
import type { HostNode } from '../dashboard/api-network.ts'
import { ipv4Text, macOf, macText, parseIpv4 } from './address.ts'
import type { Clock } from './clock.ts'
import { type FrameIds, Link } from './link.ts'
import { ClientPort } from './ports.ts'
import type { Random } from './random.ts'
import { Router } from './router.ts'
import { RoutingArea } from './routes.ts'
import type { Switch } from './switch.ts'
import type { Tap } from './tap.ts'

export interface RouterNetworkOptions {
  readonly clock: Clock
  readonly random: Random
  readonly tap: Tap | undefined
  readonly ids: FrameIds
  /** The cable of what never meets a server's. */
  readonly ideal: Link
  readonly clients: Switch
  readonly servers: Switch
  readonly mtu: number
}

const PREFIX = 24
/** Towards the switch. */
const LAN = 'lan'

/** Interfaces by the cable that they are on. */
const ROUTERS = {
  r1: { [LAN]: '10.0.1.254', 'r1-r2': '10.0.2.1', 'r1-r3': '10.0.3.1' },
  r2: { [LAN]: '10.0.0.254', 'r1-r2': '10.0.2.2', 'r3-r2': '10.0.4.2' },
  r3: { 'r1-r3': '10.0.3.3', 'r3-r2': '10.0.4.3' },
} as const

/** Named so that `up` leads from the clients to the servers. */
const CABLES = [
  { name: 'r1-r2', between: ['r1', 'r2'] },
  { name: 'r1-r3', between: ['r1', 'r3'] },
  { name: 'r3-r2', between: ['r3', 'r2'] },
] as const

type RouterName = keyof typeof ROUTERS

interface RouterCable {
  readonly name: string
  readonly between: [RouterName, RouterName]
  readonly link: Link
}

export class RouterNetwork {
  readonly #routers: Readonly<Record<RouterName, Router>>
  readonly #cables: readonly RouterCable[]

  constructor(options: RouterNetworkOptions) {
    const { clock, random, tap, ids, ideal, clients, servers } = options
    const area = new RoutingArea(clock)
    const build = (name: RouterName) => {
      const interfaces = interfacesOf(name)
      return new Router({ name, clock, random: random.fork(name), mtu: options.mtu, interfaces, area })
    }
    this.#routers = { r1: build('r1'), r2: build('r2'), r3: build('r3') }
    this.#cables = CABLES.map(({ name, between }) => ({
      name,
      between: [...between],
      link: new Link({ name, clock, random: random.fork(name), tap, ids }),
    }))
    for (const { name, between, link } of this.#cables) {
      const [near, far] = [this.#routers[between[0]], this.#routers[between[1]]]
      near.attach(name, { send: (frame) => link.up.offer(frame, (arrived) => far.receive(name, arrived)) })
      far.attach(name, { send: (frame) => link.down.offer(frame, (arrived) => near.receive(name, arrived)) })
    }
    this.#toSwitch('r1', clients, ideal)
    this.#toSwitch('r2', servers, ideal)
  }

  cables(): readonly RouterCable[] {
    return this.#cables
  }

  hosts(): HostNode[] {
    return (['r1', 'r2', 'r3'] as const).map((name) => {
      const [address = 0] = interfacesOf(name).map((each) => each.address)
      return {
        name,
        mac: macText(macOf(address)),
        address: ipv4Text(address),
        kind: 'router',
        door: 'router',
        remote: null,
        connections: null,
      }
    })
  }

  /** The routers at both ends of a cable that is cut or plugged in notice, as a network card does. */
  setCut(isCut: (cable: string) => boolean): void {
    for (const { name, between, link } of this.#cables) {
      const cut = isCut(name)
      if (link.cut === cut) continue
      link.cut = cut
      for (const router of between) this.#routers[router].linkState(name, !cut)
    }
  }

  close(): void {
    for (const { link } of this.#cables) link.close()
    for (const router of Object.values(this.#routers)) router.close()
  }

  #toSwitch(name: 'r1' | 'r2', to: Switch, ideal: Link): void {
    const router = this.#routers[name]
    const port = new ClientPort(to, ideal, dotted(ROUTERS[name][LAN]), (frame) => router.receive(LAN, frame))
    router.attach(LAN, { send: (frame) => port.send(frame) })
    to.plug(port)
  }
}

function interfacesOf(name: RouterName): { name: string; address: number; prefix: number }[] {
  return Object.entries(ROUTERS[name]).map(([each, address]) => ({
    name: each,
    address: dotted(address),
    prefix: PREFIX,
  }))
}

function dotted(text: string): number {
  const address = parseIpv4(text)
  if (address === undefined) throw new Error(`${text} is no IPv4 address`)
  return address
}
