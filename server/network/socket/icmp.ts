/**
 * `wirelab/icmp`: ping and what routers answer, for a program that is a host of the lab network itself. Node has no
 * ICMP of its own; the names are ping(8)'s.
 */
import { ipv4Text } from '../address.ts'
import type { PingOptions } from '../icmp.ts'
import { joinedHost } from './joined-host.ts'

export type { PingOptions }

/** Addresses are dotted decimal. */
export type PingResult =
  | {
      readonly kind: 'reply'
      readonly from: string
      /** As it came: what routers have left of it. */
      readonly ttl: number
      readonly ms: number
      /** Of data. */
      readonly bytes: number
    }
  /** A router has said so: the TTL ran out there (RFC 792). */
  | { readonly kind: 'time exceeded'; readonly from: string }
  /** `code` is ICMP's (RFC 792); `from` is this host itself where it could not even send. */
  | { readonly kind: 'unreachable'; readonly from: string; readonly code: number }
  | { readonly kind: 'timeout' }

/**
 * Sends one echo request and waits for what comes of it. Rejects with ENETDOWN when there is no lab network, and with
 * ENOTFOUND for a name: `localhost` is the lab's server, anything else is dotted decimal.
 */
export async function ping(address: string, options: PingOptions = {}): Promise<PingResult> {
  const attachment = await joinedHost('client')
  const target = attachment.target(address, 0, 'udp')
  if (target === undefined) {
    throw Object.assign(new Error(`ping ENOTFOUND ${address}: expected an IPv4 address`), {
      code: 'ENOTFOUND',
    })
  }
  let fail: (error: Error) => void = () => undefined
  const down = new Promise<never>((_, reject) => {
    fail = reject
  })
  const stay = attachment.enter((error) => fail(error))
  try {
    const result = await Promise.race([attachment.host.ping(target.address, options), down])
    return 'from' in result ? { ...result, from: ipv4Text(result.from) } : result
  } finally {
    stay.leave()
  }
}

export default { ping }
