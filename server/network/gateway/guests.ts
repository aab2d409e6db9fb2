/**
 * The lab hosts that stand for machines outside: one for each remote address, whatever ports it calls from. It
 * comes with a machine's first connection, and goes when none is left for a while.
 */
import net from 'node:net'
import os from 'node:os'
import type { HostNode } from '../../dashboard/api-network.ts'
import { systemCode } from '../../errors.ts'
import { type Clock, type Timer, WallClock } from '../clock.ts'
import type { Host } from '../host.ts'
import type { LabNetwork } from '../lab-network.ts'

/** Longer than a connection's TIME-WAIT (60 s), which is the host's to keep. */
const REST_MS = 90_000
export const THIS_MACHINE = 'your computer'

/** One user of a host. */
export interface Stay {
  readonly host: Host
  /** May be called again. */
  leave(): void
}

interface Guest {
  readonly host: Host
  users: number
  rest: Timer | undefined
}

export interface GuestsOptions {
  readonly network: Pick<LabNetwork, 'addClient' | 'remove'>
  readonly clock?: Clock
  /** How the hosts are drawn. */
  readonly door?: HostNode['door']
}

export class Guests {
  readonly #network: GuestsOptions['network']
  readonly #clock: Clock
  readonly #door: HostNode['door']
  /** By name; in the order in which they last became idle. */
  readonly #guests = new Map<string, Guest>()

  constructor({ network, clock = new WallClock(), door = 'gateway' }: GuestsOptions) {
    this.#network = network
    this.#clock = clock
    this.#door = door
  }

  /** A stay for the machine at this address. Throws a NetworkError when the lab network is full. */
  from(remote: string, local?: string): Stay {
    return isThisMachine(remote, local)
      ? this.stay(THIS_MACHINE, '127.0.0.1')
      : this.stay(plain(remote), plain(remote))
  }

  /** A stay in the host of that name. Throws a NetworkError when the lab network is full. */
  stay(name: string, remote?: string): Stay {
    const guest = this.#guests.get(name) ?? this.#arrive(name, remote)
    guest.users++
    guest.rest?.cancel()
    guest.rest = undefined
    let here = true
    const leave = () => {
      if (!here) return
      here = false
      guest.users--
      if (guest.users > 0 || this.#guests.get(name) !== guest) return
      // Behind all the others, so that the one that has been idle for longest comes first.
      this.#guests.delete(name)
      this.#guests.set(name, guest)
      guest.rest = this.#clock.at(this.#clock.now() + REST_MS, () => this.#depart(name, guest))
    }
    return { host: guest.host, leave }
  }

  /** Takes all of them off the network; their connections are reset. */
  close(): void {
    for (const [name, guest] of [...this.#guests]) this.#depart(name, guest)
  }

  #arrive(name: string, remote: string | undefined): Guest {
    const guest: Guest = { host: this.#makeRoom(name, remote), users: 0, rest: undefined }
    this.#guests.set(name, guest)
    return guest
  }

  /** Where every address is taken, whoever has been idle for longest gives way. */
  #makeRoom(name: string, remote: string | undefined): Host {
    for (;;) {
      try {
        return this.#network.addClient(name, this.#door, remote)
      } catch (error) {
        const idle = [...this.#guests].find(([, { users }]) => users === 0)
        if (systemCode(error) !== 'subnet-full' || idle === undefined) throw error
        this.#depart(...idle)
      }
    }
  }

  #depart(name: string, guest: Guest): void {
    guest.rest?.cancel()
    guest.rest = undefined
    this.#guests.delete(name)
    this.#network.remove(guest.host)
  }
}

/** `::ffff:192.0.2.1` is 192.0.2.1, to a socket that listens on both (RFC 4291 §2.5.5.2). */
function plain(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  return mapped ?? address
}

/** Loopback, the address that it called, or any other of this machine's. */
function isThisMachine(remote: string, local: string | undefined): boolean {
  const address = plain(remote)
  if (loopback.check(address, net.isIPv6(address) ? 'ipv6' : 'ipv4')) return true
  if (local !== undefined && address === plain(local)) return true
  return Object.values(os.networkInterfaces()).some((list) => list?.some((each) => each.address === address))
}

const loopback = new net.BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')
