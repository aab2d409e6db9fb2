/** How far the learner is, kept from run to run, and from start to start where there is a file for it. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { messageOf, systemCode } from '../errors.ts'

export interface LabProgress {
  /** Wire steps that were ticked once, by step id. */
  readonly steps: Readonly<Record<string, StepProgress>>
  /** The latest answer to each question, by step id. */
  readonly answers: Readonly<Record<string, string>>
  /** When all of it was done for the first time, ISO 8601. */
  readonly solved?: string
}

export interface StepProgress {
  /** When, ISO 8601. */
  readonly done: string
  /** The number of the packet that ticked it, in the run of then. */
  readonly packet: number
}

export interface ProgressOptions {
  /** Null: kept in memory alone. */
  readonly path: string | null
  /** Told what went wrong with the file, in a sentence. */
  readonly talk?: (line: string) => void
  readonly now?: () => Date
}

/** Changes come in bursts: they are written when this has passed since the first of them. */
const WRITE_AFTER_MS = 300
const NOTHING: LabProgress = { steps: {}, answers: {} }
const ABOUT = "Wirelab's labs: which steps are done, and the answers. Delete it to begin anew."

export class Progress {
  readonly #path: string | null
  readonly #talk: (line: string) => void
  readonly #now: () => Date
  readonly #labs: Map<string, LabProgress>
  /** Labs that were changed here: of the others the file knows best, since another Wirelab may write to it. */
  readonly #changed = new Set<string>()
  #pending: NodeJS.Timeout | undefined

  /** Reads the file, where there is one; one that can't be read is set aside, kept, and told of. */
  constructor({ path, talk = () => undefined, now = () => new Date() }: ProgressOptions) {
    this.#path = path
    this.#talk = talk
    this.#now = now
    this.#labs = this.#read()
  }

  of(labId: string): LabProgress {
    return this.#labs.get(labId) ?? NOTHING
  }

  /** A step is done: the first packet that showed it stays. */
  tick(labId: string, stepId: string, packet: number): void {
    const lab = this.of(labId)
    if (Object.hasOwn(lab.steps, stepId)) return
    this.#set(labId, { ...lab, steps: { ...lab.steps, [stepId]: { done: this.#time(), packet } } })
  }

  answer(labId: string, stepId: string, answer: string): void {
    const lab = this.of(labId)
    if (lab.answers[stepId] === answer) return
    this.#set(labId, { ...lab, answers: { ...lab.answers, [stepId]: answer } })
  }

  /** All of the lab is done. */
  solve(labId: string): void {
    const lab = this.of(labId)
    if (lab.solved === undefined) this.#set(labId, { ...lab, solved: this.#time() })
  }

  /** Forgets all that is known of a lab. */
  reset(labId: string): void {
    if (this.#labs.delete(labId)) this.#wake(labId)
  }

  /** Writes what has not been written yet; synchronous, so that it can be the last thing a thread does. */
  flush(): void {
    if (this.#pending === undefined) return
    clearTimeout(this.#pending)
    this.#pending = undefined
    this.#write()
  }

  #set(labId: string, lab: LabProgress): void {
    this.#labs.set(labId, lab)
    this.#wake(labId)
  }

  #wake(labId: string): void {
    if (this.#path === null) return
    this.#changed.add(labId)
    this.#pending ??= setTimeout(() => this.flush(), WRITE_AFTER_MS).unref()
  }

  #time(): string {
    return this.#now().toISOString()
  }

  /** Beside it first, then renamed: nobody finds half a file. */
  #write(): void {
    if (this.#path === null) return
    const draft = `${this.#path}.new`
    try {
      const labs = Object.fromEntries([...this.#merged(this.#path)].sort(([a], [b]) => (a < b ? -1 : 1)))
      mkdirSync(dirname(this.#path), { recursive: true })
      writeFileSync(draft, `${JSON.stringify({ about: ABOUT, labs }, null, 2)}\n`)
      renameSync(draft, this.#path)
    } catch (error) {
      this.#talk(`Your progress could not be written to ${this.#path}: ${messageOf(error)}`)
    }
  }

  #merged(path: string): Map<string, LabProgress> {
    const labs = existsSync(path) ? parseProgress(readFileSync(path, 'utf8')) : new Map(this.#labs)
    for (const id of this.#changed) {
      const lab = this.#labs.get(id)
      if (lab === undefined) labs.delete(id)
      else labs.set(id, lab)
    }
    return labs
  }

  #read(): Map<string, LabProgress> {
    if (this.#path === null) return new Map()
    let text: string
    try {
      text = readFileSync(this.#path, 'utf8')
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') this.#talk(`${this.#path}: ${messageOf(error)}`)
      return new Map()
    }
    try {
      return parseProgress(text)
    } catch (error) {
      this.#setAside(this.#path, messageOf(error))
      return new Map()
    }
  }

  #setAside(path: string, why: string): void {
    let number = 1
    const aside = () => path.replace(/(\.json)?$/, `.broken-${number}.json`)
    while (existsSync(aside())) number++
    try {
      renameSync(path, aside())
      this.#talk(`${path} could not be read (${why}): it is kept as ${aside()}, and progress begins anew.`)
    } catch (error) {
      this.#talk(`${path} could not be read (${why}), nor set aside (${messageOf(error)}).`)
    }
  }
}

/** Throws an Error that names what was expected. */
function parseProgress(text: string): Map<string, LabProgress> {
  const labs = record(record(JSON.parse(text), 'the file').labs, 'labs')
  return new Map(Object.entries(labs).map(([id, lab]) => [id, parseLab(record(lab, `labs.${id}`), id)]))
}

function parseLab({ steps, answers, solved }: Record<string, unknown>, id: string): LabProgress {
  const parsedSteps = Object.entries(record(steps ?? {}, `labs.${id}.steps`)).map(([step, value]) => {
    const place = `labs.${id}.steps.${step}`
    const { done, packet } = record(value, place)
    if (typeof packet !== 'number') throw new Error(`${place}.packet: expected a number`)
    return [step, { done: string(done, `${place}.done`), packet }] as const
  })
  const parsedAnswers = Object.entries(record(answers ?? {}, `labs.${id}.answers`)).map(
    ([step, value]) => [step, string(value, `labs.${id}.answers.${step}`)] as const,
  )
  return {
    steps: Object.fromEntries(parsedSteps),
    answers: Object.fromEntries(parsedAnswers),
    ...(solved !== undefined && { solved: string(solved, `labs.${id}.solved`) }),
  }
}

function record(value: unknown, place: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>
  }
  throw new Error(`${place}: expected an object`)
}

function string(value: unknown, place: string): string {
  if (typeof value === 'string') return value
  throw new Error(`${place}: expected a text`)
}
