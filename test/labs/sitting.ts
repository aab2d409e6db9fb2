/** A learner that sits at a running Wirelab. */
import { setTimeout as pause } from 'node:timers/promises'
import type { LabDetail, LabStepNode } from '../../server/dashboard/api-labs.ts'
import { LabClient } from '../../server/labs/client.ts'
import { castOf, type LoadedLab } from '../../server/labs/load.ts'
import { packageRoot } from '../../server/labs/package-root.ts'
import { fileCommand } from '../../server/labs/program.ts'
import { sit } from '../../server/labs/session.ts'
import type { Wirelab } from '../../server/wirelab.ts'

export interface Sitting {
  readonly detail: LabDetail
  /** What the programs printed. */
  readonly output: readonly string[]
  /** Packets that the capture has lost so far, on the kernel's network. */
  readonly lost: number
}

/** Runs a program as the runner would, in a run in which nothing earlier counts. `command` is a file's path, or any command. */
export async function runProgram(
  wirelab: Wirelab,
  lab: LoadedLab,
  command: string | readonly string[],
  options: { settleMs?: number; limitMs?: number; learner?: string } = {},
): Promise<Sitting> {
  const file = typeof command === 'string' ? command : undefined
  const output: string[] = []
  const detail = await sit({
    client: new LabClient(wirelab.url),
    id: lab.id,
    command: typeof command === 'string' ? fileCommand(command) : command,
    file,
    cast: castOf(lab),
    cwd: packageRoot(),
    environment: programEnvironment(wirelab),
    fresh: true,
    learner: options.learner,
    settleMs: options.settleMs ?? 300,
    limitMs: options.limitMs ?? 30_000,
    onLine: (line) => output.push(line),
    onChange: () => undefined,
    signal: new AbortController().signal,
  })
  return { detail, output, lost: wirelab.capture.droppedByKernel }
}

export function programEnvironment(wirelab: Wirelab): NodeJS.ProcessEnv {
  return { ...process.env, ...(wirelab.join !== undefined && { WIRELAB_JOIN: wirelab.join }) }
}

/** Follows the lab's state until it is as wanted; the last one seen when that does not come within the limit. */
export async function followed(
  wirelab: Wirelab,
  { detail, output, lost }: Sitting,
  wanted: (detail: LabDetail) => boolean,
  limitMs = 10_000,
): Promise<Sitting> {
  const client = new LabClient(wirelab.url)
  const limit = Date.now() + limitMs
  let now = detail
  while (!wanted(now) && Date.now() < limit) {
    await pause(50)
    now = await client.detail(detail.id)
  }
  return { detail: now, output, lost }
}

export function stepOf(detail: LabDetail, id: string): LabStepNode {
  const step = detail.stepList.find((each) => each.id === id)
  if (step === undefined) throw new Error(`${detail.id} has no step ${id}`)
  return step
}

/** The steps of one kind that are open. */
export function openSteps(detail: LabDetail, kind: 'wire' | 'predict'): string[] {
  return detail.stepList.filter((step) => step.kind === kind && step.state !== 'done').map((step) => step.id)
}

/** For whoever reads a failed test: each open wire step with what was seen instead, and the last lines printed. */
export function story({ detail, output, lost }: Sitting): string {
  const steps = detail.stepList
    .filter(({ kind, state }) => kind === 'wire' && state === 'open')
    .map(({ id, seen, filter }) => `  ${id}: ${seen}\n    filter: ${filter}`)
  const lines = output.slice(-40).map((line) => `  │ ${line}`)
  const missed = lost > 0 ? [`the capture has lost ${lost} packets`] : []
  return [`open in ${detail.id}:`, ...steps, ...missed, 'printed:', ...lines].join('\n')
}
