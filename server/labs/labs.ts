/** The labs of a running Wirelab: their runs, and what the wire says of each step. */
import { type Grade, grade, judge } from '../../labs/kit/evidence.ts'
import type { NetworkId, PredictStep, Step, Verdict, WireStep } from '../../labs/kit/lab.ts'
import type { BenchRequests } from '../control.ts'
import type { LabDetail, LabStepNode, LabSummary } from '../dashboard/api-labs.ts'
import { LabError } from '../errors.ts'
import { formatTime } from '../trace/time.ts'
import type { Trace } from '../trace/trace.ts'
import type { LoadedLab } from './load.ts'
import { LabRun } from './run.ts'
import { RunCable } from './run-cable.ts'

/** Packets come in bursts: steps are judged when a burst has settled for this long. */
const JUDGE_AFTER_MS = 60
const LONGEST_ANSWER = 200

interface Standing {
  readonly lab: LoadedLab
  /** Those that can be shown here, each with its words. */
  readonly steps: readonly { readonly step: Step; readonly title: string; readonly text: string }[]
  run: LabRun | undefined
  cable: RunCable | undefined
  /** Wire steps that were ticked in this run, and by which packet: a tick stays. */
  readonly ticked: Map<string, number>
  /** Kept from run to run: an answer is about the learner, not about one run; and so is a right one. */
  readonly answers: Map<string, string>
  readonly settled: Map<string, Grade>
}

export interface LabsOptions {
  readonly trace: Trace
  readonly labs: readonly LoadedLab[]
  readonly network: NetworkId
  readonly bench: Pick<BenchRequests, 'openRun' | 'closeRun' | 'holdCable'>
  /** Nanoseconds since 1970, now. */
  readonly now: () => bigint
  /** Told which ports a run has opened or closed, so that their traffic is seen and read as what it is. */
  readonly onPorts: (ports: Readonly<Record<string, number>>, open: boolean) => void
}

export class Labs {
  readonly #options: LabsOptions
  readonly #standings: Map<string, Standing>
  readonly #listeners = new Set<(detail: LabDetail) => void>()
  #pending: NodeJS.Timeout | undefined
  #runs = 0

  constructor(options: LabsOptions) {
    this.#options = options
    this.#standings = new Map(
      options.labs.map((lab) => [
        lab.id,
        {
          lab,
          steps: stepsOn(options.network, lab),
          run: undefined,
          cable: undefined,
          ticked: new Map(),
          answers: new Map(),
          settled: new Map(),
        },
      ]),
    )
    options.trace.onChange(() => this.#wake())
  }

  list(): LabSummary[] {
    return [...this.#standings.values()].map((standing) => summary(standing, this.#steps(standing)))
  }

  /** By folder name or by number; undefined if there is no such lab. */
  detail(id: string): LabDetail | undefined {
    const standing = this.#find(id)
    return standing && this.#detail(standing)
  }

  /** Begins a run on fresh ports; one of the same lab that was going on ends. */
  async start(id: string): Promise<LabDetail> {
    const standing = this.#need(id)
    await this.#end(standing)
    const runId = `${standing.lab.id}-${++this.#runs}`
    const { ports } = await this.#options.bench.openRun({ id: runId })
    this.#options.onPorts(ports, true)
    standing.ticked.clear()
    const { bench, now, trace } = this.#options
    const run = new LabRun(runId, now(), trace, ports)
    standing.run = run
    standing.cable = new RunCable({
      run,
      bench,
      now: () => Number(now() / 1_000_000n),
      onChange: () => {
        if (standing.run !== run) return
        run.advance()
        this.#tell(standing)
      },
    })
    return this.#tell(standing)
  }

  async stop(id: string): Promise<LabDetail> {
    const standing = this.#need(id)
    await this.#end(standing)
    return this.#tell(standing)
  }

  /** Takes an answer to a predict step; throws a LabError for a step that asks nothing. */
  answer(id: string, stepId: string, answer: string): LabDetail {
    const standing = this.#need(id)
    const steps = standing.steps.map(({ step }) => step)
    const step = steps.find((s) => s.id === stepId)
    if (step?.kind !== 'predict') {
      const asking = steps.filter((s) => s.kind === 'predict').map((s) => s.id)
      throw new LabError(`step: expected one of ${asking.join(', ')}; found ${stepId}`)
    }
    if (answer.trim() === '' || answer.length > LONGEST_ANSWER) {
      throw new LabError(`answer: expected 1 to ${LONGEST_ANSWER} characters, found ${answer.length}`)
    }
    standing.answers.set(stepId, answer.trim())
    standing.settled.delete(stepId)
    standing.run?.advance()
    return this.#tell(standing)
  }

  onChange(listener: (detail: LabDetail) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #wake(): void {
    if (this.#pending !== undefined) return
    this.#pending = setTimeout(() => {
      this.#pending = undefined
      for (const standing of this.#standings.values()) if (standing.run?.advance()) this.#tell(standing)
    }, JUDGE_AFTER_MS)
    this.#pending.unref()
  }

  #find(id: string): Standing | undefined {
    const known = this.#standings.get(id)
    if (known) return known
    const number = Number(id)
    return [...this.#standings.values()].find((s) => s.lab.definition.number === number)
  }

  #need(id: string): Standing {
    const standing = this.#find(id)
    if (standing) return standing
    throw new LabError(`lab: expected one of ${[...this.#standings.keys()].join(', ')}; found ${id}`)
  }

