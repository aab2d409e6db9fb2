/** Which port a service gets, and what is said where the wanted one is taken. */
import { randomInt } from 'node:crypto'
import dgram from 'node:dgram'
import net from 'node:net'
import { PortInUseError, StartError, systemCode } from './errors.ts'
import { listInstances } from './instances.ts'
import { portOwner } from './port-owner.ts'
import { listen } from './services/service.ts'

export interface WantedPort {
  /** The flag that sets it, without dashes: `tcp-port`. */
  readonly flag: string
  readonly port: number
  readonly transport: 'tcp' | 'udp'
  /** Asked for by number: no other will do. */
  readonly explicit: boolean
}

/** A note is set when the wanted port was taken: by whom, as far as can be told. */
export interface Placed<T> {
  readonly started: T
  readonly note: string | null
}

/**
 * Starts something at the wanted port; where that is taken, at any free one. Rejects with a PortInUseError
 * when that very port was asked for, and with a StartError when it may not be used.
 */
export async function placeAt<T>(
  wanted: WantedPort,
  start: (port: number) => Promise<T>,
): Promise<Placed<T>> {
  const { port, flag } = wanted
  try {
    return { started: await start(port), note: null }
  } catch (error) {
    if (systemCode(error) === 'EACCES') {
      throw new StartError(
        `port ${port} is not permitted to this user; start with --${flag} 0, or one above 1023`,
      )
    }
    if (systemCode(error) !== 'EADDRINUSE') throw error
    const owner = await ownerOf(port, wanted.transport)
    const taken = `port ${port} is in use${owner === undefined ? '' : ` by ${owner}`}`
    if (wanted.explicit) throw new PortInUseError(`${taken}; free it, or start with --${flag} 0`, port)
    return { started: await start(0), note: taken }
  }
}

/** A port that is free on all the hosts now. Rejects with Node's error when the given one is not. */
export async function freePort(hosts: readonly string[], port = 0): Promise<number> {
  const held = await listen(net.createServer(), { hosts, port })
  await held.close()
  return held.port
}

/** Given to runs whose learner may not listen yet: the system takes them for free. */
const given = new Set<number>()

/**
 * A port that is free for TCP and for UDP on all the hosts now, and that no outgoing connection is given: below the
 * ports that systems draw from for those. Nobody else gets it here until `giveBack`. Rejects with Node's error when none
 * can be found.
 */
export async function freeForBoth(hosts: readonly string[]): Promise<number> {
  for (let tries = 1; ; tries++) {
    const wanted = randomInt(FIRST_QUIET_PORT, LAST_QUIET_PORT + 1)
    if (given.has(wanted)) continue
    try {
      const port = await freePort(hosts, wanted)
      for (const host of hosts) await tryDatagrams(host, port)
      given.add(port)
      return port
    } catch (error) {
      if (tries >= MOST_TRIES || systemCode(error) !== 'EADDRINUSE') throw error
    }
  }
}

/** May be called again. */
export function giveBack(ports: Iterable<number>): void {
  for (const port of ports) given.delete(port)
}

/** Linux draws from 32768 on (ip_local_port_range), others from 49152 on (RFC 6335 §6). */
const FIRST_QUIET_PORT = 20_000
const LAST_QUIET_PORT = 32_767
const MOST_TRIES = 20

function tryDatagrams(address: string, port: number): Promise<void> {
  const socket = dgram.createSocket(address.includes(':') ? 'udp6' : 'udp4')
  return new Promise((resolve, reject) => {
    socket.once('error', (error) => {
      socket.close()
      // Of several addresses one may not exist here, as ::1 in some containers.
      if (systemCode(error) === 'EADDRNOTAVAIL') resolve()
      else reject(error)
    })
    socket.bind({ port, address, exclusive: true }, () => socket.close(() => resolve()))
  })
}

/** In words; undefined when nobody can tell. */
async function ownerOf(port: number, transport: WantedPort['transport']): Promise<string | undefined> {
  for (const { pid, url, ports } of await listInstances()) {
    const [service] = Object.entries(ports).find(([, taken]) => taken === port) ?? []
    if (service === undefined || (service === 'udp-echo') !== (transport === 'udp')) continue
    return `another Wirelab (process ${pid}, ${url})`
  }
  const owner = await portOwner(port, transport)
  return owner && `process ${owner.pid} (${owner.command})`
}
