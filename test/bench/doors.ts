/** Ways through the lab network to a server of the bench: a running lab's, every frame observed, and a wire's. */
import { spawn } from 'node:child_process'
import type { LabDetail, Status } from '../../server/dashboard/api.ts'
import { startLab } from './hub-load.ts'
import { firstJson, mainProgram, startScript, stop } from './processes.ts'

/** A server behind a door. */
export interface Way {
  readonly pid: number
  /** Of the server itself, and of the door that leads to it over the cable. */
  readonly direct: number
  readonly door: number
  end(): Promise<void>
}

export interface LabWay extends Way {
  /** What the observer has seen of the cable so far. */
  observed(): Promise<{ packets: number; dropped: number }>
}

/** A whole lab, and a server of `kind` (`tcp-process.ts`) where a learner's would be. */
export async function throughLab(kind: 'echo' | 'sink'): Promise<LabWay> {
  const lab = await startLab(['--network', 'lab'])
  const { labs } = (await (await fetch(`${lab.url}/api/labs`)).json()) as { labs: { id: string }[] }
  const begun = await fetch(`${lab.url}/api/labs/${labs[0]?.id}/runs`, { method: 'POST' })
  const { run } = (await begun.json()) as LabDetail
  const { LISTEN, DOOR } = run?.ports ?? {}
  if (LISTEN === undefined || DOOR === undefined) throw new Error('the lab has no door for a server')
  const server = startScript('tcp-process.ts', [kind, String(LISTEN)])
  const { port } = await firstJson<{ port: number }>(server)
  return {
    pid: lab.pid,
    direct: port,
    door: DOOR,
    async observed() {
      const { capture } = (await (await fetch(`${lab.url}/api/status`)).json()) as Status
      return { packets: capture.packets, dropped: capture.droppedByUs + capture.droppedByKernel }
    },
    async end() {
      await Promise.all([stop(server), lab.end()])
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
