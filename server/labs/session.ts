/**
 * One sitting at a lab: begins a run, starts the learner's program and the lab's cast, and follows what the
 * wire says until it has settled. Watch mode begins again whenever the learner's file is saved.
 */
import { watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { LabDetail } from '../dashboard/api-labs.ts'
import { isSolved } from './board.ts'
import type { LabClient } from './client.ts'
import { fileCommand, type Program, runEnvironment, startProgram } from './program.ts'

const POLL_MS = 200
const DEBOUNCE_MS = 150

export interface SittingOptions {
  readonly client: LabClient
  readonly id: string
  /** The learner's program. */
  readonly command: readonly string[]
  /** The learner's file, where there is one: the cast may want to call it. */
  readonly file: string | undefined
  readonly cast: string | undefined
  readonly cwd: string
  readonly environment: NodeJS.ProcessEnv
  /** After the programs have ended, how long to wait for the wire to show what is missing, milliseconds. */
  readonly settleMs: number
  /** After this a program is ended: a lab's program has an end, but a learner's may not find it. */
  readonly limitMs: number
  readonly onLine: (line: string) => void
  readonly onChange: (detail: LabDetail) => void
  readonly signal: AbortSignal
}

/** Runs the programs once and resolves with the lab's state when nothing more is to be expected. */
export async function sit(options: SittingOptions): Promise<LabDetail> {
  const { client, id, signal } = options
  let detail = await client.start(id)
  const ports = detail.run?.ports ?? {}
  const environment = {
    ...options.environment,
    ...runEnvironment(ports),
    ...(options.file !== undefined && { WIRELAB_EXERCISE: options.file }),
  }
  options.onChange(detail)

  const start = (command: readonly string[]) =>
    startProgram(command, environment, options.cwd, options.onLine)
  const learner = start(options.command)
  const cast = options.cast === undefined ? undefined : start(fileCommand(options.cast))
  // With a cast, the learner's program is a server: the play ends when the cast leaves the stage.
  const play = cast ?? learner
  const failed = learner.exited.then(
    (code) => code && options.onLine(`${options.command[0]} ended with exit code ${code}`),
    (error: Error) => options.onLine(`${options.command[0]}: ${error.message}`),
  )

  const ended = ending(play, failed, options)
  let over = false
  void ended.then(() => {
    over = true
  })
  let settleBy = Number.POSITIVE_INFINITY
  try {
    while (!signal.aborted && !isSolved(detail) && Date.now() < settleBy) {
      await pause(POLL_MS, undefined, { signal }).catch(() => undefined)
      if (signal.aborted) break
      const next = await client.detail(id)
      if (JSON.stringify(next.stepList) !== JSON.stringify(detail.stepList)) options.onChange(next)
      detail = next
      if (over && settleBy === Number.POSITIVE_INFINITY) settleBy = Date.now() + options.settleMs
    }
  } finally {
    await Promise.all([learner.stop(), cast?.stop()])
  }
  return detail
}

async function ending(play: Program, failed: Promise<unknown>, options: SittingOptions): Promise<void> {
  const timer = new AbortController()
  const limit = pause(options.limitMs, undefined, { signal: timer.signal, ref: false }).catch(() => undefined)
  await Promise.race([play.exited.catch(() => failed), limit])
  timer.abort()
}

/** Calls `again` each time the file is saved, once for a burst of writes. Returns how to end it. */
export function whenSaved(file: string, again: () => void): () => void {
  let pending: NodeJS.Timeout | undefined
  // The folder is watched, since an editor may save by replacing the file.
  const watcher = watch(dirname(file), (_event, name) => {
    if (name !== null && name !== basename(file)) return
    clearTimeout(pending)
    pending = setTimeout(again, DEBOUNCE_MS)
  })
  return () => {
    clearTimeout(pending)
    watcher.close()
  }
}
