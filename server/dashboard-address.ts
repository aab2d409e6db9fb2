/** Where the dashboard listens, and what it may be called by. */
import os from 'node:os'
import { LOOPBACK } from './bench.ts'
import { isLoopback } from './config.ts'

/** Addresses that stand for all of a machine's. */
const EVERYWHERE: ReadonlySet<string> = new Set(['0.0.0.0', '::'])

/** What to listen on for `--host`; this machine can reach it by loopback in any case. */
export function dashboardHosts(host: string | undefined): readonly string[] {
  if (host === undefined) return LOOPBACK
  return EVERYWHERE.has(host) || isLoopback(host) ? [host] : [host, ...LOOPBACK]
}

/** What a browser may call us by: the addresses listened on, which for 0.0.0.0 are all of this machine's. */
export function dashboardNames(hosts: readonly string[]): string[] {
  if (!hosts.some((host) => EVERYWHERE.has(host))) return [...hosts]
  return [os.hostname(), ...interfaces().map(({ address }) => address)]
}

/** Addresses to type into a browser: this machine's own first, then those for other machines. */
export function dashboardUrls(hosts: readonly string[], port: number): [string, ...string[]] {
  const own = hosts.find(isLoopback) ?? '127.0.0.1'
  const others = hosts.some((host) => EVERYWHERE.has(host))
    ? interfaces().flatMap(({ address, family, internal }) =>
        internal || family !== 'IPv4' ? [] : [address],
      )
    : hosts.filter((host) => !isLoopback(host))
  const url = (host: string) => `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  return [url(own), ...others.map(url)]
}

function interfaces(): os.NetworkInterfaceInfo[] {
  return Object.values(os.networkInterfaces()).flatMap((list) => list ?? [])
}
