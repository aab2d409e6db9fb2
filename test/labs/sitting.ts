/** A whole Wirelab for lab tests, and a learner that sits at it. */
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseConfig } from '../../server/config.ts'
import type { LabDetail } from '../../server/dashboard/api.ts'
import { LabClient } from '../../server/labs/client.ts'
import { type LoadedLab, packageRoot } from '../../server/labs/load.ts'
import { fileCommand } from '../../server/labs/program.ts'
import { sit } from '../../server/labs/session.ts'
import { startWirelab, type Wirelab } from '../../server/wirelab.ts'

const ANY_PORTS = ['--port', '0', '--hub-port', '0', '--tcp-port', '0', '--udp-port', '0', '--ws-port', '0']

export async function startLab(): Promise<Wirelab> {
  const parsed = parseConfig(ANY_PORTS, {})
  if ('problems' in parsed) throw new Error(parsed.problems.join('\n'))
  const wirelab = await startWirelab(parsed.config, () => undefined, { announce: false })
  await captureSettled(wirelab)
  return wirelab
}

const CAPTURE_LIMIT_MS = 10_000

/** Until the capture runs, or it is known that it can't. */
async function captureSettled(wirelab: Wirelab): Promise<void> {
  const limit = Date.now() + CAPTURE_LIMIT_MS
  while (wirelab.capture.state === 'starting' && Date.now() < limit) await pause(20)
}

/** Runs one of a lab's own programs (`exercise.ts`, `solution.ts`) or another file, as the runner would. */
export function runProgram(
  wirelab: Wirelab,
  lab: LoadedLab,
  file: string,
  options: { settleMs?: number; limitMs?: number } = {},
): Promise<LabDetail> {
  const path = file.includes('/') ? file : join(lab.folder, file)
  return sit({
    client: new LabClient(wirelab.url),
    id: lab.id,
    command: fileCommand(path),
    file: path,
    cast: lab.cast,
    cwd: packageRoot(),
    environment: process.env,
    settleMs: options.settleMs ?? 1500,
    limitMs: options.limitMs ?? 20_000,
    onLine: () => undefined,
    onChange: () => undefined,
    signal: new AbortController().signal,
  })
}

/** The steps of one kind that are open. */
export function openSteps(detail: LabDetail, kind: 'wire' | 'predict'): string[] {
  return detail.stepList.filter((step) => step.kind === kind && step.state !== 'done').map((step) => step.id)
}
