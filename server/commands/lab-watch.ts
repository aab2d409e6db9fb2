/** Watch mode: the lab on the screen, run again whenever the learner's file is saved, and what the learner types. */
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import type { LabDetail, LabStepNode } from '../dashboard/api-labs.ts'
import { messageOf } from '../errors.ts'
import {
  firstOpen,
  isSolved,
  painter,
  renderBoard,
  renderKeys,
  renderList,
  renderSettled,
  renderSolved,
} from '../labs/board.ts'
import { columnsOf, fold } from '../labs/fold.ts'
import { KEYS, type Key, readNumbered, readTyped, wordsOfNoChoice } from '../labs/keys.ts'
import { resetFile } from '../labs/learner-folder.ts'
import type { LoadedLab } from '../labs/load.ts'
import { isPython } from '../labs/program.ts'
import { recordScreen, type Screen, terminalScreen } from '../labs/screen.ts'
import { type SittingOptions, sit, whenSaved } from '../labs/session.ts'
import type { CommandIo } from './command.ts'

export interface WatchOptions {
  readonly lab: LoadedLab
  readonly sitting: Omit<SittingOptions, 'signal' | 'onBegin' | 'onChange' | 'onLine'>
  /** Saved, it is run again. */
  readonly watched: string | undefined
  /** The dashboard's. */
  readonly url: string
  /** What is said once, above all else. */
  readonly welcome: readonly string[]
  readonly io: CommandIo
}

export type Watched = 'solved' | 'open' | 'next'

/** Ends when the learner quits or goes on to the next lab. */
export async function watchLab(options: WatchOptions): Promise<Watched> {
  return new Watch(options).run()
}

const FOLLOW_MS = 500
const OWN_SAVE_MS = 1000

class Watch {
  readonly #options: WatchOptions
  readonly #input: Interface
  readonly #screen: Screen
  readonly #quit = new AbortController()
  readonly #over: AbortSignal
  #round = new AbortController()
  #detail: LabDetail | undefined
  /** The latest run that was begun here; the page may have begun another since. */
  #run: string | undefined
  #running = true
  #hints = 0
  #notes: string[]
  /** What the learner is asked to confirm. */
  #asking: 'reset' | 'next' | undefined
  #next = false
  /** Until then a saved file is the starter that was put there anew. */
  #savedByUs = 0

