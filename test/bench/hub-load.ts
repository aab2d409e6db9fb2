/** Acked echoes a second at the hub: bare, observed by a whole Wirelab on either network, and with Socket.IO's admin UI watching. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { io, type Socket } from 'socket.io-client'
import type { Status } from '../../server/dashboard/api.ts'
import { listInstances } from '../../server/instances.ts'
import { ANY_PORTS } from '../any-ports.ts'
import { firstJson, mainProgram, median, startScript, stop } from './processes.ts'

const ROUNDS = 3
const SECONDS = 4

interface Load {
  acked: number
  seconds: number
  medianMs: number
}

interface Subject {
  readonly name: string
  /** Starts what is to be measured; answers with the hub's port and how to end it. */
  begin(): Promise<{ port: number; end(): Promise<void> }>
}

export async function startLab(flags: readonly string[] = []): Promise<{
  url: string
  pid: number
  ports: Readonly<Record<string, number>>
  end(): Promise<void>
}> {
  const folder = await mkdtemp(join(tmpdir(), 'wirelab-bench-'))
  const env = { ...process.env, XDG_RUNTIME_DIR: folder }
  const child: ChildProcess = spawn(process.execPath, [mainProgram, 'start', ...ANY_PORTS, ...flags], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  child.stderr?.resume()
  for (let tries = 0; tries < 100; tries++) {
    const [instance] = await listInstances(join(folder, 'wirelab'))
    if (instance !== undefined && (await isCapturing(instance.url))) {
      const end = async () => {
        await stop(child)
        await rm(folder, { recursive: true, force: true })
      }
      return { url: instance.url, pid: instance.pid, ports: instance.ports, end }
    }
    await pause(100)
  }
  await stop(child)
  throw new Error('the lab did not come up within ten seconds')
}

async function isCapturing(url: string): Promise<boolean> {
  const status = (await (await fetch(`${url}/api/status`)).json()) as Status
  return status.capture.state !== 'starting'
}

const SUBJECTS: readonly Subject[] = [
  { name: 'bare hub', begin: () => hubAlone('plain') },
  {
    name: 'behind the lab network, every frame observed',
    async begin() {
      const lab = await startLab(['--network', 'lab'])
      return { port: lab.ports.hub ?? 0, end: lab.end }
    },
  },
  {
    name: "on the kernel's network, captured and observed",
    async begin() {
      const lab = await startLab(['--network', 'kernel'])
      return { port: lab.ports.hub ?? 0, end: lab.end }
    },
  },
  {
    name: 'with @socket.io/admin-ui, development mode, one admin',
    async begin() {
      const hub = await hubAlone('admin-ui')
      const admin: Socket = io(`http://127.0.0.1:${hub.port}/admin`, { transports: ['websocket'] })
      await new Promise((resolve) => admin.once('connect', () => resolve(undefined)))
      return {
        port: hub.port,
        async end() {
          admin.disconnect()
          await hub.end()
        },
      }
    },
  },
]

export async function hubAlone(mode: string): Promise<{ port: number; end(): Promise<void> }> {
  const child = startScript('hub-process.ts', [mode])
  const { hub } = await firstJson<{ hub: number }>(child)
  return { port: hub, end: () => stop(child) }
}

/** In turn, round by round; the ratio is to the bare hub of the same round. */
export async function hubUnderLoad(): Promise<string[]> {
  const rates = new Map<string, number[]>(SUBJECTS.map(({ name }) => [name, []]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const subject of SUBJECTS) {
      const { port, end } = await subject.begin()
      const load = await firstJson<Load>(
        startScript('echo-load.ts', [String(port), String(SECONDS), '0', '4']),
      )
      rates.get(subject.name)?.push(load.acked / load.seconds)
      await end()
    }
  }
  const bare = rates.get(SUBJECTS[0]?.name ?? '') ?? []
  return [...rates].map(([name, values]) => {
    const ratios = values.map((value, round) => value / (bare[round] ?? Number.NaN))
    const shown = ratios.map((r) => r.toFixed(2)).join(', ')
    return `hub, ${name}: ${Math.round(median(values)).toLocaleString('en')} acked echoes/s, ${median(ratios).toFixed(2)} of the bare hub (rounds: ${shown})`
  })
}
