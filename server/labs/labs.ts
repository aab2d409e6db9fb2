/** The labs of a running Wirelab: their runs, and what the wire says of each step. */
import { randomBytes } from 'node:crypto'
import type { NetworkId } from '../../labs/kit/lab.ts'
import type { SessionSubmission } from '../capture/session-item.ts'
import type { BenchNotices, BenchRequests } from '../control.ts'
import type { LabDetail, LabRunNode, LabStepNode, LabSummary, RunRequest } from '../dashboard/api-labs.ts'
import type { LabNetworkNode } from '../dashboard/api-network.ts'
import { LabError } from '../errors.ts'
import type { Samples } from '../trace/samples.ts'
import { formatTime } from '../trace/time.ts'
import type { Trace } from '../trace/trace.ts'
import { castOf, type LoadedLab } from './load.ts'
import type { Progress } from './progress.ts'
import { LabRun } from './run.ts'
import { RunCable } from './run-cable.ts'
import { RunPrograms } from './run-programs.ts'
import { type GoingOn, Standing } from './standing.ts'
import { nonceText, submissionName } from './submission.ts'

/** Packets come in bursts: steps are judged when a burst has settled for this long. */
const JUDGE_AFTER_MS = 60
/** Judging takes no more than a share of the observer's time: the next waits so many times as long as the last took. */
const COST_APART = 4
/** But no longer than this: on a busy machine time passes in which nothing was judged. */
const LONGEST_APART_MS = 500
const LONGEST_ANSWER = 200
const NONCE_WITHIN_MS = 3000

export interface LabsOptions {
  readonly trace: Trace
  readonly labs: readonly LoadedLab[]
  readonly network: NetworkId
  readonly progress: Progress
  readonly samples: Samples | undefined
  readonly bench: Pick<BenchRequests, 'openRun' | 'closeRun' | 'holdCable' | 'exchange' | 'runProgram'>
  /** Where the learner's own files are looked for; null for nowhere. */
  readonly learnersFolder: string | null
  /** Nanoseconds since 1970, now. */
  readonly now: () => bigint
  /** Told which ports a run has opened or closed, so that their traffic is seen and read as what it is. */
  readonly onPorts: (ports: Readonly<Record<string, number>>, open: boolean) => void
}

/** What is known of a run for a submission, but for its packets. */
export type Submission = Omit<SessionSubmission, 'held'> & { readonly run: LabRun }

export class Labs {
  readonly #options: LabsOptions
  readonly #standings: Map<string, Standing>
  readonly #programs: RunPrograms
  readonly #listeners = new Set<(detail: LabDetail) => void>()
  /** What was said at the beginning of a run, by the run's id. */
  readonly #nonces = new Map<string, SessionSubmission['nonce'] & { readonly learner: string }>()
  #hosts: LabNetworkNode | undefined
  #pending: NodeJS.Timeout | undefined
  #judgeAfterMs = JUDGE_AFTER_MS
  #runs = 0

