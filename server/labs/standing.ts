/** How a lab stands: its run, what the wire has shown of each step, and what was answered. */
import { type Grade, grade, judge } from '../../labs/kit/evidence.ts'
import type { Look, NetworkId, PredictStep, Step, Verdict, WireStep } from '../../labs/kit/lab.ts'
import type { LabStepNode, LabSummary } from '../dashboard/api-labs.ts'
import type { LoadedLab } from './load.ts'
import type { Progress } from './progress.ts'
import type { LabRun } from './run.ts'
import type { RunCable } from './run-cable.ts'

export interface StandingStep {
  readonly step: Step
  /** In the lab's text, from 1. */
  readonly number: number
  readonly title: string
  readonly text: string
}

/** A run that is going on. */
export interface GoingOn {
  readonly run: LabRun
  /** Only this run counts, not what was done in earlier ones. */
  readonly fresh: boolean
  /** A program of the lab's own: what it does is not the learner's progress. */
  readonly demo: boolean
  readonly cable: RunCable
}

type StepNode<K extends Step['kind']> = Omit<
  LabStepNode,
  'id' | 'number' | 'title' | 'text' | 'hints' | 'look'
> & {
  kind: K
}

const EARLIER = 'Answered right in an earlier run.'

export class Standing {
  readonly lab: LoadedLab
  /** Those that can be shown here, each with its words. */
  readonly steps: readonly StandingStep[]
  readonly #network: NetworkId
  readonly #progress: Progress
  #now: GoingOn | undefined
  /** Wire steps that were ticked in this run, and by which packet: a tick stays. */
  readonly #ticked = new Map<string, number>()
  /** Right answers: they stay, whatever later runs show. */
  readonly #settled = new Map<string, Grade>()
  /** Questions whose latest answer was given since the start, and was not right yet: an older one was right of its own run. */
  readonly #tried = new Set<string>()
  /** What else than the run may change a verdict. */
  #changes = 0
  #judged: { readonly known: string; readonly nodes: readonly LabStepNode[] } | undefined

  constructor(lab: LoadedLab, network: NetworkId, progress: Progress) {
    this.lab = lab
    this.steps = stepsOn(network, lab)
    this.#network = network
    this.#progress = progress
  }

  get now(): GoingOn | undefined {
    return this.#now
  }

  begin(now: GoingOn): void {
    this.#changes++
    this.#now = now
    this.#ticked.clear()
    if (now.fresh) this.#settled.clear()
  }

  /** Answers with what was going on. */
  end(): GoingOn | undefined {
    this.#changes++
    const ended = this.#now
    this.#now = undefined
    return ended
  }

  answer(step: string, answer: string): void {
    this.#changes++
    this.#settled.delete(step)
    this.#tried.add(step)
    this.#progress.answer(this.lab.id, step, answer)
  }

  get answers(): Readonly<Record<string, string>> {
    return this.#progress.of(this.lab.id).answers
  }

  /** Forgets what was done and answered. */
  reset(): void {
    this.#changes++
    this.#ticked.clear()
    this.#settled.clear()
    this.#progress.reset(this.lab.id)
  }

