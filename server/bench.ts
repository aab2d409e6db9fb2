/** What is observed: the services on their fixed ports, and those that lab runs open for themselves. */
import type { Config } from './config.ts'
import { isLoopback } from './config.ts'
import type { ServiceNode } from './dashboard/api.ts'
import { freePort, type Placed, placeAt, type WantedPort } from './ports.ts'
import { type Heartbeat, type Hub, startHub } from './services/hub.ts'
import type { Service } from './services/service.ts'
import { startTcpEcho } from './services/tcp-echo.ts'
import { startUdpEcho } from './services/udp-echo.ts'
import { startWebSocketEcho } from './services/websocket-echo.ts'

export const LOOPBACK = ['127.0.0.1', '::1'] as const

/** One of each. */
interface Set4 {
  readonly hub: Hub
  readonly tcp: Service
  readonly udp: Service
  readonly ws: Service
}

/** More at once than a class on one machine needs; the oldest run gives way. */
const MAX_RUNS = 16

export class Bench {
  readonly #hosts: readonly string[]
  readonly #fixed: { [K in keyof Set4]: Placed<Set4[K]> }
  readonly #runs = new Map<string, Set4>()
  readonly #labPorts: Set<number>
  #heartbeat: Heartbeat

  private constructor(
    hosts: readonly string[],
    fixed: { [K in keyof Set4]: Placed<Set4[K]> },
    labPorts: Set<number>,
    heartbeat: Heartbeat,
  ) {
    this.#hosts = hosts
    this.#fixed = fixed
    this.#labPorts = labPorts
    this.#heartbeat = heartbeat
  }

  /** Rejects with a PortInUseError when a port that was asked for is taken; nothing listens then. */
  static async start(config: Config): Promise<Bench> {
    const hosts = config.exposeServices && config.host !== undefined ? [config.host] : LOOPBACK
    const labPorts = new Set<number>()
    const isLabPort = (port: number) => labPorts.has(port)
    const heartbeat = { pingInterval: config.pingInterval, pingTimeout: config.pingTimeout }
    const want = (flag: string, port: number, transport: WantedPort['transport'] = 'tcp'): WantedPort => ({
      flag,
      port,
      transport,
      explicit: config.explicit.has(flag),
    })
    const started: Service[] = []
    const place = async <T extends Service>(wanted: WantedPort, start: (port: number) => Promise<T>) => {
      const placed = await placeAt(wanted, start)
      started.push(placed.started)
      labPorts.add(placed.started.port)
      return placed
    }
    try {
      const fixed = {
        hub: await place(want('hub-port', config.hubPort), (port) => startHub({ hosts, port, ...heartbeat })),
        tcp: await place(want('tcp-port', config.tcpPort), (port) => startTcpEcho({ hosts, port })),
        udp: await place(want('udp-port', config.udpPort, 'udp'), (port) =>
          startUdpEcho({ hosts, port, isLabPort }),
        ),
        ws: await place(want('ws-port', config.wsPort), (port) => startWebSocketEcho({ hosts, port })),
      }
      return new Bench(hosts, fixed, labPorts, heartbeat)
    } catch (error) {
      await Promise.all(started.map((service) => service.close()))
      throw error
    }
  }

  /** Ports of the fixed services, by their names. */
  get ports(): Record<string, number> {
    return Object.fromEntries(Object.values(this.#fixed).map(({ started }) => [started.name, started.port]))
  }

  /** Where a client of our own finds the services: a lab run's, or the fixed ones. Throws when the run is over. */
  targets(runId?: string): { host: string; ports: Record<string, number> } {
    if (runId === undefined) return { host: this.address, ports: this.ports }
    const run = this.#runs.get(runId)
    if (run === undefined) throw new Error(`the lab run ${runId} is over`)
    const ports = Object.fromEntries(Object.values(run).map((service) => [service.name, service.port]))
    return { host: LOOPBACK[0], ports }
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
    const { hub, tcp, udp, ws } = this.#fixed
    return [hub, tcp, udp, ws].map(({ started, note }) => describe(started, this.address, note))
  }

  get heartbeat(): Heartbeat {
    return this.#heartbeat
  }

  setHeartbeat(heartbeat: Heartbeat): void {
    this.#heartbeat = heartbeat
    for (const { hub } of [{ hub: this.#fixed.hub.started }, ...this.#runs.values()])
      hub.setHeartbeat(heartbeat)
  }

  /**
   * Services on fresh ports for one run of a lab: TCP, UDP, WS and HUB are served; LISTEN is free for a server
   * of the learner's, and at CLOSED nobody is at home.
   */
  async openRun(id: string): Promise<{ ports: Record<string, number>; services: ServiceNode[] }> {
    await this.closeRun(id)
    const [oldest] = this.#runs.keys()
    if (this.#runs.size >= MAX_RUNS && oldest !== undefined) await this.closeRun(oldest)

    const at = { hosts: LOOPBACK, port: 0 }
    const isLabPort = (port: number) => this.#labPorts.has(port)
    const run: Set4 = {
      hub: await startHub({ ...at, ...this.#heartbeat }),
      tcp: await startTcpEcho(at),
      udp: await startUdpEcho({ ...at, isLabPort }),
      ws: await startWebSocketEcho(at),
    }
    this.#runs.set(id, run)
    const services = [run.hub, run.tcp, run.udp, run.ws]
    for (const service of services) this.#labPorts.add(service.port)
    const ports = {
      TCP: run.tcp.port,
      UDP: run.udp.port,
      WS: run.ws.port,
      HUB: run.hub.port,
      LISTEN: await freePort(LOOPBACK),
      CLOSED: await freePort(LOOPBACK),
    }
    return { ports, services: services.map((service) => describe(service, LOOPBACK[0], null)) }
  }

  async closeRun(id: string): Promise<void> {
    const run = this.#runs.get(id)
    if (run === undefined) return
    this.#runs.delete(id)
    await Promise.all(Object.values(run).map((service) => this.#end(service)))
  }

  async close(): Promise<void> {
    const fixed = Object.values(this.#fixed).map(({ started }) => started)
    const runs = [...this.#runs.values()].flatMap((run) => Object.values(run))
    await Promise.all([...fixed, ...runs].map((service) => this.#end(service)))
  }

  async #end(service: Service): Promise<void> {
    this.#labPorts.delete(service.port)
    await service.close()
  }
}

const ABOUT: Readonly<Record<string, { title: string; protocol: string; tryIt(address: string): string }>> = {
  hub: {
    title: 'Socket.IO hub',
    protocol: 'Socket.IO',
    tryIt: (at) =>
      `node -e "const s=require('socket.io-client')('http://${at}');s.onAny(console.log);s.emit('echo','hello',(a)=>{console.log(a);s.close()})"`,
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

function describe(service: Service, address: string, note: string | null): ServiceNode {
  const { title = service.name, protocol = 'TCP', tryIt = () => '' } = ABOUT[service.name] ?? {}
  const at = `${address.includes(':') ? `[${address}]` : address}:${service.port}`
  return {
    name: service.name,
    title,
    protocol,
    host: address,
    port: service.port,
    state: 'listening',
    tryIt: tryIt(at),
    note: note === null ? null : `${note}; this one is at ${service.port}`,
  }
}