  constructor(options: LabsOptions) {
    this.#options = options
    const { network, progress } = options
    this.#programs = new RunPrograms(options.learnersFolder)
    this.#standings = new Map(options.labs.map((lab) => [lab.id, new Standing(lab, network, progress)]))
    options.trace.onChange(() => this.#wake())
  }

  list(): LabSummary[] {
    return [...this.#standings.values()].map((standing) => this.#summary(standing, standing.nodes()))
  }

  /** By folder name or by number; undefined if there is no such lab. */
  detail(id: string): LabDetail | undefined {
    const standing = this.#find(id)
    return standing && this.#detail(standing)
  }

  /**
   * Begins a run on fresh ports; one of the same lab that was going on ends. Rejects with a LabError where the lab can't
   * be shown on this network.
   */
  async start(id: string, request: RunRequest = {}): Promise<LabDetail> {
    const standing = this.#need(id)
    await this.#start(standing, { ...request, demo: false })
    return this.#tell(standing)
  }

  async #start(
    standing: Standing,
    { fresh = false, learner, demo }: RunRequest & { demo: boolean },
  ): Promise<void> {
    const unfit = this.#unfit(standing)
    if (unfit !== null) throw new LabError(unfit)
    await this.#end(standing)
    const { lab } = standing
    const runId = `${lab.id}-${++this.#runs}`
    const { ports } = await this.#options.bench.openRun({ id: runId, places: lab.definition.places ?? 1 })
    this.#options.onPorts(ports, true)
    const now = this.#begin(standing, runId, ports, { fresh, demo })
    if (learner !== undefined) await this.#sayNonce(now.run, lab.id, learner)
  }

  /** Ends the lab's run; where one is named, that one alone: another may have begun since. */
  async stop(id: string, run?: string): Promise<LabDetail> {
    const standing = this.#need(id)
    if (run === undefined || run === standing.now?.run.id) await this.#end(standing)
    return this.#tell(standing)
  }

  /**
   * Begins a run and one of the programs that are offered in it. Of those that aren't the learner's own, nothing goes
   * into the learner's progress; the learner's own is run to be handed in where the run before it was. Rejects with a
   * LabError for another program.
   */
  async runProgram(id: string, program: string): Promise<LabDetail> {
    const standing = this.#need(id)
    const { lab } = standing
    const file = await this.#programs.fileOf(lab, program)
    if (file === undefined) {
      const known = this.#programs.offered(lab).map((each) => each.program)
      throw new LabError(`program: expected one of ${known.join(', ')}; found ${program}`)
    }
    const demo = program !== 'exercise'
    const learner = demo ? undefined : this.#nonces.get(standing.now?.run.id ?? '')?.learner
    await this.#start(standing, {
      fresh: demo || learner !== undefined,
      demo,
      ...(learner !== undefined && { learner }),
    })
    const { run } = this.#needRun(standing)
    this.#programs.begin(run.id, program, file)
    const cast = castOf(lab) ?? null
    await this.#options.bench.runProgram({ run: run.id, file, cast, ports: { ...run.ports } })
    return this.#tell(standing)
  }

  /** What has become of a program that was started for a run. */
  onProgram(news: Parameters<BenchNotices['program']>[0]): void {
    for (const standing of this.#standings.values()) {
      if (standing.now?.run.id !== news.run) continue
      standing.now.run.addPrograms(news.pids)
      this.#programs.take(news.run, news)
      this.#tell(standing)
    }
  }

  /** Which processes are the learner's; throws a LabError when no run is going on. */
  programs(id: string, pids: readonly number[]): LabDetail {
    const standing = this.#need(id)
    this.#needRun(standing).run.addPrograms(pids)
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
    standing.answer(stepId, answer.trim())
    standing.now?.run.advance()
    return this.#tell(standing)
  }

  /** Forgets what was done and answered in a lab, and ends its run. */
  async reset(id: string): Promise<LabDetail> {
    const standing = this.#need(id)
    await this.#end(standing)
    standing.reset()
    return this.#tell(standing)
  }

  /** All that is to be handed in of the run that is going on. Throws a LabError when there is none, or nobody's. */
  async submission(id: string): Promise<Submission> {
    const standing = this.#need(id)
    const { run } = this.#needRun(standing)
    await run.settled()
    const nonce = this.#nonces.get(run.id)
    if (nonce === undefined) {
      throw new LabError(
        'this run can not be handed in: begin one with a learner’s name (wirelab lab N --submit, or Hand in on the page)',
      )
    }
    const { learner, ...said } = nonce
    return {
      kind: 'submission',
      lab: standing.lab.id,
      learner,
      run,
      network: run.network,
      seed: this.#hosts?.seed ?? 0,
      startedAt: run.startTime,
      endedAt: formatTime(this.#options.now()),
      ports: { ...run.ports },
      hosts: [...run.joined],
      strangers: [...run.strangers],
      answers: { ...standing.answers },
      nonce: said,
    }
  }

  /** The lab network has changed: who is on it tells whose packets are the learner's. */
  setNetwork(network: LabNetworkNode): void {
    this.#hosts = network
    for (const { now } of this.#standings.values()) now?.run.setHosts(network.hosts)
  }

  onChange(listener: (detail: LabDetail) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #begin(
    standing: Standing,
    id: string,
    ports: Record<string, number>,
    kind: Pick<GoingOn, 'fresh' | 'demo'>,
  ): GoingOn {
    const { bench, now, trace, network, samples } = this.#options
    const run = new LabRun({
      id,
      startedAt: now(),
      trace,
      network,
      ports,
      samples,
      onChange: () => this.#wake(),
    })
    if (this.#hosts !== undefined) run.setHosts(this.#hosts.hosts)
    const cable = new RunCable({
      run,
      bench,
      now: () => Number(now() / 1_000_000n),
      onChange: () => {
        if (standing.now?.run !== run) return
        run.advance()
        this.#tell(standing)
      },
    })
    const goingOn = { run, ...kind, cable }
    standing.begin(goingOn)
    return goingOn
  }

  /** The learner's name and a number that is nobody else's, on the wire. */
  async #sayNonce(run: LabRun, lab: string, learner: string): Promise<void> {
    const text = nonceText(lab, learner, randomBytes(16).toString('hex'))
    const { clients, error } = await this.#options.bench.exchange({
      transport: 'udp',
      message: text,
      timeoutMs: NONCE_WITHIN_MS,
      run: run.id,
    })
    const [client] = clients
    run.addOurs(clients)
    if (client === undefined)
      throw new LabError(`the run could not be marked as yours: ${error ?? 'no answer'}`)
    this.#nonces.set(run.id, { learner, text, client })
  }

  #wake(): void {
    if (this.#pending !== undefined) return
    this.#pending = setTimeout(() => {
      this.#pending = undefined
      const began = performance.now()
      for (const standing of this.#standings.values()) if (standing.now?.run.advance()) this.#tell(standing)
      const apart = Math.min(LONGEST_APART_MS, COST_APART * (performance.now() - began))
      this.#judgeAfterMs = Math.max(JUDGE_AFTER_MS, apart)
    }, this.#judgeAfterMs)
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

  #needRun({ now, lab }: Standing): GoingOn {
    if (now !== undefined) return now
    throw new LabError(`lab ${lab.id}: no run is going on; start one first`)
  }

  async #end(standing: Standing): Promise<void> {
    const ended = standing.end()
    if (ended === undefined) return
    const { run, cable } = ended
    cable.close()
    this.#nonces.delete(run.id)
    this.#programs.end(run.id)
    this.#options.onPorts(run.ports, false)
    await this.#options.bench.closeRun({ id: run.id })
  }

  #tell(standing: Standing): LabDetail {
    standing.now?.cable.follow(standing.cableStep(standing.nodes()))
    const detail = this.#detail(standing)
    for (const listener of this.#listeners) listener(detail)
    return detail
  }

  #detail(standing: Standing): LabDetail {
    const { lab, now } = standing
    const stepList = standing.nodes()
    const run = now?.run
    return {
      ...this.#summary(standing, stepList),
      text: lab.words.text,
      stepList: [...stepList],
      run: run
        ? {
            id: run.id,
            startedAt: run.startTime,
            ports: { ...run.ports },
            program: this.#programs.of(run.id),
            submission: this.#submissionOf(lab.id, run.id),
          }
        : null,
      door: lab.definition.door ?? null,
      programs: this.#programs.offered(lab),
    }
  }

  #submissionOf(lab: string, run: string): LabRunNode['submission'] {
    const learner = this.#nonces.get(run)?.learner
    return learner === undefined ? null : { learner, file: submissionName(lab, learner) }
  }

  #summary(standing: Standing, nodes: readonly LabStepNode[]): LabSummary {
    const { number } = standing.lab.definition
    const unlocks = [...this.#standings.values()]
      .map(({ lab }) => lab.definition)
      .filter(({ assumes }) => assumes.includes(number))
      .map((later) => later.number)
    return { ...standing.summary(nodes), unlocks, unfit: this.#unfit(standing) }
  }

  /** Why a lab can't be shown here. */
  #unfit({ lab }: Standing): string | null {
    const { networks, topology } = lab.definition
    const { network } = this.#options
    if (!networks.includes(network)) {
      return `This lab needs another network: start Wirelab with --network ${networks.join(' or ')}`
    }
    if (topology === 'router' && this.#hosts?.topology !== 'router') {
      return 'This lab needs routers on the way: start Wirelab with --topology router'
    }
    return null
  }
}
