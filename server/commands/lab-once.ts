/** `wirelab lab N --once` and `--submit`: one run in which nothing earlier counts. */
import { writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { resolve } from 'node:path'
import type { LabDetail } from '../dashboard/api-labs.ts'
import { isSolved, renderBoard } from '../labs/board.ts'
import { columnsOf } from '../labs/fold.ts'
import type { LoadedLab } from '../labs/load.ts'
import { type SittingOptions, sit } from '../labs/session.ts'
import type { CommandIo } from './command.ts'
import type { LabFlags } from './lab-flags.ts'
import { askWhatIsOpen } from './lab-questions.ts'

export interface OnceOptions {
  readonly lab: LoadedLab
  readonly sitting: Omit<SittingOptions, 'fresh' | 'learner' | 'signal' | 'onChange' | 'onLine'>
  readonly flags: Pick<LabFlags, 'json' | 'submit' | 'name'>
  /** The dashboard's. */
  readonly url: string
  readonly io: CommandIo
  readonly talk: (line: string) => void
}

/** Answers with the exit code: 0 when this run alone solved the lab. */
export async function runOnce({ lab, sitting, flags, url, io, talk }: OnceOptions): Promise<number> {
  const { client, id } = sitting
  const learner = flags.submit === undefined ? undefined : (flags.name ?? accountName())
  const seen = await sit({
    ...sitting,
    fresh: true,
    learner,
    onLine: (line) => talk(`  │ ${line}`),
    onChange: () => undefined,
    signal: io.signal,
  })
  if (io.signal.aborted) return 1
  const asks = learner !== undefined && io.interactive && !flags.json
  const answer = (step: string, given: string) => client.answer(id, step, given)
  const detail = asks ? await askWhatIsOpen(seen, answer, { io, url }) : seen
  if (flags.json) io.stdout.write(`${JSON.stringify(detail, null, 2)}\n`)
  else io.stdout.write(renderBoard(detail, { colour: io.colour, hints: 0, columns: columnsOf(io.stdout) }))
  if (learner !== undefined) {
    const path = resolve(io.cwd, flags.submit || defaultName(lab, learner))
    await writeFile(path, await client.submission(id))
    talk(`\n${verdict(detail)} Hand in: ${path} (of ${learner})`)
  }
  await client.stop(id)
  return isSolved(detail) ? 0 : 1
}

function verdict(detail: LabDetail): string {
  if (isSolved(detail)) return 'Solved.'
  return `${detail.stepList.filter(({ state }) => state === 'done').length} of ${detail.steps} steps are done.`
}

function defaultName({ id }: LoadedLab, learner: string): string {
  return `lab-${id.slice(0, 2)}-${learner.replace(/[^\p{L}\p{N}.-]+/gu, '-')}.pcapng`
}

function accountName(): string {
  try {
    return userInfo().username
  } catch {
    return 'learner'
  }
}
