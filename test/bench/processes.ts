/** Child processes of the bench: started, timed, and ended by id. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))
export const mainProgram = fileURLToPath(new URL('../../dist/server/main.js', import.meta.url))

/** A program of the bench, in TypeScript. */
export function startScript(name: string, args: readonly string[] = []): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', here(name), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

/** The first line that a child prints, as JSON. Rejects when it ends before. */
export async function firstJson<T>(child: ChildProcess): Promise<T> {
  if (child.stdout === null) throw new Error('the child has no standard output')
  const lines = createInterface({ input: child.stdout })
  const line = await Promise.race([
    once(lines, 'line').then(([text]) => String(text)),
    once(child, 'exit').then(([code]) =>
      Promise.reject(new Error(`ended with ${code} before it said anything`)),
    ),
  ])
  return JSON.parse(line)
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  await gone
}

/** Wall seconds of a whole process, its output thrown away. Rejects when it fails. */
export async function timed(command: string, args: readonly string[]): Promise<number> {
  const began = performance.now()
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let complaint = ''
  child.stderr.on('data', (chunk) => {
    complaint = (complaint + chunk).slice(-2000)
  })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${complaint}`)
  return (performance.now() - began) / 1000
}

export interface Cost {
  /** Wall seconds, and those of the processor over all threads. */
  readonly wall: number
  readonly cpu: number
  /** Peak resident memory in MB. */
  readonly memory: number
}

/** A whole process as the system accounts for it (GNU time), its output thrown away. Rejects when it fails. */
export async function accounted(command: string, args: readonly string[]): Promise<Cost> {
  const child = spawn('/usr/bin/time', ['-f', '\n%e %U %S %M', command, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said = (said + chunk).slice(-2000)
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${said}`)
  const [wall = 0, user = 0, system = 0, kilobytes = 0] = (said.trim().split('\n').at(-1) ?? '')
    .split(' ')
    .map(Number)
  return { wall, cpu: user + system, memory: kilobytes / 1024 }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? Number.NaN
}
