/**
 * The ports whose traffic is ours to see, and what is spoken on them. Of the kernel's packets only those are taken in;
 * on the lab network everything is ours.
 */
import { Scope } from './capture/scope.ts'
import type { ServiceNode } from './dashboard/api.ts'
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

export class ObservedPorts {
  readonly scope = new Scope()
  readonly names: ServiceNames
  /** How many want the port: a run may be given one that another has just left. */
  readonly #wanted = new Map<number, number>()
  #services: readonly number[] = []

  constructor(trace: Trace) {
    this.names = new ServiceNames(trace)
  }

  /** The dashboard is left out: the observer is never its own subject. */
  setServices(services: readonly ServiceNode[]): void {
    const observed = services.filter((node) => node.name !== 'dashboard' && node.state === 'listening')
    for (const { name, port, lab } of observed) {
      this.#name(name, port)
      // Two ports where the door to it has another number than the service itself.
      if (lab !== null) this.#name(name, lab.port)
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
    }
  }

  closeRun(ports: Readonly<Record<string, number>>): void {
    setTimeout(() => {
      for (const port of Object.values(ports)) this.#release(port)
    }, LINGER_MS).unref()
  }

  #name(service: string, port: number): void {
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
