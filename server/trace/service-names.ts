/** Which ports are our services', and what that says of the packets there. */
import type { Trace } from './trace.ts'

export interface ServicePort {
  readonly transport: 'tcp' | 'udp'
  readonly port: number
  /** Such as `tcp-echo`. */
  readonly service: string
}

export class ServiceNames {
  readonly #names = new Map<string, ServicePort>()

  constructor(trace: Trace) {
    trace.flows.serviceOf = (transport, server) =>
      this.#names.get(`${transport} ${server.port}`)?.service ?? null
  }

  get size(): number {
    return this.#names.size
  }

  list(): ServicePort[] {
    return [...this.#names.values()]
  }

  /** From now on: conversations that are known keep what they were found to be. */
  name(named: ServicePort): void {
    this.#names.set(`${named.transport} ${named.port}`, named)
  }

  /** Somebody else has the port now. */
  forget(port: number): void {
    for (const transport of ['tcp', 'udp']) this.#names.delete(`${transport} ${port}`)
  }
}
