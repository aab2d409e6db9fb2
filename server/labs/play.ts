/** The programs of one run on their stage: the learner's, and the lab's cast beside it, each when its time has come. */
import { basename } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { READY } from '../../labs/kit/cast.ts'
import type { Cast } from '../../labs/kit/lab.ts'
import { messageOf, systemCode } from '../errors.ts'
import { fileCommand, type Program, startProgram } from './program.ts'

export interface PlayOptions {
  /** The learner's program. */
  readonly command: readonly string[]
  readonly cast: { readonly path: string; readonly plays: Cast['plays'] } | undefined
  readonly environment: NodeJS.ProcessEnv
  readonly cwd: string
  /** After this the learner's program is ended: a lab's program has an end, but a learner's may not find it. */
  readonly limitMs: number
  readonly onLine: (line: string) => void
  /** Told of the processes, once all have been started: until then nobody's packets are taken for another program's. */
  readonly onPrograms: (pids: readonly number[]) => void
}

export interface Play {
  /** Resolves when nothing more is to be expected of the programs; servers among them may still run. Never rejects. */
  readonly ended: Promise<void>
  /** Ends whatever runs of it. */
  stop(): Promise<void>
}

/** For a cast that plays the server to say that it is ready; less than the patience of a learner. */
const READY_WITHIN_MS = 10_000

export function startPlay(options: PlayOptions): Play {
  const programs: Program[] = []
  let stopped = false
  const start = (command: readonly string[], onReady: () => void = () => undefined): Program => {
    const program = startProgram(command, {
      environment: options.environment,
      cwd: options.cwd,
      onLine: (line) => (line === READY ? onReady() : options.onLine(line)),
    })
    programs.push(program)
    return program
  }

  async function act(): Promise<void> {
    const { cast } = options
    if (cast?.plays === 'server' && !(await opens(cast.path, start, options.onLine))) return
    if (stopped) return
    const learner = start(options.command)
    const told = tellEnd(learner, options)
    const clients =
      cast?.plays === 'clients'
        ? start(fileCommand(cast.path, options.environment.WIRELAB_EXERCISE))
        : undefined
    options.onPrograms(programs.flatMap(({ pid }) => pid ?? []))
    // Clients call the learner's server: the play is over when they leave the stage.
    const inTime = await within(clients?.exited.catch(() => told) ?? told, options.limitMs)
    if (!inTime && !stopped) {
      await Promise.all([learner.stop(), clients?.stop()])
      const seconds = options.limitMs / 1000
      options.onLine(
        `It had not ended after ${seconds} ${seconds === 1 ? 'second' : 'seconds'}, and is ended now.`,
      )
    }
  }

  const ended = act()
  return {
    ended,
    async stop() {
      stopped = true
      await Promise.all(programs.map((program) => program.stop()))
      await ended
    },
  }
}

type Start = (command: readonly string[], onReady?: () => void) => Program

/** Starts the lab's server; false when it does not come to listen, which is told. */
async function opens(path: string, start: Start, onLine: (line: string) => void): Promise<boolean> {
  const outcome = await new Promise<string>((resolve) => {
    const late = setTimeout(
      () => resolve(`did not get ready within ${READY_WITHIN_MS / 1000} seconds`),
      READY_WITHIN_MS,
    )
    const settle = (words: string) => {
      clearTimeout(late)
      resolve(words)
    }
    start(fileCommand(path), () => settle('')).exited.then(
      (code) => settle(`ended ${code === null ? 'by a signal' : `with exit code ${code}`}`),
      (error: unknown) => settle(messageOf(error)),
    )
  })
  if (outcome === '') return true
  onLine(`The lab's own server, ${basename(path)}, ${outcome}: your program was not started.`)
  return false
}

/** Resolves when the program has ended, and says so where it ended badly. */
async function tellEnd(
  program: Program,
  { command, onLine }: Pick<PlayOptions, 'command' | 'onLine'>,
): Promise<void> {
  const [name = ''] = command
  try {
    const code = await program.exited
    if (code) onLine(`${name} ended with exit code ${code}`)
  } catch (error) {
    onLine(systemCode(error) === 'ENOENT' ? `${name}: no such command` : `${name}: ${messageOf(error)}`)
  }
}

/** Whether it was done in time. */
async function within(work: Promise<unknown>, limitMs: number): Promise<boolean> {
  const timer = new AbortController()
  const limit = pause(limitMs, false, { signal: timer.signal, ref: false }).catch(() => false)
  const inTime = await Promise.race([work.then(() => true), limit])
  timer.abort()
  return inTime
}
