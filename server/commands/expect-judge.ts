/** Whether the wire showed it: runs the user's command, waits no longer than agreed, and gives the verdict. */
import { rowLine } from '../wire/seen.ts'
import { type ChildProgram, startChild } from './child-program.ts'
import type { CommandIo } from './command.ts'
import type { Watch } from './expect-watch.ts'

export interface Expectation {
  readonly filter: string
  readonly count: number
  /** It must not be seen at all. */
  readonly none: boolean
  /** Milliseconds. */
  readonly within: number
  /** Empty for none. */
  readonly command: readonly string[]
}

/** For what is still under way when the command has ended. */
const AFTERWARDS_MS = 1000

type Say = (text: string) => void

/** The exit code. `say` is for what went wrong, `talk` for the rest. Rejects with a UsageError when there is no such command. */
export async function judge(
  watch: Watch,
  { filter, count, none, within, command }: Expectation,
  environment: NodeJS.ProcessEnv,
  io: Pick<CommandIo, 'cwd' | 'stdin' | 'signal'>,
  say: Say,
  talk: Say,
): Promise<number> {
  const started = performance.now()
  const deadline = AbortSignal.timeout(Math.ceil(within))
  const over = new AbortController()
  const end = () => over.abort()
  const child = command.length === 0 ? undefined : await startChild(command, environment, io)
  const limits = AbortSignal.any([deadline, io.signal])
  limits.addEventListener('abort', end)
  if (limits.aborted) end()
  let afterwards: NodeJS.Timeout | undefined
  void child?.ended.then((how) => {
    if (!over.signal.aborted) talk(`the command has ended: ${how}`)
    afterwards = setTimeout(end, AFTERWARDS_MS)
  })
  try {
    const rows = await watch.until(none ? 1 : count, over.signal)
    const [first] = rows
    if (io.signal.aborted && (none || rows.length < count)) {
      say('interrupted')
      return 1
    }
    const seconds = `${((performance.now() - started) / 1000).toFixed(2)} s`
    if (none) {
      if (first === undefined) {
        talk(`not seen in ${seconds}, as it should be: ${filter}`)
        return 0
      }
      say(`seen, and should not be: ${filter}\n${rowLine(first)}`)
      return 1
    }
    if (rows.length < count || first === undefined) {
      const times = count === 1 ? 'not seen' : `seen only ${rows.length} of ${count} times`
      say(`${times} in ${seconds}: ${filter}\n${await watch.instead()}`)
      return 1
    }
    talk(`seen after ${seconds}: ${filter}\n${rows.slice(0, 5).map(rowLine).join('\n')}`)
    await finished(child, limits)
    return 0
  } finally {
    clearTimeout(afterwards)
    limits.removeEventListener('abort', end)
    await child?.stop()
  }
}

/** The command goes on to its own end, but no longer than agreed. */
async function finished(child: ChildProgram | undefined, limits: AbortSignal): Promise<void> {
  if (child === undefined || limits.aborted) return
  const limit = new Promise<void>((resolve) => {
    limits.addEventListener('abort', () => resolve(), { once: true })
  })
  await Promise.race([child.ended, limit])
}
