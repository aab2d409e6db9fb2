/** A lab network as the API describes it, for the tests of the map and of the cable's settings. */
import type { CableNode, HostNode, LabNetworkNode } from '../../server/dashboard/api-network.ts'
import { PRESETS } from '../../server/network/presets.ts'

export function host(address: string, kind: HostNode['kind'], rest: Partial<HostNode> = {}): HostNode {
  const doors = { server: 'direct', client: 'gateway', router: 'router' } as const
  return {
    name: address,
    mac: `02:00:${address
      .split('.')
      .map((part) => Number(part).toString(16).padStart(2, '0'))
      .join(':')}`,
    address,
    kind,
    door: doors[kind],
    remote: null,
    connections: 0,
    ...rest,
  }
}

export const SERVER = host('10.0.0.1', 'server', { name: 'server' })

export function cable(name: string, between: [string, string], cut = false): CableNode {
  return { name, between, cut, inside: 0 }
}

export function network(rest: Partial<LabNetworkNode> = {}): LabNetworkNode {
  const [perfect] = PRESETS
  return {
    network: 'lab',
    topology: 'switch',
    seed: 1,
    up: { ...perfect!.up },
    down: { ...perfect!.down },
    preset: 'perfect',
    presets: [...PRESETS],
    hosts: [SERVER, host('10.0.0.100', 'client', { remote: '127.0.0.1', connections: 1 })],
    cables: [cable('server', ['switch', 'server'])],
    chosen: [],
    undo: null,
    ...rest,
  }
}

/** As the server describes `--topology router`. */
export function routed(): LabNetworkNode {
  return network({
    topology: 'router',
    hosts: [
      SERVER,
      host('10.0.1.100', 'client', { remote: '127.0.0.1' }),
      ...['r1', 'r2', 'r3'].map((name, i) => host(`10.0.${i + 1}.254`, 'router', { name })),
    ],
    cables: [
      cable('server', ['switch', 'server']),
      cable('r1-r2', ['r1', 'r2']),
      cable('r1-r3', ['r1', 'r3']),
      cable('r3-r2', ['r3', 'r2']),
    ],
  })
}
