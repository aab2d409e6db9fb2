/**
 * The ports whose traffic is ours to see, and what is spoken on them. Of the kernel's packets only those are taken in;
 * on the lab network everything is ours.
 */
import { Scope } from './capture/scope.ts'
import type { ServiceNode } from './dashboard/api.ts'
import type { Endpoint } from './protocols/conversation.ts'
import { ServiceNames } from './trace/service-names.ts'
import type { Trace } from './trace/trace.ts'

/** The last segments of a run come after it was closed. */
const LINGER_MS = 5000

/** A lab run's ports by variable name, and the service that each is like. */
const RUN_SERVICES: Readonly<Record<string, string>> = {
  TCP: 'tcp-echo',
  UDP: 'udp-echo',
  WS: 'websocket-echo',
  HUB: 'hub',
  TLS: 'hub-tls',
}

/** They tell themselves what happens at them. */
const TELLING: ReadonlySet<string> = new Set(['hub', 'hub-tls'])
/** The lab network's addresses. */
const LAB_ADDRESS = /^10\.0\./

export class ObservedPorts {
  readonly scope = new Scope()
  readonly names: ServiceNames
  /** How many want the port: a run may be given one that another has just left. */
  readonly #wanted = new Map<number, number>()
  #services: readonly number[] = []
  /** Ports of services that tell of their events. */
  readonly #telling = new Set<number>()
  /** Where services are on the lab network; null on the kernel's. */
  #labAddress: string | null = null

  constructor(trace: Trace) {
    this.names = new ServiceNames(trace)
    trace.events.isTold = (server) => this.#isTold(server)
  }

  /** On the lab network a learner's host may have a server on the very same port. */
  #isTold({ address, port }: Endpoint): boolean {
    if (!this.#telling.has(port)) return false
    return this.#labAddress === null || address === this.#labAddress || !LAB_ADDRESS.test(address)
  }

  /** The dashboard is left out: the observer is never its own subject. */
  setServices(services: readonly ServiceNode[]): void {
    const observed = services.filter((node) => node.name !== 'dashboard' && node.state === 'listening')
    for (const { name, port, lab } of observed) {
      this.#name(name, port)
      // Two ports where the door to it has another number than the service itself.
      if (lab === null) continue
      this.#name(name, lab.port)
      this.#labAddress = lab.address
    }
    for (const { port } of observed) this.#want(port)
    for (const port of this.#services) this.#release(port)
    this.#services = observed.map((node) => node.port)
  }

  openRun(ports: Readonly<Record<string, number>>): void {
    for (const [variable, port] of Object.entries(ports)) {
      this.#want(port)
      const service = RUN_SERVICES[variable]
      if (service !== undefined) this.#name(service, port)
      // It may have been a service's in a run that is over.
      else this.#unname(port)
    }
  }

  closeRun(ports: Readonly<Record<string, number>>): void {
    setTimeout(() => {
      for (const port of Object.values(ports)) this.#release(port)
    }, LINGER_MS).unref()
  }

  #unname(port: number): void {
    this.#telling.delete(port)
    this.names.forget(port)
  }

  #name(service: string, port: number): void {
    if (TELLING.has(service)) this.#telling.add(port)
    this.names.name({ transport: service === 'udp-echo' ? 'udp' : 'tcp', port, service })
  }

  #want(port: number): void {
    this.#wanted.set(port, (this.#wanted.get(port) ?? 0) + 1)
    this.scope.add(port)
  }

  #release(port: number): void {
    const left = (this.#wanted.get(port) ?? 0) - 1
    if (left > 0) {
      this.#wanted.set(port, left)
      return
    }
    this.#wanted.delete(port)
    this.scope.delete(port)
  }
}
