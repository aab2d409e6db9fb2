/** What `wirelab expect` looks at: a wire in this process, or a lab over its API. */
import { setTimeout as pause } from 'node:timers/promises'
import type { PacketPage, Row, Status } from '../dashboard/api.ts'
import { LabError, messageOf } from '../errors.ts'
import { runEnvironment } from '../labs/program.ts'
import type { LabAddress } from '../private-lab.ts'
import { compileFilter } from '../trace/filter.ts'
import { insteadLines, insteadText, Search } from '../wire/seen.ts'
import type { OpenWire } from '../wire/wire.ts'

export interface Watch {
  /** The first frames that match: as soon as there are so many, else those there are when `stop` is aborted. */
  until(count: number, stop: AbortSignal): Promise<Row[]>
  /** What came instead. */
  instead(): Promise<string>
}

export function watchWire({ trace }: OpenWire, filter: string): Watch {
  const search = new Search(trace, compileFilter(filter))
  return {
    until: async (count, stop) => {
      await search.until(count, stop)
      return search.found.map((number) => trace.row(number)).filter((row) => row !== undefined)
    },
    instead: async () => insteadText(trace),
  }
}

/** How often a lab is asked, and how long it has to answer. */
const POLL_MS = 100
const ANSWER_WITHIN_MS = 30_000
/** Rows of one answer: the API's most. */
const PAGE = 1000

/** Only what comes from now on counts. Rejects with a LabError. */
export async function watchLab(lab: LabAddress, filter: string): Promise<Watch> {
  const page = (query: Record<string, string | number>) => {
    const search = new URLSearchParams()
    for (const [name, value] of Object.entries(query)) search.set(name, String(value))
    return ask<PacketPage>(lab, `/api/packets?${search}`)
  }
  const begin = (await page({ limit: 1 })).last
  const rows: Row[] = []
  let after = begin
  const advance = async (count: number) => {
    for (;;) {
      const { packets, complete } = await page({ filter, after, limit: PAGE })
      rows.push(...packets)
      after = packets.at(-1)?.number ?? after
      if (rows.length >= count || packets.length < PAGE || !complete) return
    }
  }
  return {
    async until(count, stop) {
      for (;;) {
        const over = stop.aborted
        await advance(count)
        if (rows.length >= count || over) return rows.slice(0, count)
        await pause(POLL_MS, undefined, { signal: stop }).catch(() => undefined)
      }
    },
    async instead() {
      const { last } = await page({ limit: 1 })
      const { packets } = await page({ before: last + 1, limit: PAGE })
      const own = packets.filter(({ number }) => number > begin)
      return insteadLines(own, last - begin)
    },
  }
}

/** The lab's ports, named as for the labs' programs. */
const PORT_NAMES: Readonly<Record<string, string>> = {
  hub: 'HUB',
  'tcp-echo': 'TCP',
  'udp-echo': 'UDP',
  'websocket-echo': 'WS',
  'hub-tls': 'TLS',
}

/** `WIRELAB_HOST`, `WIRELAB_TCP_PORT`, … and `WIRELAB_URL`, the dashboard's. */
export async function labEnvironment(lab: LabAddress): Promise<Record<string, string>> {
  const { services } = await ask<Status>(lab, '/api/status')
  const ports = services.flatMap(({ name, port, state }) =>
    state === 'listening'
      ? [[PORT_NAMES[name] ?? name.toUpperCase().replaceAll('-', '_'), port] as const]
      : [],
  )
  return { ...runEnvironment(Object.fromEntries(ports)), WIRELAB_URL: lab.url }
}

async function ask<T>({ url, token }: LabAddress, path: string): Promise<T> {
  let response: Response
  try {
    response = await fetch(`${url}${path}`, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    })
  } catch (error) {
    throw new LabError(`no lab answers at ${url} (${messageOf(error)}); is it running?`, { cause: error })
  }
  const answer: unknown = await response.json()
  if (response.ok) return answer as T
  const message = typeof answer === 'object' && answer !== null && 'message' in answer ? answer.message : ''
  throw new LabError(`${url} says: ${String(message)}`)
}
