/** The options of `wirelab read` that need more than a look: -c, -d, -o, -z, --stats. */
import { readFileSync } from 'node:fs'
import { messageOf, systemCode, UsageError } from '../errors.ts'
import type { Verified } from '../protocols/packet.ts'
import { type DecodeAs, PROTOCOLS } from '../protocols/stack.ts'
import type { Collector } from './read-collect.ts'
import { FlowStats } from './read-flows.ts'
import { Follow, parseFollowed, parseManner } from './read-follow.ts'
import { ProtocolStats } from './read-protocols.ts'
import { TimingStats } from './read-timing.ts'

export function parseCount(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new UsageError(`-c ${text}: expected a number of packets, from 1`)
  return Number(text)
}

/** `tcp.port==8888,http`, or for several ports `tcp.port==8000-8010,http`. */
export function parseDecodeAs(text: string): DecodeAs[] {
  const [, transport, first, last = first, name] =
    /^(tcp|udp)\.port\s*==\s*(\d{1,5})(?:\s*-\s*(\d{1,5}))?\s*,\s*([\w.-]+)$/.exec(text.trim()) ?? []
  if (transport === undefined || Number(last) > 65_535 || Number(first) > Number(last)) {
    throw new UsageError(`-d ${text}: expected tcp.port==N,PROTOCOL or udp.port==N,PROTOCOL`)
  }
  const carried = PROTOCOLS.filter((each) => transport === 'udp' || 'frameLength' in each)
  const protocol = carried.find((each) => each.id === name)
  if (protocol === undefined) {
    const names = carried.map((each) => each.id).filter((id) => !id.startsWith('_'))
    throw new UsageError(`-d ${text}: ${name} does not ride in ${transport}; these do: ${names.join(', ')}`)
  }
  const table = transport === 'tcp' ? 'tcp.port' : 'udp.port'
  const rows: DecodeAs[] = []
  for (let port = Number(first); port <= Number(last); port++) rows.push({ table, port, protocol })
  return rows
}

/** tshark's preferences, as far as they are ours. */
export interface Preferences {
  readonly verify: Verified
  /** Lines of NSS key logs. */
  readonly secrets: string
}

export function parsePreferences(options: readonly string[]): Preferences {
  const verify: { ip?: boolean; tcp?: boolean; udp?: boolean } = {}
  let secrets = ''
  for (const option of options) {
    const [, name = '', value = ''] = /^([\w.]+):(.*)$/s.exec(option) ?? []
    const checked = /^(ip|tcp|udp)\.check_checksum$/.exec(name)?.[1] as keyof Verified | undefined
    const state = /^(true|false)$/i.exec(value)?.[1]?.toLowerCase()
    if (checked !== undefined && state !== undefined) verify[checked] = state === 'true'
    else if (/^(tls|ssl)\.keylog_file$/.test(name) && value !== '') secrets += readSecrets(option, value)
    else {
      throw new UsageError(
        `-o ${option}: expected tls.keylog_file:PATH, or ip.check_checksum:TRUE, tcp. or udp. likewise`,
      )
    }
  }
  return { verify, secrets }
}

function readSecrets(option: string, path: string): string {
  try {
    return `${readFileSync(path, 'latin1')}\n`
  } catch (error) {
    const what = systemCode(error) === 'ENOENT' ? 'there is no such file' : messageOf(error)
    throw new UsageError(`-o ${option}: ${what}`)
  }
}

const STATISTICS: Readonly<Record<string, () => Collector>> = {
  flows: () => new FlowStats(),
  protocols: () => new ProtocolStats(),
  timing: () => new TimingStats(),
}

export function parseStatistics(name: string): Collector {
  const make = Object.hasOwn(STATISTICS, name) ? STATISTICS[name] : undefined
  if (make !== undefined) return make()
  throw new UsageError(`--stats ${name}: expected ${Object.keys(STATISTICS).join(', ')}`)
}

/** tshark's `-z`, where we have the same. */
export function parseTap(text: string): Collector {
  const [, transport] = /^conv,(tcp|udp)$/.exec(text) ?? []
  if (transport === 'tcp' || transport === 'udp') return new FlowStats(transport)
  if (text === 'io,phs') return new ProtocolStats()
  const [, content, manner, index] = /^follow,([a-z]+),([a-z]+),(\d+)$/.exec(text) ?? []
  if (content !== undefined) {
    return new Follow(parseFollowed(`${content}.${index}`, '-z'), parseManner(manner))
  }
  throw new UsageError(
    `-z ${text}: expected conv,tcp or conv,udp (--stats flows), io,phs (--stats protocols) or ` +
      'follow,tcp,ascii,N (--follow tcp.N); there is --stats timing, too',
  )
}
