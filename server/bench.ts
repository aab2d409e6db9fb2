/** What is observed: the services on their fixed ports, and those that lab runs open for themselves. */
import { exchange, type Targets } from './compare/exchange.ts'
import type { Config } from './config.ts'
import { isLoopback } from './config.ts'
import type { BenchRequests, Exchange } from './control.ts'
import type { ServiceNode } from './dashboard/api.ts'
import { NetworkError } from './errors.ts'
import { instancesFolder } from './instances.ts'
import { kernelSite } from './kernel-site.ts'
import { type Placed, placeAt, type WantedPort } from './ports.ts'
import { epochNow } from './services/application-events.ts'
import { type Certificate, ownCertificate } from './services/certificate.ts'
import { type Heartbeat, type Hub, startHub } from './services/hub.ts'
import type { Service, ServiceOptions } from './services/service.ts'
import { startTcpEcho } from './services/tcp-echo.ts'
import { startUdpEcho } from './services/udp-echo.ts'
import { startWebSocketEcho } from './services/websocket-echo.ts'
import type { RunPorts, Site, Stand } from './site.ts'

export const LOOPBACK = ['127.0.0.1', '::1'] as const

/** Where the services are on the lab network, whatever the doors to them are. */
export const LAB_PORTS = { hub: 4000, tcp: 4001, udp: 4002, ws: 4003, tls: 4443 } as const

/** One of each; `tls` is the same hub, sealed. */
interface Services {
  readonly hub: Stand<Hub>
  readonly tls: Stand<Service>
  readonly tcp: Stand<Service>
  readonly udp: Stand<Service>
  readonly ws: Stand<Service>
}

interface Run {
  readonly services: Services
  readonly more: RunPorts
  readonly ports: Readonly<Record<string, number>>
  /** Lets the cable go in time. */
  cableTimer: NodeJS.Timeout | undefined
}

/** More at once than a class on one machine needs; the oldest run gives way. */
const MAX_RUNS = 16

/** Clients of our own, as the map shows them. */
const CLIENTS: Readonly<Record<Parameters<BenchRequests['exchange']>[0]['transport'], string>> = {
  tcp: 'TCP client',
  udp: 'UDP client',
  websocket: 'WebSocket client',
  'socket.io-polling': 'Socket.IO client, polling',
  'socket.io-websocket': 'Socket.IO client, websocket',
}

export class Bench {
  readonly #hosts: readonly string[]
  readonly #site: Site
  readonly #fixed: { [K in keyof Services]: Placed<Services[K]> }
  readonly #runs = new Map<string, Run>()
  readonly #labPorts: Set<number>
  readonly #certificate: Certificate
  #heartbeat: Heartbeat

  private constructor(
    hosts: readonly string[],
    site: Site,
    fixed: { [K in keyof Services]: Placed<Services[K]> },
    labPorts: Set<number>,
    certificate: Certificate,
    heartbeat: Heartbeat,
  ) {
    this.#hosts = hosts
    this.#site = site
    this.#fixed = fixed
    this.#labPorts = labPorts
    this.#certificate = certificate
    this.#heartbeat = heartbeat
  }

  /**
   * Rejects with a PortInUseError when a port that was asked for is taken; nothing listens then. The site is the
   * caller's to close, after the bench. `labPorts` is where the bench keeps which UDP ports are the lab's own,
   * `certificateFolder` where the hub's certificate is kept from one start to the next.
   */
  static async start(
    config: Config,
    site: Site = kernelSite,
    labPorts: Set<number> = new Set(),
    certificateFolder: string = instancesFolder(),
  ): Promise<Bench> {
    const hosts = config.exposeServices && config.host !== undefined ? [config.host] : LOOPBACK
    const isLabPort = (port: number) => labPorts.has(port)
    const heartbeat = { pingInterval: config.pingInterval, pingTimeout: config.pingTimeout }
    const want = (flag: string, port: number, transport: WantedPort['transport'] = 'tcp'): WantedPort => ({
      flag,
      port,
      transport,
      explicit: config.explicit.has(flag),
    })
    const started: Stand<Service>[] = []
    const place = async <T extends Service>(
      wanted: WantedPort,
      labPort: number,
      start: (options: ServiceOptions) => Promise<T>,
    ) => {
      const { transport } = wanted
      const placed = await placeAt(wanted, (port) => site.stand({ transport, hosts, port, labPort }, start))
      started.push(placed.started)
      if (transport === 'udp') for (const port of portsOf(placed.started)) labPorts.add(port)
      return placed
    }
    try {
      const hub = await place(want('hub-port', config.hubPort), LAB_PORTS.hub, (at) =>
        startHub({ ...at, ...heartbeat }),
      )
      const certificate = await ownCertificate(certificateFolder)
      const fixed = {
        hub,
        tls: await place(want('tls-port', config.tlsPort), LAB_PORTS.tls, (at) =>
          hub.started.service.openSealed(at, certificate),
        ),
        tcp: await place(want('tcp-port', config.tcpPort), LAB_PORTS.tcp, startTcpEcho),
        udp: await place(want('udp-port', config.udpPort, 'udp'), LAB_PORTS.udp, (at) =>
          startUdpEcho({ ...at, isLabPort }),
        ),
        ws: await place(want('ws-port', config.wsPort), LAB_PORTS.ws, startWebSocketEcho),
      }
      return new Bench(hosts, site, fixed, labPorts, certificate, heartbeat)
    } catch (error) {
      await Promise.all(started.map((stand) => stand.close()))
      throw error
    }
  }

