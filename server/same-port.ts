/** Several addresses of this machine, one port. */
import { systemCode } from './errors.ts'

export interface Doorstep {
  /** Addresses to listen on, all at the same port; one that this machine lacks is left out. */
  readonly hosts: readonly string[]
  /** 0 for any free port. */
  readonly port: number
}

const TRIES = 20
const ABSENT = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EPROTONOSUPPORT'])

/**
 * Binds the same port on every host. Port 0 is chosen at the first host; where another host has it taken,
 * all begin again with another one. Rejects with what `bind` threw.
 */
export async function samePort(
  { hosts, port }: Doorstep,
  bind: (host: string, port: number) => Promise<number>,
  unbindAll: () => Promise<void>,
): Promise<{ port: number; hosts: string[] }> {
  for (let tries = 1; ; tries++) {
    let chosen = port
    const bound: string[] = []
    try {
      for (const host of hosts) {
        try {
          chosen = await bind(host, chosen)
          bound.push(host)
        } catch (error) {
          // No IPv6 here, say. The first host must be there.
          if (bound.length === 0 || !ABSENT.has(systemCode(error) ?? '')) throw error
        }
      }
      return { port: chosen, hosts: bound }
    } catch (error) {
      await unbindAll()
      const bySomebodyElse = port === 0 && bound.length > 0 && systemCode(error) === 'EADDRINUSE'
      if (!bySomebodyElse || tries >= TRIES) throw error
    }
  }
}
