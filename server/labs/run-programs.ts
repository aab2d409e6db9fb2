/** The programs that the page can start for a lab: what there is, and what came of those that were started. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { LabProgramNode, RunProgramNode } from '../dashboard/api-labs.ts'
import { existingFile, learnerFile } from './learner-folder.ts'
import type { LoadedLab } from './load.ts'
import { isFrameBelow } from './program.ts'

const MOST_LINES = 200

export class RunPrograms {
  /** Where Wirelab was started; null where there is no learner. */
  readonly #cwd: string | null
  readonly #runs = new Map<string, RunProgramNode>()

  constructor(cwd: string | null) {
    this.#cwd = cwd
  }

  offered(lab: LoadedLab): LabProgramNode[] {
    const own = this.#cwd === null ? [] : [this.#ownNode(lab, this.#cwd)]
    const wrongs = lab.definition.wrongs.flatMap(({ file, lesson, step }): LabProgramNode[] =>
      lesson === undefined ? [] : [{ program: file, title: titleOf(file), lesson, step }],
    )
    return [...own, { program: 'solution', title: 'A solution', lesson: null, step: null }, ...wrongs]
  }

  #ownNode(lab: LoadedLab, cwd: string): LabProgramNode {
    const title =
      existingFile(lab.id, cwd) === undefined ? 'The starter, in a copy of your own' : 'Your program'
    return { program: 'exercise', title, lesson: null, step: null }
  }

  /** The file of one that is offered, the learner's made where there is none; undefined for any other name. */
  async fileOf(lab: LoadedLab, program: string): Promise<string | undefined> {
    if (!this.offered(lab).some((each) => each.program === program)) return undefined
    if (program === 'exercise')
      return this.#cwd === null ? undefined : (await learnerFile(lab, this.#cwd)).path
    const path = join(lab.folder, program === 'solution' ? 'solution.ts' : program)
    return existsSync(path) ? path : undefined
  }

  begin(run: string, program: string, file: string): void {
    const output = program === 'exercise' ? [`Your file is ${file}`] : []
    this.#runs.set(run, { program, state: 'running', output })
  }

  take(run: string, news: { readonly lines: readonly string[]; readonly ended: boolean }): void {
    const known = this.#runs.get(run)
    if (known === undefined) return
    const lines = news.lines.filter((line) => !isFrameBelow(line))
    const output = [...known.output, ...lines].slice(-MOST_LINES)
    this.#runs.set(run, { ...known, output, state: news.ended ? 'ended' : known.state })
  }

  of(run: string): RunProgramNode | null {
    return this.#runs.get(run) ?? null
  }

  end(run: string): void {
    this.#runs.delete(run)
  }
}

/** `wrong/no-delay.mjs` → `no delay`. */
const titleOf = (file: string) => file.replace(/^.*\/|\.\w+$/g, '').replaceAll('-', ' ')
