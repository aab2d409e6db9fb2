/** What a socket at the hub is called beside its id: whose program it is, as far as that is known. */
import type { EndpointNode } from '../../server/dashboard/api.ts'
import type { SocketNode } from '../../server/dashboard/api-events.ts'
import type { HostNode } from '../../server/dashboard/api-network.ts'

export type SocketName = (socket: SocketNode) => string

const YOURS = 'your program'

/**
 * A program that joined the lab network has given its host a name; others are told by where they come from. Empty where
 * nothing is known. `sentFrom`: sockets of messages that this page sent.
 */
export function socketName(
  { remoteAddress, remotePort }: Pick<SocketNode, 'remoteAddress' | 'remotePort'>,
  hosts: readonly Pick<HostNode, 'address' | 'name' | 'door' | 'remote'>[],
  sentFrom: readonly EndpointNode[],
): string {
  if (remoteAddress === null) return ''
  const address = bare(remoteAddress)
  if (sentFrom.some((one) => bare(one.address) === address && one.port === remotePort)) return 'this page'
  const host = hosts.find((one) => one.address === address)
  if (host === undefined) return isHere(address) ? YOURS : ''
  if (host.door === 'demo') return 'lab’s client'
  return host.door === 'gateway' && host.remote !== null && isHere(bare(host.remote)) ? YOURS : host.name
}

const bare = (address: string) => address.replace(/^::ffff:/, '')
const isHere = (address: string) => address.startsWith('127.') || address === '::1' || address === 'localhost'
