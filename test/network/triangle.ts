/** Two subnets with three routers between them: a short way and a long one; what the tests of routers and routes ask of them. */
import { ipv4Text } from '../../server/network/address.ts'
import { SimulatedClock } from '../../server/network/clock.ts'
import type { Host } from '../../server/network/host.ts'
import type { PingResult } from '../../server/network/icmp.ts'
import { seeded } from '../../server/network/random.ts'
import { Router } from '../../server/network/router.ts'
import { RoutingArea } from '../../server/network/routes.ts'
import { Hub, ip, settled } from './hub.ts'

const INTERFACES = {
  r1: { lan: '10.0.1.254', 'r1-r2': '10.0.2.1', 'r1-r3': '10.0.3.1' },
  r2: { lan: '10.0.0.254', 'r1-r2': '10.0.2.2', 'r3-r2': '10.0.4.2' },
  r3: { 'r1-r3': '10.0.3.3', 'r3-r2': '10.0.4.3' },
} as const
type Name = keyof typeof INTERFACES

/** Addresses with the cables that they are at, as a router takes them. */
export const ends = (interfaces: Readonly<Record<string, string>>) =>
  Object.entries(interfaces).map(([name, address]) => ({ name, address: ip(address), prefix: 24 }))

/** Clients' subnet, R1, R2 and the long way round by R3, servers' subnet. */
export function triangle() {
  const clock = new SimulatedClock()
  const area = new RoutingArea(clock)
  const make = (name: Name) =>
    new Router({ name, clock, random: seeded(1), interfaces: ends(INTERFACES[name]), area })
  const routers = { r1: make('r1'), r2: make('r2'), r3: make('r3') }
  const hubs = new Map<string, Hub>()
  const plug = (router: Name, port: string, hub: Hub) =>
    routers[router].attach(
      port,
      hub.plug((frame) => routers[router].receive(port, frame)),
    )
  const clients = new Hub(clock)
  const servers = new Hub(clock)
  plug('r1', 'lan', clients)
  plug('r2', 'lan', servers)
  for (const cable of ['r1-r2', 'r1-r3', 'r3-r2']) {
    const hub = new Hub(clock)
    hubs.set(cable, hub)
    const [near, far] = cable.split('-') as [Name, Name]
    plug(near, cable, hub)
    plug(far, cable, hub)
  }
  const client = clients.host('10.0.1.100', { gateway: ip('10.0.1.254') })
  const server = servers.host('10.0.0.1', { gateway: ip('10.0.0.254') })
  clock.run(20)
  const setCable = (cable: string, up: boolean) => {
    hubs.get(cable)!.loses = () => !up
    for (const name of cable.split('-') as Name[]) routers[name].linkState(cable, up)
  }
  const pass = (ms: number) => clock.run(clock.now() + ms)
  const ping = async (
    from: Host,
    to: number,
    options: Parameters<Host['ping']>[1] = {},
  ): Promise<PingResult | undefined> => {
    const result = from.ping(to, options)
    pass(options.timeoutMs ?? 100)
    return settled(result)
  }
  return { clock, area, routers, hubs, clients, servers, client, server, setCable, pass, ping }
}

/** What an answer says that is left of 64. */
export const ttlOf = (result: PingResult | undefined) =>
  result?.kind === 'reply' ? result.ttl : result?.kind

/** The routers on the way, as traceroute finds them. */
export async function trace(lab: ReturnType<typeof triangle>, from: Host, to: number): Promise<string[]> {
  const found: string[] = []
  for (let ttl = 1; ttl < 10; ttl++) {
    const result = await lab.ping(from, to, { ttl })
    found.push(result === undefined ? '*' : 'from' in result ? ipv4Text(result.from) : result.kind)
    if (result?.kind !== 'time exceeded') break
  }
  return found
}