  /** Ports of the fixed services on this machine, by their names. */
  get ports(): Record<string, number> {
    return Object.fromEntries(
      Object.values(this.#fixed).map(({ started }) => [started.service.name, started.port]),
    )
  }

  /** One message to a lab run's service, or to the fixed one, from a client of our own. Rejects when the run is over. */
  async exchange(request: Parameters<BenchRequests['exchange']>[0]): Promise<Exchange> {
    const stands = Object.values(this.#standsOf(request.run))
    const { dial, leave } = this.#site.visit(CLIENTS[request.transport])
    const address = request.run === undefined ? this.address : LOOPBACK[0]
    const places: Targets['places'] = Object.fromEntries(
      stands.map(({ service, port, lab }) => [service.name, lab ?? { address, port }]),
    )
    try {
      return await exchange(request, { places, dial })
    } finally {
      leave()
    }
  }

  #standsOf(runId: string | undefined): Services {
    if (runId === undefined) {
      const { hub, tls, tcp, udp, ws } = this.#fixed
      return { hub: hub.started, tls: tls.started, tcp: tcp.started, udp: udp.started, ws: ws.started }
    }
    const run = this.#runs.get(runId)
    if (run === undefined) throw new Error(`the lab run ${runId} is over`)
    return run.services
  }

  /** An address that reaches them from this machine. */
  get address(): string {
    const host = this.#hosts[0] ?? '127.0.0.1'
    if (host === '0.0.0.0') return '127.0.0.1'
    return host === '::' ? '::1' : host
  }

  get exposed(): boolean {
    return !isLoopback(this.#hosts[0] ?? '127.0.0.1')
  }

  nodes(): ServiceNode[] {
    const { hub, tcp, udp, ws, tls } = this.#fixed
    return [hub, tcp, udp, ws, tls].map(({ started, note }) => describe(started, this.address, note))
  }

  get heartbeat(): Heartbeat {
    return this.#heartbeat
  }

  setHeartbeat(heartbeat: Heartbeat): void {
    this.#heartbeat = heartbeat
    this.#fixed.hub.started.service.setHeartbeat(heartbeat)
    for (const { services } of this.#runs.values()) services.hub.service.setHeartbeat(heartbeat)
  }

  /**
   * Services on fresh ports for one run of a lab: TCP, UDP, WS, HUB and TLS are served; see `RunPorts` for the others.
   */
  async openRun({ id, places }: Parameters<BenchRequests['openRun']>[0]): Promise<{
    ports: Record<string, number>
    services: ServiceNode[]
  }> {
    await this.closeRun(id)
    const [oldest] = this.#runs.keys()
    if (this.#runs.size >= MAX_RUNS && oldest !== undefined) await this.closeRun(oldest)

    const services = await this.#runServices()
    const stands: Stand<Service>[] = Object.values(services)
    let more: RunPorts
    try {
      more = await this.#site.runPorts(LOOPBACK, places)
    } catch (error) {
      await Promise.all(stands.map((stand) => stand.close()))
      throw error
    }
    for (const port of portsOf(services.udp)) this.#labPorts.add(port)
    const { tcp, udp, ws, hub, tls } = services
    const served = { TCP: tcp.port, UDP: udp.port, WS: ws.port, HUB: hub.port, TLS: tls.port }
    const ports = { ...served, ...more.ports }
    this.#runs.set(id, { services, more, ports, cableTimer: undefined })
    return { ports, services: stands.map((stand) => describe(stand, LOOPBACK[0], null)) }
  }

  async #runServices(): Promise<Services> {
    const isLabPort = (port: number) => this.#labPorts.has(port)
    const at = { hosts: LOOPBACK, port: 0 }
    const tcpAt = { ...at, transport: 'tcp' } as const
    const hub = await this.#site.stand(tcpAt, (place) => startHub({ ...place, ...this.#heartbeat }))
    return {
      hub,
      tls: await this.#site.stand(tcpAt, (place) => hub.service.openSealed(place, this.#certificate)),
      tcp: await this.#site.stand(tcpAt, startTcpEcho),
      udp: await this.#site.stand({ ...at, transport: 'udp' }, (place) =>
        startUdpEcho({ ...place, isLabPort }),
      ),
      ws: await this.#site.stand(tcpAt, startWebSocketEcho),
    }
  }

  async closeRun(id: string): Promise<void> {
    const run = this.#runs.get(id)
    if (run === undefined) return
    this.#runs.delete(id)
    this.#letGo(id, run)
    await this.#end(run)
  }

  /** See `BenchRequests.holdCable`. */
  holdCable({ id, cable, forMs }: Parameters<BenchRequests['holdCable']>[0]): { since: number } {
    const run = this.#runs.get(id)
    if (run === undefined) throw new NetworkError(`the lab run ${id} is over`, 'run-over')
    this.#letGo(id, run)
    if (cable !== null) {
      const ports = Object.values(run.ports)
      this.#site.hold(id, { ...cable, choose: (cable.choose ?? []).map((fate) => ({ ...fate, ports })) })
      if (forMs !== undefined) run.cableTimer = setTimeout(() => this.#letGo(id, run), forMs).unref()
    }
    return { since: Number(epochNow() / 1000n) / 1000 }
  }

  /** Nobody is left who would take back what labs do to the cable. */
  letCablesGo(): void {
    for (const [id, run] of this.#runs) this.#letGo(id, run)
  }

  #letGo(id: string, run: Run): void {
    clearTimeout(run.cableTimer)
    run.cableTimer = undefined
    this.#site.letGo(id)
  }

  async close(): Promise<void> {
    const fixed = Object.values(this.#fixed).map(({ started }) => started.close())
    await Promise.all([...fixed, ...[...this.#runs.values()].map((run) => this.#end(run))])
  }

  async #end({ services, more }: Run): Promise<void> {
    const stands: Stand<Service>[] = Object.values(services)
    for (const port of portsOf(services.udp)) this.#labPorts.delete(port)
    await Promise.all([more.close(), ...stands.map((stand) => stand.close())])
  }
}

/** On this machine and on the lab network. */
function portsOf({ port, lab }: Stand<Service>): number[] {
  return lab === null ? [port] : [port, lab.port]
}

const ABOUT: Readonly<Record<string, { title: string; protocol: string; tryIt(address: string): string }>> = {
  hub: {
    title: 'Socket.IO hub',
    protocol: 'Socket.IO',
    tryIt: (at) =>
      `node -e "const s=require('socket.io-client')('http://${at}');s.onAny(console.log);s.emit('echo','hello',(a)=>{console.log(a);s.close()})"`,
  },
  'hub-tls': {
    title: 'Socket.IO hub over TLS',
    protocol: 'TLS',
    tryIt: (at) => `curl --insecure https://${at}/clients`,
  },
  'tcp-echo': { title: 'TCP echo', protocol: 'TCP', tryIt: (at) => `nc ${spaced(at)}` },
  'udp-echo': { title: 'UDP echo', protocol: 'UDP', tryIt: (at) => `nc -u ${spaced(at)}` },
  'websocket-echo': {
    title: 'WebSocket echo',
    protocol: 'WebSocket',
    tryIt: (at) =>
      `node -e "const w=new(require('ws'))('ws://${at}');w.on('open',()=>w.send('hello'));w.on('message',(m)=>{console.log(String(m));w.close()})"`,
  },
}

/** `nc` takes address and port as two words. */
const spaced = (at: string) => at.replace(/^\[?([^\]]*)\]?:(\d+)$/, '$1 $2')

function describe({ service, port, lab }: Stand<Service>, address: string, note: string | null): ServiceNode {
  const { title = service.name, protocol = 'TCP', tryIt = () => '' } = ABOUT[service.name] ?? {}
  const at = `${address.includes(':') ? `[${address}]` : address}:${port}`
  return {
    name: service.name,
    title,
    protocol,
    host: address,
    port,
    state: 'listening',
    lab,
    tryIt: tryIt(at),
    note: note === null ? null : `${note}; this one is at ${port}`,
  }
}
