/**
 * Which way a router sends a packet, and how routers come to know: by the state of the links, as OSPF does it
 * (RFC 2328 §1.1, §16). Each router's links are in one map that all of them have, and each works out its own shortest
 * ways from it. Simplified: the map is one object in this program, so that no hello, no link state advertisement is on
 * the wire; what stands for their way from router to router, and for noticing that a link is dead, is one fixed moment.
 * Every link costs 1.
 */
import { ipv4Text, maskOf, subnetOf } from './address.ts'
import type { Clock, Timer } from './clock.ts'

/** From a link's end or return to the moment when all routers know of it. */
export const CONVERGENCE_MS = 1000

export interface Route {
  /** Where it leads: a subnet. */
  readonly destination: number
  readonly prefix: number
  /** The interface that packets leave by. */
  readonly interface: string
  /** The next router's address; undefined where the subnet is on that interface itself. */
  readonly via: number | undefined
  /** Links to cross, that subnet's own included; 0 for a subnet that the router is on. */
  readonly metric: number
}

/** Routes to the same subnet are alternatives: the shortest is used, the others wait for it to go away. */
export class RoutingTable {
  #learnt: readonly Route[] = []
  readonly #added: Route[] = []
  /** Those that are there, the best for any address first. */
  #sorted: readonly Route[] = []

  /** The longer the prefix, the better (RFC 1812 §5.2.4.3); then, the shorter the way. */
  lookup(address: number): Route | undefined {
    return this.#sorted.find(({ destination, prefix }) => (address & maskOf(prefix)) >>> 0 === destination)
  }

  /** All of them, the longest prefix first, and of the same subnet the one in use first. */
  list(): readonly Route[] {
    return this.#sorted
  }

  /** A route that stays whatever the routers find out. */
  add(route: Route): void {
    this.#added.push(route)
    this.#sort()
  }

  /** What the routers have found out takes the place of what they knew before. */
  learn(routes: readonly Route[]): void {
    this.#learnt = routes
    this.#sort()
  }

  #sort(): void {
    this.#sorted = [...this.#learnt, ...this.#added].sort(
      (a, b) => b.prefix - a.prefix || a.destination - b.destination || a.metric - b.metric,
    )
  }
}

export interface LinkEnd {
  /** The interface's name in its router. */
  readonly name: string
  readonly address: number
  readonly prefix: number
}

interface Member {
  readonly ends: readonly LinkEnd[]
  readonly table: RoutingTable
  /** Names of interfaces that the others believe to be dead. */
  readonly down: Set<string>
}

/** A way from one router to a subnet: the neighbour that it leads over, and its length. */
interface Neighbour {
  readonly member: Member
  /** Our end of the link, and theirs. */
  readonly by: LinkEnd
  readonly at: LinkEnd
}

/** Routers that tell each other of their links. */
export class RoutingArea {
  readonly #clock: Clock
  readonly #members = new Map<string, Member>()
  readonly #timers = new Set<Timer>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Adds a router, whose table is kept from now on. Its name must be its own. */
  join(name: string, ends: readonly LinkEnd[], table: RoutingTable): void {
    if (this.#members.has(name)) throw new Error(`there are two routers called ${name}`)
    this.#members.set(name, { ends, table, down: new Set() })
    this.#compute()
  }

  /** A router has noticed that one of its links is dead, or back: after a moment everyone knows. */
  linkState(router: string, end: string, up: boolean): void {
    const timer = this.#clock.at(this.#clock.now() + CONVERGENCE_MS, () => {
      this.#timers.delete(timer)
      const member = this.#members.get(router)
      if (up) member?.down.delete(end)
      else member?.down.add(end)
      this.#compute()
    })
    this.#timers.add(timer)
  }

  leave(name: string): void {
    this.#members.delete(name)
    if (this.#members.size > 0) {
      this.#compute()
      return
    }
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
  }

  #compute(): void {
    for (const member of this.#members.values()) member.table.learn(this.#routesOf(member))
  }

  #routesOf(member: Member): Route[] {
    const connected = alive(member).map(({ name, address, prefix }) => ({
      destination: subnetOf(address, prefix),
      prefix,
      interface: name,
      via: undefined,
      metric: 0,
    }))
    const own = new Set(connected.map(subnetText))
    const further = this.#neighbours(member).flatMap((neighbour) =>
      this.#beyond(member, neighbour).filter((route) => !own.has(subnetText(route))),
    )
    return [...connected, ...further]
  }

  /** Routers with whom it shares a subnet, both ends alive. */
  #neighbours(member: Member): Neighbour[] {
    const others = [...this.#members.values()].filter((other) => other !== member)
    return alive(member).flatMap((by) =>
      others.flatMap((other) =>
        alive(other)
          .filter((at) => at.prefix === by.prefix && sameSubnet(at, by))
          .map((at) => ({ member: other, by, at })),
      ),
    )
  }

  /** Dijkstra's shortest paths from a neighbour on, where every link costs the same: breadth first. */
  #beyond(self: Member, { member: first, by, at }: Neighbour): Route[] {
    const routes = new Map<string, Route>()
    const seen = new Set([self, first])
    let ring = [first]
    for (let metric = 2; ring.length > 0; metric++) {
      for (const { address, prefix } of ring.flatMap(alive)) {
        const destination = subnetOf(address, prefix)
        const route = { destination, prefix, interface: by.name, via: at.address, metric }
        if (!routes.has(subnetText(route))) routes.set(subnetText(route), route)
      }
      ring = ring.flatMap((member) => this.#neighbours(member).map((each) => each.member))
      ring = [...new Set(ring)].filter((member) => !seen.has(member))
      for (const member of ring) seen.add(member)
    }
    return [...routes.values()]
  }
}

const alive = ({ ends, down }: Member): LinkEnd[] => ends.filter(({ name }) => !down.has(name))

const sameSubnet = (a: LinkEnd, b: LinkEnd): boolean =>
  subnetOf(a.address, a.prefix) === subnetOf(b.address, b.prefix)

const subnetText = ({ destination, prefix }: Pick<Route, 'destination' | 'prefix'>): string =>
  `${ipv4Text(destination)}/${prefix}`