  constructor(options: WatchOptions) {
    const { io } = options
    this.#options = options
    this.#notes = [...options.welcome]
    this.#over = AbortSignal.any([io.signal, this.#quit.signal])
    this.#input = io.interactive
      ? createInterface({ input: io.stdin, output: io.stdout, terminal: true, prompt: '> ' })
      : createInterface({ input: io.stdin })
    this.#screen = io.interactive
      ? terminalScreen(io.stdout, this.#input)
      : recordScreen(io.stdout, (line) => void io.stderr.write(`${line}\n`))
  }

  async run(): Promise<Watched> {
    const { watched, io, sitting } = this.#options
    let typed = Promise.resolve()
    this.#input.on('line', (line) => {
      typed = typed.then(() => this.#onLine(line))
    })
    this.#input.on('SIGINT', () => this.#quit.abort())
    this.#input.on('close', () => io.interactive && this.#quit.abort())
    const onResize = () => this.#show()
    if (io.interactive) io.stdout.on('resize', onResize)
    const endWatch = watched === undefined ? () => undefined : whenSaved(watched, () => this.#onSaved())
    try {
      while (!this.#over.aborted) await this.#playRound()
    } finally {
      endWatch()
      io.stdout.off('resize', onResize)
      this.#screen.close()
      this.#input.close()
      // What comes next has its own line, not that of the prompt.
      if (io.interactive) io.stdout.write('\n')
      if (this.#run !== undefined) await sitting.client.stop(sitting.id, this.#run).catch(() => undefined)
    }
    if (this.#next) return 'next'
    return this.#detail !== undefined && isSolved(this.#detail) ? 'solved' : 'open'
  }

  async #playRound(): Promise<void> {
    this.#round = new AbortController()
    const signal = AbortSignal.any([this.#over, this.#round.signal])
    this.#running = true
    this.#screen.round()
    const detail = await sit({
      ...this.#options.sitting,
      signal,
      onBegin: (run) => {
        this.#run = run
      },
      onChange: (now) => this.#take(now),
      onLine: (line) => this.#screen.program(line),
    })
    if (signal.aborted) return
    this.#running = false
    this.#take(detail)
    await this.#follow(signal)
  }

  /** After the program has ended, steps may still be done by hand: follows them until the next round. */
  async #follow(signal: AbortSignal): Promise<void> {
    const { client, id } = this.#options.sitting
    let known = JSON.stringify(this.#detail?.stepList)
    while (!signal.aborted) {
      await pause(FOLLOW_MS, undefined, { signal }).catch(() => undefined)
      if (signal.aborted) return
      const detail = await client.detail(id)
      const now = JSON.stringify(detail.stepList)
      if (now !== known) this.#take(detail)
      known = now
    }
  }

  #onSaved(): void {
    if (performance.now() < this.#savedByUs) return
    this.#notes = []
    this.#again()
  }

  #again(): void {
    this.#round.abort()
  }

  #take(detail: LabDetail): void {
    const before = this.#detail
    if (this.#firstOpen(detail)?.id !== (before && this.#firstOpen(before)?.id)) this.#hints = 0
    if (before !== undefined) {
      const settled = renderSettled(detail, before, this.#options.io).trim()
      if (settled !== '') this.#notes.push(settled)
    }
    this.#detail = detail
    this.#show()
  }

  #show(): void {
    if (this.#detail === undefined) return
    const { lab, watched } = this.#options
    const solved = isSolved(this.#detail)
    this.#screen.show({
      head: this.#head(),
      board: renderBoard(this.#detail, { ...this.#style(), hints: this.#hints }),
      notes: [
        ...this.#notes,
        ...(solved
          ? [
              `${renderSolved(this.#detail, solutionOf(lab, watched), this.#style())}\n\nType next for the lab behind this one.`,
            ]
          : []),
      ].map((note) => fold(note, this.#style().columns)),
      keys: renderKeys(this.#style()),
    })
  }

  #style(): { colour: boolean; columns: number | undefined; python: boolean } {
    const { io, sitting } = this.#options
    return {
      colour: io.colour,
      columns: io.interactive ? columnsOf(io.stdout) : undefined,
      python: isPython(sitting.command),
    }
  }

  #head(): string {
    const { watched, url, io } = this.#options
    const name = watched === undefined ? 'your program' : basename(watched)
    const again = watched === undefined ? 'type run' : `save ${name}`
    const doing = this.#running ? `Running ${name}` : `Waiting: ${again} to run it again`
    return fold(`${painter(io)('bold', doing)} · beside it, in the browser: ${url}`, this.#style().columns)
  }

  async #onLine(line: string): Promise<void> {
    this.#notes = []
    try {
      await this.#obey(line)
    } catch (error) {
      this.#notes.push(messageOf(error))
    }
    this.#show()
  }

  async #obey(line: string): Promise<void> {
    if (this.#asking !== undefined) return this.#confirm(line)
    if (this.#detail === undefined) {
      const early = readTyped(line, undefined)
      if (early.kind === 'key' && early.key === 'quit') this.#quit.abort()
      else this.#notes.push('The lab is still opening: answer when it has asked.')
      return
    }
    const numbered = readNumbered(line, this.#detail.stepList)
    if (numbered !== undefined) return this.#answer(numbered.step, numbered.answer)
    const open = this.#firstOpen(this.#detail)
    const typed = readTyped(line, open?.kind === 'predict' ? open : undefined)
    if (typed.kind === 'key') await this.#press(typed.key, this.#detail)
    else if (typed.kind === 'answer' && open !== undefined) await this.#answer(open, typed.answer)
    else if (typed.kind === 'unknown')
      this.#notes.push(`Nothing is asked just now. You can type: ${KEYS.join(', ')}.`)
  }

  async #answer(step: LabStepNode, answer: string): Promise<void> {
    const { client, id } = this.#options.sitting
    if (step.kind !== 'predict') this.#notes.push(`Step ${step.number} asks nothing.`)
    else if (step.state === 'done') this.#notes.push(`Step ${step.number} is decided already.`)
    else if (step.choices.length === 0 || step.choices.includes(answer))
      this.#take(await client.answer(id, step.id, answer))
    else this.#notes.push(wordsOfNoChoice(answer, step.choices))
  }

  #firstOpen(detail: LabDetail): LabStepNode | undefined {
    return firstOpen(detail, this.#style())
  }

  async #press(key: Key, detail: LabDetail): Promise<void> {
    const { sitting, lab, watched } = this.#options
    const open = detail.stepList.filter(({ state }) => state !== 'done').length
    if (key === 'quit') this.#quit.abort()
    else if (key === 'run') this.#again()
    else if (key === 'hint') this.#hint(detail)
    else if (key === 'list') this.#notes.push(renderList(await sitting.client.list(), this.#style()))
    else if (key === 'solution') {
      this.#notes.push(
        detail.solved || open === 0
          ? `One way to write it: ${solutionOf(lab, watched)}`
          : `A solution is shown when the lab is solved: ${steps(open)} still open. There are hints.`,
      )
    } else if (key === 'next' && (detail.solved || open === 0)) this.#goOn()
    else if (key === 'next') {
      this.#ask('next', `${steps(open)} still open in this lab. Type yes to go on all the same.`)
    } else {
      const program =
        sitting.file === undefined
          ? 'forgotten; your program stays as it is.'
          : 'forgotten, and you get its starter anew. Your file is kept beside the new one.'
      this.#ask('reset', `This lab’s ticks and answers are ${program} Type yes to do it.`)
    }
  }

  #hint(detail: LabDetail): void {
    const known = this.#firstOpen(detail)?.hints.length ?? 0
    if (this.#hints >= known)
      this.#notes.push(known === 0 ? 'This step has no hint.' : 'That was the last hint.')
    else this.#hints++
  }

  #ask(what: 'reset' | 'next', question: string): void {
    this.#asking = what
    this.#notes.push(question)
  }

  async #confirm(line: string): Promise<void> {
    const what = this.#asking
    this.#asking = undefined
    if (!/^y(es)?$/i.test(line.trim())) this.#notes.push('Nothing was changed.')
    else if (what === 'next') this.#goOn()
    else await this.#reset()
  }

  async #reset(): Promise<void> {
    const { sitting, lab } = this.#options
    this.#savedByUs = performance.now() + OWN_SAVE_MS
    const kept = sitting.file === undefined ? undefined : await resetFile(lab, sitting.file)
    await sitting.client.reset(sitting.id)
    this.#detail = undefined
    this.#again()
    if (kept !== undefined) {
      this.#notes.push(`${sitting.file} is the starter again; yours is kept as ${basename(kept)}.`)
    }
  }

  #goOn(): void {
    this.#next = true
    this.#quit.abort()
  }
}

/** In the language of the learner's own, where the lab has one. */
function solutionOf({ folder }: LoadedLab, watched: string | undefined): string {
  const inPython = join(folder, 'solution.py')
  return watched?.endsWith('.py') && existsSync(inPython) ? inPython : join(folder, 'solution.ts')
}

const steps = (count: number): string => (count === 1 ? '1 step is' : `${count} steps are`)
