/** How a client of ours reaches a service: by the kernel's network, or from a lab host of its own. */
import dgram from 'node:dgram'
import net from 'node:net'
import type { Duplex } from 'node:stream'
import { WallClock } from '../network/clock.ts'
import type { Host } from '../network/host.ts'
import { LabNetwork } from '../network/lab-network.ts'
import { labDatagram } from '../network/socket/lab-datagram.ts'
import { connectLab } from '../network/socket/lab-socket.ts'
import type { Ground } from '../services/ground.ts'
import { kernelGround } from '../services/kernel-ground.ts'
import { labGround } from '../services/lab-ground.ts'

/** A `net.Socket` as far as our clients use it. */
export type ClientSocket = Duplex & {
  readonly localAddress?: string | undefined
  readonly localPort?: number | undefined
}

/** A `dgram.Socket` as far as our clients use it. */
export interface ClientDatagrams {
  connect(port: number, address: string, ready: () => void): void
  send(message: string): void
  address(): { address: string; port: number }
  close(done: () => void): unknown
  on(event: 'message', listener: (bytes: Buffer) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
}

/** Somewhere where nobody looks. */
export interface Rehearsal {
  readonly ground: Ground
  readonly dial: Dialler
  close(): void
}

export interface Dialler {
  /** Which code it runs through. */
  readonly network: 'kernel' | 'lab'
  /** Without Nagle's algorithm. Refusal and the like come as 'error', success as 'connect'. */
  connect(host: string, port: number): ClientSocket
  datagrams(host: string): ClientDatagrams
  rehearse(): Rehearsal
}

const LOOPBACK = '127.0.0.1'

export const kernelDialler: Dialler = {
  network: 'kernel',
  connect: (host, port) => net.connect({ host, port, noDelay: true }),
  datagrams: (host) => dgram.createSocket(host.includes(':') ? 'udp6' : 'udp4'),
  rehearse: () => ({ ground: kernelGround([LOOPBACK]), dial: kernelDialler, close: () => undefined }),
}

export function labDialler(from: Host): Dialler {
  return {
    network: 'lab',
    connect: (address, port) => connectLab(from, { address, port, noDelay: true }),
    datagrams: () => labDatagram(from),
    rehearse() {
      const network = new LabNetwork({ clock: new WallClock(), seed: 1 })
      const dial = labDialler(network.addClient('rehearsal', 'demo'))
      return { ground: labGround(network.server), dial, close: () => network.close() }
    },
  }
}