  async #end(standing: Standing): Promise<void> {
    const { run } = standing
    if (run === undefined) return
    standing.run = undefined
    standing.cable?.close()
    standing.cable = undefined
    this.#options.onPorts(run.ports, false)
    await this.#options.bench.closeRun({ id: run.id })
  }

  #tell(standing: Standing): LabDetail {
    standing.cable?.follow(firstOpenWire(standing, this.#steps(standing)))
    const detail = this.#detail(standing)
    for (const listener of this.#listeners) listener(detail)
    return detail
  }

  #detail(standing: Standing): LabDetail {
    const { lab, run } = standing
    const steps = this.#steps(standing)
    return {
      ...summary(standing, steps),
      text: lab.words.text,
      stepList: steps,
      run: run ? { id: run.id, startedAt: formatTime(run.startedAt), ports: { ...run.ports } } : null,
    }
  }

  #steps(standing: Standing): LabStepNode[] {
    return standing.steps.map(({ step, title, text: words }) => {
      const text = standing.run?.resolve(words) ?? words
      const common = { id: step.id, title, text, hints: [...(step.hints ?? [])] }
      return step.kind === 'wire'
        ? { ...common, ...wireNode(step, standing) }
        : { ...common, ...predictNode(step, standing) }
    })
  }
}

function stepsOn(network: NetworkId, { definition, words }: LoadedLab): Standing['steps'] {
  return definition.steps
    .map((step, index) => ({ step, title: step.id, text: '', ...words.steps[index] }))
    .filter(({ step }) => step.networks?.includes(network) ?? true)
}

/** The one whose cable it is: guesses don't keep it waiting. */
function firstOpenWire({ steps }: Standing, nodes: readonly LabStepNode[]): WireStep | undefined {
  const id = nodes.find(({ kind, state }) => kind === 'wire' && state === 'open')?.id
  const step = steps.find(({ step }) => step.id === id)?.step
  return step?.kind === 'wire' ? step : undefined
}

type StepNode<K extends Step['kind']> = Omit<LabStepNode, 'id' | 'title' | 'text' | 'hints'> & { kind: K }

function wireNode(step: WireStep, standing: Standing): StepNode<'wire'> {
  const { run, ticked } = standing
  const cable = standing.cable?.words(step) ?? null
  const evidence =
    typeof step.evidence === 'string' ? step.evidence : step.evidence.map((f) => `(${f})`).join(' || ')
  const node = { kind: step.kind, lookedFor: step.lookedFor, choices: [], answer: null, reply: null, cable }
  if (run === undefined) return { ...node, state: 'open', filter: null, seen: null, packet: null }
  const filter = run.resolve(evidence)
  const verdict: Verdict = ticked.has(step.id)
    ? { done: true, packet: ticked.get(step.id) ?? 0 }
    : judge(step, run)
  if (verdict.done) {
    ticked.set(step.id, verdict.packet)
    return { ...node, state: 'done', filter, seen: null, packet: verdict.packet }
  }
  return { ...node, state: 'open', filter, seen: verdict.seen ?? null, packet: verdict.packet ?? null }
}

function predictNode(step: PredictStep, standing: Standing): StepNode<'predict'> {
  const answer = standing.answers.get(step.id) ?? null
  const node = {
    kind: step.kind,
    lookedFor: '',
    filter: null,
    seen: null,
    cable: null,
    choices: [...(step.choices ?? [])],
    answer,
  }
  if (answer === null) return { ...node, state: 'open', reply: null, packet: null }
  const graded: Grade = standing.settled.get(step.id) ?? grade(step, answer, standing.run)
  if (graded.state === 'right') standing.settled.set(step.id, graded)
  if (graded.state === 'undecided') return { ...node, state: 'open', reply: graded.reply, packet: null }
  return {
    ...node,
    state: graded.state === 'right' ? 'done' : 'open',
    reply: graded.reply,
    packet: graded.packet,
  }
}

function summary(standing: Standing, steps: readonly LabStepNode[]): LabSummary {
  const { id, definition } = standing.lab
  const { number, title, summary, minutes, networks } = definition
  const done = steps.filter((step) => step.state === 'done').length
  return { id, number, title, summary, minutes, networks: [...networks], steps: steps.length, done }
}
