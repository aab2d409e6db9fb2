/** `wirelab lab N --once` and `--submit`: one run in which nothing earlier counts. */
import { writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { resolve } from 'node:path'
import type { LabDetail } from '../dashboard/api-labs.ts'
import { isSolved, renderBoard } from '../labs/board.ts'
import { columnsOf } from '../labs/fold.ts'
import type { LoadedLab } from '../labs/load.ts'
import { isPython } from '../labs/program.ts'
import { type SittingOptions, sit } from '../labs/session.ts'
import { submissionName } from '../labs/submission.ts'
import type { CommandIo } from './command.ts'
import type { LabFlags } from './lab-flags.ts'
import { askWhatIsOpen } from './lab-questions.ts'

export interface OnceOptions {
  readonly lab: LoadedLab
  readonly sitting: Omit<SittingOptions, 'fresh' | 'learner' | 'signal' | 'onBegin' | 'onChange' | 'onLine'>
  readonly flags: Pick<LabFlags, 'json' | 'submit' | 'name'>
  /** The dashboard's. */
  readonly url: string
  readonly io: CommandIo
  readonly talk: (line: string) => void
}

/** Answers with the exit code: 0 when this run alone solved the lab. */
export async function runOnce(options: OnceOptions): Promise<number> {
  const { client, id } = options.sitting
  const begun: string[] = []
  try {
    return await runAndTell(options, (run) => begun.push(run))
  } finally {
    for (const run of begun) await client.stop(id, run).catch(() => undefined)
  }
}

async function runAndTell(
  { lab, sitting, flags, url, io, talk }: OnceOptions,
  onBegin: (run: string) => void,
): Promise<number> {
  const { client, id } = sitting
  const learner = flags.submit === undefined ? undefined : (flags.name ?? accountName())
  const seen = await sit({
    ...sitting,
    fresh: true,
    learner,
    onLine: (line) => talk(`  │ ${line}`),
    onBegin,
    onChange: () => undefined,
    signal: io.signal,
  })
  if (io.signal.aborted) return 1
  const asks = learner !== undefined && io.interactive && !flags.json
  const answer = (step: string, given: string) => client.answer(id, step, given)
  const detail = asks ? await askWhatIsOpen(seen, answer, { io, url }) : seen
  if (flags.json) io.stdout.write(`${JSON.stringify(detail, null, 2)}\n`)
  else {
    const python = isPython(sitting.command)
    const columns = columnsOf(io.stdout)
    io.stdout.write(renderBoard(detail, { colour: io.colour, hints: 0, columns, once: true, python }))
  }
  if (learner !== undefined) {
    const path = resolve(io.cwd, flags.submit || submissionName(lab.id, learner))
    await writeFile(path, await client.submission(id))
    talk(`\n${verdict(detail)} Hand in: ${path} (of ${learner})`)
  }
  return isSolved(detail) ? 0 : 1
}

function verdict(detail: LabDetail): string {
  if (isSolved(detail)) return 'Solved.'
  return `${detail.stepList.filter(({ state }) => state === 'done').length} of ${detail.steps} steps are done.`
}

function accountName(): string {
  try {
    return userInfo().username
  } catch {
    return 'learner'
  }
}
