/** Where the services stand, and how programs on this machine reach them. */
import type { Dialler } from './compare/dialler.ts'
import type { EndpointNode } from './dashboard/api.ts'
import type { CableHold } from './dashboard/api-network.ts'
import type { Service, ServiceOptions } from './services/service.ts'

/** A service, and the door by which programs on this machine reach it. */
export interface Stand<T extends Service> {
  readonly service: T
  /** The port of this machine. */
  readonly port: number
  /** Where it is on the lab network; null on the kernel's. */
  readonly lab: EndpointNode | null
  /** Ends the service and its connections. */
  close(): Promise<void>
}

export interface Place {
  readonly transport: 'tcp' | 'udp'
  /** Addresses and port of this machine; 0 for any free port. */
  readonly hosts: readonly string[]
  readonly port: number
  /** The port on the lab network; the same number when left out. */
  readonly labPort?: number
}

/** What a lab run needs beside its services. */
export interface RunPorts {
  /**
   * By name. LISTEN is free for a server of the learner's on this machine, TCP and UDP; DOOR is where clients find that
   * server (on the kernel's network, where it is); LISTEN2, DOOR2 and so on are the same for further servers; and at
   * CLOSED nobody is at home.
   */
  readonly ports: Readonly<Record<string, number>>
  close(): Promise<void>
}

/** `LISTEN` and `DOOR` of the n-th place for a server, from 1. */
export function placeNames(nth: number): { readonly listen: string; readonly door: string } {
  const ending = nth === 1 ? '' : String(nth)
  return { listen: `LISTEN${ending}`, door: `DOOR${ending}` }
}

/** The network's part of the bench: the kernel's (`kernel-site.ts`) or the lab network (`lab-site.ts`). */
export interface Site {
  /** Rejects with Node's error when the port of this machine is taken or may not be used. */
  stand<T extends Service>(place: Place, start: (options: ServiceOptions) => Promise<T>): Promise<Stand<T>>
  /** `places`: how many servers of the learner's there may be. */
  runPorts(hosts: readonly string[], places: number): Promise<RunPorts>
  /** How a client of ours connects, under a name that shows who it is. */
  visit(name: string): { readonly dial: Dialler; leave(): void }
  /**
   * Does something to the cables in the name of a lab run, on top of the user's settings, until it is let go. Throws
   * a NetworkError where it can't be, as on the kernel's network.
   */
  hold(by: string, cable: CableHold): void
  letGo(by: string): void
  close(): Promise<void>
}
