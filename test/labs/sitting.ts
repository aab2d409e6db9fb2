/** A learner that sits at a running Wirelab. */
import { join } from 'node:path'
import type { LabDetail } from '../../server/dashboard/api-labs.ts'
import { LabClient } from '../../server/labs/client.ts'
import { type LoadedLab, packageRoot } from '../../server/labs/load.ts'
import { fileCommand } from '../../server/labs/program.ts'
import { sit } from '../../server/labs/session.ts'
import type { Wirelab } from '../../server/wirelab.ts'

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
