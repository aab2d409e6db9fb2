/**
 * One sitting at a lab: begins a run, has its programs played, and follows what the wire says until it has
 * settled. Watch mode begins again whenever the learner's file is saved.
 */
import { watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { LabDetail } from '../dashboard/api-labs.ts'
import { messageOf } from '../errors.ts'
import type { LabClient } from './client.ts'
import { type PlayOptions, startPlay } from './play.ts'
import { runEnvironment } from './program.ts'

const POLL_MS = 150
const DEBOUNCE_MS = 150
/** For programs to come to their own end when the wire has shown all that it should. */
const GRACE_MS = 2000

export interface SittingOptions extends Pick<PlayOptions, 'command' | 'cast' | 'cwd' | 'limitMs' | 'onLine'> {
  readonly client: LabClient
  readonly id: string
  /** The learner's file, where there is one: the cast may want to call it. */
  readonly file: string | undefined
  readonly environment: NodeJS.ProcessEnv
  /** Only this run counts, not what was done in earlier ones. */
  readonly fresh: boolean
  /** Whose it is, where it is to be handed in. */
  readonly learner?: string | undefined
  /** After the programs have ended, how long to wait for the wire to show what is missing, milliseconds. */
  readonly settleMs: number
  /** Told the id of the run that was begun. */
  readonly onBegin?: (run: string) => void
  readonly onChange: (detail: LabDetail) => void
  readonly signal: AbortSignal
}

/** Runs the programs once and resolves with the lab's state when nothing more is to be expected. */
export async function sit(options: SittingOptions): Promise<LabDetail> {
  const { client, id, signal, onLine, fresh, learner } = options
  let detail = await client.start(id, { fresh, ...(learner !== undefined && { learner }) })
  const { run } = detail
  if (run !== null) options.onBegin?.(run.id)
  options.onChange(detail)
  if (run === null) return detail

  const play = startPlay({
    ...options,
    environment: {
      ...options.environment,
      ...runEnvironment(run.ports),
      WIRELAB_RUN: run.id,
      ...(options.file !== undefined && { WIRELAB_EXERCISE: options.file }),
    },
    onPrograms: (pids) => void client.programs(id, pids).catch((error: unknown) => onLine(messageOf(error))),
  })
  let over = false
  void play.ended.then(() => {
    over = true
  })
  let waitUntil = Number.POSITIVE_INFINITY
  try {
    for (;;) {
      const settled = isSettled(detail)
      if (signal.aborted || Date.now() >= waitUntil || (settled && over)) break
      if (waitUntil === Number.POSITIVE_INFINITY && (settled || over)) {
        waitUntil = Date.now() + (over ? options.settleMs : GRACE_MS)
      }
      await pause(POLL_MS, undefined, { signal }).catch(() => undefined)
      if (signal.aborted) break
      const next = await client.detail(id)
      if (JSON.stringify(next.stepList) !== JSON.stringify(detail.stepList)) options.onChange(next)
      detail = next
    }
  } finally {
    await play.stop()
  }
  return detail
}

/** This run has shown every step that the wire decides, and whether each answer given so far is right. */
function isSettled({ stepList }: LabDetail): boolean {
  return stepList.every(
    ({ kind, state, earlier, answer, packet }) =>
      (state === 'done' && !earlier) || (kind === 'predict' && (answer === null || packet !== null)),
  )
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