  /** What the wire says of each step now; new ticks are kept. Judged anew only when something has come to be known. */
  nodes(): readonly LabStepNode[] {
    const { run, cable } = this.#now ?? {}
    const known = `${this.#changes} ${run?.revision} ${cable?.standing}`
    if (this.#judged?.known !== known) this.#judged = { known, nodes: this.#judge() }
    return this.#judged.nodes
  }

  #judge(): LabStepNode[] {
    const run = this.#now?.run
    const nodes = this.steps.map(({ step, number, title, text: words }): LabStepNode => {
      const text = run?.resolve(words) ?? words
      const node = step.kind === 'wire' ? this.#wireNode(step) : this.#predictNode(step)
      const look = step.look === undefined ? null : lookOf(step.look, run, node.filter)
      return {
        id: step.id,
        number,
        title,
        text,
        hints: (step.hints ?? []).map((hint) => run?.resolve(hint) ?? hint),
        look,
        ...node,
      }
    })
    const solved = nodes.length > 0 && nodes.every(({ state }) => state === 'done')
    if (solved && this.#now?.demo !== true) this.#progress.solve(this.lab.id)
    return nodes
  }

  /**
   * The one whose cable it is: guesses don't keep it waiting. A step that looks at another's cable gives it the turn if it was
   * done in an earlier run. Where nothing but guesses is open, all those have it: what the lab does to the cable for
   * them may be what decides a guess.
   */
  cableStep(nodes: readonly LabStepNode[]): WireStep | undefined {
    const wire = nodes.filter(({ kind }) => kind === 'wire')
    const earlier = wire
      .filter((node) => node.earlier === true)
      .map(({ id }) => this.#wireStep(id))
      .filter((step) => step?.cable !== undefined)
    const open = wire.find(({ state }) => state === 'open')
    if (open !== undefined) {
      const step = this.#wireStep(open.id)
      return earlier.find((other) => other?.id === step?.cableOf) ?? step
    }
    return nodes.every(({ state }) => state === 'done') ? undefined : earlier[0]
  }

  #wireStep(id: string): WireStep | undefined {
    const step = this.steps.find((each) => each.step.id === id)?.step
    return step?.kind === 'wire' ? step : undefined
  }

  summary(nodes: readonly LabStepNode[]): Omit<LabSummary, 'unlocks' | 'unfit'> {
    const { id, definition } = this.lab
    const { number, title, summary, minutes, networks, assumes } = definition
    const done = nodes.filter((step) => step.state === 'done').length
    const solved = this.#progress.of(id).solved !== undefined
    return {
      id,
      number,
      title,
      summary,
      minutes,
      networks: [...networks],
      assumes: [...assumes],
      steps: nodes.length,
      done,
      solved,
    }
  }

  #wireNode(step: WireStep): StepNode<'wire'> {
    const run = this.#now?.run
    const cable = this.#now?.cable.words(step) ?? null
    const evidence =
      typeof step.evidence === 'string'
        ? step.evidence
        : [...new Set(step.evidence)].map((f) => `(${f})`).join(' || ')
    const node = {
      kind: step.kind,
      lookedFor: step.lookedFor,
      choices: [],
      answer: null,
      reply: null,
      cable,
      ...(step.beyondPython && this.#network === 'lab' && { beyondPython: step.beyondPython }),
    }
    const filter = run?.resolve(evidence) ?? null
    const verdict = run === undefined ? undefined : this.#verdict(step, run)
    if (verdict?.done) {
      this.#ticked.set(step.id, verdict.packet)
      this.#keep(step, verdict.packet)
      return { ...node, state: 'done', filter, seen: null, packet: verdict.packet }
    }
    if (this.#doneEarlier(step))
      return { ...node, state: 'done', earlier: true, filter, seen: null, packet: null }
    return { ...node, state: 'open', filter, seen: verdict?.seen ?? null, packet: verdict?.packet ?? null }
  }

  #verdict(step: WireStep, run: LabRun): Verdict {
    const ticked = this.#ticked.get(step.id)
    return ticked !== undefined ? { done: true, packet: ticked } : judge(step, step.byHand ? run.byHand : run)
  }

  #keep(step: Step, packet: number): void {
    if (this.#now?.demo !== true) this.#progress.tick(this.lab.id, step.id, packet)
  }

  #doneEarlier(step: Step): boolean {
    return this.#now?.fresh !== true && Object.hasOwn(this.#progress.of(this.lab.id).steps, step.id)
  }

  #predictNode(step: PredictStep): StepNode<'predict'> {
    const answer = this.answers[step.id] ?? null
    const choices = [...(step.choices ?? [])]
    const node = { kind: step.kind, lookedFor: '', filter: null, seen: null, cable: null, choices, answer }
    if (answer === null) return { ...node, state: 'open', reply: null, packet: null }
    const run = this.#now?.run
    const graded = this.#settled.get(step.id) ?? grade(step, answer, step.byHand ? run?.byHand : run)
    if (graded.state === 'right') {
      this.#tried.delete(step.id)
      if (this.#now?.demo !== true) this.#settled.set(step.id, graded)
      this.#keep(step, graded.packet)
      return { ...node, state: 'done', reply: graded.reply, packet: graded.packet }
    }
    const wrong = graded.state === 'wrong'
    if (this.#doneEarlier(step) && !(wrong && this.#tried.has(step.id)))
      return { ...node, state: 'done', earlier: true, reply: EARLIER, packet: null }
    return { ...node, state: 'open', reply: graded.reply, packet: wrong ? graded.packet : null }
  }
}

function stepsOn(network: NetworkId, { definition, words }: LoadedLab): StandingStep[] {
  return definition.steps
    .map((step, index) => ({ step, number: index + 1, title: step.id, text: '', ...words.steps[index] }))
    .filter(({ step }) => step.networks?.includes(network) ?? true)
}

function lookOf(look: Look, run: LabRun | undefined, filter: string | null): LabStepNode['look'] {
  return {
    view: look.view,
    filter: look.filter === undefined ? filter : (run?.resolve(look.filter) ?? null),
    at: look.at ?? 'client',
  }
}
