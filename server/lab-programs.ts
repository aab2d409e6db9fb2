/** Programs that the dashboard starts for a lab's run: they are children of the main thread, and end with their run. */
import type { BenchNotices, BenchRequests } from './control.ts'
import { type Play, startPlay } from './labs/play.ts'
import { fileCommand, runEnvironment } from './labs/program.ts'

export interface LabProgramsOptions {
  readonly cwd: string
  /** What they get besides the run's ports. */
  readonly environment: () => NodeJS.ProcessEnv
  readonly tell: (news: Parameters<BenchNotices['program']>[0]) => void
}

const LIMIT_MS = 120_000
/** A program may print without end: lines go in bunches, and of a bunch the last ones. */
const TELL_MS = 100
const MOST_LINES = 200

export class LabPrograms {
  readonly #options: LabProgramsOptions
  readonly #plays = new Map<string, Play>()

  constructor(options: LabProgramsOptions) {
    this.#options = options
  }

  /** One at a time in a run: the one before is ended. */
  async start({ run, file, cast, ports }: Parameters<BenchRequests['runProgram']>[0]): Promise<void> {
    await this.stop(run)
    const { cwd, environment, tell } = this.#options
    let lines: string[] = []
    let pending: NodeJS.Timeout | undefined
    const flush = (ended: boolean) => {
      clearTimeout(pending)
      pending = undefined
      tell({ run, pids: [], lines: lines.slice(-MOST_LINES), ended })
      lines = []
    }
    const play = startPlay({
      command: fileCommand(file),
      cast: cast ?? undefined,
      environment: {
        ...environment(),
        ...runEnvironment(ports),
        WIRELAB_RUN: run,
        WIRELAB_EXERCISE: file,
      },
      cwd,
      limitMs: LIMIT_MS,
      onLine: (line) => {
        lines.push(line)
        if (lines.length > 2 * MOST_LINES) lines = lines.slice(-MOST_LINES)
        pending ??= setTimeout(() => flush(false), TELL_MS)
      },
      onPrograms: (pids) => tell({ run, pids: [...pids], lines: [], ended: false }),
    })
    this.#plays.set(run, play)
    void play.ended.then(async () => {
      await play.stop()
      if (this.#plays.get(run) === play) this.#plays.delete(run)
      flush(true)
    })
  }

  async stop(run: string): Promise<void> {
    const play = this.#plays.get(run)
    this.#plays.delete(run)
    await play?.stop()
  }

  async close(): Promise<void> {
    await Promise.all([...this.#plays.keys()].map((run) => this.stop(run)))
  }
}
