/** Names, as far as a network without a name service has any. */
import { isIP } from 'node:net'
import type { Lookup } from './connect-arguments.ts'
import { unknownName } from './socket-error.ts'

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|::ffff:127\.0\.0\.1|0\.0\.0\.0|::)$/i

/** This computer, by any of its names; a name that was left out is this computer, too. */
export const isLoopbackName = (name: string | undefined): boolean => name === undefined || LOOPBACK.test(name)

/**
 * The address text that `host` stands for: itself if it is one or means this computer, else what the program's
 * own `lookup` says. Rejects with ENOTFOUND, or with what `lookup` rejects with.
 */
export async function lookUp(
  host: string | undefined,
  lookup: Lookup | undefined,
): Promise<string | undefined> {
  if (host === undefined || isIP(host) !== 0) return host
  if (lookup !== undefined) return byProgram(host, lookup)
  if (isLoopbackName(host)) return host
  throw unknownName(host)
}

function byProgram(host: string, lookup: Lookup): Promise<string> {
  return new Promise((resolve, reject) => {
    lookup(host, { family: 0, hints: 0, all: false }, (error, found) => {
      const address = typeof found === 'string' ? found : found?.[0]?.address
      if (error) reject(error)
      else if (address === undefined || isIP(address) === 0) reject(unknownName(host))
      else resolve(address)
    })
  })
}
