/** Running labs, found by the files that they leave: `{pid, run, url, ports}`, readable by their user alone. */
import { rmSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { systemCode, UsageError } from './errors.ts'

export interface Instance {
  readonly pid: number
  /** Changes when the observer starts anew. */
  readonly run: string
  /** The dashboard's. */
  readonly url: string
  /** By service name: `dashboard`, `hub`, `tcp-echo`, … */
  readonly ports: Readonly<Record<string, number>>
  /** Set where the dashboard asks for one. */
  readonly token?: string
  /** The local socket by which programs join its lab network (`wirelab/net`); none on the kernel's network. */
  readonly join?: string
}

/** Where the files are: `$XDG_RUNTIME_DIR/wirelab`, or `~/.local/state/wirelab` where that is not set. */
export function instancesFolder(env: NodeJS.ProcessEnv = process.env): string {
  const runtime = env.XDG_RUNTIME_DIR
  return runtime ? join(runtime, 'wirelab') : join(homedir(), '.local', 'state', 'wirelab')
}

let announced = 0

export interface Announcement {
  /** Writes the file, or writes it anew. Rejects with Node's error where that can't be done. */
  write(instance: Instance): Promise<void>
  /** Synchronous, so that it can be the last thing a process does. */
  remove(): void
}

export function announcement(folder = instancesFolder()): Announcement {
  const path = join(folder, `${process.pid}-${++announced}.json`)
  return {
    async write(instance) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      // Written beside and renamed, so that nobody reads half a file.
      const draft = `${path}.new`
      await writeFile(draft, `${JSON.stringify(instance)}\n`, { mode: 0o600 })
      await rename(draft, path)
    },
    remove: () => rmSync(path, { force: true }),
  }
}

/** The labs that run now, oldest file first. Files of dead ones are swept away. */
export async function listInstances(folder = instancesFolder()): Promise<Instance[]> {
  const names = await readdir(folder).catch(() => [])
  const found = await Promise.all(
    names
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => readInstance(join(folder, name))),
  )
  return found.filter((instance) => instance !== undefined)
}

/**
 * The lab that a command is meant for: the one at `url`, else the only one that runs; undefined when none
 * does. Throws a UsageError that lists them when there are several.
 */
export async function chooseInstance(
  url?: string,
  folder = instancesFolder(),
): Promise<Instance | undefined> {
  const instances = await listInstances(folder)
  if (url !== undefined) {
    const wanted = normalised(url)
    const known = instances.find((instance) => normalised(instance.url) === wanted)
    return known ?? { pid: 0, run: '', url: wanted, ports: {} }
  }
  if (instances.length > 1) {
    const list = instances.map((instance) => `  --url ${instance.url}   (process ${instance.pid})`)
    throw new UsageError(['several labs are running; say which one:', ...list].join('\n'))
  }
  return instances[0]
}

function normalised(url: string): string {
  const parsed = URL.canParse(url)
    ? new URL(url)
    : URL.canParse(`http://${url}`)
      ? new URL(`http://${url}`)
      : undefined
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    throw new UsageError(
      `--url: expected an address such as http://127.0.0.1:3000; found ${JSON.stringify(url)}`,
    )
  }
  return parsed.origin
}

async function readInstance(path: string): Promise<Instance | undefined> {
  const instance = parseInstance(await readFile(path, 'utf8').catch(() => ''))
  const state = instance === undefined ? 'dead' : await stateOf(instance)
  if (state === 'dead') await rm(path, { force: true }).catch(() => undefined)
  return state === 'alive' ? instance : undefined
}

function parseInstance(json: string): Instance | undefined {
  try {
    const value: Partial<Instance> | null = JSON.parse(json)
    const whole =
      typeof value?.pid === 'number' &&
      typeof value.run === 'string' &&
      typeof value.url === 'string' &&
      typeof value.ports === 'object' &&
      value.ports !== null
    return whole ? (value as Instance) : undefined
  } catch {
    return undefined
  }
}

const ANSWER_WITHIN_MS = 1000

/** A process id may have passed to another program since: only the lab itself knows its run. */
async function stateOf(instance: Instance): Promise<'alive' | 'dead' | 'silent'> {
  if (!isRunning(instance.pid)) return 'dead'
  try {
    const headers = instance.token === undefined ? {} : { authorization: `Bearer ${instance.token}` }
    const response = await fetch(`${instance.url}/api/status`, {
      headers,
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    })
    const status: unknown = await response.json()
    const run = typeof status === 'object' && status !== null && 'run' in status ? status.run : undefined
    // Another run at that address: the observer was just restarted, or another lab has the port.
    return run === instance.run ? 'alive' : 'silent'
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined
    return systemCode(cause) === 'ECONNREFUSED' ? 'dead' : 'silent'
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return systemCode(error) === 'EPERM'
  }
}
