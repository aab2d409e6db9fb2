/** Which ports are our services', and what that says of the packets there. */
import { echo } from '../protocols/echo.ts'
import type { Trace } from './trace.ts'

export interface ServicePort {
  readonly transport: 'tcp' | 'udp'
  readonly port: number
  /** Such as `tcp-echo`. */
  readonly service: string
}

export class ServiceNames {
  readonly #trace: Trace
  readonly #names = new Map<string, ServicePort>()

  constructor(trace: Trace) {
    this.#trace = trace
    trace.flows.serviceOf = (transport, server) =>
      this.#names.get(`${transport} ${server.port}`)?.service ?? null
  }

  get size(): number {
    return this.#names.size
  }

  list(): ServicePort[] {
    return [...this.#names.values()]
  }

  /**
   * Echoed bytes look like nothing, so the port must say what they are; the rest is recognised. It is never
   * unsaid: packets that are held are read again, and must read the same.
   */
  name(named: ServicePort): void {
    const { transport, port, service } = named
    this.#names.set(`${transport} ${port}`, named)
    if (service === 'tcp-echo' || service === 'udp-echo') {
      this.#trace.stack.decodeAs({ table: `${transport}.port`, port, protocol: echo })
    }
  }
}
