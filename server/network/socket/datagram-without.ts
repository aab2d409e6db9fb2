/**
 * What `dgram.Socket` has and the lab network has not: multicast (switches here know no groups), and the kernel's
 * buffer sizes. Each call says so by an error, as a kernel without it would.
 */
import { EventEmitter } from 'node:events'
import { socketError } from './socket-error.ts'

export class DatagramWithout extends EventEmitter {
  addMembership(..._group: unknown[]): void {
    noMulticast('addMembership')
  }
  dropMembership(..._group: unknown[]): void {
    noMulticast('dropMembership')
  }
  addSourceSpecificMembership(..._group: unknown[]): void {
    noMulticast('addSourceSpecificMembership')
  }
  dropSourceSpecificMembership(..._group: unknown[]): void {
    noMulticast('dropSourceSpecificMembership')
  }
  setMulticastInterface(_address: string): void {
    noMulticast('setMulticastInterface')
  }
  setMulticastLoopback(_on: boolean): boolean {
    return noMulticast('setMulticastLoopback')
  }
  setMulticastTTL(_ttl: number): number {
    return noMulticast('setMulticastTTL')
  }
  getRecvBufferSize(): number {
    return noBuffer('getRecvBufferSize')
  }
  getSendBufferSize(): number {
    return noBuffer('getSendBufferSize')
  }
  setRecvBufferSize(_bytes: number): void {
    noBuffer('setRecvBufferSize')
  }
  setSendBufferSize(_bytes: number): void {
    noBuffer('setSendBufferSize')
  }
  /** Datagrams leave at once. */
  getSendQueueSize(): number {
    return 0
  }
  getSendQueueCount(): number {
    return 0
  }
}

function noMulticast(syscall: string): never {
  throw socketError('ENOPROTOOPT', syscall, undefined, 'the lab network has no multicast; broadcast it has')
}

function noBuffer(syscall: string): never {
  throw socketError('ENOPROTOOPT', syscall, undefined, 'a lab host has no kernel buffer of its own for UDP')
}
