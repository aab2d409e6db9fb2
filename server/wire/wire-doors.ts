/** What joins a wire to the world: its own port on this machine, and the way out to the server, for TCP and UDP. */
import { isIP } from 'node:net'
import { PortInUseError, StartError, systemCode } from '../errors.ts'
import { ipv4Text } from '../network/address.ts'
import type { Clock } from '../network/clock.ts'
import { openExit } from '../network/gateway/exit.ts'
import { openGateway } from '../network/gateway/gateway.ts'
import { Guests } from '../network/gateway/guests.ts'
import { openUdpExit } from '../network/gateway/udp-exit.ts'
import { openUdpGateway } from '../network/gateway/udp-gateway.ts'
import type { LabNetwork } from '../network/lab-network.ts'
import type { Pressure } from '../network/pressure.ts'
import { portOwner } from '../port-owner.ts'
import type { Naming, Target } from './wire-options.ts'

export interface DoorsOptions {
  readonly network: LabNetwork
  readonly clock: Clock
  readonly to: Target
  readonly listen: number
  readonly host: string
  readonly named: Naming
  /** Whoever must keep up with what comes in by TCP. */
  readonly pressure: Pressure | undefined
}

export interface Doors {
  readonly port: number
  /** Nothing comes in any more; what is open is reset. */
  close(): Promise<void>
}

/** Free ports of TCP and of UDP are chosen by the kernel one without the other. */
const TRIES = 20

/**
 * Rejects with a PortInUseError that says by whom, or with a StartError: no such name, no such address here, not
 * permitted. Nothing is open then.
 */
export async function openDoors(options: DoorsOptions): Promise<Doors> {
  const { network, clock, to, host, named } = options
  const pressure = options.pressure && { pressure: options.pressure }
  const { server } = network
  const closing: (() => void | Promise<void>)[] = []
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end()
  }
  try {
    const exit = openExit({ host: server, port: to.port, to, ...pressure })
    closing.push(() => exit.close())
    const udpExit = await openUdpExit({ host: server, port: to.port, to, clock })
    closing.push(() => udpExit.close())
    const guests = new Guests({ network, clock })
    closing.push(() => guests.close())
    const way = {
      network,
      clock,
      guests,
      hosts: [host],
      to: { address: ipv4Text(server.address), port: to.port },
    }
    const port = await samePort(options.listen, async (wanted) => {
      const gateway = await openGateway({ ...way, ...pressure, port: wanted })
      try {
        const udp = await openUdpGateway({ ...way, port: gateway.port })
        closing.push(
          () => udp.close(),
          () => gateway.close(),
        )
        return gateway.port
      } catch (error) {
        await gateway.close()
        throw error
      }
    })
    return { port, close }
  } catch (error) {
    await close()
    throw await explained(error, options, named)
  }
}

async function samePort(wanted: number, open: (port: number) => Promise<number>): Promise<number> {
  for (let tries = 1; ; tries++) {
    try {
      return await open(wanted)
    } catch (error) {
      if (wanted !== 0 || systemCode(error) !== 'EADDRINUSE' || tries >= TRIES) throw error
    }
  }
}

async function explained(
  error: unknown,
  { to, listen, host }: DoorsOptions,
  named: Naming,
): Promise<unknown> {
  switch (systemCode(error)) {
    case 'EADDRINUSE': {
      const owner = (await portOwner(listen, 'tcp')) ?? (await portOwner(listen, 'udp'))
      const by = owner === undefined ? '' : ` by process ${owner.pid} (${owner.command})`
      const other = `free it, or take another with ${named('listen')}`
      return new PortInUseError(`port ${listen} is in use${by}; ${other}`, listen)
    }
    case 'EACCES':
      return new StartError(
        `port ${listen} is not permitted to this user; ${named('listen')}: take one above 1023`,
      )
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
      return new StartError(`${named('host')}: ${host} is no address of this machine`)
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new StartError(`${named('to')}: there is no address for ${JSON.stringify(to.host)}`)
    default:
      return error
  }
}

/** As it stands in a URL. */
export const urlHost = (host: string): string => (isIP(host) === 6 ? `[${host}]` : host)
