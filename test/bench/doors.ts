/** Ways through the lab network to a server of the bench: every frame observed, and a wire's. */
import { spawn } from 'node:child_process'
import type { Status } from '../../server/dashboard/api.ts'
import { firstJson, mainProgram, startScript, stop } from './processes.ts'

/** A server behind a door. */
export interface Way {
  readonly pid: number
  /** Of the server itself, and of the door that leads to it over the cable. */
  readonly direct: number
  readonly door: number
  end(): Promise<void>
}

interface Site {
  pid: number
  listen: number
  door: number
  url: string
}

export interface LabWay extends Way {
  /** What the observer has seen of the cable so far. */
  observed(): Promise<{ packets: number; dropped: number }>
}

/** The lab network with its observer, and a server of `kind` (`tcp-process.ts`) behind it. */
export async function throughLab(kind: 'echo' | 'sink'): Promise<LabWay> {
  const site = startScript('observed-site.ts')
  const { pid, listen, door, url } = await firstJson<Site>(site)
  const server = startScript('tcp-process.ts', [kind, String(listen)])
  const { port } = await firstJson<{ port: number }>(server)
  return {
    pid,
    direct: port,
    door,
    async observed() {
      const { capture } = (await (await fetch(`${url}/api/status`)).json()) as Status
      return { packets: capture.packets, dropped: capture.droppedByUs + capture.droppedByKernel }
    },
    async end() {
      await Promise.all([stop(server), stop(site)])
    },
  }
}

/** `wirelab wire` in front of a server of that kind. */
export async function throughWire(kind: 'echo' | 'sink'): Promise<Way> {
  const server = startScript('tcp-process.ts', [kind])
  const { port } = await firstJson<{ port: number }>(server)
  const wire = spawn(process.execPath, [mainProgram, 'wire', '--to', `127.0.0.1:${port}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const door = await new Promise<number>((resolve, reject) => {
    let said = ''
    wire.stderr.on('data', (chunk) => {
      said += chunk
      const found = /127\.0\.0\.1:(\d+) stands for/.exec(said)?.[1]
      if (found !== undefined) resolve(Number(found))
    })
    wire.once('exit', () => reject(new Error(`the wire ended: ${said}`)))
  })
  return {
    pid: wire.pid ?? 0,
    direct: port,
    door,
    async end() {
      await Promise.all([stop(server), stop(wire)])
    },
  }
}
